/** A curve on an even grid, with the places between neighbours where it breaks. */

import type { Curve, Sample } from "./curve.ts";
import { opposite } from "./signs.ts";
import { finish, type Making } from "./spread.ts";

export type BreakKind = "pole" | "domain" | "jump";

export interface Break {
  readonly w: number;
  readonly kind: BreakKind;
  /** The nearest places on both sides where the curve has a value; NaN where it has none. */
  readonly left: number;
  readonly right: number;
}

export interface Survey {
  readonly w: Float64Array;
  readonly value: Float64Array;
  readonly slope: Float64Array;
  readonly curvature: Float64Array;
  /** breaks[i] lies between the samples i and i + 1. */
  readonly breaks: readonly (Break | null)[];
  /** How far the middle nine tenths of the values spread, poles apart: what counts as large. */
  readonly spread: number;
}

/** The entry of a sorted list that a share p of the entries do not exceed. */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  return sorted[Math.round(p * (sorted.length - 1))] ?? NaN;
}

function spreadOf(values: Float64Array): number {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  const spread = quantile(sorted, 0.95) - quantile(sorted, 0.05);
  // A wide pole, as of 1/w¹², takes more than a tenth of the window.
  const half = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  if (half > 0) return Math.min(spread, 1e3 * half);
  if (spread > 0) return spread;
  const all = quantile(sorted, 1) - quantile(sorted, 0);
  return all > 0 ? all : Math.abs(quantile(sorted, 0.5)) || 1;
}

/** Sample the curve at n even places of the box, ends included, and look for breaks. */
export function survey(curve: Curve, box: readonly [number, number], n: number): Survey {
  return finish(surveying(curve, box, n));
}

/** Samples between two pauses. */
const PIECE = 8;

export function* surveying(curve: Curve, box: readonly [number, number], n: number): Making<Survey> {
  const w = new Float64Array(n);
  const value = new Float64Array(n);
  const slope = new Float64Array(n);
  const curvature = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const at = box[0] + ((box[1] - box[0]) * i) / (n - 1);
    const sample = curve.evaluate(at);
    if (i % PIECE === 0) yield;
    w[i] = at;
    value[i] = sample.value;
    // A formula may give a slope where there is no value, as 1/w does for log w.
    const exists = Number.isFinite(sample.value);
    slope[i] = exists ? sample.slope : NaN;
    curvature[i] = exists ? sample.curvature : NaN;
  }
  const spread = spreadOf(value);
  const breaks: (Break | null)[] = [];
  for (let i = 0; i + 1 < n; i++) {
    const [a, b] = [w[i]!, w[i + 1]!];
    const [here, next] = [Number.isFinite(value[i]), Number.isFinite(value[i + 1])];
    if (here !== next) breaks.push(here ? edge(curve, a, b) : edge(curve, b, a));
    else if (here && suspicious(b - a, spread, at(i), at(i + 1)))
      breaks.push(breakBetween(curve, a, b, spread));
    else {
      breaks.push(null);
      continue;
    }
    yield;
  }
  return { w, value, slope, curvature, breaks, spread };

  function at(i: number): Sample {
    return { value: value[i]!, slope: slope[i]!, curvature: curvature[i]! };
  }
}

/** Whether the step from one sample to the next is not what their slopes foretell. */
function suspicious(h: number, spread: number, one: Sample, other: Sample): boolean {
  const rise = other.value - one.value;
  const foretold = (h * (one.slope + other.slope)) / 2;
  const size = Math.abs(rise);
  // (A NaN slope makes it suspicious as well.)
  if (size > 2e-3 * spread && !(Math.abs(rise - foretold) <= 0.5 * size)) return true;
  const steep = h * Math.max(Math.abs(one.slope), Math.abs(other.slope));
  return opposite(one.slope, other.slope) && steep > 0.05 * spread;
}

/**
 * Whether the values grow without bound on the way from `from` to `to`.
 *
 * Every halving of the distance changes a logarithm by the same amount and a power by a growing one; a value that
 * converges changes less and less.
 */
function isUnbounded(curve: Curve, from: number, to: number): boolean {
  const sizes: number[] = [];
  for (let distance = from - to; Math.abs(distance) > 8 * Number.EPSILON * Math.abs(to); distance /= 2) {
    const { value } = curve.evaluate(to + distance);
    if (!Number.isFinite(value) || sizes.push(Math.abs(value)) === 64) break;
  }
  if (sizes.length < 16) return false;
  const last = sizes[sizes.length - 1]!;
  const half = sizes[sizes.length >> 1]!;
  const early = sizes[sizes.length >> 2]!;
  return half > early && last - half > 0.5 * (half - early);
}

/** Where the curve ends between `good`, where it has a value, and `bad`, where it has none. */
function edge(curve: Curve, good: number, bad: number): Break {
  let [inside, outside] = [good, bad];
  for (let k = 0; k < 60; k++) {
    const middle = inside + (outside - inside) / 2;
    if (middle === inside || middle === outside) break;
    if (Number.isFinite(curve.evaluate(middle).value)) inside = middle;
    else outside = middle;
  }
  const kind = isUnbounded(curve, good, inside) ? "pole" : "domain";
  const left = good < bad ? inside : NaN;
  // Around 0 the search ends at the smallest numbers there are: nobody wants to read those.
  const w = Math.abs(outside) < 1e-12 * Math.abs(bad - good) ? 0 : outside;
  return { w, kind, left, right: good < bad ? NaN : inside };
}

/**
 * The break between two places with values, if there is one. The half with the larger change is kept, or, for
 * a peak, the half in which the slope turns; a change that is left between neighbouring float64 is a jump.
 */
function breakBetween(curve: Curve, a: number, b: number, spread: number): Break | null {
  let [left, right] = [a, b];
  let [one, other] = [curve.evaluate(a), curve.evaluate(b)];
  // A peak rises less between its two sides than their slopes would carry it; a jump rises more.
  const reach = (b - a) * Math.max(Math.abs(one.slope), Math.abs(other.slope));
  const peak = opposite(one.slope, other.slope) && Math.abs(other.value - one.value) < reach;
  for (let k = 0; k < 60; k++) {
    const middle = left + (right - left) / 2;
    if (!(left < middle && middle < right)) break;
    const sample = curve.evaluate(middle);
    if (!Number.isFinite(sample.value)) return hole(curve, a, middle, b);
    const takeFirst = peak
      ? opposite(one.slope, sample.slope)
      : Math.abs(sample.value - one.value) > Math.abs(other.value - sample.value);
    if (takeFirst) [right, other] = [middle, sample];
    else [left, one] = [middle, sample];
  }
  const middle = left + (right - left) / 2;
  const place = { w: Math.abs(middle) < 1e-12 * (b - a) ? 0 : middle, left, right };
  if (isUnbounded(curve, a, left) || isUnbounded(curve, b, right)) return { ...place, kind: "pole" };
  const rise = Math.abs(other.value - one.value);
  // A steep but unbroken curve may still rise between neighbouring numbers, as its slopes say.
  const steep = (right - left) * Math.max(Math.abs(one.slope), Math.abs(other.slope));
  const noise = 1e-6 * spread + 1e-13 * Math.abs(one.value);
  return rise > noise && !(rise < 100 * steep) ? { ...place, kind: "jump" } : null;
}

/** A single place without a value between two with one. */
function hole(curve: Curve, left: number, middle: number, right: number): Break {
  const before = edge(curve, left, middle);
  const after = edge(curve, right, middle);
  const kind = before.kind === "pole" || after.kind === "pole" ? "pole" : "domain";
  return { w: middle, kind, left: before.left, right: after.right };
}
