import { describe, expect, test } from "vitest";
import { checkScenario, scenarioHash, toText, withoutTapes } from "../src/scenario.ts";
import { preset, presetJson } from "./support/fixtures.ts";

function broken(change: (json: Record<string, never>) => void): () => void {
  return () => {
    const json = presetJson();
    change(json as Record<string, never>);
    checkScenario(json);
  };
}

describe("a scenario from outside", () => {
  test("is read back as it was written", () => {
    const scenario = preset();
    expect(checkScenario(JSON.parse(toText(scenario)))).toEqual(scenario);
  });

  test.each<[string, (json: Record<string, never>) => void, RegExp]>([
    ["an unknown field", (json) => Object.assign(json, { extra: 1 }), /no field "extra"/],
    ["an unknown field inside", (json) => Object.assign(json.view!, { extra: 1 }), /view has no field "extra"/],
    ["a missing field", (json) => delete json.eta, /lacks the field "eta"/],
    ["another version", (json) => Object.assign(json, { v: 2 }), /scenario\.v/],
    ["a window upside down", (json) => Object.assign(json, { box: [1, -1] }), /lower first/],
    ["a window of three", (json) => Object.assign(json, { box: [1, 2, 3] }), /two numbers/],
    ["an η of zero", (json) => Object.assign(json, { eta: 0 }), /positive/],
    ["a start that is no number", (json) => Object.assign(json, { start: "nan" }), /finite/],
    ["half a step", (json) => Object.assign(json, { steps: 1.5 }), /whole number/],
    ["too many steps", (json) => Object.assign(json, { steps: 5001 }), /0 to 5000/],
    ["a slice that is not there", (json) => Object.assign(json, { slice: 3 }), /slice/],
    ["a broken tape", (json) => Object.assign(json.function!, { tape: { v: 1 } }), /tape/],
    ["a mode that there is not", (json) => Object.assign(json.view!, { mode: "win" }), /one of explore/],
    ["a path of two lengths", (json) => Object.assign(json, { recorded: { label: "", w: [1], value: [] } }), /as many values/],
  ])("is refused with a sentence: %s", (_name, change, sentence) => {
    expect(broken(change)).toThrow(sentence);
  });

  test.each([null, [], 3, "scenario"])("is refused when it is %j", (json) => {
    expect(() => checkScenario(json)).toThrow(/scenario should be an object/);
  });

  test("keeps the numbers that JSON has no word for", () => {
    const json = presetJson();
    json.recorded = { label: "L-BFGS", w: [1, "nan"], value: ["inf", "-inf"] };
    const scenario = checkScenario(json);
    expect(scenario.recorded?.w[1]).toBeNaN();
    expect(scenario.recorded?.value).toEqual([Infinity, -Infinity]);
    const text = toText(scenario);
    expect(text).not.toMatch(/null\]|NaN|Infinity/);
    expect(checkScenario(JSON.parse(text))).toEqual(scenario);
  });

  test("a prototype is no field", () => {
    const json = JSON.parse(toText(preset()).replace(/^\{/, '{"__proto__":{"eta":9},')) as unknown;
    expect(() => checkScenario(json)).toThrow(/__proto__/);
  });
});

describe("the name of a scenario", () => {
  test("does not depend on the order of fields or on the tapes", () => {
    const scenario = preset();
    const turned = Object.fromEntries(Object.entries(presetJson()).reverse());
    expect(scenarioHash(checkScenario(turned))).toBe(scenarioHash(scenario));
    expect(scenarioHash(withoutTapes(scenario))).toBe(scenarioHash(scenario));
  });

  test("depends on everything that is shown", () => {
    const scenario = preset();
    const others = [
      { ...scenario, eta: 0.51 },
      { ...scenario, start: -scenario.start },
      { ...scenario, view: { ...scenario.view, lens: true } },
      preset("bowl"),
    ];
    expect(new Set([scenario, ...others].map(scenarioHash)).size).toBe(5);
  });
});
