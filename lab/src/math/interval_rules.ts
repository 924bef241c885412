/** The table of interval rules: one for every elementwise operation. */

import { abs, add, div, integerPower, mul, neg, power, rem, sub } from "./interval_arithmetic.ts";
import {
  apart, below, compare, extreme, isfinite, isTrue, logic, neighbour, notAbove, same, select,
} from "./interval_choice.ts"; // prettier-ignore
import {
  atan2, cosh, digamma, halfInside, integerInside, lgamma, monotone, staircase, tan, trigamma, wave,
} from "./interval_functions.ts"; // prettier-ignore
import { isZero, type Rule } from "./interval_kit.ts";
import { rint } from "./ops.ts";

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
