// One exported file: the scenario lies in the page, or in the address, and there is no engine.
import { decodeScenario, fragmentParts } from "../fragment.ts";
import { watchAddress } from "./address.ts";
import { list } from "../check.ts";
import { checkProof, type Proof } from "../proof.ts";
import { checkScenario, toText, type LabFunction, type Scenario } from "../scenario.ts";
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
  #own = ""; // the tape that the proofs are of
  #proofs: Proof[] = [];
  #asked: LabFunction["tape"] | null = null;
  #fits = false;
  readonly #unwatch = watchAddress({
    scenario: (scenario) => this.#scenarios.emit({ scenario, late: false }),
    fault: (sentence) => this.#faults.emit(sentence),
  });

  async initial(): Promise<Scenario | null> {
    const own = this.#embedded();
    const packed = fragmentParts(location.hash).scenario;
    try {
      if (packed !== null) return await decodeScenario(packed);
    } catch (error) {
      this.#faults.emit(error instanceof Error ? error.message : String(error));
    }
    return own;
  }

  #embedded(): Scenario | null {
    const [element, proofs] = ["scenario", "proofs"].map((id) => document.getElementById(id));
    if (element == null) return null;
    try {
      const scenario = checkScenario(JSON.parse(element.textContent));
      this.#own = toText(scenario.function.tape);
      if (proofs != null) this.#proofs = list(checkProof)(JSON.parse(proofs.textContent), "proofs");
      return scenario;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#faults.emit(`The scenario in this file cannot be read: ${why}.`);
      return null;
    }
  }

  proofs({ tape }: LabFunction): readonly Proof[] {
    // Asked at every frame, and mostly of the same.
    if (this.#asked !== tape) this.#fits = toText((this.#asked = tape)) === this.#own;
    return this.#fits ? this.#proofs : [];
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
