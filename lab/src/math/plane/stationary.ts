/** Places with zero gradient in a window: Newton's method from a grid of seeds, in pieces. */

import type { Making } from "../spread.ts";
import { eigenvalues, GX, GY, HXX, HXY, HYY, VALUE, type Plane } from "./plane.ts";

export type StationaryKind = "minimum" | "maximum" | "saddle" | "degenerate";

export interface Stationary {
  readonly x: number;
  readonly y: number;
  readonly value: number;
  readonly kind: StationaryKind;
  /** Of the Hessian, the smaller first. */
  readonly eigenvalues: readonly [number, number];
  /** A minimum as low as any other in the window. */
  readonly lowest: boolean;
}

export interface StationarySet {
  readonly points: readonly Stationary[];
  /** More were found than are kept, as along a line of them. */
  readonly more: boolean;
}

type Box = readonly [readonly [number, number], readonly [number, number]];

const SEEDS = 26;
const ROUNDS = 60;
const MOST = 60;
/** Relative size below which an eigenvalue is not told from zero. */
const FLAT = 1e-7;

/** The places, sorted by value; it pauses after each row of seeds. */
export function* stationaryPoints(plane: Plane, box: Box): Making<StationarySet> {
  const [[x0, x1], [y0, y1]] = box;
  const [wx, wy] = [x1 - x0, y1 - y0];
  const found: Omit<Stationary, "lowest">[] = [];
  let more = false;
  for (let j = 0; j < SEEDS; j++) {
    for (let i = 0; i < SEEDS; i++) {
      // Off the symmetric places, where a Hessian may be singular.
      const x = x0 + wx * ((i + 0.513) / SEEDS);
      const y = y0 + wy * ((j + 0.487) / SEEDS);
      const at = settle(plane, x, y, wx, wy);
      if (at === null) continue;
      if (at.x < x0 || at.x > x1 || at.y < y0 || at.y > y1) continue;
      if (found.some((other) => Math.hypot((other.x - at.x) / wx, (other.y - at.y) / wy) < 1e-5)) continue;
      if (found.length === MOST) more = true;
      else found.push(at);
    }
    yield;
  }
  found.sort((a, b) => a.value - b.value || a.x - b.x || a.y - b.y);
  const minima = found.filter((each) => each.kind === "minimum");
  const low = minima[0]?.value ?? NaN;
  const room = 1e-9 * Math.max(1, Math.abs(low));
  const points = found.map((each) => ({ ...each, lowest: each.kind === "minimum" && each.value <= low + room }));
  return { points, more };
}

function settle(plane: Plane, x: number, y: number, wx: number, wy: number): Omit<Stationary, "lowest"> | null {
  let moved = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const at = plane.at(x, y);
    const [gx, gy, a, b, c] = [at[GX]!, at[GY]!, at[HXX]!, at[HXY]!, at[HYY]!];
    if (gx === 0 && gy === 0) {
      moved = 0;
      break;
    }
    const determinant = a * c - b * b;
    const [sx, sy] = [(c * gx - b * gy) / determinant, (a * gy - b * gx) / determinant];
    if (!Number.isFinite(sx) || !Number.isFinite(sy)) return null;
    x -= sx;
    y -= sy;
    moved = Math.hypot(sx / wx, sy / wy);
    if (moved > 1e6) return null;
    if (moved < 1e-15) break;
  }
  if (!(moved < 1e-9)) return null;
  const at = plane.at(x, y);
  const [value, gx, gy, a, b, c] = [at[VALUE]!, at[GX]!, at[GY]!, at[HXX]!, at[HXY]!, at[HYY]!];
  // The gradient must be as small as rounding of the place leaves it.
  const scale = Math.hypot(a, b, c) * Math.hypot(wx, wy) + Math.abs(value) / Math.hypot(wx, wy);
  if (!(Math.hypot(gx, gy) <= 1e-9 * scale) || !Number.isFinite(value)) return null;
  const pair = eigenvalues(a, b, c);
  return { x, y, value, kind: kindOf(pair), eigenvalues: pair };
}

function kindOf([low, high]: readonly [number, number]): StationaryKind {
  const flat = FLAT * Math.max(Math.abs(low), Math.abs(high));
  if (Math.abs(low) <= flat || Math.abs(high) <= flat) return "degenerate";
  return low > 0 ? "minimum" : high < 0 ? "maximum" : "saddle";
}
