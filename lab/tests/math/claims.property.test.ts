import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { tapeCurve, type Curve } from "../../src/math/curve.ts";
import { gradientStep, walk } from "../../src/math/descent.ts";
import { heading } from "../../src/math/heading.ts";
import { insight } from "../../src/math/insight.ts";
import { findPoints } from "../../src/math/points.ts";
import { predictedRate, valleyMark } from "../../src/math/rates.ts";
import { makes, stretched, tapes, type Make } from "./random.ts";
import { written } from "./jets.ts";

type Box = readonly [number, number];
const box: Box = [-4, 4];
/** CLAIM_RUNS=2000 looks for new cases; without it the same ones are tried each time. */
const search = process.env.CLAIM_RUNS;
const RUNS = Number(search ?? 100);
const options = (numRuns: number): fc.Parameters<unknown> => (search === undefined ? { numRuns, seed: 7 } : { numRuns });
const at = (curve: Curve, w: number): number => curve.evaluate(w).value;

describe("of single functions", () => {
  it("a corner towards which the slope shrinks on one side is one, on a sample and between samples", () => {
    for (const place of [0, 0.0123]) {
      const make: Make = (write, w) => {
        const x = write.add(w, write.number(-place));
        return write.add(write.relu(x), write.mul(x, x));
      };
      const curve = tapeCurve(written(make));
      const { points } = findPoints(curve, box);
      expect(points.map((point) => point.kind)).toEqual(["corner minimum"]);
      expect(points[0]!.w).toBeCloseTo(place, 9);
      const mark = valleyMark(curve, box, heading(curve, 2, box, points));
      expect([mark.eta, mark.tag]).toEqual([null, "none"]);
      expect(mark.why).toMatch(/on one side only/);
    }
  });

  it("where rounding chooses the sign of a slope there is neither minimum nor maximum", () => {
    for (const noise of [-1e-17, 1e-17, 0]) {
      const tape = written((write, w) => write.add(write.power(w, 3), write.mul(write.number(noise), w)));
      expect(findPoints(tapeCurve(tape), box).points.filter((point) => !point.atEdge).map((point) => point.kind)).toEqual(["flat"]);
    }
  });

  it("a value at one place alone, and a jump, are seen by no convex or concave curve", () => {
    const spiked: Curve = {
      exact: true,
      evaluate: (w) => ({ value: w === 0 ? 1 : -w * w, slope: -2 * w, curvature: -2 }),
    };
    expect(findPoints(spiked, box).convexity.kind).toBe("neither");
  });

  it("no end of a domain is a minimum beyond which the curve is at −∞", () => {
    const tapes = [
      written((write, w) => write.above(0, w, write.log(write.number(0)))),
      written((write, w) => write.mul(write.add(w, write.mul(w, w)), write.inverse(write.relu(w)))),
    ];
    for (const tape of tapes) expect(findPoints(tapeCurve(tape), box).points.filter((point) => point.kind === "minimum")).toEqual([]);
  });

  it("a small hump is in the way however small the loss is", () => {
    for (const height of [1, 1e-10]) {
      const well: Make = (write, w) => write.add(write.mul(w, w), write.mul(write.number(0.8), write.above(1, write.number(1), write.number(3), w)));
      const curve = tapeCurve(stretched(well, 1, height));
      expect(heading(curve, 3, box, findPoints(curve, box).points).point).toBe(null);
    }
  });
});

