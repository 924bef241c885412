/** A function of one variable as the page sees it: value, slope and curvature at a point. */

import { IntervalMachine } from "./interval.ts";
import { Machine } from "./machine.ts";
import { finish, type Making } from "./spread.ts";
import type { Tape } from "./tape.ts";

export interface Sample {
  readonly value: number;
  readonly slope: number;
  readonly curvature: number;
}

/** What slope and curvature can be over a stretch of the axis. */
export interface Bounds {
  readonly slope: readonly [number, number];
  readonly curvature: readonly [number, number];
  /** Whether the function is smooth there; without that the curvature bounds no step. */
  readonly smooth: boolean;
}

export interface Curve {
  evaluate(w: number): Sample;
  /** Enclosures over [a, b] by interval arithmetic, split into at most `pieces`. */
  bounds?(a: number, b: number, pieces?: number): Bounds;
  /** How many enclosures one frame can pay for; a sum over many rows of data has few. */
  readonly pieces?: number;
  /** Whether the numbers come from the function itself, not from recorded samples. */
  readonly exact: boolean;
}

/** Recorded values of a function that has no tape, with w rising. */
export interface Samples {
  readonly w: readonly number[];
  readonly value: readonly number[];
  readonly slope: readonly number[];
  readonly curvature: readonly number[];
}

export interface CurveOptions {
  /** The engine has proved from the function's graph that it is smooth wherever it is defined. */
  readonly smooth?: boolean;
}

/**
 * The curve of a tape with the outputs value, slope, curvature.
 *
 * @param fixed the inputs after the first: the place and direction of a slice.
 */
export function tapeCurve(tape: Tape, fixed: readonly number[] = [], options: CurveOptions = {}): Curve {
  if (tape.outputs.length !== 3)
    throw new Error(
      `A curve's tape has three outputs (value, slope, curvature), but this one has ${tape.outputs.length}.`,
    );
  if (tape.inputs !== 1 + fixed.length)
    throw new Error(
      `This tape has ${tape.inputs} inputs, but 1 + ${fixed.length} numbers are given for them.`,
    );
  const machine = new Machine(tape);
  const inputs = Float64Array.of(0, ...fixed);
  // Made when first asked for: most frames need no bounds.
  let intervals: ((a: number, b: number) => Bounds) | undefined;
  const work = tape.ops.length * tape.lanes;
  return {
    exact: true,
    pieces: Math.min(400, Math.max(40, Math.round(200_000 / work))),
    evaluate(w) {
      inputs[0] = w;
      const out = machine.run(inputs);
      return { value: out[0]!, slope: out[1]!, curvature: out[2]! };
    },
    bounds(a, b, pieces = 1) {
      intervals ??= encloser(tape, fixed, options.smooth ?? false);
      return finish(enclosing(intervals, Math.min(a, b), Math.max(a, b), pieces));
    },
  };
}

function encloser(tape: Tape, fixed: readonly number[], declared: boolean) {
  const varying = [true, ...fixed.map(() => false)];
  const machine = new IntervalMachine(tape, varying);
  const lo = Float64Array.of(0, ...fixed);
  const hi = Float64Array.from(lo);
  return (a: number, b: number): Bounds => {
    lo[0] = a;
    hi[0] = b;
    const out = machine.run(lo, hi);
    return {
      slope: [out.lo[1]!, out.hi[1]!],
      curvature: [out.lo[2]!, out.hi[2]!],
      smooth: declared || out.smooth,
    };
  };
}

interface Piece {
  readonly a: number;
  readonly b: number;
  readonly bounds: Bounds;
}

/**
 * Enclosures over [a, b] from those over pieces of it: at each turn the piece that sets an end of the
 * curvature's enclosure is halved, since only it can make the whole tighter.
 */
export function* enclosing(
  enclose: (a: number, b: number) => Bounds,
  a: number,
  b: number,
  pieces: number,
): Making<Bounds> {
  const list: Piece[] = [{ a, b, bounds: enclose(a, b) }];
  for (let turn = 0; list.length < pieces; turn++) {
    let worst = 0;
    for (let i = 1; i < list.length; i++)
      if (wider(list[i]!.bounds, list[worst]!.bounds, turn % 2 === 0)) worst = i;
    const piece = list[worst]!;
    const middle = halve(piece.a, piece.b);
    if (!(piece.a < middle && middle < piece.b)) break;
    yield;
    list[worst] = { a: piece.a, b: middle, bounds: enclose(piece.a, middle) };
    yield;
    list.push({ a: middle, b: piece.b, bounds: enclose(middle, piece.b) });
  }
  return list.map((piece) => piece.bounds).reduce(hull);
}

function wider(one: Bounds, other: Bounds, upper: boolean): boolean {
  if (one.smooth !== other.smooth) return !one.smooth;
  return upper ? one.curvature[1] > other.curvature[1] : one.curvature[0] < other.curvature[0];
}

function halve(a: number, b: number): number {
  if (Number.isFinite(a) && Number.isFinite(b)) return a + (b - a) / 2;
  if (a < 0 && b > 0) return 0;
  return Number.isFinite(a) ? 2 * a + 1 : 2 * b - 1;
}

function hull(one: Bounds, other: Bounds): Bounds {
  return {
    slope: [Math.min(one.slope[0], other.slope[0]), Math.max(one.slope[1], other.slope[1])],
    curvature: [
      Math.min(one.curvature[0], other.curvature[0]),
      Math.max(one.curvature[1], other.curvature[1]),
    ],
    smooth: one.smooth && other.smooth,
  };
}

const NOWHERE: Sample = { value: NaN, slope: NaN, curvature: NaN };

/**
 * The curve through recorded samples: the cubic that matches value and slope at both neighbours, and the
 * recorded curvature, interpolated. Nothing outside them.
 */
export function sampledCurve(samples: Samples): Curve {
  const { w, value, slope, curvature } = samples;
  return {
    exact: false,
    evaluate(at) {
      const last = w.length - 1;
      if (!(last >= 0 && at >= w[0]! && at <= w[last]!)) return NOWHERE;
      const i = Math.min(lastNotAbove(w, at), last - 1);
      if (at === w[last] || i < 0)
        return { value: value[last]!, slope: slope[last]!, curvature: curvature[last]! };
      if (at === w[i]) return { value: value[i]!, slope: slope[i]!, curvature: curvature[i]! };
      const h = w[i + 1]! - w[i]!;
      const t = (at - w[i]!) / h;
      const rise = (value[i + 1]! - value[i]!) / h;
      const [m, n] = [slope[i]!, slope[i + 1]!];
      // Newton's form about the left sample: y₀ + t h (m + t (c + t d)).
      const c = 3 * rise - 2 * m - n;
      const d = m + n - 2 * rise;
      return {
        value: value[i]! + t * h * (m + t * (c + t * d)),
        slope: m + t * (2 * c + 3 * t * d),
        curvature: curvature[i]! + t * (curvature[i + 1]! - curvature[i]!),
      };
    },
  };
}

/** The last index whose entry is at most x. */
function lastNotAbove(sorted: readonly number[], x: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (sorted[middle]! <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}
