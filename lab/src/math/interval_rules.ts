/**
 * What each operation does to intervals, rounded outwards.
 *
 * A rule fills `out` with an enclosure of the operation's values and answers whether the operation is
 * analytic on a neighbourhood of its arguments: false where a corner, a jump, a pole or an end of the
 * domain lies in them or touches them. Touching counts: two pieces that share the corner as their common
 * end would both look smooth otherwise. What a rule does not know is the whole line.
 *
 * An unbounded end means "arbitrarily large", not a value: 0 · [1, ∞) is 0, as for real numbers. An
 * interval that is nothing but an infinity (an infinite constant) makes arithmetic give the whole line.
 */

import { ipow, nextafter, OPS, pow, rint } from "./ops.ts";

export interface Interval {
  lo: number;
  hi: number;
}

export type Rule = (a: Interval, b: Interval, c: Interval, out: Interval) => boolean;

const EPS = Number.EPSILON;

/** At most x, by `ulps` units in the last place or more. */
function down(x: number, ulps: number): number {
  if (x === Infinity) return Number.MAX_VALUE; // an overflow: the true value is finite and large
  if (x === -Infinity) return x;
  if (Number.isNaN(x)) return -Infinity;
  return x - (Math.abs(x) * ulps * EPS + Number.MIN_VALUE);
}

function up(x: number, ulps: number): number {
  return -down(-x, ulps);
}

function whole(out: Interval): false {
  out.lo = -Infinity;
  out.hi = Infinity;
  return false;
}

function set(out: Interval, lo: number, hi: number, ulps: number): void {
  out.lo = down(lo, ulps);
  out.hi = up(hi, ulps);
}

function infinite(a: Interval): boolean {
  return a.lo === Infinity || a.hi === -Infinity;
}

const isPoint = (a: Interval): boolean => a.lo === a.hi;
const isZero = (a: Interval): boolean => a.lo === 0 && a.hi === 0;
const holds = (a: Interval, x: number): boolean => a.lo <= x && x <= a.hi;

function clip(out: Interval, least: number, most: number): void {
  // Max and min in this order leave a reversed pair nowhere: the value itself is within the limits.
  out.lo = Math.min(Math.max(out.lo, least), most);
  out.hi = Math.max(Math.min(out.hi, most), least);
}

// ── arithmetic ───────────────────────────────────────────────────────────────────────────────────

const add: Rule = (a, b, _, out) => {
  if (infinite(a) || infinite(b)) return whole(out);
  if (isZero(a) || isZero(b)) {
    out.lo = a.lo + b.lo;
    out.hi = a.hi + b.hi;
  } else set(out, a.lo + b.lo, a.hi + b.hi, 1);
  return true;
};

const sub: Rule = (a, b, _, out) => {
  if (infinite(a) || infinite(b)) return whole(out);
  if (isZero(a) || isZero(b)) {
    const lo = a.lo - b.hi;
    out.hi = a.hi - b.lo;
    out.lo = lo;
  } else set(out, a.lo - b.hi, a.hi - b.lo, 1);
  return true;
};

/** The product of two ends, with 0 · ∞ = 0: the unbounded end is no value. */
function times(x: number, y: number): number {
  return x === 0 || y === 0 ? 0 : x * y;
}

const mul: Rule = (a, b, _, out) => {
  if (infinite(a) || infinite(b)) return whole(out);
  if (isZero(a) || isZero(b)) {
    out.lo = out.hi = 0;
    return true;
  }
  const p = times(a.lo, b.lo);
  const q = times(a.lo, b.hi);
  const r = times(a.hi, b.lo);
  const s = times(a.hi, b.hi);
  set(out, Math.min(p, q, r, s), Math.max(p, q, r, s), 1);
  return true;
};

/** The quotient of two ends; ∞/∞ bounds nothing that 0 does not. */
function over(x: number, y: number): number {
  return Number.isFinite(y) ? x / y : 0;
}

