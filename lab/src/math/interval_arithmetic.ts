/** Arithmetic and powers on intervals. */

import { clip, holds, infinite, isPoint, isZero, set, whole, type Interval, type Rule } from "./interval_kit.ts";
import { ipow, pow } from "./ops.ts";

/** Whether x + y is a float64 itself, so that nothing is rounded (Knuth's TwoSum). */
function exact(x: number, y: number): boolean {
  const sum = x + y;
  const rest = sum - x;
  return x - (sum - rest) + (y - rest) === 0;
}

export const add: Rule = (a, b, _, out) => {
  if (infinite(a) || infinite(b)) return whole(out);
  const [lo, hi] = [a.lo + b.lo, a.hi + b.hi];
  set(out, lo, hi, isZero(a) || isZero(b) || (exact(a.lo, b.lo) && exact(a.hi, b.hi)) ? 0 : 1);
  return true;
};

export const sub: Rule = (a, b, _, out) => {
  if (infinite(a) || infinite(b)) return whole(out);
  const [lo, hi] = [a.lo - b.hi, a.hi - b.lo];
  set(out, lo, hi, isZero(a) || isZero(b) || (exact(a.lo, -b.hi) && exact(a.hi, -b.lo)) ? 0 : 1);
  return true;
};

/** The product of two ends, with 0 · ∞ = 0: the unbounded end is no value. */
function times(x: number, y: number): number {
  return x === 0 || y === 0 ? 0 : x * y;
}

export const mul: Rule = (a, b, _, out) => {
  if (infinite(a) || infinite(b)) return whole(out);
  if (isZero(a) || isZero(b)) {
    out.lo = out.hi = 0;
    return true;
  }
  const p = times(a.lo, b.lo);
  const q = times(a.lo, b.hi);
  const r = times(a.hi, b.lo);
  const s = times(a.hi, b.hi);
  const unit = [a, b].some((each) => isPoint(each) && Math.abs(each.lo) === 1);
  set(out, Math.min(p, q, r, s), Math.max(p, q, r, s), unit ? 0 : 1);
  return true;
};

/** The quotient of two ends; ∞/∞ bounds nothing that 0 does not. */
function over(x: number, y: number): number {
  return Number.isFinite(y) ? x / y : 0;
}

export const div: Rule = (a, b, _, out) => {
  if (infinite(a) || infinite(b)) return whole(out);
  if (holds(b, 0)) return whole(out);
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

export const neg: Rule = (a, _, __, out) => {
  const lo = -a.hi;
  out.hi = -a.lo;
  out.lo = lo;
  return true;
};

export const abs: Rule = (a, _, __, out) => {
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

export const power: Rule = (a, b, _, out) => {
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

export const rem: Rule = (a, b, _, out) => {
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
