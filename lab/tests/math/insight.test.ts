import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { tapeCurve, type Curve } from "../../src/math/curve.ts";
import { gradientStep, walk } from "../../src/math/descent.ts";
import { heading } from "../../src/math/heading.ts";
import { insight, type Insight } from "../../src/math/insight.ts";
import { findPoints } from "../../src/math/points.ts";
import type { Tape } from "../../src/math/tape.ts";
import { doubleWell, polynomial, written } from "./jets.ts";

const windowed = new Map<Curve, ReturnType<typeof findPoints>>();

function said(curve: Curve, w: number, eta: number, box: readonly [number, number] = [-4, 4]): Insight {
  const known = windowed.get(curve) ?? findPoints(curve, box);
  windowed.set(curve, known);
  const { points } = known;
  const path = walk(gradientStep(curve), curve, w, eta, 400);
  return insight({ curve, path, step: 0, eta, points, box, target: heading(curve, w, box, points).point });
}

const of = (tape: Tape): Curve => tapeCurve(tape);
const well = of(doubleWell());
const bowl = of(polynomial([0, 0, 1]));
const corner = of(written((write, w) => write.abs(w)));
const bell = of(written((write, w) => write.add(write.number(1), write.mul(write.number(-1), write.exp(write.mul(write.number(-1), write.mul(w, w)))))));
const minus = of(polynomial([0, 0, -1]));

