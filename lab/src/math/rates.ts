/** What is true about the learning rate η here: three marks, each with its own words, and rates of convergence. */

import { enclosing, type Curve } from "./curve.ts";
import type { Heading } from "./heading.ts";
import type { Point } from "./points.ts";
import { finish, type Making } from "./spread.ts";
import { sureStep, triedStep } from "./sure.ts";
import { surveying } from "./survey.ts";
import { counted, round } from "./words.ts";

export interface Mark {
  /** The learning rate; Infinity: any; null: nothing can be promised here. */
  readonly eta: number | null;
  readonly words: string;
  readonly why: string;
  /** "bound": every smaller η does what the words say, by interval bounds in float64. */
  readonly tag: "bound" | "found numerically" | "none";
}

type Box = readonly [number, number];
const SURE = "this step goes down for sure";
const VALLEY = "this valley is stable";
const VIEW = "safe anywhere in view";

/** While a mark is being worked out. */
export function pendingMark(which: "sure" | "view"): Mark {
  return nothing(which === "sure" ? SURE : VIEW, "This mark is still being worked out.");
}

const nothing = (words: string, why: string): Mark => ({ eta: null, words, why, tag: "none" });

/** η below which this very step goes down. */
export function sureMark(curve: Curve, w: number): Mark {
  return finish(markingSure(curve, w));
}

/** `sureMark` in pieces. */
export function* markingSure(curve: Curve, w: number): Making<Mark> {
  const { value, slope } = curve.evaluate(w);
  if (!Number.isFinite(value) || !Number.isFinite(slope))
    return nothing(SURE, `The curve has no value or no slope at w = ${round(w)}.`);
  if (slope === 0) return nothing(SURE, "The slope is zero here, so a step has no length.");
  // A length of the curve itself, so that the mark is the same through any window.
  const natural = (2 * Math.abs(slope)) / Math.abs(curve.evaluate(w).curvature);
  const length = Number.isFinite(natural) && natural > 0 ? natural : Math.max(1, Math.abs(w));
  const { eta, curvature, end } = yield* sureStep(curve, w, slope, length / 64);
  if (eta === Infinity)
    return {
      eta,
      words: SURE,
      why: "L″ is nowhere above 0 on this side, so every step downhill goes down, whatever η is.",
      tag: "bound",
    };
  if (eta > 0) {
    const to = round(w - eta * slope);
    const why =
      end === "curvature"
        ? `Between here and w = ${to} L″ is at most ${round(curvature)}, and a step goes down while η < 2/${round(curvature)}.`
        : `As far as w = ${to} the bound on L″ holds with η·L″ ≤ 2; further on it is not known.`;
    return { eta, words: SURE, why, tag: "bound" };
  }
  const tried = yield* triedStep(curve, w, slope, Math.max(length, 1, Math.abs(w)));
  if (!(tried > 0)) return nothing(SURE, "No step that was tried goes down.");
  return {
    eta: tried,
    words: SURE,
    why: `L″ has no bound here (a corner, a jump or recorded samples), so steps were tried: up to η = ${round(tried)} each goes down.`,
    tag: "found numerically",
  };
}

/** η below which the minimum that the ball is heading for holds it: 2/L″ there, 1/L″ where the domain ends at it. */
export function valleyMark(curve: Curve, box: Box, { point, why }: Heading): Mark {
  if (point === null) return nothing(VALLEY, `${why.charAt(0).toUpperCase()}${why.slice(1)}.`);
  const place = `w = ${round(point.w)}`;
  const width = box[1] - box[0];
  if (point.kind === "corner minimum") return nothing(VALLEY, `The minimum at ${place} is a corner: ${cornerWords(curve, point.w, width)}`);
  if (point.kind === "jump minimum")
    return nothing(VALLEY, `The minimum at ${place} lies at a jump: a ball that crosses it meets another branch, so 2/L″ is no limit.`);
  if (point.span !== null && point.faded)
    return nothing(VALLEY, `From w = ${round(point.span[0])} to ${round(point.span[1])} the slope is smaller than float64 can show, and so is L″ at the minimum.`);
  if (point.span !== null)
    return {
      eta: Infinity,
      words: VALLEY,
      why: `From w = ${round(point.span[0])} to ${round(point.span[1])} the slope is zero: a ball that lands there stays, whatever η is.`,
      tag: "found numerically",
    };
  if (!Number.isFinite(point.curvature))
    return nothing(VALLEY, `L″ has no finite value at the minimum ${place}, so 2/L″ says nothing.`);
  if (point.curvature <= 1e-9 * typicalCurvature(curve, point.w, width))
    return nothing(VALLEY, `L″ is 0 at the minimum ${place}: very near it any η shrinks the distance, but ever more slowly; how near depends on η.`);
  // Where the curve ends at the minimum, a step beyond it leaves the domain.
  const most = [-1, 1].every((side) => curve.evaluate(point.w + side * 1e-6 * width).value < Infinity) ? 2 : 1;
  return {
    eta: most / point.curvature,
    words: VALLEY,
    why: `The ball is heading for the minimum at ${place}, where L″ = ${round(point.curvature)}: near it the distance shrinks while η < ${most}/L″ = ${round(most / point.curvature)}.`,
    tag: "found numerically",
  };
}

