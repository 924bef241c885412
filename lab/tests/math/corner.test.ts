// Minima of losses made of straight pieces, against the best of all corners.
import { describe, expect, test } from "vitest";
import type { Machine } from "../../src/math/machine.ts";
import { shortest } from "../../src/math/noise/corner.ts";
import { minimumBelow } from "../../src/math/noise/valley.ts";

/** Numbers from 0 to 1, the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 32;
}

type Row = readonly number[];

/** Value, gradient and Hessian, as a tape has them. */
function machine(p: number, f: (x: Row) => [number, number[]]): Machine {
  const run = (x: Row): Float64Array => {
    const [value, gradient] = f(x);
    return Float64Array.from([value, ...gradient, ...Array<number>(p === 1 ? 1 : 3).fill(0)]);
  };
  return { run } as unknown as Machine;
}

/** The mean of |a·x − b|. */
function deviations(rows: readonly Row[], goals: Row): { at: (x: Row) => [number, number[]]; least: () => number } {
  const p = rows[0]!.length;
  const at = (x: Row): [number, number[]] => {
    const slope = Array<number>(p).fill(0);
    let sum = 0;
    rows.forEach((row, i) => {
      const off = row.reduce((total, a, k) => total + a * x[k]!, -goals[i]!);
      sum += Math.abs(off) / rows.length;
      row.forEach((a, k) => (slope[k]! += (Math.sign(off) * a) / rows.length));
    });
    return [sum, slope];
  };
  // A lowest place is one where p of the deviations are zero.
  const least = (): number => {
    let best = Infinity;
    for (const [i, a] of rows.entries()) {
      if (p === 1) best = Math.min(best, at([goals[i]! / a[0]!])[0]);
      else
        for (const [j, b] of rows.slice(0, i).entries()) {
          const d = a[0]! * b[1]! - a[1]! * b[0]!;
          if (d !== 0) best = Math.min(best, at([(goals[i]! * b[1]! - a[1]! * goals[j]!) / d, (a[0]! * goals[j]! - goals[i]! * b[0]!) / d])[0]);
        }
    }
    return best;
  };
  return { at, least };
}

describe("absolute deviations", () => {
  test.each([1, 2])("of %i numbers: the lowest corner, wherever it lies and whatever the scale", (p) => {
    const next = random(5);
    for (let round = 0; round < 12; round++) {
      const scale = 10 ** (4 * next() - 2);
      const n = 5 + 2 * Math.floor(8 * next());
      const rows = Array.from({ length: n }, () => Array.from({ length: p }, () => 2 * next() - 1));
      const goals = rows.map((row) => scale * (row.reduce((sum, a) => sum + a, 0) + next()));
      const { at, least } = deviations(rows, goals);
      const start = Array.from({ length: p }, () => scale * (8 * next() - 4));
      const found = minimumBelow(machine(p, at), start, 1e-3 * scale);
      expect(found?.sharp).toBe(true);
      expect(found!.value - least()).toBeLessThan(1e-7 * scale);
      expect(found!.value - least()).toBeGreaterThan(-1e-12 * scale);
    }
  });
});

test("of a level floor the middle is marked, and of one without an end the place reached", () => {
  const floor = (ends: [number, number]) => machine(1, ([x]) => (x! < ends[0] ? [ends[0] - x!, [-1]] : x! > ends[1] ? [x! - ends[1], [1]] : [0, [0]]));
  expect(minimumBelow(floor([1, 1.5]), [-2], 1e-3)!.point[0]).toBeCloseTo(1.25, 9);
  const open = minimumBelow(floor([1, Infinity]), [-2], 1e-3)!;
  expect([open.value, open.point[0]! >= 1]).toEqual([0, true]);
});

test("what goes down for ever, or has no corner, has none", () => {
  expect(minimumBelow(machine(1, ([x]) => [-x!, [-1]]), [0], 1e-3)).toBeNull();
  expect(minimumBelow(machine(1, ([x]) => [Math.exp(-x!), [-Math.exp(-x!)]]), [0], 1e-3)).toBeNull();
  expect(minimumBelow(machine(2, ([x]) => [Math.abs(x!), [Math.sign(x!), 0]]), [2, 1], 1e-3)!.point[0]).toBeCloseTo(0, 9);
});

test("the shortest of all combinations", () => {
  expect(shortest([[1, 1], [1, -1]])).toEqual([1, 0]);
  expect(shortest([[2], [3]])).toEqual([2]);
  expect(shortest([[-2], [3]])).toEqual([0]);
  expect(shortest([[1, 0.1], [-1, 0.1], [0, -5]])).toEqual([0, 0]);
  expect(shortest([[1, 1], [3, 1]])).toEqual([1, 1]);
});
