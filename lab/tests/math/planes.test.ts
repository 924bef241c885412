// Values and walks on planes against JAX and `descend`.
import { describe, expect, test } from "vitest";
import golden from "../golden/planes.json" with { type: "json" };
import { anatomyOf } from "../../src/math/plane/anatomy.ts";
import { eigenvalues, Plane } from "../../src/math/plane/plane.ts";
import { ranked, rowOf } from "../../src/math/plane/race.ts";
import { RULES, ruleNamed } from "../../src/math/plane/rules.ts";
import { stationaryPoints } from "../../src/math/plane/stationary.ts";
import { PlaneWalk } from "../../src/math/plane/walk.ts";
import { finish } from "../../src/math/spread.ts";
import { checkTape } from "../../src/math/tape.ts";

interface Item {
  name: string;
  tape: unknown;
  cases: { inputs: number[]; outputs: number[] }[];
  start: [number, number];
  walks: { rule: string; eta: number; points: [number, number][]; value: number[] }[];
}

const items = golden.items as unknown as Item[];
const planeOf = (item: Item): Plane => new Plane(checkTape(item.tape));
const [himmelblau, rosenbrock] = items as [Item, Item];

describe.each(items.map((item) => [item.name, item] as const))("%s", (_name, item) => {
  test("value, gradient and Hessian are JAX's", () => {
    const plane = planeOf(item);
    for (const { inputs, outputs } of item.cases) {
      const found = plane.at(inputs[0]!, inputs[1]!);
      outputs.forEach((wanted, i) => expect(Math.abs(found[i]! - wanted)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(wanted))));
    }
  });

  test.each(item.walks.map((walk) => [walk.rule, walk] as const))("%s walks as descend does", (rule, walk) => {
    const made = new PlaneWalk(planeOf(item), ruleNamed(rule)!, item.start, walk.eta, walk.points.length - 1).advance();
    expect(made.length).toBe(walk.points.length);
    walk.points.forEach(([x, y], k) => {
      const size = Math.max(1, Math.hypot(x, y));
      expect(Math.hypot(made.x[k]! - x, made.y[k]! - y)).toBeLessThanOrEqual(1e-9 * size);
      expect(Math.abs(made.value[k]! - walk.value[k]!)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(walk.value[k]!)));
    });
  });
});

test("all seven rules are there, and each has a golden walk", () => {
  expect(RULES.map((rule) => rule.name)).toEqual(["gd", "momentum", "nesterov", "rmsprop", "adam", "newton", "l-bfgs"]);
  for (const item of items) expect(item.walks.map((walk) => walk.rule)).toEqual(RULES.map((rule) => rule.name));
});

describe("stationary points", () => {
  const box = [[-5.5, 5.5], [-5, 5]] as const;

  test("Himmelblau has nine: four minima, four saddles, one maximum", () => {
    const plane = planeOf(himmelblau);
    const { points, more } = finish(stationaryPoints(plane, box));
    const count = (kind: string): number => points.filter((point) => point.kind === kind).length;
    expect([points.length, count("minimum"), count("saddle"), count("maximum"), more]).toEqual([9, 4, 4, 1, false]);
    for (const point of points) {
      const at = plane.at(point.x, point.y);
      expect(Math.hypot(at[1]!, at[2]!)).toBeLessThan(1e-10);
      expect(point.eigenvalues).toEqual(eigenvalues(at[3]!, at[4]!, at[5]!));
    }
    expect(points.filter((point) => point.lowest).length).toBe(4);
  });

  test("outside the window none is told", () => {
    const { points } = finish(stationaryPoints(planeOf(himmelblau), [[2, 4], [1, 3]]));
    expect(points.map((point) => [Math.round(point.x), Math.round(point.y), point.kind])).toEqual([[3, 2, "minimum"]]);
  });

  test("a line of them is found, and no number of them is claimed", () => {
    // (x + y)²: the Hessian is singular everywhere.
    const flat = new Plane({ v: 1, inputs: 2, constants: [2, 0], columns: [], lanes: 1, ops: [["add", 0, 1], ["mul", 4, 4], ["mul", 2, 4]], outputs: [5, 6, 6, 2, 2, 2] });
    const { points, more } = finish(stationaryPoints(flat, box));
    expect(more).toBe(true);
    for (const { kind, x, y } of points) expect([kind, Math.abs(x + y) < 1e-12]).toEqual(["degenerate", true]);
    // Along all of it, not at one end alone.
    expect(Math.min(...points.map(({ x }) => x))).toBeLessThan(-4);
    expect(Math.max(...points.map(({ x }) => x))).toBeGreaterThan(4);
  });
});

