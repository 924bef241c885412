import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { tapeCurve } from "../../src/math/curve.ts";
import { gradientStep, tapeStep, walk } from "../../src/math/descent.ts";
import { lens, nudge, secant } from "../../src/math/limit.ts";
import { findPoints } from "../../src/math/points.ts";
import { logGrid, sweep } from "../../src/math/sweep.ts";
import { checkTape } from "../../src/math/tape.ts";
import { descentStep, doubleWell, polynomial, written } from "./jets.ts";

const box = [-4, 4] as const;
const well = tapeCurve(doubleWell());
const step = tapeStep(descentStep(doubleWell()));

describe("walk", () => {
  it("takes w − η·slope, k times, with values and slopes beside", () => {
    const path = walk(step, well, 1.88354, 0.5, 10);
    expect(path.w.length).toBe(11);
    expect(path.ended).toBeNull();
    path.w.forEach((w, k) => {
      expect(path.value[k]).toBe(well.evaluate(w).value);
      expect(path.slope[k]).toBe(well.evaluate(w).slope);
      if (k > 0) expect(w).toBe(path.w[k - 1]! - 0.5 * path.slope[k - 1]!);
    });
    const { w, value, slope, ended } = walk(gradientStep(well), well, 1.88354, 0.5, 10);
    expect({ w, value, slope, ended }).toEqual({ w: path.w, value: path.value, slope: path.slope, ended: null });
  });

  it("carries a rule's memory", () => {
    // heavy ball on w²: m ← 0.9 m + 2w, w ← w − η m
    const tape = checkTape({
      v: 1, inputs: 3, constants: [0.9, 2], columns: [], lanes: 1,
      ops: [["mul", 2, 3], ["mul", 0, 4], ["add", 5, 6], ["mul", 1, 7], ["sub", 0, 8]], outputs: [9, 7],
    }); // prettier-ignore
    const bowl = tapeCurve(polynomial([0, 0, 1]));
    const path = walk(tapeStep(tape, [0]), bowl, 1, 0.1, 3);
    let [w, m] = [1, 0];
    for (const seen of path.w) {
      expect(seen).toBeCloseTo(w, 14);
      m = 0.9 * m + 2 * w;
      w -= 0.1 * m;
    }
    expect(() => tapeStep(tape)).toThrow(/has 2 inputs and 1 outputs, but this one has 3 and 2/);
  });

  it("names the step that diverges, leaves the domain or no longer moves, and keeps NaN out", () => {
    const far = walk(step, well, 1.88354, 30, 100);
    expect(far.ended).toMatchObject({ reason: "diverged" });
    expect(far.ended!.step).toBe(far.w.length);
    const log = tapeCurve(written((write, w) => write.log(w)));
    const out = walk(gradientStep(log), log, 1, 0.7, 100);
    expect(out.ended).toMatchObject({ reason: "left the domain", step: 2 });
    expect(out.ended!.words).toMatch(/Step 2 leads to w = −2\.033, where the curve is not defined/);
    const bowl = tapeCurve(polynomial([0, 0, 1]));
    expect(walk(gradientStep(bowl), bowl, 1, 0.5, 100).ended).toMatchObject({ reason: "converged", step: 1 });
    for (const path of [far, out]) for (const list of [path.w, path.value, path.slope]) expect(list.every(Number.isFinite)).toBe(true);
    expect(walk(gradientStep(log), log, -1, 0.7, 100)).toMatchObject({ w: [], ended: { reason: "left the domain", step: 0 } });
  });
});

describe("sweep", () => {
  const target = findPoints(well, box).points.find((point) => point.w > 1.7)!;

  it("agrees with the walks", () => {
    const etas = logGrid(0.003, 8, 50);
    const { entries, limit } = sweep(step, well, 1.88354, target, etas);
    expect([etas[0], etas.at(-1), entries.length]).toEqual([0.003, 8, 50]);
    const near = 1e-6 * (1.88354 - target.w);
    for (const { eta, steps, outcome, where } of entries) {
      const path = walk(step, well, 1.88354, eta, limit + 2);
      if (outcome === "diverges") expect(path.ended?.reason).toBe("diverged");
      if (outcome === "arrives") {
        expect(Math.abs(path.w[Math.min(steps!, path.w.length - 1)]! - target.w)).toBeLessThanOrEqual(near);
        if (steps! > 0) expect(Math.abs(path.w[steps! - 1]! - target.w)).toBeGreaterThan(near);
      }
      if (outcome === "elsewhere") expect(Math.abs(well.evaluate(where!).slope)).toBeLessThan(1e-5);
      if (outcome === "not within limit") expect(path.ended?.reason ?? "none").toBe("none");
    }
    const outcomes = new Set(entries.map((entry) => entry.outcome));
    expect(outcomes.has("arrives") && outcomes.has("diverges") && outcomes.has("not within limit")).toBe(true);
  });

  it("needs the steps that |1 − ηL″| foretells on a bowl", () => {
    const bowl = tapeCurve(polynomial([0, 0, 1]));
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 0.98, noNaN: true }), (eta) => {
        fc.pre(Math.abs(eta - 0.5) > 0.01);
        const [entry] = sweep(gradientStep(bowl), bowl, 3, { w: 0 }, [eta]).entries;
        const foretold = Math.log(1e-6) / Math.log(Math.abs(1 - 2 * eta));
        expect(entry!.outcome).toBe("arrives");
        expect(Math.abs(entry!.steps! - Math.ceil(foretold))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("finds the other valley, and rest on a plateau", () => {
    expect(sweep(step, well, 3.5, target, [0.4]).entries[0]).toMatchObject({ outcome: "elsewhere", steps: null });
    expect(sweep(step, well, 3.5, target, [0.4]).entries[0]!.where).toBeCloseTo(-2.1762, 4);
  });
});

describe("the limit", () => {
  it("closes the secant on the tangent like h·L″/2", () => {
    const { slope, curvature } = well.evaluate(1.2);
    for (const h of [0.1, 0.01, 0.001]) {
      const { slope: quotient, error } = secant(well, 1.2, h);
      expect(quotient - slope).toBe(error);
      expect(Math.abs(error / ((h * curvature) / 2) - 1)).toBeLessThan(20 * h);
    }
    expect(secant(well, 1.2, 0).slope).toBeNaN();
  });

  it("prints a deviation in the lens that shrinks with its width, and is 0 on a straight line", () => {
    const widths = [1, 0.1, 0.01].map((width) => lens(well, 1.2, width).deviation);
    expect(widths[1]! / widths[0]!).toBeLessThan(0.2);
    expect(widths[2]! / widths[1]!).toBeCloseTo(0.1, 1);
    const { samples } = lens(well, 1.2, 1);
    expect([samples.w[0], samples.w[64]]).toEqual([0.7, 1.7]);
    expect(lens(tapeCurve(polynomial([1, 2])), 0.5, 1).deviation).toBeLessThan(1e-15);
    // At a corner no width makes it straight.
    const corner = tapeCurve(written((write, w) => write.abs(w)));
    expect(lens(corner, 0, 1e-9).deviation).toBeGreaterThan(0.4);
    expect(lens(tapeCurve(written((write, w) => write.log(w))), 0.1, 1).deviation).toBeNaN();
  });

  it("nudges: predicted, actual, and what is missing", () => {
    const bowl = tapeCurve(polynomial([0, 0, 1]));
    const { predicted, actual, missing } = nudge(bowl, 3, 0.5);
    expect([predicted, actual, missing]).toEqual([3, 3.25, 0.25]);
  });
});
