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
  /** Their signs are no rounding: those a hair away are the same. */
  readonly firm: boolean;
  /** A minimum as low as any other in the window. */
  readonly lowest: boolean;
  readonly proved?: boolean;
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
/** Degenerate places nearer to one another than this share of the window are shown as one, and told as more. */
const LINE = 0.03;
/** Relative size below which an eigenvalue is not told from zero. */
const FLAT = 1e-7;
/** The same of a determinant: of a Hessian like that a step is taken along its one curved direction. */
const SINGULAR = 1e-13;
/** A hair, as a share of the window: Newton's method ends nearer than that even where it is slow. */
const HAIR = 1e-6;
/** Around a place without firm curvatures values are compared on rings of these shares of the window. */
const RINGS = [1e-3, 1e-2];
const RAYS = 32;

/** The places, sorted by value; it pauses after each row of seeds. */
export function* stationaryPoints(plane: Plane, box: Box): Making<StationarySet> {
  const [[x0, x1], [y0, y1]] = box;
  const [wx, wy] = [x1 - x0, y1 - y0];
  const found: Omit<Stationary, "lowest">[] = [];
  let more = false;
  for (let row = 0; row < SEEDS; row++) {
    // Not row by row: of a line of places more than one end should be among those that are kept.
    const j = (11 * row) % SEEDS;
    for (let i = 0; i < SEEDS; i++) {
      // Off the symmetric places, where a Hessian may be singular.
      const x = x0 + wx * ((i + 0.513) / SEEDS);
      const y = y0 + wy * ((j + 0.487) / SEEDS);
      const at = settle(plane, x, y, wx, wy);
      if (at === null) continue;
      if (at.x < x0 || at.x > x1 || at.y < y0 || at.y > y1) continue;
      const near = found.reduce((least, other) => Math.min(least, Math.hypot((other.x - at.x) / wx, (other.y - at.y) / wy)), Infinity);
      if (near < 1e-5) continue;
      if (found.length >= MOST || (at.kind === "degenerate" && near < LINE)) more = true;
      else found.push(at);
    }
    yield;
  }
  return { points: sorted(found), more };
}

/** By value, and which minima are the lowest. */
export function sorted(found: readonly Omit<Stationary, "lowest">[]): Stationary[] {
  const order = [...found].sort((a, b) => a.value - b.value || a.x - b.x || a.y - b.y);
  const low = order.find((each) => each.kind === "minimum")?.value ?? NaN;
  const room = 1e-9 * Math.max(1, Math.abs(low));
  return order.map((each) => ({ ...each, lowest: each.kind === "minimum" && each.value <= low + room }));
}

/** Where Newton's method comes to from a place; null where that is no place with zero gradient. */
export function settle(plane: Plane, x: number, y: number, wx: number, wy: number): Omit<Stationary, "lowest"> | null {
  let moved = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const at = plane.at(x, y);
    const [gx, gy, a, b, c] = [at[GX]!, at[GY]!, at[HXX]!, at[HXY]!, at[HYY]!];
    if (gx === 0 && gy === 0) {
      moved = 0;
      break;
    }
    const [sx, sy] = newtonStep(gx, gy, a, b, c);
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
  let kind = kindOf(pair);
  const beside = (dx: number, dy: number): StationaryKind => {
    const near = plane.at(x + HAIR * dx * wx, y + HAIR * dy * wy);
    return kindOf(eigenvalues(near[HXX]!, near[HXY]!, near[HYY]!));
  };
  const firm = kind !== "degenerate" && [-1, 1].every((side) => beside(side, 0) === kind && beside(0, side) === kind);
  if (!firm) kind = RINGS.every((share) => rises(plane, x, y, value, share * wx, share * wy)) ? "minimum" : "degenerate";
  return { x, y, value, kind, eigenvalues: pair, firm };
}

/** H⁻¹g, or H⁺g where H is singular, as along a line of places with zero gradient. */
function newtonStep(gx: number, gy: number, a: number, b: number, c: number): [number, number] {
  const determinant = a * c - b * b;
  const size = a * a + 2 * b * b + c * c;
  if (Math.abs(determinant) > SINGULAR * size) return [(c * gx - b * gy) / determinant, (a * gy - b * gx) / determinant];
  // H = λvvᵀ with λ² = ‖H‖², so H⁺g = Hg/λ².
  return [(a * gx + b * gy) / size, (b * gx + c * gy) / size];
}

/** Whether all values on a ring around a place are higher; between the rays the lowest is searched for. */
function rises(plane: Plane, x: number, y: number, value: number, rx: number, ry: number): boolean {
  const above = (angle: number): number => plane.value(x + rx * Math.cos(angle), y + ry * Math.sin(angle)) - value;
  const rays = Array.from({ length: RAYS }, (_, i) => above((2 * Math.PI * i) / RAYS));
  const least = 1e-9 * Math.max(...rays);
  if (!rays.every((each) => each > least)) return false;
  return rays.every((each, i) => {
    if (each > rays[(i + 1) % RAYS]! || each > rays[(i + RAYS - 1) % RAYS]!) return true;
    let [from, to] = [i - 1, i + 1].map((k) => (2 * Math.PI * k) / RAYS) as [number, number];
    for (let k = 0; k < 60; k++) {
      const third = (to - from) / 3;
      if (above(from + third) < above(to - third)) to -= third;
      else from += third;
    }
    return above((from + to) / 2) > least;
  });
}

function kindOf([low, high]: readonly [number, number]): StationaryKind {
  const flat = FLAT * Math.max(Math.abs(low), Math.abs(high));
  if (!(Math.abs(low) > flat && Math.abs(high) > flat)) return "degenerate";
  return low > 0 ? "minimum" : high < 0 ? "maximum" : "saddle";
}
