/** The places of interest of a curve in a window, found numerically. */

import { judgingConvexity, type Convexity } from "./convexity.ts";
import type { Curve } from "./curve.ts";
import { jumpIn, rootOf, type Bracket } from "./refine.ts";
import { finish, type Making } from "./spread.ts";
import { surveying, type Survey } from "./survey.ts";

export type PointKind =
  | "minimum"
  | "maximum"
  | "inflection"
  | "flat"
  | "corner minimum"
  | "corner maximum"
  | "corner";

export interface Point {
  readonly w: number;
  readonly value: number;
  readonly curvature: number;
  readonly kind: PointKind;
  /** Lowest (of minima) or highest (of maxima) of everything seen in the window. */
  readonly isGlobal: boolean;
  /** At an end of the window or of the domain: the slope need not be zero there. */
  readonly atEdge: boolean;
  /** The whole stretch where the slope is zero, if it is more than a place. */
  readonly span: readonly [number, number] | null;
  /** The slope is zero on the stretch only because float64 shows nothing smaller. */
  readonly faded: boolean;
}

export interface Points {
  readonly points: readonly Point[];
  readonly convexity: Convexity;
}

/** So many samples that a feature of a thousandth of the window is met. */
const SAMPLES = 1001;

type Found = Omit<Point, "isGlobal">;

/** All places of interest in the box, from left to right, and whether the curve is convex there. */
export function findPoints(curve: Curve, box: readonly [number, number]): Points {
  return finish(findingPoints(curve, box));
}

/** `findPoints` in pieces. */
export function* findingPoints(curve: Curve, box: readonly [number, number]): Making<Points> {
  const grid = yield* surveying(curve, box, SAMPLES);
  const search = new Search(curve, grid);
  const found = yield* search.all();
  return { points: rank(found, grid, curve), convexity: yield* judgingConvexity(curve, grid, found) };
}

class Search {
  private readonly found: Found[] = [];
  private readonly curve: Curve;
  private readonly grid: Survey;
  private readonly h: number;
  private readonly slopeNoise: number;
  private readonly curvatureNoise: number;
  private readonly slopeScale: number;

  constructor(curve: Curve, grid: Survey) {
    this.curve = curve;
    this.grid = { ...grid, slope: quieted(grid.slope) };
    this.h = grid.w[1]! - grid.w[0]!;
    const largest = (list: Float64Array): number =>
      list.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
    // Signs of what is this small against the rest are signs of rounding errors.
    this.slopeNoise = 1e-15 * largest(grid.slope);
    this.curvatureNoise = 1e-12 * largest(grid.curvature);
    this.slopeScale = grid.spread / (grid.w[grid.w.length - 1]! - grid.w[0]!);
  }

  *all(): Making<Found[]> {
    const { w, value, slope, breaks } = this.grid;
    const last = w.length - 1;
    this.ends();
    for (let i = 0; i <= last; i++) {
      if (slope[i] === 0) i = this.level(i);
      else if (Number.isFinite(value[i]) && !Number.isFinite(slope[i])) this.cusp(w[i]!);
      const unbroken = i < last && breaks[i] === null;
      if (!unbroken || !Number.isFinite(value[i]!) || !Number.isFinite(value[i + 1]!)) continue;
      this.between(i);
      if (i % 8 === 0 || slope[i]! * slope[i + 1]! <= 0) yield;
    }
    for (let i = 0; i < last; i++) {
      this.inflection(i);
      if (i % 8 === 0) yield;
    }
    return this.found.sort((one, other) => one.w - other.w);
  }

  /** Minima at the ends of the window and of the domain, where the curve falls towards the end. */
  private ends(): void {
    const { w, breaks } = this.grid;
    const last = w.length - 1;
    this.end(w[0]!, 1);
    this.end(w[last]!, -1);
    breaks.forEach((gap, i) => {
      if (gap?.kind !== "domain") return;
      // A single missing place is no end: the curve goes on behind it.
      const isHole = [breaks[i - 1], breaks[i + 1]].some((other) => other?.w === gap.w);
      if (isHole || Number.isFinite(gap.left + gap.right)) return;
      // Beyond it the curve is at −∞: no end is lower than that.
      const beyond = Number.isFinite(gap.right) ? gap.right - this.h / 2 : gap.left + this.h / 2;
      if ([gap.w, beyond].some((at) => this.curve.evaluate(at).value === -Infinity)) return;
      if (Number.isFinite(gap.right)) this.end(gap.right, 1);
      else this.end(gap.left, -1);
    });
  }

  private end(w: number, inward: 1 | -1): void {
    const here = this.curve.evaluate(w);
    const further = this.curve.evaluate(w + (inward * this.h) / 2);
    const rises = here.slope * inward > 0 && further.value > here.value;
    if (rises) this.add(w, "minimum", { atEdge: true });
  }

