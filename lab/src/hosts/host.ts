// What a host is to the page: where scenarios come from and go to, and whether there is an engine.
import type { LabFunction, Scenario } from "../scenario.ts";
import type { Link } from "../store.ts";
import type { Proof } from "../proof.ts";
import type { Engine } from "./engine.ts";

export interface Arrival {
  scenario: Scenario;
  /** Nobody's deed, only an answer that was slow: it gives way to what a person has begun. */
  late: boolean;
}

export interface Host {
  readonly kind: "server" | "widget" | "file";
  /** Speaks to Python; null where there is none. */
  readonly engine: Engine | null;
  readonly link: Link;
  /** The scenario to begin with, or null where there is none; one may still come through `onScenario`. */
  initial(): Promise<Scenario | null>;
  /** Whether Python has this very function, as its number 0. */
  knows(f: LabFunction): boolean;
  /** What this page brought with it that is proved of a function. */
  proofs?(f: LabFunction): readonly Proof[];
  /** These return a function that ends the subscription. */
  onScenario(listen: (arrival: Arrival) => void): () => void;
  onLink(listen: (link: Link) => void): () => void;
  /** Something from outside could not be read. */
  onFault(listen: (sentence: string) => void): () => void;
  /** Tell the outside what is shown now. */
  publish(scenario: Scenario): void;
  close(): void;
}

export class Signal<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly on = (listen: (value: T) => void): (() => void) => {
    this.#listeners.add(listen);
    return () => this.#listeners.delete(listen);
  };

  emit(value: T): void {
    for (const listen of this.#listeners) listen(value);
  }
}
