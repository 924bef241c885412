/** How large a step from here may be and still go down. */

import type { Bounds, Curve } from "./curve.ts";
import type { Making } from "./spread.ts";

export interface Stretch {
  /** Every step ηg with a smaller η goes down (Infinity: any). */
  readonly eta: number;
  /** The largest curvature met, where it is known. */
  readonly curvature: number;
  /** Why it went no further. */
  readonly end: "curvature" | "unknown" | "budget" | "nowhere";
}

/** Pieces are halved until they are this small against the way so far. */
const FINE = 1 / 256;

/**
 * The largest η with η·M(η) ≤ 2, M(η) = an upper bound of L″ between w and w − ηg.
 *
 *     L(w − ηg) ≤ L(w) − ηg² + ½η²g²M(η) = L(w) − ηg²(1 − ηM(η)/2)
 *
 * M never falls as η grows, so one march along the way finds the place: over pieces that double while the
 * bound holds and are halved where it does not. Stopping early leaves a smaller η that is just as sure.
 *
 * @param slope g = L′(w), not zero.
 * @param first the length of the first piece.
 */
export function* sureStep(curve: Curve, w: number, slope: number, first: number): Making<Stretch> {
  const enclose = curve.bounds?.bind(curve);
  if (enclose === undefined) return { eta: 0, curvature: NaN, end: "unknown" };
  const size = Math.abs(slope);
  const at = (s: number): number => w - Math.sign(slope) * s;
  let done = 0;
  let most = -Infinity;
  let piece = first;
  for (let k = 0; k < (curve.pieces ?? 400); k++) {
    const end = done + piece;
    if (!Number.isFinite(at(end)) || piece > 1e12 * first) return ray(enclose, at, done, size, most);
    const bounds = enclose(at(done), at(end));
    yield;
    const top = usable(bounds) ? Math.max(most, bounds.curvature[1]) : Infinity;
    if ((end / size) * Math.max(top, 0) <= 2) {
      done = end;
      most = top;
      piece = 2 * piece;
      continue;
    }
    if (piece > FINE * done && piece > 1e-12 * first) {
      piece /= 2;
      continue;
    }
    if (done === 0) return { eta: 0, curvature: most, end: "unknown" };
    if (top === Infinity) return { eta: done / size, curvature: most, end: "unknown" };
    // The bound of this piece holds anywhere within it.
    const eta = Math.max(done / size, Math.min((2 / top) * (1 - Number.EPSILON), end / size));
    return { eta, curvature: top, end: "curvature" };
  }
  return done > 0
    ? { eta: done / size, curvature: most, end: "budget" }
    : { eta: 0, curvature: NaN, end: "unknown" };
}

function usable({ curvature, smooth }: Bounds): boolean {
  return smooth && !Number.isNaN(curvature[1]);
}

/** All that is left beyond `done`, at once. */
function ray(
  enclose: (a: number, b: number) => Bounds,
  at: (s: number) => number,
  done: number,
  size: number,
  most: number,
): Stretch {
  const bounds = enclose(at(done), at(Infinity));
  if (usable(bounds) && Math.max(most, bounds.curvature[1]) <= 0)
    return { eta: Infinity, curvature: Math.max(most, bounds.curvature[1]), end: "nowhere" };
  return { eta: done / size, curvature: most, end: "unknown" };
}

/**
 * Without a bound: the largest η up to which every step tried goes down, by trying. Steps are tried at growing
 * distances, so a rise that is narrower than the spacing there may be missed.
 *
 * @param furthest how far to look.
 */
export function* triedStep(curve: Curve, w: number, slope: number, furthest: number): Making<number> {
  const start = curve.evaluate(w).value;
  const size = Math.abs(slope);
  const falls = (s: number): boolean => curve.evaluate(w - Math.sign(slope) * s).value < start;
  // Even spacing sees what is wide, growing spacing what is near.
  const distances: number[] = [];
  for (let k = 1; k <= 400; k++) distances.push((furthest * k) / 400, furthest * 2 ** (-k / 8));
  distances.sort((one, other) => one - other);
  let good = 0;
  for (const distance of distances) {
    // Below this the values cannot differ in float64.
    if (distance * size < 1e-13 * Math.max(Math.abs(start), Number.MIN_VALUE)) continue;
    yield;
    if (!falls(distance)) {
      let bad = distance;
      for (let k = 0; k < 60; k++) {
        const middle = (good + bad) / 2;
        if (falls(middle)) good = middle;
        else bad = middle;
      }
      return good / size;
    }
    good = distance;
  }
  return good / size;
}
