/** The places of interest of a curve in a window, found numerically. */

import { judgingConvexity, type Convexity } from "./convexity.ts";
import type { Curve } from "./curve.ts";
import { jumpIn, rootOf, type Bracket } from "./refine.ts";
import { alike, opposite } from "./signs.ts";
import { finish, type Making } from "./spread.ts";
import { quantile, surveying, type Survey } from "./survey.ts";

export type PointKind =
  | "minimum"
  | "maximum"
  | "inflection"
  | "flat"
  /** A stretch on which the curve is constant, and not lower or higher than on both sides. */
  | "level"
  /** At the upper side of a step there is no place; this is the lower side, where the curve has one. */
  | "jump minimum"
  | "corner minimum"
  | "corner maximum"
  | "corner";

export interface Point {
  readonly w: number;
  readonly value: number;
  readonly curvature: number;
  readonly kind: PointKind;
  /** Lowest (of minima) or highest (of maxima) of everything seen in the window; elsewhere see `far.ts`. */
  readonly inView: boolean;
  /** At the end of the domain, or a level stretch cut by the window's end: the slope need not be zero there. */
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

type Found = Omit<Point, "inView">;

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
    const middle = quantile(grid.value.filter((value) => Number.isFinite(value)).sort(), 0.5);
    // Near a pole slopes are of another size.
    const largest = (list: Float64Array): number =>
      list.reduce((most, x, i) => (Number.isFinite(x) && Math.abs(grid.value[i]! - middle) <= 1e3 * grid.spread ? Math.max(most, Math.abs(x)) : most), 0);
    // Signs of what is this small against the rest are signs of rounding errors.
    this.slopeNoise = 1e-15 * largest(grid.slope);
    this.curvatureNoise = 1e-12 * largest(grid.curvature);
    this.slopeScale = grid.spread / (grid.w[grid.w.length - 1]! - grid.w[0]!);
  }

  *all(): Making<Found[]> {
    const { w, value, slope, breaks } = this.grid;
    const last = w.length - 1;
    this.ends();
    this.jumps();
    for (let i = 0; i <= last; i++) {
      if (slope[i] === 0) i = this.level(i);
      else if (Number.isFinite(value[i]) && !Number.isFinite(slope[i])) this.cusp(w[i]!);
      const unbroken = i < last && breaks[i] === null;
      if (!unbroken || !Number.isFinite(value[i]!) || !Number.isFinite(value[i + 1]!)) continue;
      this.between(i);
      if (i % 8 === 0 || !alike(slope[i]!, slope[i + 1]!)) yield;
    }
    for (let i = 0; i < last; i++) {
      this.inflection(i);
      if (i % 8 === 0) yield;
    }
    return this.found.sort((one, other) => one.w - other.w);
  }

  /** The ends of the domain where the curve falls towards the end, or is level there. The window's ends are no places of the function. */
  private ends(): void {
    const { breaks } = this.grid;
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
    const still = Math.abs(here.slope) <= this.slopeNoise;
    const rises = (still || here.slope * inward > 0) && further.value > here.value;
    if (rises) this.add(w, "minimum", { atEdge: !still });
    else if (still && further.value < here.value) this.add(w, "maximum");
  }

  /** The lower sides of jumps, where the curve rises on the other side as well. */
  private jumps(): void {
    for (const gap of this.grid.breaks) {
      if (gap?.kind !== "jump") continue;
      const { left, right } = gap;
      // The step is at one number; the side that it belongs to is the one that can be written shorter.
      const [at, beyond, outward] = String(right).length <= String(left).length ? [right, left, 1] : [left, right, -1];
      const here = this.curve.evaluate(at);
      const further = this.curve.evaluate(at + (outward * this.h) / 2);
      if (here.slope * outward >= 0 && further.value > here.value && this.curve.evaluate(beyond).value > here.value)
        this.add(at, "jump minimum");
    }
  }

  /** A run of samples with slope 0 from i on; the index of its last sample. */
  private level(i: number): number {
    const { w, slope, value, breaks } = this.grid;
    const last = w.length - 1;
    let j = i;
    // A step too narrow for the grid may lie between two level samples.
    const level = (k: number): boolean =>
      slope[k + 1] === 0 && Math.abs(value[k + 1]! - value[k]!) <= 1e-9 * this.grid.spread;
    while (j < last && level(j) && breaks[j] === null) j++;
    const atEdge = i === 0 || j === last;
    if (i === j) {
      const [before, after] = [this.slopeAt(w[i]! - this.h / 2), this.slopeAt(w[i]! + this.h / 2)];
      // A piece of a level stretch that the window or a jump has cut off is no place of its own.
      if (before === 0 || after === 0) return j;
      if (this.isCorner(w[i]!) && !this.isSmoothAt(w[i]!)) this.corner({ a: w[i]!, b: w[i]!, at: w[i]! });
      else this.add(w[i]!, kindBySides(before, after));
      return j;
    }
    // Over a jump the curve comes down to the stretch or goes down from it.
    const before = i === 0 ? this.outside(w[0]!, -1) : breaks[i - 1]?.kind === "jump" ? value[i]! - value[i - 1]! : slope[i - 1]!;
    const after = j === last ? this.outside(w[last]!, 1) : breaks[j]?.kind === "jump" ? value[j + 1]! - value[j]! : slope[j + 1]!;
    const from = i > 0 ? (breaks[i - 1] === null ? this.levelEnd(w[i - 1]!, w[i]!) : within(breaks[i - 1]!.right, w[i]!)) : w[i]!;
    const to = j < last ? (breaks[j] === null ? this.levelEnd(w[j + 1]!, w[j]!) : within(breaks[j]!.left, w[j]!)) : w[j]!;
    const bounds = this.curve.bounds?.(from + (to - from) * 1e-6, to - (to - from) * 1e-6, 8);
    const faded = !(bounds?.slope[0] === 0 && bounds.slope[1] === 0);
    // A constant stretch that reaches the window's end is judged by its other side; a faded slope goes on beyond it.
    const sides = faded
      ? kindBySides(before, after)
      : kindBySides(Number.isNaN(before) ? -after : before, Number.isNaN(after) ? -before : after);
    // A stretch that ends at 0 ends at the last number before it: nobody wants to read that number.
    const clean = (end: number): number => (Math.abs(end) < 1e-15 * (to - from) ? 0 : end);
    const kind = sides === "flat" && !faded ? "level" : sides;
    this.add(from + (to - from) / 2, kind, { atEdge, span: [clean(from), clean(to)], faded });
    return j;
  }

  /** How the curve goes on beyond an end of the window that a level stretch reaches: NaN if level, or not at all. */
  private outside(w: number, side: 1 | -1): number {
    const here = this.curve.evaluate(w).value;
    const { value, slope } = this.curve.evaluate(w + (side * this.h) / 2);
    if (slope !== 0) return slope;
    return value === here ? NaN : side * (value - here);
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
    const turns = opposite(before, after);
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
    if (!opposite(before, after)) this.add(at, "corner");
    else this.add(at, before < 0 ? "corner minimum" : "corner maximum");
  }

  /** A change of the curvature's sign between i and the next sample where it has one. */
  private inflection(i: number): void {
    const { w, curvature, value, breaks } = this.grid;
    if (breaks[i] !== null || Math.abs(curvature[i]!) <= this.curvatureNoise) return;
    let j = i + 1;
    // A single sample may sit on the zero itself; a stretch without curvature is no inflection.
    if (Math.abs(curvature[j]!) <= this.curvatureNoise && breaks[j] === null) j++;
    if (!opposite(curvature[i]!, curvature[j]!) || !Number.isFinite(value[j]!)) return;
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

  private add(at: number, kind: PointKind, more: Partial<Found> = {}): void {
    const w = this.cleaned(at);
    const { value, curvature } = this.curve.evaluate(w);
    if (more.atEdge !== true && kind !== "jump minimum" && !this.isExtreme(w, value, kind)) return;
    if (this.found.some((other) => Math.abs(other.w - w) <= 1e-9 * this.h)) return;
    this.found.push({ w, value, curvature, kind, atEdge: false, span: null, faded: false, ...more });
  }

  /** 0 for what is next to it at the window's scale: that is where rounding put a zero. */
  private cleaned(w: number): number {
    if (!(Math.abs(w) < 1e-9 * this.h)) return w;
    return Math.abs(this.curve.evaluate(0).value - this.curve.evaluate(w).value) <= 1e-9 * this.grid.spread ? 0 : w;
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
    const turns = opposite(here, before) && opposite(here, after);
    return turns && Math.abs(here) <= 1e-6 * Math.min(Math.abs(before), Math.abs(after)) ? 0 : here;
  });
}

function within(end: number, inside: number): number {
  return Number.isNaN(end) ? inside : end;
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
    return { ...point, inView: low || high };
  });
}
