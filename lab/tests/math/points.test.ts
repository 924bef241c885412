import { describe, expect, it } from "vitest";

import { tapeCurve, type Curve } from "../../src/math/curve.ts";
import { heading } from "../../src/math/heading.ts";
import { findPoints, type Point } from "../../src/math/points.ts";
import type { Tape } from "../../src/math/tape.ts";
import { doubleWell, polynomial, written } from "./jets.ts";

const box = [-4, 4] as const;
const found = (tape: Tape, window: readonly [number, number] = box) => findPoints(tapeCurve(tape), window);
const listed = (points: readonly Point[]): string[] =>
  points.map(({ kind, w, inView, atEdge }) => `${kind} ${Number(w.toFixed(6)) + 0}${inView ? " global" : ""}${atEdge ? " edge" : ""}`);

describe("findPoints", () => {
  it("loses no minimum beside a pole that takes a quarter of the window", () => {
    const bond = (w: number) => {
      const [a, b] = [1 / w ** 12, 1 / w ** 6];
      return { value: 4 * (a - b), slope: (4 * (6 * b - 12 * a)) / w, curvature: (4 * (156 * a - 42 * b)) / w / w };
    };
    for (const window of [[-3.9, 3.9], [-2.35, 2.35], [-3.3, 7.2]] as const) {
      const { points } = findPoints({ evaluate: bond } as unknown as Curve, window);
      const minima = points.filter(({ kind }) => kind === "minimum");
      expect(minima.map(({ w, inView }) => [Math.abs(w).toFixed(9), inView])).toEqual([["1.122462048", true], ["1.122462048", true]]);
    }
  });

  it("finds the stationary points and inflections of the first curve to the last digits", () => {
    const { points, convexity } = found(doubleWell());
    expect(points.map(({ kind, inView }) => (inView ? `global ${kind}` : kind))).toEqual([
      "global minimum", "inflection", "inflection", "inflection", "maximum", "inflection", "minimum",
    ]); // prettier-ignore
    // mpmath, 30 digits
    const places = [
      -2.176196953937013, -1.6242549286578836, -0.97630493493497374, -0.31856854817601086,
      0.37977121885092446, 1.0714138018690885, 1.7168229153112163,
    ]; // prettier-ignore
    points.forEach(({ w }, i) => expect(Math.abs(w - places[i]!)).toBeLessThan(1e-15));
    const curve = tapeCurve(doubleWell());
    for (const { kind, w } of points) {
      const { slope, curvature } = curve.evaluate(w);
      expect(Math.abs(kind === "inflection" ? curvature : slope)).toBeLessThan(4e-15);
    }
    expect(convexity.kind).toBe("neither");
  });

  it("tells touching zeros apart", () => {
    expect(listed(found(polynomial([0, 0, 0, 1]), [-1.3, 1]).points)).toEqual(["flat 0"]);
    expect(listed(found(polynomial([0, 0, 0, 0, 1]), [-1.3, 1]).points)).toEqual(["minimum 0 global"]);
    // (w − 0.3)³ + small slope is no flat place.
    const tilted = written((write, w) => write.add(write.power(write.add(w, write.number(-0.3)), 3), write.mul(write.number(1e-4), w)));
    expect(listed(found(tilted).points)).toEqual(["inflection 0.3"]);
    const flat = written((write, w) => write.power(write.add(w, write.number(-0.3)), 3));
    expect(listed(found(flat).points)).toEqual(["flat 0.3"]);
  });

  it("finds corners, on a sample and between samples", () => {
    const corner = (place: number, tilt: number): Tape =>
      written((write, w) => write.add(write.abs(write.add(w, write.number(-place))), write.mul(write.number(tilt), w)));
    expect(listed(found(corner(0, 0)).points)).toEqual(["corner minimum 0 global"]);
    expect(listed(found(corner(0.3003, 0)).points)).toEqual(["corner minimum 0.3003 global"]);
    expect(listed(found(corner(0.3003, 2)).points)).toEqual(["corner 0.3003"]);
    const top = written((write, w) => write.mul(write.number(-1), write.abs(w)));
    expect(listed(found(top).points)).toEqual(["corner maximum 0 global"]);
  });

  it("takes no rounding of the slope for a corner where the function is smooth", () => {
    // (w − 0.3)² with a slope that carries an error of either sign, as that of a long sum does.
    const noise = (w: number): number => 1e-6 * Math.sign(Math.sin(1e9 * w));
    const noisy = (smooth: boolean): Curve => ({
      exact: true,
      evaluate: (w) => ({ value: (w - 0.3) ** 2, slope: 2 * (w - 0.3) + noise(w), curvature: 2 }),
      bounds: () => ({ slope: [-Infinity, Infinity], curvature: [2, 2], smooth }),
    });
    const [only, ...more] = findPoints(noisy(true), box).points;
    expect(more).toEqual([]);
    expect(only!.kind).toBe("minimum");
    expect(Math.abs(only!.w - 0.3)).toBeLessThan(1e-3);
    // Without a proof the curvature beside the place accounts for the change as well.
    expect(findPoints(noisy(false), box).points.map((point) => point.kind)).toEqual(["minimum"]);
  });

  it("tells a level floor from a slope that fades away", () => {
    const [floor, corner] = found(written((write, w) => write.relu(w))).points;
    expect(floor).toMatchObject({ kind: "minimum", span: [-4, 0], faded: false, inView: true });
    expect(corner).toMatchObject({ kind: "corner", w: 0 });
    // 1 − exp(−w²): zero slope beyond |w| ≈ 27.3 is only underflow.
    const bell = written((write, w) => write.add(write.number(1), write.mul(write.number(-1), write.exp(write.mul(write.number(-1), write.mul(w, w))))));
    const { points } = found(bell, [-40, 40]);
    expect(points.map(({ kind, faded }) => [kind, faded])).toEqual([
      ["flat", true], ["inflection", false], ["minimum", false], ["inflection", false], ["flat", true],
    ]); // prettier-ignore
    expect(points[4]!.span![0]).toBeCloseTo(27.297, 2);
  });

  it("knows no lowest point where a pole goes down, and none at a jump that the values pass by", () => {
    const pole = found(written((write, w) => write.inverse(w))).points;
    expect(listed(pole)).toEqual([]);
    // w² with a step up by 3 behind −0.001: left of it lies lower.
    const step = written((write, w) => write.above(1, write.add(write.mul(w, w), write.number(3)), write.mul(w, w)));
    expect(listed(found(step).points)).toEqual(["minimum 0 global"]);
  });

  it("marks two equal minima as global", () => {
    const twice = polynomial([1, 0, -2, 0, 1]);
    expect(listed(found(twice).points).filter((line) => line.startsWith("min"))).toEqual(["minimum -1 global", "minimum 1 global"]);
  });
});