describe("of random functions", () => {
  it("a global minimum has nothing lower in the window, and lies in it", () => {
    let seen = 0;
    fc.assert(
      fc.property(tapes, (tape) => {
        const curve = tapeCurve(tape);
        const { points } = findPoints(curve, box);
        for (const { w } of points) expect(w >= box[0] && w <= box[1]).toBe(true);
        const lowest = points.find((point) => point.inView && point.kind.endsWith("minimum"));
        const highest = points.find((point) => point.inView && point.kind.endsWith("maximum"));
        if (lowest === undefined && highest === undefined) return;
        seen++;
        for (let k = 0; k <= 2503; k++) {
          const w = box[0] + ((box[1] - box[0]) * k) / 2503;
          const value = at(curve, w);
          if (lowest !== undefined) expect(value >= lowest.value - 1e-9 * (1 + Math.abs(value)) || Number.isNaN(value), `L(${w}) = ${value} < ${lowest.value} at ${lowest.w}`).toBe(true);
          if (highest !== undefined) expect(value <= highest.value + 1e-9 * (1 + Math.abs(value)) || Number.isNaN(value), `L(${w}) = ${value} > ${highest.value} at ${highest.w}`).toBe(true);
        }
      }),
      options(RUNS),
    );
    expect(seen).toBeGreaterThan(RUNS / 4);
  }, 120_000);

  it("a minimum is one: beside it the curve is not lower", () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        const curve = tapeCurve(tape);
        for (const point of findPoints(curve, box).points) {
          const sign = point.kind.endsWith("minimum") ? 1 : point.kind.endsWith("maximum") ? -1 : 0;
          if (sign === 0) continue;
          for (const away of [1e-7, 1e-6, 1e-5])
            for (const side of [-1, 1]) {
              const w = point.w + side * away;
              if (w < box[0] || w > box[1]) continue;
              const beside = at(curve, w);
              expect(!(sign * (beside - point.value) < -1e-12 * (1 + Math.abs(point.value))), `${point.kind} at ${point.w}: ${point.value}, at ${w}: ${beside}`).toBe(true);
            }
        }
      }),
      options(RUNS),
    );
  }, 120_000);

  it("a convex one has no chord below it, a concave one none above", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(tapes, fc.array(fc.tuple(fc.double({ min: -4, max: 4, noNaN: true }), fc.double({ min: -4, max: 4, noNaN: true })), { minLength: 200, maxLength: 200 }), (tape, chords) => {
        const curve = tapeCurve(tape);
        const { kind } = findPoints(curve, box).convexity;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        const signs = kind === "convex" ? [1] : kind === "concave" ? [-1] : kind === "straight" ? [1, -1] : [];
        for (const sign of signs)
          for (const [a, b] of chords) {
            if (Math.abs(a - b) < 1e-12) continue;
            const [left, value, right] = [at(curve, a), at(curve, (a + b) / 2), at(curve, b)];
            const noise = 1e-9 * (1 + Math.abs(left) + Math.abs(right) + Math.abs(value));
            if (!Number.isFinite(left + right + value)) continue;
            expect(sign * (value - (left + right) / 2), `${kind}: ${a} ${b}`).toBeLessThanOrEqual(noise);
          }
      }),
      options(RUNS),
    );
    expect([...seen.keys()].length).toBeGreaterThan(2);
  }, 120_000);

  it("a stable valley holds the ball below its η and not above, at the rate foretold", () => {
    let seen = 0;
    fc.assert(
      fc.property(tapes, fc.double({ min: -4, max: 4, noNaN: true }), (tape, w) => {
        const curve = tapeCurve(tape);
        const { points } = findPoints(curve, box);
        const ahead = heading(curve, w, box, points);
        const mark = valleyMark(curve, box, ahead);
        if (mark.eta === null || mark.eta === Infinity || ahead.point === null) return;
        const point = ahead.point;
        // Where L″ changes over the distance tried no factor is foretold there.
        const delta = 1e-5;
        const bend = [-1, 1].map((side) => curve.evaluate(point.w + side * 3 * delta).curvature / point.curvature - 1);
        if (!bend.every((change) => Math.abs(change) < 0.02)) return;
        seen++;
        for (const share of [0.3, 0.9, 1.2]) {
          const eta = mark.eta * share;
          const path = walk(gradientStep(curve), curve, point.w + delta, eta, 1);
          const factor = Math.abs(path.w[1]! - point.w) / delta;
          const foretold = predictedRate(point, eta)!;
          expect(Math.abs(factor - foretold), `η = ${eta}: ${factor} against ${foretold} at ${point.w}`).toBeLessThan(0.05);
          expect(share < 1 ? factor < 1 : factor > 1).toBe(true);
        }
      }),
      options(RUNS),
    );
    expect(seen).toBeGreaterThan(RUNS / 16);
  }, 120_000);

  it("a ball that is heading for a minimum rolls down all the way to it", () => {
    fc.assert(
      fc.property(tapes, fc.double({ min: -4, max: 4, noNaN: true }), (tape, w) => {
        const curve = tapeCurve(tape);
        const { point } = heading(curve, w, box, findPoints(curve, box).points);
        if (point === null) return;
        let before = at(curve, w);
        for (let k = 1; k <= 1999; k++) {
          const value = at(curve, w + ((point.w - w) * k) / 1999);
          expect(value <= before + 1e-9 * (1 + Math.abs(before)), `from ${w} to ${point.w}: ${before} then ${value}`).toBe(true);
          before = value;
        }
      }),
      options(RUNS),
    );
  }, 120_000);
});

