// What the pictures of the landscape are drawn from.
import type { RacePicture } from "../../draw/plane/raceplot.ts";
import type { StartPicture } from "../../draw/plane/start.ts";
import type { Trail } from "../../draw/plane/trails.ts";
import type { Rings } from "../../math/plane/field.ts";
import type { PlaneWalk } from "../../math/plane/walk.ts";
import type { PlaneDerived } from "./model.ts";

function fateOf(walk: PlaneWalk, last: number): string {
  const { ended } = walk;
  if (ended === null || ended.reason === "stands still" || last < walk.last) return "";
  return ended.reason === "diverged" ? `diverged at ${ended.step}` : `left the domain at ${ended.step}`;
}

export function trailsOf({ walks, landscape }: PlaneDerived): Trail[] {
  return walks.map((walk) => {
    const last = Math.min(walk.last, landscape.at ?? walk.last);
    return { rule: walk.rule.name, x: walk.x, y: walk.y, last, final: walk.last, fate: fateOf(walk, last), chosen: walk.rule.name === landscape.chosen };
  });
}

export function startOf({ here, landscape, anatomy }: PlaneDerived, level: Rings): StartPicture {
  return { x: here.x, y: here.y, gradient: here.gradient, level, rule: landscape.chosen, anatomy };
}

/** So far the plots reach: to the last arrival, or to the end where one has not arrived. */
function horizon({ rows, last }: PlaneDerived): number {
  const ends = rows.map((row) => row.steps ?? (row.walk.ended === null ? row.walk.last : row.walk.last));
  const arrived = rows.filter((row) => row.steps !== null).map((row) => row.steps!);
  const far = Math.max(20, ...ends);
  // One that hops for ever must not press the arrivals of the others flat.
  return arrived.length > 1 ? Math.min(last, Math.max(20, Math.min(far, 3 * Math.max(...arrived)))) : Math.min(last, far);
}

export function lossOf(derived: PlaneDerived): RacePicture {
  const { walks, landscape, points } = derived;
  let base = Infinity;
  for (const walk of walks) for (let k = 0; k < walk.length; k++) base = Math.min(base, walk.value[k]!);
  for (const point of points?.points ?? []) if (point.kind === "minimum") base = Math.min(base, point.value);
  if (!Number.isFinite(base)) base = 0;
  const first = walks[0]?.value[0] ?? 0;
  return {
    lines: walks.map((walk) => ({ rule: walk.rule.name, height: walk.value.subarray(0, walk.length).map((v) => v - base), length: walk.length, chosen: walk.rule.name === landscape.chosen })),
    last: horizon(derived), at: landscape.at,
    floor: 4 * Number.EPSILON * Math.max(Math.abs(base), Math.abs(first), 1e-300),
    words: "no rule walks",
  };
}

export function slopeOf(derived: PlaneDerived): RacePicture {
  const { walks, landscape } = derived;
  const first = walks[0]?.size[0] ?? 0;
  return {
    lines: walks.map((walk) => ({ rule: walk.rule.name, height: walk.size, length: walk.length, chosen: walk.rule.name === landscape.chosen })),
    last: horizon(derived), at: landscape.at, floor: 1e-15 * first, words: "no rule walks",
  };
}