describe("convexity", () => {
  const kinds: [string, Tape, string][] = [
    ["w²", polynomial([0, 0, 1]), "convex"],
    ["−w²", polynomial([0, 0, -1]), "concave"],
    ["2w + 1", polynomial([1, 2]), "straight"],
    ["|w|", written((write, w) => write.abs(w)), "convex"],
    ["w³", polynomial([0, 0, 0, 1]), "neither"],
    ["1/w", written((write, w) => write.inverse(w)), "unknown"],
    ["log w, which ends in the window", written((write, w) => write.log(w)), "concave"],
    ["a narrow dent", written((write, w) => write.add(write.mul(w, w), write.mul(write.number(1e-3), write.exp(write.mul(write.number(-4e4), write.mul(w, w)))))), "neither"],
  ];
  it.each(kinds)("of %s", (_, tape, kind) => {
    const { convexity } = found(tape);
    expect(convexity.kind).toBe(kind);
    expect(convexity.witness === null).toBe(kind === "convex" || kind === "straight" || kind === "unknown");
  });

  it("is said of where the curve is defined", () => {
    const one = written((write, w) => write.mul(write.number(-1), write.log(write.add(w, write.number(1)))));
    expect(found(one).convexity).toMatchObject({ kind: "convex", witness: null });
    expect(found(one).convexity.words).toMatch(/^Convex where it is defined on this window/);
    const two = written((write, w) => write.log(write.add(write.mul(w, w), write.number(-1))));
    expect(found(two).convexity.kind).toBe("unknown");
  });

  it("a minimum at the end of the domain with slope 0 is a minimum like others", () => {
    const ended = (from: number): Tape => written((write, w) => write.above(from, write.power(write.add(w, write.number(-1)), 2), write.log(write.number(-1))));
    const listed = (from: number) => found(ended(from)).points.map(({ kind, w, atEdge }) => [kind, Math.round(1e9 * w) / 1e9, atEdge]);
    expect(listed(1)).toEqual([["minimum", 1, false]]);
    expect(listed(1.25)).toEqual([["minimum", 1.25, true]]);
  });

  it("a maximum at the end of the domain with slope 0 counts, and one with a slope does not", () => {
    const volume = (from: number): Tape =>
      written((write, w) => write.above(from, write.mul(write.number(-1), write.power(write.add(w, write.number(-1)), 2)), write.log(write.number(-1))));
    const listed = (from: number) => found(volume(from)).points.map(({ kind, w, atEdge }) => [kind, Math.round(1e9 * w) / 1e9, atEdge]);
    expect(listed(1)).toEqual([["maximum", 1, false]]);
    expect(listed(1.25)).toEqual([]);
  });

  it("finds ripples that are narrower than the samples", () => {
    for (const [amplitude, pace] of [[1e-9, 1e6], [1e-6, 1e4], [1e-3, 300]] as const) {
      const { convexity } = found(written((write, w) => write.add(write.mul(w, w), write.mul(write.number(amplitude), write.sin(write.mul(write.number(pace), w))))));
      expect(convexity.kind).toBe("neither");
      expect(convexity.witness!.value).toBeGreaterThan(convexity.witness!.chord);
    }
    // 2 − 0.5 sin is still convex.
    const mild = found(written((write, w) => write.add(write.mul(w, w), write.mul(write.number(0.5e-6), write.sin(write.mul(write.number(1e3), w))))));
    expect(mild.convexity.kind).toBe("convex");
  });

  it("shows a chord that lies below the curve", () => {
    const curve = tapeCurve(doubleWell());
    const { a, b, mid, chord, value } = findPoints(curve, box).convexity.witness!;
    expect(mid).toBe(a + (b - a) / 2);
    expect(curve.evaluate(mid).value).toBe(value);
    expect((curve.evaluate(a).value + curve.evaluate(b).value) / 2).toBeCloseTo(chord, 14);
    expect(value).toBeGreaterThan(chord);
  });
});