/** Towards some corners, as that of max(w, 0) + w², the slope shrinks on one side. */
function cornerWords(curve: Curve, w: number, width: number): string {
  const [left, right] = [-1, 1].map((side) => Math.abs(curve.evaluate(w + side * 1e-7 * width).slope)) as [number, number];
  return Math.min(left, right) > 1e-3 * Math.max(left, right)
    ? "the slope does not shrink towards it, so with a fixed η the ball never settles there, however small η is."
    : "the slope shrinks towards it on one side only, so 2/L″ is no limit for a ball that crosses it.";
}

/** Against what the curvature at a minimum is called zero: the bend of the curve a little away from it. */
function typicalCurvature(curve: Curve, w: number, width: number): number {
  const h = width / 50;
  return (Math.abs(curve.evaluate(w + h).slope) + Math.abs(curve.evaluate(w - h).slope)) / (2 * h);
}

/** η below which a step from anywhere in the window to anywhere in it goes down: 2 / max L″. */
export function viewMark(curve: Curve, box: Box, points: readonly Point[]): Mark {
  return finish(markingView(curve, box, points));
}

/** `viewMark` in pieces. */
export function* markingView(curve: Curve, box: Box, points: readonly Point[]): Making<Mark> {
  const enclose = curve.bounds?.bind(curve);
  const pieces = Math.min(256, curve.pieces ?? 256);
  const bounds = enclose === undefined ? undefined : yield* enclosing(enclose, box[0], box[1], pieces);
  if (bounds?.smooth === true && bounds.curvature[1] < Infinity) {
    const top = bounds.curvature[1];
    const out = yield* wayOut(curve, box, top);
    if (out !== null) return nothing(VIEW, out);
    return top <= 0
      ? { eta: Infinity, words: VIEW, why: "L″ is nowhere above 0 in the window.", tag: "bound" }
      : {
          eta: 2 / top,
          words: VIEW,
          why: `L″ is at most ${round(top)} anywhere in the window, so a step that stays in it goes down while η < 2/${round(top)}.`,
          tag: "bound",
        };
  }
  const grid = yield* surveying(curve, box, 1001);
  const gap = grid.breaks.find((entry) => entry !== null);
  if (gap != null)
    return nothing(VIEW, `The curve breaks at w = ${round(gap.w)} (${gap.kind}): no single η is safe on both sides.`);
  // A corner where the slope rises at once is a curvature without bound.
  const corner = points.find((point) => point.kind === "corner minimum" || point.kind === "corner");
  if (corner !== undefined)
    return nothing(VIEW, `At the corner w = ${round(corner.w)} the slope changes at once: no η is safe on both sides of it.`);
  const top = grid.curvature.reduce((most, x) => Math.max(most, x), -Infinity);
  if (!Number.isFinite(top)) return nothing(VIEW, "L″ is not finite everywhere in the window.");
  const out = yield* wayOut(curve, box, top);
  if (out !== null) return nothing(VIEW, out);
  const why = `The largest of ${counted(grid.w.length, "sample")} of L″ in the window is ${round(top)}; no bound is known.`;
  return { eta: top > 0 ? 2 / top : Infinity, words: VIEW, why, tag: "found numerically" };
}

/**
 * A step from the window, with an η below 2 / max L″ in it, that lands outside where the curve is higher or not
 * defined, in words: what is known inside the window is no promise for it. Null where none was met.
 */
function* wayOut(curve: Curve, [lo, hi]: Box, top: number): Making<string | null> {
  if (!curve.exact) return null;
  const n = (curve.pieces ?? 400) < 100 ? 17 : 65;
  const limit = top > 0 ? 2 / top : Infinity;
  for (let i = 0; i < n; i++) {
    const w = lo + ((hi - lo) * i) / (n - 1);
    const { value, slope } = curve.evaluate(w);
    yield;
    if (!Number.isFinite(value) || !Number.isFinite(slope) || slope === 0) continue;
    for (let k = 1; k <= 8; k++) {
      // Even shares of a limit; without one, lengths up to sixteen windows.
      const eta = limit < Infinity ? (limit * (k - 0.02)) / 8 : ((hi - lo) * 2 ** (k - 4)) / Math.abs(slope);
      const to = w - eta * slope;
      if (to >= lo && to <= hi) continue;
      const end = curve.evaluate(to).value;
      const what = Number.isNaN(end) ? "not defined" : end > value + 1e-9 * Math.abs(value) ? "higher" : null;
      if (what !== null) return `From w = ${round(w)} a step with η = ${round(eta)} leaves the window and lands at w = ${round(to)}, where the curve is ${what}.`;
    }
  }
  return null;
}

/**
 * |1 − ηL″|: by how much each step of gradient descent multiplies a small distance from the minimum. Null at a
 * corner, a jump and a level stretch, where no such factor exists.
 */
export function predictedRate(minimum: Point, eta: number): number | null {
  if (minimum.kind !== "minimum" || minimum.span !== null || !Number.isFinite(minimum.curvature)) return null;
  return Math.abs(1 - eta * minimum.curvature);
}
