// The presets travel with the page, tapes and all, so that they work without an engine.
import presets from "../presets.json" with { type: "json" };
import { unpacked } from "../math/packed.ts";
import { checkScenario, type Scenario } from "../scenario.ts";

export interface Preset {
  key: string;
  name: string;
  scenario: Scenario;
}

interface Document {
  preset?: string;
  function: object;
}

/** The presets' JSON. The first entry of the file holds the fields that most of them share. */
export function presetDocuments(): Document[] {
  const [base, ...own] = presets as unknown as [Document, ...Document[]];
  return own.map((each) => ({ ...base, ...each, function: unpacked({ ...base.function, ...each.function }) }));
}

export function loadPresets(): Preset[] {
  return presetDocuments().map((each) => {
    const scenario = checkScenario(each);
    const name = scenario.preset ?? scenario.function.title;
    return { key: name, name, scenario };
  });
}
