import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { tapeCurve } from "../../src/math/curve.ts";
import { IntervalMachine } from "../../src/math/interval.ts";
import { sureMark, viewMark } from "../../src/math/rates.ts";
import type { Tape } from "../../src/math/tape.ts";
import { written } from "./jets.ts";
import { tapes } from "./random.ts";

const box = [-4, 4] as const;

/**
 * How far rounding can take the value from the function's own: the width of its enclosure at one number.
 * cos(1/w) next to 0 is nothing but rounding there.
 */
function roundingOf(tape: Tape): (w: number) => number {
  const machine = new IntervalMachine(tape, [true]);
  return (w) => {
    const { lo, hi } = machine.run([w], [w]);
    return hi[0]! - lo[0]!;
  };
}

describe("the sure mark", () => {
  it("goes down for every smaller η, on hundreds of random functions and places", () => {
    const seen = { bound: 0, "found numerically": 0, none: 0 };
    fc.assert(
      fc.property(tapes, fc.double({ min: -3.5, max: 3.5, noNaN: true }), (tape, w) => {
        const curve = tapeCurve(tape);
        const mark = sureMark(curve, w);
        seen[mark.tag]++;
        if (mark.tag !== "bound") return;
        const { value, slope } = curve.evaluate(w);
        const rounding = roundingOf(tape);
        const most = Math.min(mark.eta!, 1e6 / Math.abs(slope), 1e300);
        for (let k = 1; k < 400; k++) {
          const eta = k % 2 === 0 ? (most * k) / 400 : most * 2 ** (-k / 8);
          const to = w - eta * slope;
          const change = curve.evaluate(to).value - value;
          // The predicted fall is at least ηg²(1 − η/η*); rounding, also inside the function, hides what
          // is far below.
          const noise =
            1e-11 * (1 + Math.abs(value) + Math.abs(curve.evaluate(to).value) + eta * slope * slope) +
            rounding(w) +
            rounding(to);
          expect(change <= noise, `η = ${eta} of ${mark.eta!} changes L by ${change}`).toBe(true);
        }
      }),
      { numRuns: 600 },
    );
    // The bound must be the rule on such functions, not the exception.
    expect(seen.bound).toBeGreaterThan(200);
  }, 60_000);

  it("is at least half of the first η that does not go down for smooth polynomials", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 3, noNaN: true }), fc.double({ min: 0.1, max: 3, noNaN: true }), (a, w) => {
        // For a·w² every η < 1/a goes down and no larger one does.
        const curve = tapeCurve(written((write, x) => write.mul(write.number(a), write.mul(x, x))));
        const { eta, tag } = sureMark(curve, w);
        expect(tag).toBe("bound");
        expect(Math.abs(eta! * a - 1)).toBeLessThan(1e-9);
      }),
      { numRuns: 100 },
    );
  });
});

it("no mark is a bound for a curve that is nowhere defined", () => {
  const nowhere = tapeCurve(written((write, w) => write.add(w, write.log(write.number(0)))));
  expect(viewMark(nowhere, box, []).tag).toBe("none");
  expect(sureMark(nowhere, 1).tag).toBe("none");
});

describe("the view mark", () => {
  it("goes down from anywhere to anywhere in the window", () => {
    fc.assert(
      fc.property(tapes, fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 20, maxLength: 20 }), (tape, places) => {
        const curve = tapeCurve(tape);
        const { eta, tag } = viewMark(curve, box, []);
        if (tag !== "bound" || eta === null) return;
        const rounding = roundingOf(tape);
        for (const w of places) {
          const { value, slope } = curve.evaluate(w);
          for (const share of [0.999, 0.5, 0.01]) {
            const to = w - Math.min(eta, 1e6) * share * slope;
            if (!(to >= box[0] && to <= box[1])) continue;
            const after = curve.evaluate(to).value;
            expect(after - value).toBeLessThanOrEqual(
              1e-11 * (1 + Math.abs(value) + Math.abs(after) + Math.abs((to - w) * slope)) +
                rounding(w) +
                rounding(to),
            );
          }
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
