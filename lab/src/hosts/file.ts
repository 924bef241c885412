// One exported file: the scenario lies in the page, or in the address, and there is no engine.
import { decodeScenario, fragmentParts } from "../fragment.ts";
import { watchAddress } from "./address.ts";
import { checkScenario, type Scenario } from "../scenario.ts";
import { Signal, type Arrival, type Host } from "./host.ts";

export class FileHost implements Host {
  readonly kind = "file" as const;
  readonly engine = null;
  readonly link = "none" as const;
  readonly #faults = new Signal<string>();
  readonly #scenarios = new Signal<Arrival>();
  readonly #never = new Signal<never>();
  readonly onFault = this.#faults.on;
  readonly onScenario = this.#scenarios.on;
  readonly onLink = this.#never.on;
  readonly #unwatch = watchAddress({
    scenario: (scenario) => this.#scenarios.emit({ scenario, late: false }),
    fault: (sentence) => this.#faults.emit(sentence),
  });

  async initial(): Promise<Scenario | null> {
    const packed = fragmentParts(location.hash).scenario;
    try {
      if (packed !== null) return await decodeScenario(packed);
    } catch (error) {
      this.#faults.emit(error instanceof Error ? error.message : String(error));
    }
    const element = document.getElementById("scenario");
    if (element === null) return null;
    try {
      return checkScenario(JSON.parse(element.textContent));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#faults.emit(`The scenario in this file cannot be read: ${why}.`);
      return null;
    }
  }

  knows(): boolean {
    return false;
  }

  publish(): void {
    // Nobody listens; the address holds the scenario.
  }

  close(): void {
    this.#unwatch();
  }
}
