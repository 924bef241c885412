/** The derivative as a limit: a secant that closes on the tangent, a zoom lens, a nudge. */

import type { Curve } from "./curve.ts";

export interface Secant {
  /** (L(w + h) − L(w))/h */
  readonly slope: number;
  /** That minus L′(w). */
  readonly error: number;
}

/** The secant from w to w + h. The places are rounded, so the quotient uses the step between them. */
export function secant(curve: Curve, w: number, h: number): Secant {
  const other = w + h;
  const here = curve.evaluate(w);
  const slope = (curve.evaluate(other).value - here.value) / (other - w);
  return { slope, error: slope - here.slope };
}

export interface Lens {
  /** The largest |L − tangent| in the lens as a share of its height or its width times the slope, if larger. */
  readonly deviation: number;
  /** The same in units of L. */
  readonly gap: number;
  readonly samples: { readonly w: Float64Array; readonly value: Float64Array; readonly line: Float64Array };
}

/** What a lens of so much width on w shows: the curve, its tangent, and how far they part. */
export function lens(curve: Curve, w: number, width: number, n = 65): Lens {
  const here = curve.evaluate(w);
  const places = new Float64Array(n);
  const value = new Float64Array(n);
  const line = new Float64Array(n);
  let gap = 0;
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < n; i++) {
    const at = w + width * (i / (n - 1) - 0.5);
    places[i] = at;
    value[i] = curve.evaluate(at).value;
    line[i] = here.value + here.slope * (at - w);
    // A NaN must not vanish in a maximum: Math.max keeps it.
    gap = Math.max(gap, Math.abs(value[i]! - line[i]!));
    low = Math.min(low, value[i]!);
    high = Math.max(high, value[i]!);
  }
  const height = Math.max(high - low, Math.abs(here.slope) * width);
  return { deviation: gap === 0 ? 0 : gap / height, gap, samples: { w: places, value, line } };
}

export interface Nudge {
  /** L′(w)·Δw */
  readonly predicted: number;
  /** L(w + Δw) − L(w) */
  readonly actual: number;
  /** The actual change minus the predicted one: what the slope does not tell. */
  readonly missing: number;
}

/** What a small move changes, by the slope and in truth. */
export function nudge(curve: Curve, w: number, dw: number): Nudge {
  const here = curve.evaluate(w);
  const predicted = here.slope * dw;
  const actual = curve.evaluate(w + dw).value - here.value;
  return { predicted, actual, missing: actual - predicted };
}