const div: Rule = (a, b, _, out) => {
  if (infinite(a) || infinite(b)) return whole(out);
  if (b.lo <= 0 && b.hi >= 0) {
    // One end at 0 still bounds the other side.
    if (b.hi === 0 && b.lo === 0) return whole(out);
    const positive = b.lo === 0;
    if ((!positive && b.hi !== 0) || (a.lo < 0 && a.hi > 0)) return whole(out);
    const end = positive ? b.hi : b.lo;
    const p = over(a.lo, end);
    const q = over(a.hi, end);
    const least = down(Math.min(p, q), 1);
    const most = up(Math.max(p, q), 1);
    const upward = positive ? a.lo >= 0 : a.hi <= 0;
    out.lo = upward ? least : -Infinity;
    out.hi = upward ? Infinity : most;
    return false;
  }
  if (isZero(a)) {
    out.lo = out.hi = 0;
    return true;
  }
  const p = over(a.lo, b.lo);
  const q = over(a.lo, b.hi);
  const r = over(a.hi, b.lo);
  const s = over(a.hi, b.hi);
  set(out, Math.min(p, q, r, s), Math.max(p, q, r, s), 1);
  return true;
};

const neg: Rule = (a, _, __, out) => {
  const lo = -a.hi;
  out.hi = -a.lo;
  out.lo = lo;
  return true;
};

const abs: Rule = (a, _, __, out) => {
  const touches = holds(a, 0);
  const hi = Math.max(Math.abs(a.lo), Math.abs(a.hi));
  out.lo = touches ? 0 : Math.min(Math.abs(a.lo), Math.abs(a.hi));
  out.hi = hi;
  return !touches;
};

/** aⁿ for a whole, literal n. */
export function integerPower(a: Interval, n: number, out: Interval): boolean {
  if (n === 0) {
    out.lo = out.hi = 1;
    return true;
  }
  if (infinite(a)) return whole(out);
  if (n < 0) {
    const smooth = integerPower(a, -n, out);
    // Away from 0 the power may still underflow to an enclosure that touches 0: `div` sees to that.
    return div(ONE, out, out, out) && smooth;
  }
  const ulps = 2 * n;
  const p = ipow(a.lo, n);
  const q = ipow(a.hi, n);
  if (n % 2 === 1) set(out, p, q, ulps);
  else {
    set(out, holds(a, 0) ? 0 : Math.min(p, q), Math.max(p, q), ulps);
    out.lo = Math.max(out.lo, 0);
  }
  return true;
}

const ONE: Interval = { lo: 1, hi: 1 };

const power: Rule = (a, b, _, out) => {
  if (isPoint(b) && Number.isInteger(b.lo) && Math.abs(b.lo) <= 2 ** 20)
    return integerPower(a, b.lo, out);
  if (infinite(a) || infinite(b) || a.lo < 0 || (a.lo === 0 && b.lo <= 0)) return whole(out);
  // Monotone in each argument with the other held: the extremes are at the corners.
  const p = pow(a.lo, b.lo);
  const q = pow(a.lo, b.hi);
  const r = pow(a.hi, b.lo);
  const s = pow(a.hi, b.hi);
  const smooth = a.lo > 0;
  set(out, Math.min(p, q, r, s), Math.max(p, q, r, s), 8);
  clip(out, 0, Infinity);
  return smooth;
};

const rem: Rule = (a, b, _, out) => {
  const size = Math.abs(b.lo);
  if (!isPoint(b) || !(size > 0) || infinite(a)) return whole(out);
  const p = a.lo % size;
  const q = a.hi % size;
  // Within one period the remainder rises with a. An end that the quotient rounds over shows as p > q.
  const samePeriod = Math.trunc(a.lo / size) === Math.trunc(a.hi / size);
  if (samePeriod && p <= q) {
    out.lo = p;
    out.hi = q;
    // At 0 the quotient truncates from both sides: no jump there.
    const first = Math.trunc(a.lo / size) === 0;
    return first || (p !== 0 && q !== 0);
  }
  out.lo = a.lo < 0 ? -size : 0;
  out.hi = a.hi > 0 ? size : 0;
  return false;
};

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

