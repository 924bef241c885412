import { describe, expect, it } from "vitest";

import { sampledCurve, tapeCurve } from "../../src/math/curve.ts";
import { sampleCurve } from "../../src/math/sampling.ts";
import { checkTape } from "../../src/math/tape.ts";
import { doubleWell, polynomial, written } from "./jets.ts";

describe("tapeCurve", () => {
  it("gives value, slope and curvature of the first curve", () => {
    const { value, slope, curvature } = tapeCurve(doubleWell()).evaluate(1.8);
    const [w, angle] = [1.8, 5.4];
    expect(value).toBeCloseTo(0.08 * w ** 4 - 0.6 * w * w + 0.25 * w + 0.15 * Math.sin(angle) + 1.9, 14);
    expect(slope).toBeCloseTo(0.32 * w ** 3 - 1.2 * w + 0.25 + 0.45 * Math.cos(angle), 14);
    expect(curvature).toBeCloseTo(0.96 * w * w - 1.2 - 1.35 * Math.sin(angle), 14);
  });

  it("puts fixed inputs after the first", () => {
    // φ(t) = (x + t)², one coordinate
    const tape = checkTape({
      v: 1, inputs: 2, constants: [2], columns: [], lanes: 1,
      ops: [["add", 0, 1], ["square", 3], ["mul", 2, 3]], outputs: [4, 5, 2],
    }); // prettier-ignore
    const curve = tapeCurve(tape, [3]);
    expect(curve.evaluate(1)).toEqual({ value: 16, slope: 8, curvature: 2 });
    expect(curve.bounds!(0, 1).curvature).toEqual([2, 2]);
    expect(() => tapeCurve(tape)).toThrow(/has 2 inputs, but 1 \+ 0 numbers/);
    expect(() => tapeCurve({ ...tape, outputs: [4] }, [3])).toThrow(/three outputs .* this one has 1/);
  });

  it("bounds the curvature more tightly with more pieces, and never too tightly", () => {
    const curve = tapeCurve(doubleWell());
    let [low, high] = [Infinity, -Infinity];
    for (let w = -3; w <= 3; w += 1e-3) {
      const { curvature } = curve.evaluate(w);
      low = Math.min(low, curvature);
      high = Math.max(high, curvature);
    }
    let width = Infinity;
    for (const pieces of [1, 4, 16, 64, 256]) {
      const { curvature, smooth } = curve.bounds!(-3, 3, pieces);
      expect(smooth).toBe(true);
      expect(curvature[0]).toBeLessThanOrEqual(low);
      expect(curvature[1]).toBeGreaterThanOrEqual(high);
      expect(curvature[1] - curvature[0]).toBeLessThanOrEqual(width);
      width = curvature[1] - curvature[0];
    }
    expect(width).toBeLessThan(1.05 * (high - low));
  });

  it("trusts a proof of smoothness that the tape alone does not show", () => {
    const tape = written((write, w) => write.mul(write.abs(w), write.abs(w)));
    expect(tapeCurve(tape).bounds!(-1, 1).smooth).toBe(false);
    expect(tapeCurve(tape, [], { smooth: true }).bounds!(-1, 1).smooth).toBe(true);
  });
});

describe("sampledCurve", () => {
  const w = [0, 1, 3];
  const cube = sampledCurve({ w, value: w.map((x) => x ** 3), slope: w.map((x) => 3 * x * x), curvature: w.map((x) => 6 * x) });

  it("is exact for a cubic, and nothing outside the samples", () => {
    for (const x of [0, 0.4, 1, 1.7, 3]) {
      const at = cube.evaluate(x);
      expect(at.value).toBeCloseTo(x ** 3, 13);
      expect(at.slope).toBeCloseTo(3 * x * x, 13);
      expect(at.curvature).toBeCloseTo(6 * x, 13);
    }
    expect(cube.evaluate(-0.1).value).toBeNaN();
    expect(cube.evaluate(3.1).value).toBeNaN();
    expect(cube.exact).toBe(false);
    expect("bounds" in cube).toBe(false);
    expect(sampledCurve({ w: [], value: [], slope: [], curvature: [] }).evaluate(0).value).toBeNaN();
  });
});