describe("heading", () => {
  const to = (tape: Tape, w: number): string | number => {
    const curve = tapeCurve(tape);
    const { point, why } = heading(curve, w, box, findPoints(curve, box).points);
    return point === null ? why : Number(point.w.toFixed(3)) + 0;
  };

  it("follows the slope downhill to the first minimum", () => {
    expect([1.25, -0.4, -2.5, 1.88354, 0.5, 3.9].map((w) => to(doubleWell(), w))).toEqual([1.717, -2.176, -2.176, 1.717, 1.717, 1.717]);
    expect(to(written((write, w) => write.abs(w)), 1)).toBe(0);
  });

  it("says why there is none", () => {
    expect(to(polynomial([0, 0, 0, 1]), 1)).toMatch(/w = 0, is no minimum/);
    expect(to(polynomial([0, 0, 0, 1]), -1)).toMatch(/still falls at the end of the window on the left/);
    expect(to(polynomial([1]), 1)).toMatch(/the curve is level here/);
    expect(to(polynomial([0, 0, -1]), 9)).toMatch(/outside the window/);
    expect(to(written((write, w) => write.log(w)), -1)).toMatch(/no value or no slope/);
    expect(to(written((write, w) => write.log(w)), 1)).toMatch(/no minimum in the window/);
    const step = written((write, w) => write.above(1, write.mul(w, w), write.add(write.mul(w, w), write.number(5))));
    expect(to(step, 2)).toMatch(/breaks between/);
  });
});