function monotone(name: string, ulps: number, shape: Shape = {}): Rule {
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
function staircase(f: (a: number) => number, jumps: (lo: number, hi: number) => boolean): Rule {
  return (a, _, __, out) => {
    const smooth = !jumps(a.lo, a.hi);
    const lo = f(a.lo);
    out.hi = f(a.hi);
    out.lo = lo;
    return smooth;
  };
}

const integerInside = (lo: number, hi: number): boolean => Math.ceil(lo) <= hi;
const halfInside = (lo: number, hi: number): boolean => Math.ceil(lo - 0.5) <= hi - 0.5;

const cosh: Rule = (a, _, __, out) => {
  const p = Math.cosh(a.lo);
  const q = Math.cosh(a.hi);
  set(out, holds(a, 0) ? 1 : Math.min(p, q), Math.max(p, q), 4);
  clip(out, 1, Infinity);
  return true;
};

// ── trigonometric functions ──────────────────────────────────────────────────────────────────────

const TWO_PI = 2 * Math.PI;
// The quadrant of a large angle is the computed one only to |angle| ulps.
const slack = (a: Interval): number => 4 * EPS * (1 + Math.max(Math.abs(a.lo), Math.abs(a.hi)));

/** Whether phase + k·period, for a whole k, may lie in a. */
function reaches(a: Interval, phase: number, period: number): boolean {
  const spare = slack(a);
  return Math.floor((a.hi - phase) / period + spare) >= Math.ceil((a.lo - phase) / period - spare);
}

function wave(f: (x: number) => number, top: number): Rule {
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

const tan: Rule = (a, _, __, out) => {
  if (!(a.hi - a.lo < Math.PI) || Math.abs(a.lo) > 1e8 || Math.abs(a.hi) > 1e8) return whole(out);
  if (reaches(a, Math.PI / 2, Math.PI)) return whole(out);
  set(out, Math.tan(a.lo), Math.tan(a.hi), 4);
  return true;
};

const atan2: Rule = (y, x, _, out) => {
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

const lgamma: Rule = (a, _, __, out) => {
  if (!(a.lo > 0)) return whole(out);
  const p = lgammaOf(a.lo);
  const q = lgammaOf(a.hi);
  set(out, Math.min(p, q), Math.max(p, q), 8);
  // log Γ is so flat there that the last digits of the place do not matter.
  if (holds(a, GAMMA_MINIMUM)) out.lo = Math.min(out.lo, LGAMMA_MINIMUM);
  return true;
};

const digamma: Rule = (a, _, __, out) => {
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

const trigamma: Rule = (a, _, __, out) => {
  if (!(a.lo > 0)) {
    out.lo = 0;
    out.hi = Infinity;
    return !integerInside(a.lo, a.hi);
  }
  set(out, trigammaOf(a.hi), trigammaOf(a.lo), 8);
  clip(out, 0, Infinity);
  return true;
};

// ── choice ───────────────────────────────────────────────────────────────────────────────────────

function extreme(pick: (x: number, y: number) => number): Rule {
  return (a, b, _, out) => {
    const apart = a.lo > b.hi || b.lo > a.hi;
    const lo = pick(a.lo, b.lo);
    out.hi = pick(a.hi, b.hi);
    out.lo = lo;
    return apart;
  };
}

function truth(out: Interval, yes: boolean, no: boolean): void {
  out.lo = yes ? 1 : 0;
  out.hi = no ? 0 : 1;
}

/** A comparison: yes, no, or [0, 1] for both. Only a gap between the arguments settles it smoothly. */
function compare(
  yes: (a: Interval, b: Interval) => boolean,
  no: (a: Interval, b: Interval) => boolean,
): Rule {
  return (a, b, _, out) => {
    const apart = a.hi < b.lo || a.lo > b.hi;
    truth(out, yes(a, b), no(a, b));
    return apart;
  };
}

const below = (a: Interval, b: Interval): boolean => a.hi < b.lo;
const notAbove = (a: Interval, b: Interval): boolean => a.hi <= b.lo;
const apart = (a: Interval, b: Interval): boolean => a.hi < b.lo || a.lo > b.hi;
const same = (a: Interval, b: Interval): boolean => isPoint(a) && isPoint(b) && a.lo === b.lo;

const isTrue = (a: Interval): boolean => a.lo > 0 || a.hi < 0;

function logic(yes: Rule2, no: Rule2): Rule {
  return (a, b, _, out) => {
    truth(out, yes(a, b), no(a, b));
    return true; // the comparisons below have said what is not settled
  };
}
type Rule2 = (a: Interval, b: Interval) => boolean;

const select: Rule = (c, a, b, out) => {
  const first = isTrue(c);
  const second = isZero(c);
  const lo = first ? a.lo : second ? b.lo : Math.min(a.lo, b.lo);
  out.hi = first ? a.hi : second ? b.hi : Math.max(a.hi, b.hi);
  out.lo = lo;
  return first || second;
};

const isfinite: Rule = (a, _, __, out) => {
  const bounded = Number.isFinite(a.lo) && Number.isFinite(a.hi);
  truth(out, bounded, infinite(a));
  return bounded;
};

const neighbour: Rule = (a, _, __, out) => {
  out.lo = nextafter(a.lo, -Infinity);
  out.hi = nextafter(a.hi, Infinity);
  return true;
};

/** A rule for every elementwise operation; the numbers are the widening in units of the last place. */
export const INTERVAL_RULES: Readonly<Record<string, Rule>> = {
  add, sub, mul, div, rem, neg, abs,
  pow: power,
  square: (a, _, __, out) => integerPower(a, 2, out),
  sign: staircase(Math.sign, (lo, hi) => lo <= 0 && hi >= 0),
  floor: staircase(Math.floor, integerInside),
  ceil: staircase(Math.ceil, integerInside),
  trunc: staircase(Math.trunc, integerInside),
  rint: staircase(rint, halfInside),
  sqrt: monotone("sqrt", 1, { domain: [0, Infinity], range: [0, Infinity] }),
  rsqrt: monotone("rsqrt", 3, { domain: [0, Infinity], range: [0, Infinity], falling: true }),
  cbrt: monotone("cbrt", 4, { corner: 0 }),
  exp: monotone("exp", 2, { range: [0, Infinity] }),
  exp2: monotone("exp2", 4, { range: [0, Infinity] }),
  expm1: monotone("expm1", 4, { range: [-1, Infinity] }),
  log: monotone("log", 2, { domain: [0, Infinity] }),
  log1p: monotone("log1p", 4, { domain: [-1, Infinity] }),
  sin: wave(Math.sin, Math.PI / 2),
  cos: wave(Math.cos, 0),
  tan, atan2,
  asin: monotone("asin", 4, { domain: [-1, 1] }),
  acos: monotone("acos", 4, { domain: [-1, 1], falling: true, range: [0, 4] }),
  atan: monotone("atan", 4),
  sinh: monotone("sinh", 4),
  cosh,
  tanh: monotone("tanh", 4, { range: [-1, 1] }),
  asinh: monotone("asinh", 4),
  acosh: monotone("acosh", 8, { domain: [1, Infinity], range: [0, Infinity] }),
  atanh: monotone("atanh", 4, { domain: [-1, 1] }),
  logistic: monotone("logistic", 4, { range: [0, 1] }),
  erf: monotone("erf", 4, { range: [-1, 1] }),
  erfc: monotone("erfc", 8, { range: [0, 2], falling: true }),
  erfinv: monotone("erfinv", 8, { domain: [-1, 1] }),
  lgamma, digamma, trigamma,
  max: extreme(Math.max),
  min: extreme(Math.min),
  eq: compare(same, apart),
  ne: compare(apart, same),
  lt: compare(below, (a, b) => notAbove(b, a)),
  le: compare(notAbove, (a, b) => below(b, a)),
  gt: compare((a, b) => below(b, a), notAbove),
  ge: compare((a, b) => notAbove(b, a), below),
  and: logic((a, b) => isTrue(a) && isTrue(b), (a, b) => isZero(a) || isZero(b)),
  or: logic((a, b) => isTrue(a) || isTrue(b), (a, b) => isZero(a) && isZero(b)),
  xor: logic(
    (a, b) => (isTrue(a) && isZero(b)) || (isZero(a) && isTrue(b)),
    (a, b) => (isTrue(a) && isTrue(b)) || (isZero(a) && isZero(b)),
  ),
  not: logic((a) => isZero(a), (a) => isTrue(a)),
  isfinite,
  nextafter: neighbour,
  select,
}; // prettier-ignore
