/** Who is there first: the order of the walks, and the η with which each is quickest. */

import { logGrid } from "../sweep.ts";
import type { Making } from "../spread.ts";
import type { Plane } from "./plane.ts";
import type { PlaneRule } from "./rules.ts";
import { settle, type Stationary } from "./stationary.ts";
import { arrival, PlaneWalk } from "./walk.ts";

export type Outcome = "minimum" | "saddle" | "maximum" | "flat" | "on the way" | "diverged" | "left the domain";

type Place = Omit<Stationary, "lowest">;

export interface Row {
  readonly walk: PlaneWalk;
  /** Steps to the stated accuracy; null where it is not reached. */
  readonly steps: number | null;
  readonly outcome: Outcome;
  /** The loss where it arrived, or where it stands now. */
  readonly value: number;
  /** Where it arrived, if there is such a place. */
  readonly place: Place | null;
}

export function rowOf(plane: Plane, walk: PlaneWalk): Row {
  const steps = arrival(walk);
  const k = steps ?? walk.last;
  const value = walk.value[k]!;
  const { ended } = walk;
  const place = steps === null ? null : placeOf(plane, walk, k);
  if (steps !== null) return { walk, steps, outcome: place === null || place.kind === "degenerate" ? "flat" : place.kind, value, place };
  return { walk, steps, outcome: ended === null || ended.reason === "stands still" ? "on the way" : ended.reason, value, place };
}

/** So far, as a share of the way it came, may a walk stand from the place that it is said to be at; further where the slope fades as fast as its third power or faster. */
const [NEAR, NEARLY] = [0.01, 0.1];

/** The place of zero gradient that it stands at; far out on a plateau the gradient is small without any. */
function placeOf(plane: Plane, walk: PlaneWalk, k: number): Place | null {
  const [x, y] = [walk.x[k]!, walk.y[k]!];
  const way = Math.hypot(x - walk.x[0]!, y - walk.y[0]!);
  const place = settle(plane, x, y, way, way);
  return place !== null && Math.hypot(place.x - x, place.y - y) <= (place.firm ? NEAR : NEARLY) * way ? place : null;
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
    const most = Math.min(steps, best?.row.steps ?? steps);
    const walked = (length: number): Row => rowOf(plane, new PlaneWalk(plane, rule, start, eta, length).advance());
    const better = (row: Row): boolean => row.outcome === "minimum" && (best === null || ranked([row, best.row])[0] === row);
    let row = walked(most);
    // Who seems to be there may still leave.
    if (better(row) && most < steps) row = walked(steps);
    if (better(row)) best = { eta, row };
    yield;
  }
  return best === null ? null : best.eta;
}