describe("insight", () => {
  const cases: [string, Curve, number, number, RegExp][] = [
    ["steady", well, 1.88354, 0.2, /^Steady approach: η·L″ = 0\.57 at the minimum w = 1\.717, so the distance shrinks to 0\.43 .*only a local minimum: at w = −2\.176/],
    ["crawls", well, 1.88354, 0.01, /^Crawls: η·L″ = 0\.0285/],
    ["overshoots and returns", well, 1.88354, 0.5, /η·L″ = 1\.43 .* lies between 1 and 2, so each step lands on the other side at 0\.426/],
    ["overshoots and returns", bowl, 3, 0.99, /but slowly: η·L″ = 1\.98 < 2/],
    ["oscillates", well, 1.88354, 0.75, /to and fro between w = 1\.389 and w = 1\.983 .* η·L″ = 2\.14 > 2/],
    ["oscillates", bowl, 3, 1, /the very limit/],
    ["diverges", well, 1.88354, 3, /after 8 steps .* η·L″ = 8\.56 > 2/],
    ["diverges", bowl, 3, 1.01, /slowly: η·L″ = 2\.02 > 2 .* 1\.02 times/],
    ["jumps over", well, 3.5, 0.4, /heading for w = 1\.717, but .* valley of w = −2\.176/],
    ["corner", corner, 1, 0.3, /corner at w = 0, between w = −0\.2 and w = 0\.1: .*η·\|slope\| = 0\.3 long/],
    ["crawls", of(polynomial([0, 0, 0, 0, 1])), 1, 0.1, /L″ is 0 at that minimum/],
    ["crawls", of(polynomial([0, 0, 0, 1])), 1, 0.1, /w = 0, is no minimum/],
    ["flat", of(polynomial([0, 0, 0, 1])), 0, 0.1, /^Flat: at w = 0 the slope is zero, but this is no minimum/],
    ["maximum", minus, 0, 0.1, /^On top: at w = 0/],
    ["arrived", bowl, 0, 0.1, /^At the lowest minimum in view, w = 0, L = 0/],
    ["leaves", of(polynomial([0, 2])), 1, 0.01, /^Walks out of the window on the left/],
    ["leaves", of(written((write, w) => write.log(w))), 1, 0.7, /^Leaves the domain: step 2/],
    ["undefined", of(written((write, w) => write.log(w))), -1, 0.7, /no value or no slope/],
  ];
  it.each(cases)("says %s", (kind, curve, w, eta, words) => {
    const { kind: found, words: sentence, tag } = said(curve, w, eta);
    expect(sentence).toMatch(words);
    expect(found).toBe(kind);
    expect(tag).toBe("found numerically");
  });

  const rippled = (amplitude: number, pace: number): Curve =>
    of(written((write, w) => write.add(write.mul(w, w), write.mul(write.number(amplitude), write.sin(write.mul(write.number(pace), w))))));

  it("knows a corner that is reached from the side on which the slope fades", () => {
    // x² to the right of 0, −x to the left.
    const half = of(written((write, w) => write.above(0, write.mul(w, w), write.mul(write.number(-1), w))));
    const { kind, words } = said(half, 1.5, 0.17);
    expect(words).toMatch(/^Reaches the corner w = 0, there after 3\d steps/);
    expect(kind).toBe("steady");
  });

  it("calls a dip that is narrower than the samples by its name", () => {
    const { kind, words } = said(rippled(1e-6, 1e4), 2, 0.01);
    expect(words).toMatch(/^Comes to a halt at w = .* a local minimum with L″ = [\d.]+, too narrow to be marked/);
    expect(kind).toBe("local");
  });

  it("says no word of η where the slope itself is zero", () => {
    const steps = of(written((write, w) => write.above(0.5, write.mul(w, w), write.number(0.1))));
    expect(said(steps, 2, 0.1).words).not.toMatch(/too small to move/);
  });

  it("says that a ball in the higher valley is stuck, with the place of the deeper one", () => {
    const minimum = findPoints(well, [-4, 4]).points.find((point) => point.w > 1.7)!;
    expect(said(well, minimum.w, 0.5)).toMatchObject({
      kind: "local",
      words: "Stuck in a local minimum at w = 1.717, L = 1.12: the slope is zero, and a deeper minimum lies at w = −2.176, L = 0.2723.",
    });
  });

  it("tells a faded slope from a minimum", () => {
    expect(said(bell, 30, 0.5, [-40, 40])).toMatchObject({ kind: "faded" });
    expect(said(bell, 3, 2000, [-40, 40]).words).toMatch(/^Comes to a halt at w = −603\.1 after 2 steps/);
  });

  it("says where the prediction and the walk differ", () => {
    // 2-cycle with η·L″ < 2 at the minimum: w² plus a hard wall
    const wall = of(polynomial([0, 0, 0.5, 0, 1]));
    const { kind, words } = said(wall, 0.5, 1);
    const product = 1;
    expect(product).toBeLessThan(2);
    expect(words).toMatch(/η·L″ = 1/);
    expect(["oscillates", "steady", "overshoots and returns", "diverges"]).toContain(kind);
    expect(said(wall, 1.5, 0.9)).toMatchObject({ kind: "diverges" });
    expect(said(wall, 1.5, 0.9).words).toMatch(/although η·L″ = 0\.9 < 2 at the minimum w = 0: that holds only near the minimum/);
  });

  it("never claims an arrival, a divergence or an overshoot that the walk does not show", () => {
    const { points } = findPoints(well, [-4, 4]);
    fc.assert(
      fc.property(fc.double({ min: -3.9, max: 3.9, noNaN: true }), fc.double({ min: -3, max: 0.7, noNaN: true }), (w, power) => {
        const eta = 10 ** power;
        const path = walk(gradientStep(well), well, w, eta, 400);
        const { kind, words } = said(well, w, eta);
        expect(words).not.toMatch(/NaN|undefined|!/);
        const last = path.w.at(-1)!;
        const nearest = Math.min(...points.filter((point) => point.kind === "minimum").map((point) => Math.abs(point.w - last)));
        if (kind === "steady" || /there after/.test(words)) expect(nearest).toBeLessThan(1e-5);
        if (kind === "diverges" && !words.includes("slowly")) expect(path.ended?.reason).toBe("diverged");
        if (path.ended?.reason === "diverged") expect(kind).toBe("diverges");
        if (kind === "oscillates") expect(nearest).toBeGreaterThan(1e-6);
      }),
      { numRuns: 400 },
    );
  });
});
