/** The polyline of a curve for a window of so many pixels, and the range of values worth showing. */

import type { Curve } from "./curve.ts";
import { opposite } from "./signs.ts";
import { finish, type Making } from "./spread.ts";
import { quantile, surveying, type Break, type BreakKind, type Survey } from "./survey.ts";

export interface Segment {
  readonly w: Float64Array;
  readonly value: Float64Array;
}

export interface SampledCurve {
  /** Unbroken pieces. Values far outside the range are cut off there: nobody sees them. */
  readonly segments: readonly Segment[];
  readonly breaks: readonly { readonly w: number; readonly kind: BreakKind }[];
  readonly range: readonly [number, number];
}

/** How deep one gap of the grid is halved where the curve bends. */
const DEPTH = 8;
/** Gaps of the grid between two pauses. */
const PIECE = 8;
/** Half a pixel of deviation from the straight line is seen. */
const SEEN = 0.4;

/**
 * Sample a curve over the box for drawing.
 *
 * @param pixels how wide the plot is; a height of half of it is assumed.
 * @param ball a place whose value must be within the range.
 */
export function sampleCurve(
  curve: Curve,
  box: readonly [number, number],
  pixels: number,
  ball?: number,
): SampledCurve {
  return finish(sampling(curve, box, pixels, ball));
}

/** `sampleCurve` in pieces. */
export function* sampling(
  curve: Curve,
  box: readonly [number, number],
  pixels: number,
  ball?: number,
): Making<SampledCurve> {
  const n = Math.min(Math.max(Math.ceil(pixels / 2), 128), 1024) + 1;
  const grid = yield* surveying(curve, box, n);
  const range = rangeOf(curve, grid, ball);
  const tracer = new Tracer(curve, range, (SEEN * 2 * (range[1] - range[0])) / Math.max(pixels, 64));
  for (let i = 0; i < n; i++) {
    const gap = i > 0 ? (grid.breaks[i - 1] ?? null) : null;
    if (i > 0) tracer.cross(grid, i, gap);
    else if (Number.isFinite(grid.value[0])) tracer.point(grid.w[0]!, grid.value[0]!);
    if (i % PIECE === 0) yield;
  }
  tracer.cut();
  return { segments: tracer.segments, breaks: listed(grid.breaks, box[1] - box[0]), range };
}

class Tracer {
  readonly segments: Segment[] = [];
  private w: number[] = [];
  private value: number[] = [];
  private readonly curve: Curve;
  private readonly tolerance: number;
  private readonly least: number;
  private readonly most: number;

  constructor(curve: Curve, range: readonly [number, number], tolerance: number) {
    this.curve = curve;
    this.tolerance = tolerance;
    const height = range[1] - range[0];
    this.least = range[0] - 4 * height;
    this.most = range[1] + 4 * height;
  }

  point(w: number, value: number): void {
    this.w.push(w);
    this.value.push(this.clamp(value));
  }

  cut(): void {
    if (this.w.length > 1)
      this.segments.push({ w: Float64Array.from(this.w), value: Float64Array.from(this.value) });
    this.w = [];
    this.value = [];
  }

  /** From the sample i − 1 to the sample i, over a break if there is one. */
  cross(grid: Survey, i: number, gap: Break | null): void {
    const [a, b] = [grid.w[i - 1]!, grid.w[i]!];
    if (gap === null) {
      if (Number.isFinite(grid.value[i])) this.line(a, grid.value[i - 1]!, b, grid.value[i]!);
      return;
    }
    if (Number.isFinite(gap.left)) this.line(a, grid.value[i - 1]!, gap.left, this.at(gap.left));
    this.cut();
    if (!Number.isFinite(gap.right)) return;
    const value = this.at(gap.right);
    this.point(gap.right, value);
    this.line(gap.right, value, b, grid.value[i]!);
  }

  private at(w: number): number {
    return this.curve.evaluate(w).value;
  }

  private clamp(value: number): number {
    return Math.min(Math.max(value, this.least), this.most);
  }

  /** The points after (a, y) up to and with (b, z). */
  private line(a: number, y: number, b: number, z: number): void {
    if (a < b) this.halve(a, this.clamp(y), b, this.clamp(z), 0);
  }

  private halve(a: number, y: number, b: number, z: number, depth: number): void {
    const middle = a + (b - a) / 2;
    if (depth < DEPTH && (y !== z || depth === 0) && a < middle && middle < b) {
      const value = this.clamp(this.at(middle));
      if (Math.abs(value - (y + z) / 2) > this.tolerance) {
        this.halve(a, y, middle, value, depth + 1);
        this.halve(middle, value, b, z, depth + 1);
        return;
      }
    }
    this.point(b, z);
  }
}

/** The breaks once each: a hole is met from both sides. */
function listed(
  breaks: readonly (Break | null)[],
  width: number,
): { w: number; kind: BreakKind }[] {
  const result: { w: number; kind: BreakKind }[] = [];
  for (const gap of breaks) {
    if (gap === null) continue;
    const last = result[result.length - 1];
    if (last !== undefined && gap.w - last.w <= 1e-9 * width) {
      if (gap.kind === "pole") last.kind = "pole";
    } else result.push({ w: gap.w, kind: gap.kind });
  }
  return result;
}

/**
 * The values worth showing: the stationary ones and the middle of the others, with room of twice their height on
 * both sides if the curve goes there. A pole or a steep end is cut off instead of flattening the rest.
 */
function rangeOf(curve: Curve, grid: Survey, ball: number | undefined): readonly [number, number] {
  const sorted = grid.value.filter((value) => Number.isFinite(value)).sort();
  const height = ball === undefined ? NaN : curve.evaluate(ball).value;
  if (sorted.length === 0) return Number.isFinite(height) ? around(height, height) : [-1, 1];
  let least = quantile(sorted, 0.15);
  let most = quantile(sorted, 0.6);
  for (let i = 0; i + 1 < grid.w.length; i++) {
    const [before, after] = [grid.slope[i]!, grid.slope[i + 1]!];
    if (grid.breaks[i] !== null || !(opposite(before, after) || before === 0 || after === 0)) continue;
    least = Math.min(least, grid.value[i]!, grid.value[i + 1]!);
    most = Math.max(most, grid.value[i]!, grid.value[i + 1]!);
  }
  const room = 2 * (most - least);
  let low = Math.max(quantile(sorted, 0), least - room);
  let high = Math.min(quantile(sorted, 1), most + room);
  if (Number.isFinite(height)) {
    low = Math.min(low, height);
    high = Math.max(high, height);
  }
  return around(low, high);
}

function around(low: number, high: number): readonly [number, number] {
  // A constant (or all but constant) curve gets room of its own size.
  const size = Math.max(Math.abs(low), Math.abs(high));
  const height = high - low;
  const pad = height > 1e-12 * size ? 0.06 * height : size > 0 ? size / 2 : 1;
  return [low - pad, high + pad];
}
