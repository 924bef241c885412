/** Whether a curve bends one way only in a window, as far as samples show, and a chord that shows it does not. */

import type { Curve } from "./curve.ts";
import type { Making } from "./spread.ts";
import type { Survey } from "./survey.ts";
import { round } from "./words.ts";

/** A chord from a to b; at its middle the curve lies above it: no convex function does that. */
export interface Witness {
  readonly a: number;
  readonly b: number;
  readonly mid: number;
  /** The chord's height over `mid`. */
  readonly chord: number;
  /** The curve's. */
  readonly value: number;
}

export interface Convexity {
  readonly kind: "convex" | "concave" | "neither" | "straight" | "unknown";
  readonly words: string;
  readonly witness: Witness | null;
}

const UNDEFINED: Convexity = {
  kind: "unknown",
  words: "The curve is not defined on a stretch of this window.",
  witness: null,
};

/** Convexity over the window, or the one stretch of it on which the curve is defined, from samples and chords between them. */
export function* judgingConvexity(curve: Curve, whole: Survey, corners: readonly { w: number; kind: string }[]): Making<Convexity> {
  const grid = stretch(whole);
  const holes = grid.breaks.some((gap) => gap !== null && gap.kind !== "jump");
  if (holes || grid.value.length < 9 || grid.value.some((value) => !Number.isFinite(value))) return UNDEFINED;
  const where = `${grid === whole ? "" : "where it is defined "}on this window`;
  const upper = yield* chordBelow(curve, grid, 1, corners);
  const lower = yield* chordBelow(curve, grid, -1, corners);
  if (upper === null && against(grid, 1).length > 0)
    return { kind: "unknown", words: `The curvature is negative in places ${where}, and no chord shows it.`, witness: null };
  if (upper === null && lower === null)
    return { kind: "straight", words: `Straight ${where}.`, witness: null };
  if (upper === null)
    return {
      kind: "convex",
      words: `Convex ${where}: no chord between samples passes below the curve.`,
      witness: null,
    };
  return {
    kind: lower === null ? "concave" : "neither",
    words:
      (lower === null ? `Concave ${where}, so not convex` : `Not convex ${where}`) +
      `: halfway between w = ${round(upper.a)} and w = ${round(upper.b)} the curve is at ` +
      `${round(upper.value)}, above the chord at ${round(upper.chord)}.`,
    witness: upper,
  };
}

/** The survey from the first sample with a value to the last; the same where that is all of it. */
function stretch(grid: Survey): Survey {
  const { w, value, slope, curvature, breaks } = grid;
  const from = value.findIndex(Number.isFinite);
  const to = value.findLastIndex(Number.isFinite) + 1;
  if (from <= 0 && to === w.length) return grid;
  const part = (list: Float64Array): Float64Array => list.subarray(from, to);
  return { ...grid, w: part(w), value: part(value), slope: part(slope), curvature: part(curvature), breaks: breaks.slice(from, to - 1) };
}

/** Looks for the chord that the curve leaves furthest, upwards (sign 1) or downwards (sign −1). */
class ChordSearch {
  best: Witness | null = null;
  private most = 0;
  private readonly curve: Curve;
  private readonly ends: readonly [number, number];
  private readonly sign: number;

  constructor(curve: Curve, ends: readonly [number, number], sign: 1 | -1) {
    this.curve = curve;
    this.ends = ends;
    this.sign = sign;
  }

  look(a: number, b: number): void {
    if (a < this.ends[0] || b > this.ends[1] || !(a < b)) return;
    const mid = a + (b - a) / 2;
    const at = (w: number): number => this.curve.evaluate(w).value;
    this.compare(a, b, mid, at(a), at(mid), at(b));
  }

  compare(a: number, b: number, mid: number, left: number, value: number, right: number): void {
    const chord = left + (right - left) / 2;
    const excess = this.sign * (value - chord);
    // Each of the three values carries rounding errors of its own.
    const noise = 1e-12 * Math.max(Math.abs(left), Math.abs(value), Math.abs(right));
    if (excess > noise && excess > this.most) {
      this.most = excess;
      this.best = { a, b, mid, chord, value };
    }
  }
}

function* chordBelow(
  curve: Curve,
  grid: Survey,
  sign: 1 | -1,
  corners: readonly { w: number }[],
): Making<Witness | null> {
  const { w, value } = grid;
  const last = w.length - 1;
  const search = new ChordSearch(curve, [w[0]!, w[last]!], sign);
  const stride = Math.max(2, 2 * Math.floor(last / 128));
  for (let i = 0; i <= last; i += stride)
    for (let j = i + stride; j <= last; j += stride) {
      const k = (i + j) / 2;
      search.compare(w[i]!, w[j]!, w[k]!, value[i]!, value[k]!, value[j]!);
    }
  if (search.best === null) {
    // A dent narrower than these chords: around corners and samples that bend the wrong way.
    const h = w[1]! - w[0]!;
    const places = [...corners.map((point) => point.w), ...bent(grid, sign)];
    for (const place of places.slice(0, 400)) {
      for (const reach of [h / 8, h / 2, 2 * h]) search.look(place - reach, place + reach);
      yield;
    }
    // Ripples narrower than the samples: where the curvature has the wrong sign short chords leave the curve too.
    for (const place of against(grid, sign).slice(0, RIPPLES)) {
      for (let reach = h / 32; reach > 1e-9 * h; reach /= 4) search.look(place - reach, place + reach);
      yield;
    }
    // No curve that jumps inside is convex or concave: a chord with an end on either side shows it.
    for (const gap of grid.breaks) {
      if (gap?.kind !== "jump") continue;
      for (const reach of [h / 8, h / 2]) {
        search.look(gap.left, gap.left + 2 * reach);
        search.look(gap.right - 2 * reach, gap.right);
        search.look(gap.left - 3 * reach, gap.right + reach);
        search.look(gap.left - reach, gap.right + 3 * reach);
      }
      yield;
    }
  }
  return checked(curve, search.best, sign);
}

const RIPPLES = 24;

/** The samples at which the curvature, beyond its rounding, has the wrong sign. */
function against({ w, curvature }: Survey, sign: number): number[] {
  const most = curvature.reduce((largest, each) => Math.max(largest, Math.abs(each)), 0);
  return [...w].filter((_, k) => -sign * curvature[k]! > 1e-6 * most);
}

/** The samples around which the curve bends the wrong way. */
function bent({ w, slope, curvature }: Survey, sign: number): number[] {
  const places: number[] = [];
  for (let k = 1; k < w.length - 1; k++) {
    const turn = slope[k + 1]! - slope[k - 1]!;
    const noise = 1e-12 * Math.abs(slope[k]!);
    if (-sign * curvature[k]! > 0 || -sign * turn > noise) places.push(w[k]!);
  }
  return places;
}

/** The witness with its three values computed again at its own places; null if it does not hold there. */
function checked(curve: Curve, witness: Witness | null, sign: number): Witness | null {
  if (witness === null) return null;
  const { a, b } = witness;
  const mid = a + (b - a) / 2;
  const left = curve.evaluate(a).value;
  const value = curve.evaluate(mid).value;
  const right = curve.evaluate(b).value;
  const chord = left + (right - left) / 2;
  return sign * (value - chord) > 0 ? { a, b, mid, chord, value } : null;
}
