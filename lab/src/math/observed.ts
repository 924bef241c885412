/** The rate of convergence that a path really shows. */

import type { Path } from "./descent.ts";
import type { Point } from "./points.ts";
import { counted, round } from "./words.ts";

export interface ObservedRate {
  /** The factor per step, where there is a steady one. */
  readonly rate: number | null;
  readonly kind: "linear" | "superlinear" | "sublinear" | "none";
  readonly words: string;
}

/** A factor so near 1 that rounding would hide the difference is written as 1 − the rest. */
function factorWords(rate: number): string {
  return rate > 0.999 && rate < 1 ? `1 − ${round(1 - rate, 2)}` : round(rate, 3);
}

const none = (words: string): ObservedRate => ({ rate: null, kind: "none", words });

/**
 * Fit |w_k − w*| on the tail of a path.
 *
 * The factor is exp of the least-squares slope of log|w_k − w*| over the last half of the usable steps; the first
 * steps are far from the minimum, where no rate holds, and distances near the last digit are left out.
 *
 * @param path with the places w_0, w_1, …
 * @param target the minimum w*.
 * @param predicted |1 − ηL″| if it is known, told beside the observed one.
 */
export function observedRate(
  path: Pick<Path, "w">,
  target: Pick<Point, "w"> & Partial<Pick<Point, "span" | "kind">>,
  predicted?: number | null,
): ObservedRate {
  const minimum = target.w;
  const floor = 1e-13 * Math.max(Math.abs(minimum), Math.abs((path.w[0] ?? NaN) - minimum));
  const distances: number[] = [];
  let exact = false;
  for (const w of path.w) {
    const distance = Math.abs(w - minimum);
    if (!(distance > floor)) {
      exact = distance <= floor;
      break;
    }
    distances.push(distance);
  }
  // It was there and has left again.
  if (exact && path.w.slice(distances.length).some((w) => Math.abs(w - minimum) > 1e3 * floor))
    return none("The distance to the minimum goes up and down: there is no rate.");
  if (target.span != null) return none("The slope is zero on a whole stretch, so there is no rate to see.");
  const end = path.w[path.w.length - 1];
  if (path.w.length > 2 && distances.length > 0 && !exact && Math.abs(end! - path.w[path.w.length - 2]!) <= floor)
    return none(`The path comes to rest elsewhere, at w = ${round(end!)}.`);
  const ratios = distances.slice(1).map((distance, k) => distance / distances[k]!);
  if (exact && ratios.length < 3)
    return { rate: 0, kind: "superlinear", words: `At the minimum after ${counted(distances.length, "step")}, too few to see a rate.` };
  if (ratios.length < 4) return none("Too few steps to see a rate.");
  const tail = distances.slice(Math.floor(distances.length / 2) - (distances.length < 8 ? 1 : 0));
  const rate = Math.exp(trend(tail.map(Math.log)));
  const last = tail[tail.length - 1]!;
  const falls = tail.every((distance, k) => k === 0 || distance < tail[k - 1]!);
  if (target.kind === "corner minimum" && !exact) return none("The minimum is a corner, and the distance to it goes up and down: there is no rate.");
  // Where distances rise in between, a bouncing ball may seem to near the minimum by chance.
  if (!falls && (rate >= 0.99 || !(last < tail[0]!))) return none("The distance to the minimum goes up and down: there is no rate.");
  if (rate >= 1 || !(last < tail[0]!))
    return none(`The distance to the minimum does not shrink: a step multiplies it by ${round(rate)}.`);
  const beside = predicted == null ? "" : `; predicted |1 − ηL″| = ${factorWords(predicted)}`;
  const recent = ratios.slice(-Math.max(4, Math.floor(ratios.length / 2)));
  const [early, late] = [mean(recent.slice(0, recent.length >> 1)), mean(recent.slice(recent.length >> 1))];
  const at = ratios[ratios.length - 1]!;
  // With a constant η the factor settles at |1 − ηL″|: near that it gets no better.
  if (exact && predicted != null && predicted > 1e-6 && at < 0.1 && late < 0.5 * early)
    return { rate: at, kind: "linear", words: `Observed: the last step multiplied the distance by ${round(at, 3)}${beside}.` };
  if (exact && late < 0.5 * early && at < 0.1)
    return { rate: null, kind: "superlinear", words: `Each step shrinks the distance by a better factor, at last ${round(at, 3)}: faster than linear${beside}.` };
  // 1 − ratio falls like 1/k where the distance falls like a power of k.
  if (falls && late > 0.9 && late < 1 && late > early && 1 - late < 0.75 * (1 - early))
    return { rate: null, kind: "sublinear", words: `The factor per step creeps up to 1 (now ${factorWords(late)}): slower than any fixed rate${beside}.` };
  return { rate, kind: "linear", words: `Observed: the distance is multiplied by ${factorWords(rate)} each step${beside}.` };
}

/** The least-squares slope over 0, 1, 2, … */
function trend(values: readonly number[]): number {
  const n = values.length;
  const middle = (n - 1) / 2;
  const average = mean(values);
  let [top, bottom] = [0, 0];
  values.forEach((value, k) => {
    top += (k - middle) * (value - average);
    bottom += (k - middle) ** 2;
  });
  return bottom > 0 ? top / bottom : 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
