import { describe, expect, it } from "vitest";

import { sampledCurve, tapeCurve, type Curve } from "../../src/math/curve.ts";
import { gradientStep, walk } from "../../src/math/descent.ts";
import { findPoints } from "../../src/math/points.ts";
import { observedRate } from "../../src/math/observed.ts";
import { predictedRate } from "../../src/math/rates.ts";
import type { Tape } from "../../src/math/tape.ts";
import { doubleWell, polynomial, written } from "./jets.ts";
import { marks } from "./three.ts";

const box = [-4, 4] as const;
const at = (curve: Curve, w: number) => marks(curve, w, box, findPoints(curve, box).points);
const of = (tape: Tape, w: number) => at(tapeCurve(tape), w);

/** Whether every step of these lengths goes down, by trying densely. */
function fallsBelow(curve: Curve, w: number, eta: number): boolean {
  const { value, slope } = curve.evaluate(w);
  for (let k = 1; k < 2000; k++) if (!(curve.evaluate(w - ((eta * k) / 2000) * slope).value < value)) return false;
  return true;
}

describe("marks on the first curve", () => {
  const curve = tapeCurve(doubleWell());
  const valleys: [number, number][] = [[1.25, 1.7168229153], [-0.4, -2.1761969539], [-2.5, -2.1761969539], [1.88354, 1.7168229153]]; // prettier-ignore

  it.each(valleys)("at w = %d: each mark keeps its promise", (w, minimum) => {
    const { sure, valley, view, target } = at(curve, w);
    expect(sure.tag).toBe("bound");
    expect(fallsBelow(curve, w, sure.eta!)).toBe(true);
    expect(target!.w).toBeCloseTo(minimum, 9);
    expect(valley.eta).toBe(2 / target!.curvature);
    expect(view.tag).toBe("bound");
    let most = -Infinity;
    for (let x = -4; x <= 4; x += 1e-3) most = Math.max(most, curve.evaluate(x).curvature);
    expect(view.eta! * most).toBeLessThanOrEqual(2);
    expect(view.eta! * most).toBeGreaterThan(1.98);
    // The curvature under the ball is no limit, and no mark says so.
    const here = 2 / curve.evaluate(w).curvature;
    if (w !== -2.5) for (const { eta } of [sure, valley, view]) expect(Math.abs(eta! - here)).toBeGreaterThan(1e-3);
  });

  it("gives the valley's limit a just below, a just above and the walk agrees", () => {
    const { valley, target } = at(curve, 1.88354);
    const end = (share: number): number => {
      const path = walk(gradientStep(curve), curve, target!.w + 0.01, valley.eta! * share, 2000);
      return Math.abs(path.w.at(-1)! - target!.w);
    };
    expect(end(0.99)).toBeLessThan(1e-9);
    expect(end(1.01)).toBeGreaterThan(1e-2);
  });
});

describe("marks at the end of the domain", () => {
  it("the valley holds the ball while no step jumps over the end", () => {
    const bowl = (from: number): Tape => written((write, w) => write.above(from, write.power(write.add(w, write.number(-0.5)), 2), write.log(write.number(-1))));
    const [whole, half] = [-9, 0.5].map((from) => {
      const curve = tapeCurve(bowl(from));
      return marks(curve, 2, [-1, 4], findPoints(curve, [-1, 4]).points);
    });
    expect(whole!.valley).toMatchObject({ eta: 1 });
    expect(half!.valley).toMatchObject({ eta: 0.5 });
    expect(half!.valley.why).toContain("η < 1/L″ = 0.5");
  });
});

describe("marks that there are not", () => {
  it("a corner is no valley that any fixed η settles in, and nowhere safe", () => {
    const { sure, valley, view } = of(written((write, w) => write.abs(w)), 1);
    expect([valley.tag, valley.eta, view.tag, view.eta]).toEqual(["none", null, "none", null]);
    expect(valley.why).toMatch(/corner.*never settles there/);
    // Up to the corner the bound holds, and beyond it nothing is promised.
    expect(sure.eta).toBeGreaterThan(0.99);
    expect(sure.eta).toBeLessThanOrEqual(1);
  });

  it("zero slope, outside, flat, no minimum", () => {
    expect(of(polynomial([0, 0, 1]), 0).sure).toMatchObject({ eta: null, tag: "none" });
    expect(of(polynomial([0, 0, -1]), 9).valley).toMatchObject({ eta: null, tag: "none" });
    expect(of(polynomial([0, 0, 0, 1]), 1).valley.why).toMatch(/no minimum/);
    expect(of(written((write, w) => write.log(w)), -1).sure.why).toMatch(/no value or no slope/);
  });

  it("L″ = 0 at the minimum: no number, and the reason", () => {
    const { valley } = of(polynomial([0, 0, 0, 0, 1]), 1);
    expect(valley.eta).toBeNull();
    expect(valley.why).toMatch(/L″ is 0 .* how near depends on η/);
  });
});

