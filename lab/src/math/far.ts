/** Whether what is lowest in a window is lowest at all: a look far outside it. */

import type { Curve } from "./curve.ts";
import type { Point } from "./points.ts";
import { rootOf } from "./refine.ts";
import { opposite } from "./signs.ts";
import type { Making } from "./spread.ts";

export interface Place {
  readonly w: number;
  readonly value: number;
}

/** What was seen of a curve near and far. */
export interface Far {
  /** All samples that have a value, from left to right. */
  readonly seen: readonly Place[];
  /** Places with zero slope, where the samples show them. */
  readonly turns: readonly Place[];
}

/** Half-widths around the window's middle, in widths of it, and around 0, that are looked through evenly. */
const WIDTHS = [0.5, 4, 40, 400];
const SPANS = [8, 40, 400, 4000];
/** Beyond that, powers of ten to either side. */
const DECADES = [-6, 12] as const;
const SAMPLES = 401;
const FEWER = 41;
const PIECE = 8;

type Box = readonly [number, number];

/**
 * Look at the curve far outside a window, in pieces. Between the samples a narrower valley may be missed, so what is
 * found lower refutes that a point is the lowest, and what is not found is found numerically only.
 */
export function* lookingFar(curve: Curve, [lo, hi]: Box): Making<Far> {
  const n = (curve.pieces ?? 400) < 100 ? FEWER : SAMPLES;
  const places = new Set<number>();
  const even = (centre: number, half: number): void => {
    for (let k = 0; k < n; k++) places.add(centre - half + (2 * half * k) / (n - 1));
  };
  for (const share of WIDTHS) even(lo + (hi - lo) / 2, share * (hi - lo));
  for (const half of SPANS) even(0, half);
  for (let k = 4 * DECADES[0]; k <= 4 * DECADES[1]; k++) for (const sign of [-1, 1]) places.add(sign * 10 ** (k / 4));
  const w = [...places].sort((one, other) => one - other);
  const samples: { w: number; value: number; slope: number }[] = [];
  for (const [i, at] of w.entries()) {
    const { value, slope } = curve.evaluate(at);
    if (!Number.isNaN(value)) samples.push({ w: at, value, slope });
    if (i % PIECE === 0) yield;
  }
  const turns: Place[] = [];
  for (let i = 0; i + 1 < samples.length; i++) {
    const [one, other] = [samples[i]!, samples[i + 1]!];
    if (!opposite(one.slope, other.slope) || !Number.isFinite(one.value + other.value)) continue;
    const pair = (at: number): { f: number; df: number } => {
      const sample = curve.evaluate(at);
      return { f: sample.slope, df: sample.curvature };
    };
    const { at } = rootOf(pair, one.w, other.w);
    turns.push({ w: at, value: curve.evaluate(at).value });
    yield;
  }
  return { seen: samples, turns };
}

/**
 * A place far outside where the curve is lower than at a minimum, or higher than at a maximum, or null. The extreme
 * turn if there is one, else the nearest sample.
 */
export function beyond(far: Far, point: Pick<Point, "w" | "value" | "kind">, curve: Curve, [lo, hi]: Box): Place | null {
  const sign = point.kind.includes("maximum") ? -1 : 1;
  const spare = 1e-12 * Math.abs(point.value) + 1e-9 * rangeIn(far, lo, hi);
  // The shares are no round numbers: around −10¹⁰ all those have x^x, which is nowhere between them.
  const better = ({ w, value }: Place): boolean => {
    const lower = (at: number): boolean => sign * (point.value - at) > spare;
    // Where terms cancel far out the value is rounding, which has no sign of its own.
    return lower(value) && [-1.2345678e-7, -1.2345678e-9, 1.2345678e-9, 1.2345678e-7].every((share) => lower(curve.evaluate(w * (1 + share)).value));
  };
  const turns = far.turns.filter((place) => sign * (point.value - place.value) > 0).sort((one, other) => sign * (one.value - other.value));
  const turn = turns.find(better);
  if (turn !== undefined) return turn;
  const near = far.seen
    .filter((place) => sign * (point.value - place.value) > 0)
    .sort((one, other) => Math.abs(one.w - point.w) - Math.abs(other.w - point.w));
  // A place that people can read, if one will do: not one of those next to 0.
  const plain = ({ w }: Place): boolean => Math.abs(w) > 1e-2 * (hi - lo);
  return near.filter(plain).find(better) ?? near.find(better) ?? null;
}

/** How far the values in a window spread: what counts as a difference in it. */
function rangeIn(far: Far, lo: number, hi: number): number {
  const inside = far.seen.filter(({ w, value }) => w >= lo && w <= hi && Number.isFinite(value)).map(({ value }) => value);
  return inside.length === 0 ? 0 : Math.max(...inside) - Math.min(...inside);
}
