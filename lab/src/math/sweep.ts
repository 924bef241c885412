/** How many steps each learning rate needs. */

import { arrivalRadius, distanceTo } from "./behaviour.ts";
import type { Curve } from "./curve.ts";
import { Walk, type Step } from "./descent.ts";
import type { Point } from "./points.ts";
import { finish, type Making } from "./spread.ts";

export interface SweepEntry {
  readonly eta: number;
  /** Steps until the ball arrives, or null. */
  readonly steps: number | null;
  readonly outcome: "arrives" | "elsewhere" | "diverges" | "leaves" | "not within limit";
  /** Where it came to rest instead. */
  readonly where?: number;
}

export interface Sweep {
  readonly entries: readonly SweepEntry[];
  /** So many steps were tried at most. */
  readonly limit: number;
}

const LIMIT = 500;

/** n learning rates from `least` to `most`, evenly spaced in the logarithm. */
export function logGrid(least: number, most: number, n: number): number[] {
  const ratio = Math.log(most / least);
  return Array.from({ length: n }, (_, k) =>
    k === 0 ? least : k === n - 1 ? most : least * Math.exp((ratio * k) / (n - 1)),
  );
}

/** The walk from `start` for each learning rate. */
export function sweep(
  step: Step,
  curve: Curve,
  start: number,
  target: Pick<Point, "w"> & Partial<Pick<Point, "span">>,
  etas: readonly number[],
  limit = LIMIT,
): Sweep {
  return finish(sweeping(step, curve, start, target, etas, limit));
}

/** `sweep` in pieces. */
export function* sweeping(
  step: Step,
  curve: Curve,
  start: number,
  target: Pick<Point, "w"> & Partial<Pick<Point, "span">>,
  etas: readonly number[],
  limit = LIMIT,
): Making<Sweep> {
  const entries: SweepEntry[] = [];
  for (const eta of etas) entries.push(yield* sweepingOne(step, curve, start, target, eta, limit));
  return { entries, limit };
}

/** Steps between two pauses. */
const PIECE = 32;
/** A ball that is so many arrival radii away from the minimum may be on its way to it, however slowly. */
const ELSEWHERE = 1000;

/**
 * Walk with one learning rate. The ball has arrived when it is within `arrivalRadius` of the minimum on two steps
 * running: passing by once is no arrival. It rests elsewhere when it hardly moves and the slope has shrunk to
 * a millionth of what it was: hardly moving alone may be a small η.
 */
export function* sweepingOne(
  step: Step,
  curve: Curve,
  start: number,
  target: Pick<Point, "w"> & Partial<Pick<Point, "span">>,
  eta: number,
  limit = LIMIT,
): Making<SweepEntry> {
  const near = arrivalRadius(start, target);
  const walk = new Walk(step, curve, start, eta);
  const ending = (outcome: SweepEntry["outcome"], steps: number | null = null): SweepEntry => ({ eta, steps, outcome });
  let steepest = Math.abs(walk.slope[0] ?? NaN);
  let was = distanceTo(target, start) <= near;
  for (let k = 0; k <= limit; k++) {
    if (k % PIECE === 0) yield;
    const { w, slope, ended } = walk.advance(k + 1);
    if (ended?.reason === "diverged") return ending("diverges");
    if (ended?.reason === "left the domain") return ending("leaves");
    const here = w[w.length - 1]!;
    const is = distanceTo(target, here) <= near;
    if (is && was) return ending("arrives", k);
    if (!is && ended !== null) return { ...ending("elsewhere"), where: here };
    if (distanceTo(target, here) > ELSEWHERE * near && Math.abs(here - w[k]!) <= near) {
      const steep = Math.abs(slope[k + 1]!);
      if (steep <= 1e-6 * steepest) return { ...ending("elsewhere"), where: here };
      steepest = Math.max(steepest, steep);
    }
    was = is;
  }
  return ending("not within limit");
}