describe("the race", () => {
  test("who diverges is last, with its step, and the others go on", () => {
    const plane = planeOf(rosenbrock);
    const walks = RULES.map((rule) => new PlaneWalk(plane, rule, [-1.2, 1], rule.name === "gd" ? 0.02 : rule.name === "newton" ? 1 : 0.0004, 400).advance());
    const rows = ranked(walks.map((walk) => rowOf(plane, walk)));
    const lost = rows.at(-1)!;
    expect(lost.walk.rule.name).toBe("gd");
    expect(lost.outcome).toBe("diverged");
    expect(lost.walk.ended!.step).toBeLessThan(20);
    for (const { walk } of rows) for (let k = 0; k < walk.length; k++) expect(Number.isFinite(walk.x[k]! + walk.y[k]! + walk.value[k]! + walk.size[k]!)).toBe(true);
    expect(rows[0]!.outcome).toBe("minimum");
    expect(rows.filter((row) => row.outcome === "minimum").map((row) => row.steps)).toEqual(rows.filter((row) => row.outcome === "minimum").map((row) => row.steps).sort((a, b) => a! - b!));
  });

  test("seven rules of 400 steps", () => {
    // How long it takes is measured in bench/; here only that the last point is a number.
    const plane = planeOf(himmelblau);
    for (const rule of RULES) {
      const walk = new PlaneWalk(plane, rule, [-0.5, -1], 0.004, 400).advance();
      expect(Number.isFinite(walk.value[walk.last]!)).toBe(true);
    }
  });
});

describe("one step taken apart", () => {
  const plane = planeOf(himmelblau);

  test("the parts add up to the step that the walk takes", () => {
    for (const rule of RULES) {
      const walk = new PlaneWalk(plane, rule, [-0.5, -1], rule.name === "newton" ? 1 : 0.01, 20).advance();
      const { update, own, carried, x, y } = anatomyOf(plane, walk, Math.min(7, walk.last - 1));
      const k = Math.min(8, walk.last);
      expect(x + update[0]).toBe(walk.x[k]);
      expect(y + update[1]).toBe(walk.y[k]);
      if (carried !== null) expect(own[0] + carried[0]).toBeCloseTo(update[0], 12);
      expect(carried !== null).toBe(["momentum", "nesterov", "adam"].includes(rule.name));
    }
  });

  test("of heavy-ball momentum the gradient part is −η∇f, and the rest β times the step before", () => {
    const walk = new PlaneWalk(plane, ruleNamed("momentum")!, [-0.5, -1], 0.004, 20).advance();
    const { own, carried, gradient, scaling } = anatomyOf(plane, walk, 5);
    expect(own[0]).toBeCloseTo(-0.004 * gradient[0], 14);
    expect(scaling[0]).toBeCloseTo(1, 12);
    expect(carried![0]).toBeCloseTo(0.9 * (walk.x[5]! - walk.x[4]!), 12);
  });

  test("of RMSProp the first step is scaled by 1/√((1−ρ)g²)", () => {
    const walk = new PlaneWalk(plane, ruleNamed("rmsprop")!, [-0.5, -1], 0.05, 5).advance();
    const { own, gradient } = anatomyOf(plane, walk, 0);
    expect(Math.abs(own[0])).toBeCloseTo(0.05 / Math.sqrt(0.1), 6);
    expect(Math.sign(own[0])).toBe(-Math.sign(gradient[0]));
  });
});
