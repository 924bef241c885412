import { describe, expect, it } from "vitest";

import type { Curve } from "../../src/math/curve.ts";
import { findPoints } from "../../src/math/points.ts";

/** A bowl (or a corner) at `at` whose slope carries rounding errors of a given size. */
function noisy(at: number, noise: number, corner: number): Curve {
  const evaluate = (w: number) => {
    const x = w - at;
    return {
      value: 30 * x * x + corner * Math.abs(x),
      slope: 60 * x + corner * Math.sign(x) + noise * Math.sign(Math.sin(1e13 * w)),
      curvature: 60,
    };
  };
  return { evaluate, exact: true };
}

describe("rounding in the slope", () => {
  it.each([1e-12, 1e-9, 1e-7])("of size %d makes no corner of a bowl", (noise) => {
    const { points } = findPoints(noisy(1.0776, noise, 0), [0.4, 1.76]);
    expect(points.filter((point) => !point.atEdge).map((point) => point.kind)).toEqual(["minimum"]);
    expect(points[0]!.w).toBeCloseTo(1.0776, 6);
  });

  it.each([1e-3, 0.1, 10])("hides no corner of height %d", (corner) => {
    const { points } = findPoints(noisy(1.0776, 1e-9, corner), [0.4, 1.76]);
    expect(points.map((point) => point.kind)).toEqual(["corner minimum"]);
  });
});