describe("marks without an end", () => {
  it("any η where the curve bends down or not at all", () => {
    expect(of(polynomial([0, 2]), 1).sure).toMatchObject({ eta: Infinity, tag: "bound" });
    expect(of(polynomial([0, 0, 0, 1]), -1).sure).toMatchObject({ eta: Infinity, tag: "bound" });
    expect(of(polynomial([0, 0, -1]), 1).view).toMatchObject({ eta: Infinity, tag: "bound" });
  });

  it("stay in the domain and on this side of a jump", () => {
    const log = of(written((write, w) => write.log(w)), 1).sure;
    expect(1 - log.eta!).toBeGreaterThan(0);
    const cliff = tapeCurve(written((write, w) => write.above(1, write.mul(w, w), write.add(write.mul(w, w), write.number(5)))));
    const { sure, view } = at(cliff, 2);
    expect(2 - sure.eta! * 4).toBeGreaterThanOrEqual(1);
    expect(sure.eta).toBeGreaterThan(0.24);
    expect(view.why).toMatch(/breaks at w = 1 \(jump\)/);
  });
});

describe("marks of recorded samples", () => {
  it("are found numerically, and true of the curve through them", () => {
    const w = Array.from({ length: 81 }, (_, i) => -4 + i / 10);
    const bowl = sampledCurve({ w, value: w.map((x) => x * x), slope: w.map((x) => 2 * x), curvature: w.map(() => 2) });
    const { sure, valley, view } = at(bowl, 1);
    expect([sure.tag, valley.tag, view.tag]).toEqual(["found numerically", "found numerically", "found numerically"]);
    expect(sure.eta).toBeCloseTo(1, 9);
    expect(valley.eta).toBeCloseTo(1, 9);
    expect(view.eta).toBeCloseTo(1, 9);
  });
});

describe("rates of convergence", () => {
  const curve = tapeCurve(polynomial([0, 0, 1]));
  const target = findPoints(curve, box).points[0]!;

  it("predicts |1 − ηL″|, and nothing at a corner", () => {
    expect(predictedRate(target, 0.2)).toBeCloseTo(0.6, 15);
    expect(predictedRate(target, 0.9)).toBeCloseTo(0.8, 15);
    expect(predictedRate({ ...target, kind: "corner minimum" }, 0.1)).toBeNull();
  });

  it("sees the same factor on the path of a bowl, on one side and on both", () => {
    for (const eta of [0.02, 0.2, 0.45, 0.6, 0.9]) {
      const path = walk(gradientStep(curve), curve, 3, eta, 200);
      const { kind, rate } = observedRate(path, target, predictedRate(target, eta));
      expect(kind).toBe("linear");
      expect(rate).toBeCloseTo(Math.abs(1 - 2 * eta), 9);
    }
  });

  it("tells squared errors, w⁴ and a bounce apart", () => {
    const square = [0.5, 0.25, 0.0625, 0.00390625, 1.52587890625e-5, 2.3283064365386963e-10, 5.421010862427522e-20];
    expect(observedRate({ w: square }, { w: 0 }).kind).toBe("superlinear");
    const quartic = tapeCurve(polynomial([0, 0, 0, 0, 1]));
    expect(observedRate(walk(gradientStep(quartic), quartic, 1, 0.1, 400), { w: 0 }).kind).toBe("sublinear");
    const corner = tapeCurve(written((write, w) => write.abs(w)));
    expect(observedRate(walk(gradientStep(corner), corner, 1, 0.3, 400), { w: 0 }).kind).toBe("none");
    expect(observedRate({ w: [1, 0.5] }, { w: 0 })).toMatchObject({ kind: "none", words: "Too few steps to see a rate." });
    expect(observedRate({ w: [1, 0] }, { w: 0 }).kind).toBe("superlinear");
    expect(observedRate({ w: [] }, { w: 0 }).kind).toBe("none");
  });
});
