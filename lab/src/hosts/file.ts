// One exported file: the scenario lies in the page, or in the address, and there is no engine.
import { decodeScenario, fragmentParts } from "../fragment.ts";
import { checkScenario, type Scenario } from "../scenario.ts";
import { Signal, type Host } from "./host.ts";

export class FileHost implements Host {
  readonly kind = "file" as const;
  readonly leads = false;
  readonly engine = null;
  readonly link = "none" as const;
  readonly #faults = new Signal<string>();
  readonly #never = new Signal<never>();
  readonly onFault = this.#faults.on;
  readonly onScenario = this.#never.on;
  readonly onLink = this.#never.on;

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
    // Nothing is open.
  }
}