/** All that is said of a function, without its numbers. */
function told(make: Make, width: number, height: number, shift: number, w: number, eta: number) {
  const curve = tapeCurve(width === 1 && height === 1 && shift === 0 ? written(make) : stretched(make, width, height, shift));
  const window: Box = [shift + width * box[0], shift + width * box[1]];
  const { points, convexity } = findPoints(curve, window);
  const start = shift + width * w;
  const step = (eta * width * width) / height;
  const ahead = heading(curve, start, window, points);
  const path = walk(gradientStep(curve), curve, start, step, 400);
  return {
    kinds: points.map((point) => `${point.kind} ${point.inView} ${point.atEdge} ${point.span !== null}`),
    places: points.map((point) => (point.w - shift) / width),
    convexity: convexity.kind,
    partial: convexity.words.includes("defined"),
    target: ahead.point === null ? null : (ahead.point.w - shift) / width,
    valley: scaled(valleyMark(curve, window, ahead).eta, height / (width * width)),
    // Whether a walk out of the window overflows within so many steps does depend on units.
    insight: insight({ curve, path, step: 0, eta: step, points, box: window, target: ahead.point }).kind.replace("diverges", "leaves"),
  };
}

const scaled = (eta: number | null, by: number): number | null => (eta === null ? null : eta * by);

describe("units", () => {
  // Powers of two change no digit, so every difference is a threshold with a unit of its own.
  const units: [number, number][] = [[2 ** -20, 1], [2 ** 20, 1], [1, 2 ** -27], [1, 2 ** 27], [2 ** -20, 2 ** 27], [2 ** 20, 2 ** -27]];
  it.each(units)("of w times %d and of L times %d change nothing that is said", (width, height) => {
    let seen = 0;
    fc.assert(
      fc.property(makes, fc.integer({ min: -250, max: 250 }).map((n) => n / 64), fc.integer({ min: 1, max: 64 }).map((n) => n / 64), (make, w, eta) => {
        const plain = told(make, 1, 1, 0, w, eta);
        if (plain.convexity === "unknown" || plain.partial) return; // at poles bisection goes as far as float64 does
        seen++;
        expect(told(make, width, height, 0, w, eta)).toEqual(plain);
      }),
      options(Math.ceil(RUNS / 2)),
    );
    expect(seen).toBeGreaterThan(RUNS / 8);
  }, 120_000);
});

describe("the usual curves in other units", () => {
  const curves: [string, Make, number, number][] = [
    ["double well", (write, w) => write.add(write.add(write.mul(write.number(0.08), write.power(w, 4)), write.mul(write.number(-0.6), write.mul(w, w))), write.add(write.mul(write.number(0.25), w), write.mul(write.number(0.15), write.sin(write.mul(write.number(3), w))))), 1.9, 0.5],
    ["bowl", (write, w) => write.mul(w, w), 3, 0.3],
    ["corner", (write, w) => write.abs(write.add(w, write.number(-0.3))), 3, 0.29],
    ["pole", (write, w) => write.inverse(write.mul(w, w)), 2, 0.3],
    ["one-sided corner", (write, w) => write.add(write.relu(w), write.mul(w, w)), 2, 0.2],
    ["cubic", (write, w) => write.power(write.add(w, write.number(-0.3)), 3), 2, 0.02],
    ["quartic", (write, w) => write.power(write.add(w, write.number(-0.3)), 4), 1.5, 0.02],
    ["steep wall", (write, w) => write.add(write.mul(w, w), write.exp(write.mul(write.number(12), write.add(w, write.number(-2))))), -1, 0.2],
  ];
  const units = [[1e-6, 1, 0], [1e6, 1, 0], [1, 1e-8, 0], [1, 1e8, 0], [1, 1, 1e3], [1e-2, 1e-8, -1e3], [1e6, 1e8, 1e3]] as const;
  it.each(curves)("%s", (_, make, w, eta) => {
    const plain = told(make, 1, 1, 0, w, eta);
    for (const [width, height, shift] of units) {
      const there = told(make, width, height, shift, w, eta);
      const unit = `${width}, ${height}, ${shift}`;
      const words = (said: typeof plain) => ({
        // Where a number has fewer digits left a ball that creeps comes to rest sooner.
        kinds: said.kinds, convexity: said.convexity, insight: said.insight.replace("flat", "crawls"),
      });
      expect(words(there), unit).toEqual(words(plain));
      const numbers = (said: typeof plain): (number | null)[] => [...said.places, said.target, said.valley];
      numbers(there).forEach((found, i) => {
        const wanted = numbers(plain)[i] ?? null;
        if (wanted === null || !Number.isFinite(wanted)) expect(found).toBe(wanted);
        else expect(Math.abs(found! - wanted), `${unit}: ${found} for ${wanted}`).toBeLessThan(1e-4 * (1 + Math.abs(wanted)));
      });
    }
  });
});
