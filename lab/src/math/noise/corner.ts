/**
 * Minima where the loss has a corner: sums of absolute values, hinges, maxima of straight pieces.
 *
 * There the slopes do not shrink, so descent along one of them stalls at a crease. Gradient sampling
 * (Burke, Lewis, Overton, SIAM J. Optim. 15 (2005) 751): of the gradients at places within a radius the
 * shortest convex combination points downhill for all of them; where it is next to nothing the radius
 * shrinks.
 */

import type { Machine } from "../machine.ts";
import type { Minimum } from "./valley.ts";

type Vector = readonly number[];

const RAYS = 8;
const TRIES = 8;
const ROUNDS = 100;
/** The last radius, as a share of the first step downhill. */
const LAST = 1e-8;
/** Combinations this short against the slope that the descent began with are zero. */
const ZERO = 1e-9;
/** Slopes around a corner are as large as this share of it, or all of them are exactly 0. */
const STEEP = 1e-3;

const dot = (a: Vector, b: Vector): number => a.reduce((sum, each, i) => sum + each * b[i]!, 0);

/** The minimum that the descent came close to; null where it is no corner and no floor. */
export function cornerNear(whole: Machine, from: Vector, began: number, first: number): Minimum | null {
  const p = from.length;
  let x = from;
  let value = whole.run(x)[0]!;
  let radius = 10 * first;
  // Turned each time: a narrow piece is met by some ray.
  const around = (turn: number): number[][] => waysOf(p, turn).map((way) => slopeAt(x.map((each, i) => each + radius * way[i]!)));
  const slopeAt = (at: Vector): number[] => Array.from(whole.run(at).subarray(1, 1 + p));
  for (let k = 0; k < ROUNDS && radius > LAST * first; k++) {
    const seen = [slopeAt(x), ...around(k)];
    let moved = false;
    for (let tries = 0; tries < TRIES && !moved; tries++) {
      if (!seen.flat().every(Number.isFinite)) return null;
      const down = shortest(seen);
      const length = Math.sqrt(dot(down, down));
      if (length <= ZERO * began) break;
      const along = (step: number): Vector => x.map((each, i) => each - (step * down[i]!) / length);
      const falls = (step: number): boolean => whole.run(along(step))[0]! < value - 0.1 * step * length;
      let step = radius;
      moved = falls(step);
      while (moved && step < 1e9 * radius && falls(2 * step)) step *= 2;
      if (moved) [x, value] = [along(step), whole.run(along(step))[0]!];
      else seen.push(slopeAt(along(step))); // of a piece that no ray has met
    }
    if (!moved) radius /= 4;
  }
  radius = 4 * LAST * first;
  const slopes = [...Array(TRIES).keys()].flatMap(around);
  const steep = slopes.map((each) => Math.sqrt(dot(each, each)));
  const left = shortest(slopes);
  const corner = steep.every((each) => each >= STEEP * began) && Math.sqrt(dot(left, left)) <= ZERO * began;
  if (corner) return { point: x, value, sharp: true };
  if (steep.some((each) => each > 0)) return null;
  return { point: p === 1 ? [middle(whole, x[0]!, first)] : x, value, sharp: true };
}

function waysOf(p: number, turn: number): number[][] {
  if (p === 1) return [[1], [-1]];
  return Array.from({ length: RAYS }, (_, k) => (2 * Math.PI * k) / RAYS + 0.618 * turn).map((angle) => [Math.cos(angle), Math.sin(angle)]);
}

/** The middle of the level floor that w is on, if both its ends are found. */
function middle(whole: Machine, w: number, first: number): number {
  const ends = [-1, 1].map((side) => {
    let [inside, outside] = [0, first];
    const level = (away: number): boolean => whole.run([w + side * away])[1] === 0;
    for (; outside < 1e6 * first && level(outside); outside *= 2) inside = outside;
    if (level(outside)) return NaN;
    for (let k = 0; k < 60; k++) {
      const half = (inside + outside) / 2;
      if (level(half)) inside = half;
      else outside = half;
    }
    return w + side * inside;
  });
  const at = (ends[0]! + ends[1]!) / 2;
  return Number.isNaN(at) ? w : at;
}

/** The shortest vector in the convex hull of vectors of one or two numbers. */
export function shortest(all: readonly Vector[]): Vector {
  let best = all[0]!;
  const see = (each: Vector): void => {
    if (dot(each, each) < dot(best, best)) best = each;
  };
  for (const [i, a] of all.entries()) {
    see(a);
    for (const b of all.slice(0, i)) {
      const apart = a.map((each, k) => b[k]! - each);
      const square = dot(apart, apart);
      const share = square > 0 ? Math.min(1, Math.max(0, -dot(a, apart) / square)) : 0;
      see(a.map((each, k) => each + share * apart[k]!));
    }
  }
  return holdsZero(all) ? all[0]!.map(() => 0) : best;
}

/** Whether 0 lies inside: the vectors leave no half of the plane free. */
function holdsZero(all: readonly Vector[]): boolean {
  if (all[0]!.length === 1) return all.some(([a]) => a! <= 0) && all.some(([a]) => a! >= 0);
  const angles = all.map(([a, b]) => Math.atan2(b!, a!)).sort((a, b) => a - b);
  return angles.every((each, i) => (i + 1 < angles.length ? angles[i + 1]! - each : angles[0]! + 2 * Math.PI - each) < Math.PI);
}
