/**
 * The operations of a tape: name → arity → what it computes on float64 scalars.
 *
 * Truth values are 0 and 1. Each rule answers what the engine (XLA, NumPy) answers, also for zeros
 * with a sign, infinities and NaN; where JavaScript differs, the rule says how.
 */

import { digamma, erf, erfc, erfinv, lgamma, trigamma } from "./special.ts";

/** One elementwise operation of one, two or three arguments. */
export type Op =
  | { readonly arity: 1; readonly apply: (a: number) => number }
  | { readonly arity: 2; readonly apply: (a: number, b: number) => number }
  | { readonly arity: 3; readonly apply: (a: number, b: number, c: number) => number };

/** An operation that makes one number of a column, lane by lane in order. */
export interface Reduction {
  readonly start: number;
  readonly add: (sum: number, lane: number) => number;
}

const bits = new DataView(new ArrayBuffer(8));

/** The float64 next to `a` in the direction of `b`. */
export function nextafter(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  if (a === b) return b;
  if (a === 0) return b > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  bits.setFloat64(0, a);
  const away = b > a === a > 0;
  bits.setBigInt64(0, bits.getBigInt64(0) + (away ? 1n : -1n));
  return bits.getFloat64(0);
}

/** Round half to even; Math.round rounds halves up. */
export function rint(a: number): number {
  const whole = Math.floor(a);
  const rest = a - whole;
  if (rest === 0 || Number.isNaN(rest)) return a;
  const up = rest > 0.5 || (rest === 0.5 && whole % 2 !== 0);
  const result = up ? whole + 1 : whole;
  return result === 0 && a < 0 ? -0 : result;
}

/** C's pow. JavaScript answers NaN for pow(1, NaN), pow(±1, ±∞). */
export function pow(a: number, b: number): number {
  if (a === 1) return 1;
  if (a === -1 && (b === Infinity || b === -Infinity)) return 1;
  return Math.pow(a, b);
}

/** aⁿ by repeated squaring in JAX's order, so that the roundings agree. */
export function ipow(a: number, n: number): number {
  if (n === 0) return 1;
  let left = Math.abs(n);
  let square = a;
  let product = 1;
  let started = false;
  while (left > 0) {
    if (left % 2 === 1) {
      product = started ? product * square : square;
      started = true;
    }
    left = Math.floor(left / 2);
    if (left > 0) square *= square;
  }
  return n < 0 ? 1 / product : product;
}

const one = (apply: (a: number) => number): Op => ({ arity: 1, apply });
const two = (apply: (a: number, b: number) => number): Op => ({ arity: 2, apply });
const truth = (yes: boolean): number => (yes ? 1 : 0);

/** Every elementwise operation but `ipow`, whose second argument is an exponent, not a register. */
export const OPS: Readonly<Record<string, Op>> = {
  neg: one((a) => -a),
  abs: one(Math.abs),
  sign: one(Math.sign),
  floor: one(Math.floor),
  ceil: one(Math.ceil),
  rint: one(rint),
  trunc: one(Math.trunc),
  sqrt: one(Math.sqrt),
  rsqrt: one((a) => 1 / Math.sqrt(a)),
  cbrt: one(Math.cbrt),
  square: one((a) => a * a),
  exp: one(Math.exp),
  exp2: one((a) => Math.pow(2, a)),
  expm1: one(Math.expm1),
  log: one(Math.log),
  log1p: one(Math.log1p),
  sin: one(Math.sin),
  cos: one(Math.cos),
  tan: one(Math.tan),
  asin: one(Math.asin),
  acos: one(Math.acos),
  atan: one(Math.atan),
  sinh: one(Math.sinh),
  cosh: one(Math.cosh),
  tanh: one(Math.tanh),
  asinh: one(Math.asinh),
  acosh: one(Math.acosh),
  atanh: one(Math.atanh),
  logistic: one((a) => 1 / (1 + Math.exp(-a))),
  erf: one(erf),
  erfc: one(erfc),
  erfinv: one(erfinv),
  lgamma: one(lgamma),
  digamma: one(digamma),
  trigamma: one(trigamma),
  not: one((a) => truth(a === 0)),
  isfinite: one((a) => truth(Number.isFinite(a))),

  add: two((a, b) => a + b),
  sub: two((a, b) => a - b),
  mul: two((a, b) => a * b),
  div: two((a, b) => a / b),
  rem: two((a, b) => a % b),
  pow: two(pow),
  atan2: two(Math.atan2),
  max: two((a, b) => Math.max(a, b)),
  min: two((a, b) => Math.min(a, b)),
  eq: two((a, b) => truth(a === b)),
  ne: two((a, b) => truth(a !== b)),
  lt: two((a, b) => truth(a < b)),
  le: two((a, b) => truth(a <= b)),
  gt: two((a, b) => truth(a > b)),
  ge: two((a, b) => truth(a >= b)),
  and: two((a, b) => truth(a !== 0 && b !== 0)),
  or: two((a, b) => truth(a !== 0 || b !== 0)),
  xor: two((a, b) => truth((a !== 0) !== (b !== 0))),
  nextafter: two(nextafter),

  select: { arity: 3, apply: (c, a, b) => (c !== 0 ? a : b) },
};

export const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  sum: { start: 0, add: (sum, lane) => sum + lane },
  prod: { start: 1, add: (product, lane) => product * lane },
  maxof: { start: -Infinity, add: (most, lane) => Math.max(most, lane) },
  minof: { start: Infinity, add: (least, lane) => Math.min(least, lane) },
};

/** The name of the power with a whole, literal exponent. */
export const IPOW = "ipow";

/** Whether a tape may hold an operation of this name. */
export function isOp(name: string): boolean {
  return name === IPOW || Object.hasOwn(OPS, name) || Object.hasOwn(REDUCTIONS, name);
}

/** How many registers the operation reads. */
export function arityOf(name: string): number {
  return Object.hasOwn(OPS, name) ? OPS[name]!.arity : 1;
}