  /** A run of samples with slope 0 from i on; the index of its last sample. */
  private level(i: number): number {
    const { w, slope, value } = this.grid;
    const last = w.length - 1;
    let j = i;
    // A step too narrow for the grid may lie between two level samples.
    const level = (k: number): boolean =>
      slope[k + 1] === 0 && Math.abs(value[k + 1]! - value[k]!) <= 1e-9 * this.grid.spread;
    while (j < last && level(j) && this.grid.breaks[j] === null) j++;
    const atEdge = i === 0 || j === last;
    const before = i > 0 ? slope[i - 1]! : j > i ? NaN : this.slopeAt(w[i]! - this.h / 2);
    const after = j < last ? slope[j + 1]! : j > i ? NaN : this.slopeAt(w[j]! + this.h / 2);
    if (i === j) {
      if (this.isCorner(w[i]!) && !this.isSmoothAt(w[i]!)) this.corner({ a: w[i]!, b: w[i]!, at: w[i]! });
      else this.add(w[i]!, kindBySides(before, after), { atEdge: i === 0 || i === last });
      return j;
    }
    const from = i > 0 && this.grid.breaks[i - 1] === null ? this.levelEnd(w[i - 1]!, w[i]!) : w[i]!;
    const to = j < last && this.grid.breaks[j] === null ? this.levelEnd(w[j + 1]!, w[j]!) : w[j]!;
    const bounds = this.curve.bounds?.(from + (to - from) * 1e-6, to - (to - from) * 1e-6, 8);
    const faded = !(bounds?.slope[0] === 0 && bounds.slope[1] === 0);
    // A stretch that reaches the window's end is judged by its other side.
    const sides = kindBySides(Number.isNaN(before) ? -after : before, Number.isNaN(after) ? -before : after);
    const middle = from + (to - from) / 2;
    // A stretch that ends at 0 ends at the last number before it: nobody wants to read that number.
    const clean = (end: number): number => (Math.abs(end) < 1e-15 * (to - from) ? 0 : end);
    this.add(middle, faded ? "flat" : sides, { atEdge, span: [clean(from), clean(to)], faded });
    return j;
  }

  /** The end of a level stretch between a place outside and one inside it. */
  private levelEnd(outside: number, inside: number): number {
    for (let k = 0; k < 60; k++) {
      const middle = outside + (inside - outside) / 2;
      if (middle === outside || middle === inside) break;
      if (this.slopeAt(middle) === 0) inside = middle;
      else outside = middle;
    }
    return inside;
  }

  /** A change of the slope's sign, or a corner, between the samples i and i + 1. */
  private between(i: number): void {
    const { w, slope, curvature } = this.grid;
    const [a, b] = [w[i]!, w[i + 1]!];
    const [before, after] = [slope[i]!, slope[i + 1]!];
    if (!Number.isFinite(before) || !Number.isFinite(after)) return;
    const change = after - before;
    const foretold = (this.h * (curvature[i]! + curvature[i + 1]!)) / 2;
    const turns = before * after < 0;
    const abrupt =
      Math.abs(change) > 1e-3 * this.slopeScale && !(Math.abs(change - foretold) <= 0.5 * Math.abs(change));
    if (abrupt) {
      const corner = jumpIn((at) => this.slopeAt(at), a, b, Math.abs(change) * 1e-3);
      if (corner !== null && !this.isSmoothAt(corner.at)) {
        this.corner(corner);
        return;
      }
    }
    if (!turns || Math.max(Math.abs(before), Math.abs(after)) <= this.slopeNoise) return;
    const root = rootOf((at) => this.pair(at), a, b);
    // At a corner the slope itself may be given as a number in between: ask beside it. On one side it may be zero.
    const across = this.slopeAt(root.b + 1e-6 * this.h) - this.slopeAt(root.a - 1e-6 * this.h);
    const isFar = Math.abs(across) > 1e-4 * Math.abs(change);
    if (isFar && !this.isSmoothAt(root.at) && !this.bendsThrough(root.at)) this.corner(root);
    else this.add(root.at, before < 0 ? "minimum" : "maximum");
  }

  /** Whether the engine or the tape itself shows that no corner can lie here, whatever the samples look like. */
  private isSmoothAt(w: number): boolean {
    const reach = 1e-6 * this.h;
    return this.curve.bounds?.(w - reach, w + reach).smooth === true;
  }

  /**
   * Whether the curvature beside w accounts for the slope's change across it: then what is left of the
   * slope at its zero is rounding (a sum over many rows of data has a lot of it), no corner. The quarter
   * is for degenerate minima: on |w|^p the curvature foretells (p − 1) times the change.
   */
  private bendsThrough(w: number): boolean {
    const away = 1e-3 * this.h;
    const [before, after] = [this.curve.evaluate(w - away), this.curve.evaluate(w + away)];
    const change = after.slope - before.slope;
    const foretold = away * (before.curvature + after.curvature);
    return foretold * Math.sign(change) >= 0.25 * Math.abs(change);
  }

  /** A place with a value and no slope. */
  private cusp(w: number): void {
    const away = 1e-7 * this.h;
    if (Number.isFinite(this.slopeAt(w - away) + this.slopeAt(w + away)))
      this.corner({ a: w, b: w, at: w });
  }

