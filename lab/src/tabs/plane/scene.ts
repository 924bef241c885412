// What the pictures of the landscape are drawn from.
import { rowAt, type RaceLine, type RacePicture } from "../../draw/plane/raceplot.ts";
import type { StartPicture } from "../../draw/plane/start.ts";
import type { Trail } from "../../draw/plane/trails.ts";
import type { Rings } from "../../math/plane/field.ts";
import type { PlaneWalk } from "../../math/plane/walk.ts";
import type { RecordedWalk } from "../../scenario.ts";
import type { PlaneDerived } from "./model.ts";

function fateOf(walk: PlaneWalk, last: number): string {
  const { ended } = walk;
  if (ended === null || ended.reason === "stands still" || last < walk.last) return "";
  return ended.reason === "diverged" ? `diverged at ${ended.step}` : `left the domain at ${ended.step}`;
}

export function trailsOf({ walks, landscape, cut: { recorded } }: PlaneDerived): Trail[] {
  const trails: Trail[] = walks.map((walk) => {
    const last = Math.min(walk.last, landscape.at ?? walk.last);
    return { rule: walk.rule.name, x: walk.x, y: walk.y, last, final: walk.last, fate: fateOf(walk, last), chosen: walk.rule.name === landscape.chosen };
  });
  if (recorded !== null) {
    const { label, numbers, x, y } = recorded;
    trails.push({ rule: "recorded", name: `recorded: ${label}`, x, y, last: rowAt(numbers, landscape.at), final: numbers.length - 1, fate: "", chosen: false });
  }
  return trails;
}

export function startOf({ here, landscape, anatomy }: PlaneDerived, level: Rings): StartPicture {
  return { x: here.x, y: here.y, gradient: here.gradient, level, rule: landscape.chosen, anatomy };
}

/** So far the plots reach: to the last arrival, or to the end where one has not arrived. */
function horizon({ rows, last, cut: { recorded } }: PlaneDerived): number {
  const ends = [...rows.map((row) => row.steps ?? row.walk.last), recorded?.numbers.at(-1) ?? 0];
  const arrived = rows.filter((row) => row.steps !== null).map((row) => row.steps!);
  const far = Math.max(20, ...ends);
  // One that hops for ever must not press the arrivals of the others flat.
  return arrived.length > 1 ? Math.min(last, Math.max(20, Math.min(far, 3 * Math.max(...arrived)))) : Math.min(last, far);
}

const DEEP = 1e3;

/** Below it a walk has left downwards: far below the start, against the heights at the window's corners, sides and middle. */
function bottomOf({ plane, landscape: { box } }: PlaneDerived, first: number): number {
  const [xs, ys] = box.map(([lo, hi]) => [lo, (lo + hi) / 2, hi]) as [number[], number[]];
  const rises = xs.flatMap((x) => ys.map((y) => Math.abs(plane.value(x, y) - first))).filter(Number.isFinite);
  return rises.length === 0 ? -Infinity : first - DEEP * Math.max(...rises, Math.abs(first));
}

export function lossOf(derived: PlaneDerived): RacePicture {
  const { walks, landscape, points, cut: { recorded } } = derived;
  const first = walks[0]?.value[0] ?? recorded?.value[0] ?? 0;
  const least = bottomOf(derived, first);
  let base = Infinity;
  const see = (value: number): void => {
    if (value >= least && value < base) base = value;
  };
  for (const walk of walks) walk.value.subarray(0, walk.length).forEach(see);
  recorded?.value.forEach(see);
  for (const point of points?.points ?? []) if (point.kind === "minimum") base = Math.min(base, point.value);
  if (!Number.isFinite(base)) base = 0;
  const lines: RaceLine[] = walks.map((walk) => ({ rule: walk.rule.name, height: walk.value.subarray(0, walk.length).map((v) => v - base), length: walk.length, chosen: walk.rule.name === landscape.chosen }));
  return {
    lines: [...lines, ...recordedLine(recorded, recorded?.value.map((v) => v - base))],
    last: horizon(derived), at: landscape.at,
    floor: 4 * Number.EPSILON * Math.max(Math.abs(base), Math.abs(first), 1e-300),
    words: "no rule walks",
  };
}

function recordedLine(recorded: RecordedWalk | null, height: number[] = []): RaceLine[] {
  return recorded === null ? [] : [{ rule: "recorded", height, length: height.length, chosen: false, numbers: recorded.numbers }];
}

export function slopeOf(derived: PlaneDerived): RacePicture {
  const { walks, landscape, cut: { recorded } } = derived;
  const first = walks[0]?.size[0] ?? recorded?.slope[0] ?? 0;
  const lines: RaceLine[] = walks.map((walk) => ({ rule: walk.rule.name, height: walk.size, length: walk.length, chosen: walk.rule.name === landscape.chosen }));
  return {
    lines: [...lines, ...recordedLine(recorded, recorded?.slope)],
    last: horizon(derived), at: landscape.at, floor: 1e-15 * first, words: "no rule walks",
  };
}
