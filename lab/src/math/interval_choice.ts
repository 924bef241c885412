/** Comparisons, truth values and choice on intervals. */

import { infinite, isPoint, isZero, type Interval, type Rule } from "./interval_kit.ts";
import { nextafter } from "./ops.ts";

type Test = (a: Interval, b: Interval) => boolean;

export function extreme(pick: (x: number, y: number) => number): Rule {
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
export function compare(yes: Test, no: Test): Rule {
  return (a, b, _, out) => {
    const apart = a.hi < b.lo || a.lo > b.hi;
    truth(out, yes(a, b), no(a, b));
    return apart;
  };
}

export const below = (a: Interval, b: Interval): boolean => a.hi < b.lo;
export const notAbove = (a: Interval, b: Interval): boolean => a.hi <= b.lo;
export const apart = (a: Interval, b: Interval): boolean => a.hi < b.lo || a.lo > b.hi;
export const same = (a: Interval, b: Interval): boolean => isPoint(a) && isPoint(b) && a.lo === b.lo;

export const isTrue = (a: Interval): boolean => a.lo > 0 || a.hi < 0;

export function logic(yes: Test, no: Test): Rule {
  return (a, b, _, out) => {
    truth(out, yes(a, b), no(a, b));
    return true; // the comparisons below have said what is not settled
  };
}

export const select: Rule = (c, a, b, out) => {
  const first = isTrue(c);
  const second = isZero(c);
  const lo = first ? a.lo : second ? b.lo : Math.min(a.lo, b.lo);
  out.hi = first ? a.hi : second ? b.hi : Math.max(a.hi, b.hi);
  out.lo = lo;
  return first || second;
};

export const isfinite: Rule = (a, _, __, out) => {
  const bounded = Number.isFinite(a.lo) && Number.isFinite(a.hi);
  truth(out, bounded, infinite(a));
  return bounded;
};

export const neighbour: Rule = (a, _, __, out) => {
  out.lo = nextafter(a.lo, -Infinity);
  out.hi = nextafter(a.hi, Infinity);
  return true;
};
