/** Functions of one variable (and the angle of two) on intervals. */

import { clip, holds, infinite, set, whole, type Interval, type Rule } from "./interval_kit.ts";
import { OPS } from "./ops.ts";

// ── monotone functions, by their ends ────────────────────────────────────────────────────────────

interface Shape {
  /** Where the function is defined; outside there is nothing to enclose. */
  readonly domain?: readonly [number, number];
  /** What the function can never leave. */
  readonly range?: readonly [number, number];
  readonly falling?: boolean;
  /** Places where the function is continuous but has no derivative. */
  readonly corner?: number;
}

function unary(name: string): (a: number) => number {
  const op = OPS[name]!;
  if (op.arity !== 1) throw new Error(`${name} is not a function of one argument`);
  return op.apply;
}

export function monotone(name: string, ulps: number, shape: Shape = {}): Rule {
  const f = unary(name);
  const [least, most] = shape.domain ?? [-Infinity, Infinity];
  const [bottom, top] = shape.range ?? [-Infinity, Infinity];
  const falling = shape.falling ?? false;
  return (a, _, __, out) => {
    if (!(a.lo >= least && a.hi <= most)) return whole(out);
    // + 0 turns −0 into 0: 1/√(−0) would be −∞.
    const first = f(a.lo + 0);
    const last = f(a.hi + 0);
    const strict =
      (least === -Infinity || a.lo > least) &&
      (most === Infinity || a.hi < most) &&
      (shape.corner === undefined || !holds(a, shape.corner));
    set(out, falling ? last : first, falling ? first : last, ulps);
    clip(out, bottom, top);
    return strict;
  };
}

/** Steps: constant between jumps. */
export function staircase(f: (a: number) => number, jumps: (lo: number, hi: number) => boolean): Rule {
  return (a, _, __, out) => {
    const smooth = !jumps(a.lo, a.hi);
    const lo = f(a.lo);
    out.hi = f(a.hi);
    out.lo = lo;
    return smooth;
  };
}

export const integerInside = (lo: number, hi: number): boolean => Math.ceil(lo) <= hi;
export const halfInside = (lo: number, hi: number): boolean => Math.ceil(lo - 0.5) <= hi - 0.5;

export const cosh: Rule = (a, _, __, out) => {
  const p = Math.cosh(a.lo);
  const q = Math.cosh(a.hi);
  set(out, holds(a, 0) ? 1 : Math.min(p, q), Math.max(p, q), 4);
  clip(out, 1, Infinity);
  return true;
};

// ── trigonometric functions ──────────────────────────────────────────────────────────────────────

const TWO_PI = 2 * Math.PI;
// The quadrant of a large angle is the computed one only to |angle| ulps.
const slack = (a: Interval): number => 4 * Number.EPSILON * (1 + Math.max(Math.abs(a.lo), Math.abs(a.hi)));

/** Whether phase + k·period, for a whole k, may lie in a. */
function reaches(a: Interval, phase: number, period: number): boolean {
  const spare = slack(a);
  return Math.floor((a.hi - phase) / period + spare) >= Math.ceil((a.lo - phase) / period - spare);
}

export function wave(f: (x: number) => number, top: number): Rule {
  return (a, _, __, out) => {
    if (!(a.hi - a.lo < TWO_PI) || Math.abs(a.lo) > 1e8 || Math.abs(a.hi) > 1e8) {
      out.lo = -1;
      out.hi = 1;
      return !infinite(a);
    }
    const p = f(a.lo);
    const q = f(a.hi);
    const high = reaches(a, top, TWO_PI);
    const low = reaches(a, top - Math.PI, TWO_PI);
    set(out, low ? -1 : Math.min(p, q), high ? 1 : Math.max(p, q), 4);
    clip(out, -1, 1);
    return true;
  };
}

export const tan: Rule = (a, _, __, out) => {
  if (!(a.hi - a.lo < Math.PI) || Math.abs(a.lo) > 1e8 || Math.abs(a.hi) > 1e8) return whole(out);
  if (reaches(a, Math.PI / 2, Math.PI)) return whole(out);
  set(out, Math.tan(a.lo), Math.tan(a.hi), 4);
  return true;
};

export const atan2: Rule = (y, x, _, out) => {
  // Behind the origin the angle jumps by 2π where y changes sign.
  if (x.lo <= 0 && holds(y, 0)) {
    set(out, -Math.PI, Math.PI, 4);
    return false;
  }
  const p = Math.atan2(y.lo, x.lo);
  const q = Math.atan2(y.lo, x.hi);
  const r = Math.atan2(y.hi, x.lo);
  const s = Math.atan2(y.hi, x.hi);
  set(out, Math.min(p, q, r, s), Math.max(p, q, r, s), 4);
  return true;
};

// ── gamma function ───────────────────────────────────────────────────────────────────────────────

const lgammaOf = unary("lgamma");
const digammaOf = unary("digamma");
const trigammaOf = unary("trigamma");
/** Where Γ is least on x > 0, and log Γ there, rounded down. */
const GAMMA_MINIMUM = 1.4616321449683622;
const LGAMMA_MINIMUM = -0.12148629053584962;

export const lgamma: Rule = (a, _, __, out) => {
  if (!(a.lo > 0)) return whole(out);
  const p = lgammaOf(a.lo);
  const q = lgammaOf(a.hi);
  set(out, Math.min(p, q), Math.max(p, q), 8);
  // log Γ is so flat there that the last digits of the place do not matter.
  if (holds(a, GAMMA_MINIMUM)) out.lo = Math.min(out.lo, LGAMMA_MINIMUM);
  return true;
};

export const digamma: Rule = (a, _, __, out) => {
  if (!(a.lo > 0) && integerInside(a.lo, a.hi)) return whole(out);
  if (a.lo === -Infinity) return whole(out);
  set(out, digammaOf(a.lo), digammaOf(a.hi), 8); // ψ rises between its poles
  if (a.lo < 0) {
    // Where reflection cancels, the error is small against the terms, not against the result.
    out.lo -= 1e-13;
    out.hi += 1e-13;
  }
  return true;
};

export const trigamma: Rule = (a, _, __, out) => {
  if (!(a.lo > 0)) {
    out.lo = 0;
    out.hi = Infinity;
    return !integerInside(a.lo, a.hi);
  }
  set(out, trigammaOf(a.hi), trigammaOf(a.lo), 8);
  clip(out, 0, Infinity);
  return true;
};
