// A cut through a function of several numbers: 3b₁² − 2b₁b₂ + 5·10⁷·b₂², with b₂ in millionths.
import { describe, expect, test } from "vitest";
import { checkScenario } from "../src/scenario.ts";
import { Store } from "../src/store.ts";
import { suitedRate } from "../src/tabs/etas.ts";
import { nudgeIn } from "../src/tabs/limits.ts";
import { Model } from "../src/tabs/model.ts";
import { told } from "../src/tabs/told.ts";
import { coordinate } from "../src/ui/format.ts";
import { presetJson } from "./support/fixtures.ts";

/** Inputs t, t0, x1, x2, d1, d2; the point is x + (t − t0)·d. Outputs φ, φ′, φ″. */
const TAPE = {
  v: 1, inputs: 6, constants: [3, -2, 5e7, 2], columns: [], lanes: 1,
  ops: [
    ["sub", 0, 1], ["mul", 10, 4], ["add", 2, 11], ["mul", 10, 5], ["add", 3, 13], // 12: b1, 14: b2
    ["mul", 12, 12], ["mul", 6, 15], ["mul", 12, 14], ["mul", 7, 17], ["mul", 14, 14], ["mul", 8, 19],
    ["add", 16, 18], ["add", 21, 20], // 22: φ
    ["mul", 6, 12], ["mul", 9, 23], ["mul", 7, 14], ["add", 24, 25], // 26: ∂₁
    ["mul", 8, 14], ["mul", 9, 27], ["mul", 7, 12], ["add", 28, 29], // 30: ∂₂
    ["mul", 26, 4], ["mul", 30, 5], ["add", 31, 32], // 33: φ′
    ["mul", 6, 9], ["mul", 34, 4], ["mul", 35, 4], ["mul", 8, 9], ["mul", 37, 5], ["mul", 38, 5],
    ["mul", 7, 9], ["mul", 40, 4], ["mul", 41, 5], ["add", 36, 39], ["add", 43, 42], // 44: φ″
  ],
  outputs: [22, 33, 44],
};

function cut(slice: number) {
  const json = presetJson("bowl");
  const slices = [
    { label: "along b1", variable: "b1", unit: "", fixed: [0, 0, 0, 1, 0], box: [-2, 2], start: 1.5 },
    { label: "along b2", variable: "b2", unit: "", fixed: [0, 0, 0, 0, 1], box: [-2e-6, 2e-6], start: 1.5e-6 },
  ];
  const f = { ...(json.function as object), formula: null, tape: TAPE, steps: {}, slices, variable: "b1" };
  const { box, start } = slices[slice]!;
  const scenario = checkScenario({ ...json, function: f, slice, box, start, eta: suited(slice, f) });
  const store = new Store(scenario, "none");
  const model = new Model();
  let derived = model.update(store.state, true);
  for (let i = 0; i < 50; i++) derived = model.update(store.state, true);
  return { scenario, derived: told(derived, scenario) };
}

function suited(slice: number, f: object): number {
  return suitedRate(checkScenario({ ...presetJson("bowl"), function: f }).function, slice) ?? 0.5;
}

describe("a cut through a function of several numbers", () => {
  test("has a step scale of its own, 1/φ″ at its start with two digits", () => {
    expect(cut(0).scenario.eta).toBe(0.17);
    expect(cut(1).scenario.eta).toBe(1e-8);
  });

  test("is told about its own variable, everywhere", () => {
    const { derived } = cut(1);
    expect(derived.names).toMatchObject({ variable: "b2", slope: "dL/db2" });
    const { insight, marks, convexity, observed, path } = derived;
    const words = [insight.words, convexity?.words ?? "", observed.words, path.ended?.words ?? "", ...marks.flatMap((mark) => [mark.words, mark.why])].join("\n");
    expect(words).toContain("b2 = ");
    expect(words).not.toMatch(/(?<![\p{L}\p{N}_])w(?![\p{L}\p{N}_])/u);
  });

  test("reads with digits that its window needs", () => {
    expect(coordinate(1.88354, [-3.4, 3.4])).toBe("1.88354");
    expect(coordinate(0.0040863751, [0.0031, 0.005])).toBe("0.00408638");
    expect(coordinate(-1.4262663e-6, [-2.5e-6, -0.3e-6])).toBe("−1.42627×10⁻⁶");
    expect(coordinate(0, [-2e-6, 2e-6])).toBe("0.00000000");
  });

  test("is nudged by about a hundredth of its window until somebody types another", () => {
    expect([cut(0), cut(1)].map(({ scenario }) => nudgeIn(scenario))).toEqual([0.05, 5e-8]);
    const { scenario } = cut(0);
    expect(nudgeIn({ ...scenario, box: [-3.4, 3.4] })).toBe(0.05);
    expect(nudgeIn({ ...scenario, box: [0, 100] })).toBe(1);
    expect(nudgeIn({ ...scenario, view: { ...scenario.view, nudge: 0.3 } })).toBe(0.3);
  });
});
