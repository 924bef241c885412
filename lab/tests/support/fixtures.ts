import presets from "../../src/presets.json" with { type: "json" };
import { checkScenario, type Scenario } from "../../src/scenario.ts";

/** The JSON of a preset, as it lies in the page. */
export function presetJson(name = "double well"): Record<string, unknown> {
  const found = (presets as { preset: string }[]).find((each) => each.preset === name);
  if (found === undefined) throw new Error(`no preset ${name}`);
  return structuredClone(found);
}

export function preset(name = "double well"): Scenario {
  return checkScenario(presetJson(name));
}