describe("sampleCurve", () => {
  const box = [-4, 4] as const;

  it("draws one smooth segment to half a pixel", () => {
    const curve = tapeCurve(doubleWell());
    const { segments, breaks, range } = sampleCurve(curve, box, 800);
    expect([segments.length, breaks.length]).toEqual([1, 0]);
    const { w, value } = segments[0]!;
    const pixel = (range[1] - range[0]) / 400;
    for (let i = 0; i + 1 < w.length; i++) {
      const middle = (w[i]! + w[i + 1]!) / 2;
      const there = curve.evaluate(middle).value;
      if (there < range[1]) expect(Math.abs(there - (value[i]! + value[i + 1]!) / 2)).toBeLessThan(pixel);
    }
  });

  it("lets neither a steep end nor a pole flatten the wells, and keeps the ball in range", () => {
    const wells = sampleCurve(tapeCurve(doubleWell()), box, 800).range;
    expect(wells[0]).toBeLessThan(0.27);
    expect(wells[1]).toBeLessThan(8);
    const steep = sampleCurve(tapeCurve(doubleWell()), box, 800, -4).range;
    expect(steep[1]).toBeGreaterThan(tapeCurve(doubleWell()).evaluate(-4).value);
    const pole = sampleCurve(tapeCurve(written((write, w) => write.inverse(write.mul(w, w)))), box, 800).range;
    expect(pole[1]).toBeLessThan(5);
  });

  it("breaks at poles, ends of the domain and jumps, and nowhere else", () => {
    const at = (make: Parameters<typeof written>[0]) => sampleCurve(tapeCurve(written(make)), box, 700);
    const kinds = (make: Parameters<typeof written>[0]): string[] => at(make).breaks.map(({ kind, w }) => `${kind} ${w.toFixed(3)}`.replace("-0.000", "0.000"));
    const shift = 0.3;
    expect(kinds((write, w) => write.inverse(write.add(w, write.number(-shift))))).toEqual(["pole 0.300"]);
    expect(kinds((write, w) => write.inverse(write.power(write.add(w, write.number(-shift)), 2)))).toEqual(["pole 0.300"]);
    expect(kinds((write, w) => write.log(write.add(w, write.number(-shift))))).toEqual(["pole 0.300"]);
    expect(kinds((write, w) => write.above(shift, write.add(w, write.number(0.5)), w))).toEqual(["jump 0.300"]);
    // w log w ends at 0 with a value.
    expect(kinds((write, w) => write.mul(w, write.log(w)))).toEqual(["domain 0.000"]);
    // Steep is not broken.
    expect(kinds((write, w) => write.tanh(write.mul(write.number(1e5), write.add(w, write.number(-shift)))))).toEqual([]);
    expect(kinds((write, w) => write.abs(w))).toEqual([]);
  });

  it("keeps segments on their own sides of a jump, without a spike", () => {
    const { segments } = sampleCurve(tapeCurve(written((write) => write.above(1, write.number(3), write.number(0)))), box, 700);
    expect(segments.length).toBe(2);
    expect(new Set(segments[0]!.value)).toEqual(new Set([0]));
    expect(new Set(segments[1]!.value)).toEqual(new Set([3]));
    expect(segments[0]!.w.at(-1)).toBeCloseTo(1, 12);
    expect(segments[1]!.w[0]).toBeCloseTo(1, 12);
  });

  it("has a range for a constant, and for nothing at all", () => {
    expect(sampleCurve(tapeCurve(polynomial([3])), box, 300).range).toEqual([1.5, 4.5]);
    const nowhere = tapeCurve(written((write, w) => write.log(write.add(write.mul(write.number(-1), write.mul(w, w)), write.number(-1)))));
    expect(sampleCurve(nowhere, box, 300)).toEqual({ segments: [], breaks: [], range: [-1, 1] });
  });
});
