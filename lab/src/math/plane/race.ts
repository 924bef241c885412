/** Who is there first: the order of the walks, and the η with which each is quickest. */

import { logGrid } from "../sweep.ts";
import type { Making } from "../spread.ts";
import { eigenvalues, GX, GY, HXX, HXY, HYY, type Plane } from "./plane.ts";
import type { PlaneRule } from "./rules.ts";
import { arrival, PlaneWalk } from "./walk.ts";

export type Outcome = "minimum" | "saddle" | "maximum" | "flat" | "on the way" | "diverged" | "left the domain";

export interface Row {
  readonly walk: PlaneWalk;
  /** Steps to the stated accuracy; null where it is not reached. */
  readonly steps: number | null;
  readonly outcome: Outcome;
  /** The loss where it arrived, or where it stands now. */
  readonly value: number;
}

export function rowOf(plane: Plane, walk: PlaneWalk): Row {
  const steps = arrival(walk);
  const k = steps ?? walk.last;
  const value = walk.value[k]!;
  if (steps !== null) return { walk, steps, outcome: placeOf(plane, walk, k), value };
  const { ended } = walk;
  return { walk, steps, outcome: ended === null || ended.reason === "stands still" ? "on the way" : ended.reason, value };
}

/** So far, as a share of the way it came, may a walk stand from the place that it is said to be at. */
const NEAR = 0.01;

/** What is there: the nearest place of zero gradient by one step of Newton's, if it is near at all. */
function placeOf(plane: Plane, walk: PlaneWalk, k: number): Outcome {
  const [x, y] = [walk.x[k]!, walk.y[k]!];
  const at = plane.at(x, y);
  const [gx, gy, a, b, c] = [at[GX]!, at[GY]!, at[HXX]!, at[HXY]!, at[HYY]!];
  const [low, high] = eigenvalues(a, b, c);
  const flat = 1e-7 * Math.max(Math.abs(low), Math.abs(high));
  if (Math.abs(low) <= flat || Math.abs(high) <= flat) return "flat";
  const determinant = a * c - b * b;
  const off = Math.hypot((c * gx - b * gy) / determinant, (a * gy - b * gx) / determinant);
  const way = Math.hypot(x - walk.x[0]!, y - walk.y[0]!);
  // Far out on a plateau the gradient is small without any such place.
  if (!(off <= NEAR * way)) return "flat";
  return low > 0 ? "minimum" : high < 0 ? "maximum" : "saddle";
}

function rank({ steps, outcome }: Row): number {
  if (outcome === "diverged" || outcome === "left the domain") return 3;
  if (steps === null) return 2;
  return outcome === "minimum" ? 0 : 1;
}

/**
 * Minima first, by steps; then other places of zero gradient, by steps; then who is on the way, by
 * loss; then who ran away, the last to do so first.
 */
export function ranked(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => {
    const [ra, rb] = [rank(a), rank(b)];
    if (ra !== rb) return ra - rb;
    if (ra === 2) return a.value - b.value;
    if (ra === 3) return (b.walk.ended?.step ?? 0) - (a.walk.ended?.step ?? 0);
    return (a.steps ?? 0) - (b.steps ?? 0) || a.value - b.value;
  });
}

export const TRIED = 33;

/** The η, of 33 over four decades about `middle` and the given one, with which the rule is first at a minimum; null: with none. */
export function* bestRate(plane: Plane, rule: PlaneRule, start: readonly [number, number], middle: number, given: number, steps: number): Making<number | null> {
  let best: { eta: number; row: Row } | null = null;
  const grid = logGrid(middle / 100, middle * 100, TRIED).map((eta) => Number(eta.toPrecision(3)));
  for (const eta of [given, ...grid]) {
    // Whoever needs more steps than the best so far need not be followed to the end.
    const most = best?.row.steps ?? steps;
    const walk = new PlaneWalk(plane, rule, start, eta, Math.min(steps, most)).advance();
    const row = rowOf(plane, walk);
    if (row.outcome === "minimum" && (best === null || ranked([row, best.row])[0] === row)) best = { eta, row };
    yield;
  }
  return best === null ? null : best.eta;
}
