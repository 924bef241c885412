// The address bar after the page has loaded: somebody pastes another link into it. Only what stands
// behind the "#" differs then, and the browser loads nothing anew.
import { decodeScenario, fragmentParts } from "../fragment.ts";
import type { Scenario } from "../scenario.ts";

interface Heard {
  scenario: (scenario: Scenario) => void;
  fault: (sentence: string) => void;
  token?: (token: string) => void;
}

/** Returns the function that stops watching. */
export function watchAddress(heard: Heard): () => void {
  const changed = (event: HashChangeEvent): void => {
    // The event's own address: the page may have written another one meanwhile.
    const parts = fragmentParts(new URL(event.newURL).hash);
    if (parts.token !== null) heard.token?.(parts.token);
    if (parts.scenario === null) return;
    decodeScenario(parts.scenario).then(heard.scenario, (error: unknown) => {
      heard.fault(error instanceof Error ? error.message : String(error));
    });
  };
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}
