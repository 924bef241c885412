/** How many steps each learning rate needs. */

import type { Curve } from "./curve.ts";
import { isLost, type Step } from "./descent.ts";
import type { Point } from "./points.ts";

export interface SweepEntry {
  readonly eta: number;
  /** Steps until the ball arrives, or null. */
  readonly steps: number | null;
  readonly outcome: "arrives" | "elsewhere" | "diverges" | "not within limit";
  /** Where it came to rest instead. */
  readonly where?: number;
}

export interface Sweep {
  readonly entries: readonly SweepEntry[];
  /** So many steps were tried at most. */
  readonly limit: number;
}

type Box = readonly [number, number];
const LIMIT = 500;

/** n learning rates from `least` to `most`, evenly spaced in the logarithm. */
export function logGrid(least: number, most: number, n: number): number[] {
  const ratio = Math.log(most / least);
  return Array.from({ length: n }, (_, k) =>
    k === 0 ? least : k === n - 1 ? most : least * Math.exp((ratio * k) / (n - 1)),
  );
}

/** The walk from `start` for each learning rate; `sweepOne` is there to spread it over frames. */
export function sweep(
  step: Step,
  curve: Curve,
  start: number,
  target: Pick<Point, "w">,
  etas: readonly number[],
  box: Box,
  limit = LIMIT,
): Sweep {
  const entries = etas.map((eta) => sweepOne(step, curve, start, target, eta, box, limit));
  return { entries, limit };
}

/**
 * Walk with one learning rate. The ball has arrived when it is within a millionth of the window of the minimum on two
 * steps running: passing by once is no arrival. It rests elsewhere when it hardly moves and the slope has shrunk to
 * a millionth of what it was: hardly moving alone may be a small η.
 */
export function sweepOne(
  step: Step,
  curve: Curve,
  start: number,
  target: Pick<Point, "w">,
  eta: number,
  box: Box,
  limit = LIMIT,
): SweepEntry {
  const near = 1e-6 * (box[1] - box[0]);
  const state = Float64Array.from(step.start);
  let steepest = Math.abs(curve.evaluate(start).slope);
  let w = start;
  let was = Math.abs(w - target.w) <= near;
  for (let k = 0; k <= limit; k++) {
    const next = step.take(w, eta, state);
    if (Number.isNaN(next) || isLost(next, box)) return { eta, steps: null, outcome: "diverges" };
    const is = Math.abs(next - target.w) <= near;
    if (is && was) return { eta, steps: k, outcome: "arrives" };
    if (!is && Math.abs(next - w) <= near) {
      const slope = Math.abs(curve.evaluate(next).slope);
      if (slope <= 1e-6 * steepest) return { eta, steps: null, outcome: "elsewhere", where: next };
      steepest = Math.max(steepest, slope);
    }
    was = is;
    w = next;
  }
  const { value } = curve.evaluate(w);
  return { eta, steps: null, outcome: Number.isFinite(value) ? "not within limit" : "diverges" };
}
