/** Random functions for the tests of what the page claims. */
import fc from "fast-check";

import type { Tape } from "../../src/math/tape.ts";
import { written, type Jet, type TapeWriter } from "./jets.ts";

/** No coefficient makes a feature that is narrower than a thousandth of the window: the samples would miss it. */
const number = fc.double({ min: -2, max: 2, noNaN: true }).map((x) => (x !== 0 && Math.abs(x) < 0.02 ? Math.sign(x) * 0.02 : x));

export type Make = (write: TapeWriter, w: Jet) => Jet;

/** Random functions of every kind that the marks must not be fooled by: smooth, kinked, with jumps and poles. */
function functions(number: fc.Arbitrary<number>): fc.Arbitrary<Make> {
  return fc.letrec<{ f: Make }>((tie) => ({
  f: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant<Make>((_, w) => w),
    number.map((x): Make => (write) => write.number(x)),
    fc.tuple(tie("f"), tie("f")).map(([f, g]): Make => (write, w) => write.add(f(write, w), g(write, w))),
    fc.tuple(tie("f"), tie("f")).map(([f, g]): Make => (write, w) => write.mul(f(write, w), g(write, w))),
    fc.tuple(tie("f"), number).map(([f, x]): Make => (write, w) => write.mul(write.number(x), f(write, w))),
    tie("f").map((f): Make => (write, w) => write.sin(f(write, w))),
    tie("f").map((f): Make => (write, w) => write.tanh(f(write, w))),
    tie("f").map((f): Make => (write, w) => write.exp(write.tanh(f(write, w)))),
    tie("f").map((f): Make => (write, w) => write.abs(f(write, w))),
    tie("f").map((f): Make => (write, w) => write.relu(f(write, w))),
    tie("f").map((f): Make => (write, w) => write.inverse(f(write, w))),
    tie("f").map((f): Make => (write, w) => write.log(f(write, w))),
    fc.tuple(number, tie("f"), tie("f")).map(([x, f, g]): Make => (write, w) => write.above(x, f(write, w), g(write, w), w)),
  ),
})).f;
}

/** A polynomial of degree ≥ 2 under it, so that most functions are no constants. */
function withPolynomial(number: fc.Arbitrary<number>): fc.Arbitrary<Make> {
  return fc.tuple(functions(number), fc.array(number, { minLength: 3, maxLength: 5 })).map(([f, c]): Make => (write, w) =>
    write.add(f(write, w), c.reduce<Jet>((sum, x) => write.add(write.mul(sum, w), write.number(x)), write.number(0))),
  );
}

export const tapes: fc.Arbitrary<Tape> = withPolynomial(number).map(written);

/** With coefficients of few digits: no term vanishes in a sum, so stretching by powers of two changes no digit. */
export const makes: fc.Arbitrary<Make> = withPolynomial(fc.integer({ min: -16, max: 16 }).map((n) => n / 8));

/** height · f((w − shift) / width): the same picture with other numbers on its axes. */
export function stretched(make: Make, width: number, height: number, shift = 0): Tape {
  return written((write, w) => {
    const inner = write.mul(write.number(1 / width), write.add(w, write.number(-shift)));
    return write.mul(write.number(height), make(write, inner));
  });
}
