// The presets travel with the page, tapes and all, so that they work without an engine.
import presets from "../presets.json" with { type: "json" };
import { checkScenario, type Scenario } from "../scenario.ts";

export interface Preset {
  key: string;
  name: string;
  scenario: Scenario;
}

export function loadPresets(): Preset[] {
  return (presets as unknown[]).map((each) => {
    const scenario = checkScenario(each);
    const name = scenario.preset ?? scenario.function.title;
    return { key: name, name, scenario };
  });
}
