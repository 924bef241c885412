// A notebook: the scenario is a trait of an anywidget model, and the engine is the kernel behind it.
// A saved notebook has no kernel; the page then runs on its tape and hears no answer.
import { checkScenario, toText, type Scenario } from "../scenario.ts";
import { Engine } from "./engine.ts";
import { Signal, type Arrival, type Host } from "./host.ts";

export interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: (message?: unknown) => void): void;
  off(event: string, callback: (message?: unknown) => void): void;
  send(content: unknown): void;
}

export class WidgetHost implements Host {
  readonly kind = "widget" as const;
  readonly engine = new Engine();
  readonly link = "live" as const;
  readonly #model: WidgetModel;
  readonly #scenarios = new Signal<Arrival>();
  readonly #faults = new Signal<string>();
  readonly #never = new Signal<never>();
  readonly onScenario = this.#scenarios.on;
  readonly onFault = this.#faults.on;
  readonly onLink = this.#never.on;
  #publishing = false;

  constructor(model: WidgetModel) {
    this.#model = model;
    this.engine.fault.on((sentence) => this.#faults.emit(sentence));
    this.engine.attach((message) => model.send(JSON.parse(message)));
    model.on("change:scenario", this.#onScenario);
    model.on("change:start", this.#onStart);
    model.on("change:theme", this.#onTheme);
    model.on("msg:custom", this.#onMessage);
  }

  initial(): Promise<Scenario | null> {
    return Promise.resolve(this.#read());
  }

  knows(): boolean {
    return true;
  }

  publish(scenario: Scenario): void {
    this.#publishing = true;
    this.#model.set("scenario", JSON.parse(toText(scenario)));
    this.#model.set("start", scenario.start);
    this.#model.save_changes();
    this.#publishing = false;
  }

  close(): void {
    this.#model.off("change:scenario", this.#onScenario);
    this.#model.off("change:start", this.#onStart);
    this.#model.off("change:theme", this.#onTheme);
    this.#model.off("msg:custom", this.#onMessage);
    this.engine.detach();
  }

  #read(): Scenario | null {
    try {
      return checkScenario(this.#model.get("scenario"));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#faults.emit(`The notebook's scenario cannot be read: ${why}.`);
      return null;
    }
  }

  readonly #onScenario = (): void => {
    if (this.#publishing) return;
    const scenario = this.#read();
    if (scenario !== null) this.#scenarios.emit({ scenario, late: false });
  };

  readonly #onStart = (): void => {
    const start = this.#model.get("start");
    const scenario = this.#publishing ? null : this.#read();
    if (scenario === null || typeof start !== "number" || !Number.isFinite(start)) return;
    if (start === scenario.start) return; // the scenario itself brought it
    this.#scenarios.emit({ scenario: { ...scenario, start, steps: 0 }, late: false });
  };

  readonly #onTheme = (): void => {
    const theme = this.#model.get("theme");
    const scenario = this.#publishing ? null : this.#read();
    if (scenario === null || (theme !== "auto" && theme !== "light" && theme !== "dark")) return;
    this.#scenarios.emit({ scenario: { ...scenario, view: { ...scenario.view, theme } }, late: false });
  };

  readonly #onMessage = (message?: unknown): void => this.engine.receive(message);
}
