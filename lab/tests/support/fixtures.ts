import shown from "./shown.json" with { type: "json" };
import { checkScenario, type Scenario } from "../../src/scenario.ts";
import { presetDocuments } from "../../src/tabs/presets.ts";

/** The JSON of a preset, as it lies in the page. */
export function presetJson(name = "double well"): Record<string, unknown> {
  const found = presetDocuments().find((each) => each.preset === name);
  if (found === undefined) throw new Error(`no preset ${name}`);
  return { ...structuredClone(found) };
}

export function preset(name = "double well"): Scenario {
  return checkScenario(presetJson(name));
}

/** What `sf.lab` makes of a formula, of those in tools/lab_fixtures.py. */
export function labOf(formula: string): Scenario {
  const found = (shown as unknown as { function: { formula: string } }[]).find((each) => each.function.formula === formula);
  if (found === undefined) throw new Error(`no formula ${formula}`);
  return checkScenario(found);
}
