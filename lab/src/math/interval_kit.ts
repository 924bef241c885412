/**
 * Intervals, and what a rule about them is.
 *
 * A rule fills `out` with an enclosure of the operation's values and answers whether the operation is
 * analytic on a neighbourhood of its arguments: false where a corner, a jump, a pole or an end of the
 * domain lies in them or touches them. Touching counts: two pieces that share the corner as their common
 * end would both look smooth otherwise. What a rule does not know is the whole line.
 *
 * An unbounded end means "arbitrarily large", not a value: 0 · [1, ∞) is 0, as for real numbers. An
 * interval that is nothing but an infinity (an infinite constant) makes arithmetic give the whole line.
 */

export interface Interval {
  lo: number;
  hi: number;
}

export type Rule = (a: Interval, b: Interval, c: Interval, out: Interval) => boolean;

const EPS = Number.EPSILON;

/** At most x, by `ulps` units in the last place or more; x itself by none. */
export function down(x: number, ulps: number): number {
  if (x === Infinity) return Number.MAX_VALUE; // an overflow: the true value is finite and large
  if (x === -Infinity) return x;
  if (Number.isNaN(x)) return -Infinity;
  if (ulps === 0) return x;
  return x - (Math.abs(x) * ulps * EPS + Number.MIN_VALUE);
}

export function up(x: number, ulps: number): number {
  return -down(-x, ulps);
}

export function whole(out: Interval): false {
  out.lo = -Infinity;
  out.hi = Infinity;
  return false;
}

export function set(out: Interval, lo: number, hi: number, ulps: number): void {
  out.lo = down(lo, ulps);
  out.hi = up(hi, ulps);
}

export function infinite(a: Interval): boolean {
  return a.lo === Infinity || a.hi === -Infinity;
}

export const isPoint = (a: Interval): boolean => a.lo === a.hi;
export const isZero = (a: Interval): boolean => a.lo === 0 && a.hi === 0;
export const holds = (a: Interval, x: number): boolean => a.lo <= x && x <= a.hi;

export function clip(out: Interval, least: number, most: number): void {
  // Max and min in this order leave a reversed pair nowhere: the value itself is within the limits.
  out.lo = Math.min(Math.max(out.lo, least), most);
  out.hi = Math.max(Math.min(out.hi, most), least);
}