  /** Whether the slope, given as 0 at w, changes across it however near: on one side it may well go to zero. */
  private isCorner(w: number): boolean {
    const across = (away: number): number => Math.abs(this.slopeAt(w + away) - this.slopeAt(w - away));
    const near = across(1e-7 * this.h);
    return near > 1e-2 * across(this.h / 2) && near > 0 && !this.bendsThrough(w);
  }

  private corner({ a, b, at }: Bracket): void {
    if (this.found.some((other) => Math.abs(other.w - at) <= 1e-6 * this.h)) return;
    // At the corner itself any number between the two slopes may be given: ask beside it.
    const before = this.slopeAt(a - 1e-9 * this.h);
    const after = this.slopeAt(b + 1e-9 * this.h);
    if (before * after >= 0) this.add(at, "corner");
    else this.add(at, before < 0 ? "corner minimum" : "corner maximum");
  }

  /** A change of the curvature's sign between i and the next sample where it has one. */
  private inflection(i: number): void {
    const { w, curvature, value, breaks } = this.grid;
    if (breaks[i] !== null || Math.abs(curvature[i]!) <= this.curvatureNoise) return;
    let j = i + 1;
    // A single sample may sit on the zero itself; a stretch without curvature is no inflection.
    if (Math.abs(curvature[j]!) <= this.curvatureNoise && breaks[j] === null) j++;
    if (!(curvature[i]! * curvature[j]! < 0) || !Number.isFinite(value[j]!)) return;
    const root = rootOf((at) => ({ f: this.curve.evaluate(at).curvature, df: NaN }), w[i]!, w[j]!);
    const near = (other: Found): boolean => Math.abs(other.w - root.at) <= 1e-3 * this.h;
    if (this.found.some((other) => near(other) || spans(other, root.at))) return;
    const steepest = Math.max(Math.abs(this.grid.slope[i]!), Math.abs(this.grid.slope[j]!));
    // The slope touches zero and keeps its sign, as that of w³.
    const flat = Math.abs(this.slopeAt(root.at)) <= 1e-9 * steepest;
    this.add(root.at, flat ? "flat" : "inflection");
  }

  private slopeAt(w: number): number {
    return this.curve.evaluate(w).slope;
  }

  private pair(w: number): { f: number; df: number } {
    const sample = this.curve.evaluate(w);
    return { f: sample.slope, df: sample.curvature };
  }

  private add(w: number, kind: PointKind, more: Partial<Found> = {}): void {
    const { value, curvature } = this.curve.evaluate(w);
    if (more.atEdge !== true && !this.isExtreme(w, value, kind)) return;
    this.found.push({ w, value, curvature, kind, atEdge: false, span: null, faded: false, ...more });
  }

  /** Beside a jump the slopes tell of a minimum where the values do not. */
  private isExtreme(w: number, value: number, kind: PointKind): boolean {
    const sign = kind.endsWith("minimum") ? 1 : kind.endsWith("maximum") ? -1 : 0;
    if (sign === 0) return true;
    // A long sum carries rounding errors of its own size, however little of it the window shows.
    const noise = 1e-9 * this.grid.spread + 1e-13 * Math.abs(value);
    return [-1, 1].every((side) => {
      const beside = this.curve.evaluate(w + side * 1e-4 * this.h).value;
      return !(sign * (beside - value) < -noise);
    });
  }
}

/**
 * The slopes, with 0 for a single one that has the other sign than both its neighbours and is next to nothing
 * against them: that of (w − c)³ at its zero, where rounding alone chooses the sign.
 */
function quieted(slope: Float64Array): Float64Array {
  return slope.map((here, i) => {
    const [before, after] = [slope[i - 1] ?? NaN, slope[i + 1] ?? NaN];
    const turns = here * before < 0 && here * after < 0;
    return turns && Math.abs(here) <= 1e-6 * Math.min(Math.abs(before), Math.abs(after)) ? 0 : here;
  });
}

function spans(point: Found, w: number): boolean {
  return point.span !== null && point.span[0] <= w && w <= point.span[1];
}

function kindBySides(before: number, after: number): PointKind {
  if (before < 0 && after > 0) return "minimum";
  if (before > 0 && after < 0) return "maximum";
  return "flat";
}

/** Which minima and maxima are the lowest and the highest of everything in the window. */
function rank(found: readonly Found[], grid: Survey, curve: Curve): Point[] {
  let [lowest, highest] = [Infinity, -Infinity];
  const see = (value: number): void => {
    if (Number.isNaN(value)) return;
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  };
  grid.value.forEach(see);
  for (const point of found) see(point.value);
  for (const gap of grid.breaks)
    for (const side of gap === null ? [] : [gap.left, gap.right]) {
      if (!Number.isFinite(side)) continue;
      const { value } = curve.evaluate(side);
      see(gap?.kind === "pole" ? value * Infinity : value);
    }
  return found.map((point) => {
    const spare = 1e-12 * (Math.abs(point.value) + grid.spread);
    const low = /minimum/.test(point.kind) && point.value <= lowest + spare;
    const high = /maximum/.test(point.kind) && point.value >= highest - spare;
    return { ...point, isGlobal: low || high };
  });
}
