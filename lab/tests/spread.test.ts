import { describe, expect, test, vi } from "vitest";

import { findPoints } from "../src/math/points.ts";
import { sampleCurve } from "../src/math/sampling.ts";
import type { Scenario } from "../src/scenario.ts";
import { Store } from "../src/store.ts";
import { Model } from "../src/tabs/model.ts";
import { loadPresets } from "../src/tabs/presets.ts";
import { told } from "../src/tabs/told.ts";

const scenario = (name = "double well"): Scenario => loadPresets().filter((each) => each.scenario.tab === "curve").find((each) => each.name === name)!.scenario;

/** Pieces one at a time: to the clock of a model every frame is over at once. */
function stepwise(model: Model, store: Store): number {
  let turns = 0;
  for (; model.pending; turns++) if (model.work(-1)) model.update(store.state, true, -1);
  return turns;
}

describe("a model that is given no time", () => {
  test("comes piece by piece to what it would have said at once", () => {
    const store = new Store(scenario(), "none");
    const [hurried, calm] = [new Model(), new Model()];
    const first = hurried.update(store.state, true, -1);
    expect(first.searching).toBe(true);
    // Nothing is claimed before it is known.
    expect([first.points.length, first.convexity, first.target, first.sweep.entries.length]).toEqual([0, null, null, 0]);
    expect(first.insight.words).toMatch(/^Looking for/);
    expect(first.marks.map((mark) => mark.eta)).toEqual([null, null, null]);
    expect(first.next!.w).toBeCloseTo(1.88354 - 0.5 * first.here.slope, 12);
    expect(hurried.sampled(store.state, 700, -1)).toBe(null);
    expect(stepwise(hurried, store)).toBeGreaterThan(100);
    const said = hurried.update(store.state, true, -1);
    const whole = calm.update(store.state, true);
    for (const key of ["points", "convexity", "marks", "insight", "sweep", "target", "predicted", "observed", "etas", "searching"] as const)
      expect(said[key]).toEqual(whole[key]);
    expect(said.path.w).toEqual(whole.path.w);
    expect(hurried.sampled(store.state, 700, -1)).toEqual(calm.sampled(store.state, 700));
  });

  test("drops what was begun for another window", () => {
    const store = new Store(scenario(), "none");
    const model = new Model();
    model.update(store.state, true, -1);
    for (let i = 0; i < 20; i++) model.work(-1);
    store.edit({ box: [-1, 3] });
    model.update(store.state, true, -1);
    stepwise(model, store);
    const { curve, points } = model.update(store.state, true, -1);
    expect(points.map((point) => point.w)).toEqual(findPoints(curve!, [-1, 3]).points.map((point) => point.w));
    expect(model.sampled(store.state, 600)).toEqual(sampleCurve(curve!, [-1, 3], 600));
  });

  test("does no slow part while the ball moves", () => {
    const store = new Store(scenario(), "none");
    const model = new Model();
    model.update(store.state, true);
    const { marks, sweep } = model.derived!;
    store.edit({ start: 1.2 }, "drag");
    const moved = model.update(store.state, false, -1);
    expect(moved.sweep).toBe(sweep);
    expect(moved.marks[2]).toEqual(marks[2]);
    expect(moved.here.w).toBe(1.2);
  });
});

describe("another window, before its points are known", () => {
  test("claims nothing of the whole window that the one before did not show", () => {
    const store = new Store(scenario(), "none");
    const model = new Model();
    model.update(store.state, true);
    expect(model.derived!.points.filter((point) => point.inView).length).toBeGreaterThan(0);
    store.edit({ box: [0, 8] });
    const wider = model.update(store.state, false);
    expect(wider.points.every((point) => !point.inView && !point.atEdge && point.w >= 0)).toBe(true);
    expect(wider.convexity?.kind ?? "unknown").toBe("unknown");
  });

  test("another function takes no points over", () => {
    const store = new Store(scenario(), "none");
    const model = new Model();
    model.update(store.state, true);
    const other = scenario("bowl");
    store.edit({ function: other.function });
    const { points, searching, sweep } = model.update(store.state, false);
    expect([points.length, searching, sweep.entries.length]).toEqual([0, true, 0]);
  });
});

test("what is said names the variable of the function", () => {
  const plain = scenario();
  const store = new Store({ ...plain, function: { ...plain.function, variable: "β" } }, "none");
  const { insight, marks, convexity } = told(new Model().update(store.state, true), store.scenario);
  for (const words of [insight.words, marks[1]!.why, convexity!.words]) {
    expect(words).toMatch(/β = /);
    expect(words).not.toMatch(/\bw = /);
  }
});

test("a walk of slow steps goes on from where it was", () => {
  const store = new Store({ ...scenario(), eta: 0.01 }, "none");
  const model = new Model();
  const clock = vi.spyOn(performance, "now").mockReturnValue(0);
  const first = model.update(store.state, false, -1);
  expect(first.path.w.length).toBeLessThan(5);
  const begun = [...first.path.w];
  store.edit({ steps: 40 });
  expect(model.update(store.state, false, -1).path.w.length).toBeGreaterThan(41);
  while (model.pending) if (model.work(-1)) break;
  expect(model.derived!.path.w.length).toBeGreaterThan(300);
  expect(model.derived!.path.w.slice(0, begun.length)).toEqual(begun);
  clock.mockRestore();
});
