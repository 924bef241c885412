// The one store. `scenario` is what can be shared and undone; the rest is this page's own.
import type { Path } from "./math/descent.ts";
import type { Proof } from "./proof.ts";
import type { LabFunction, Mode, Scenario, View } from "./scenario.ts";

export type Link = "live" | "away" | "none";

export interface Problem {
  message: string;
  source: string;
  span: [number, number] | null;
}

export interface Round {
  flag: number;
  end: number | null;
  hit: boolean;
}

export interface EngineValue {
  w: number;
  value: number;
  slope: number;
  curvature: number;
}

/** A path that the engine computed, and what it was asked for. */
export interface EnginePath {
  start: number;
  eta: number;
  path: Path;
}

export interface State {
  scenario: Scenario;
  link: Link;
  problem: Problem | null;
  notice: string;
  defining: boolean;
  running: boolean;
  revealed: boolean;
  witness: boolean;
  lensZoom: number;
  hover: number | null;
  aiming: boolean; // the learning-rate control has the pointer or the focus
  marked: number | null; // which stationary point of the landscape was asked for
  flag: number | null;
  rounds: Round[];
  engineValue: EngineValue | null;
  enginePath: EnginePath | null;
  /** The last proof, and of which function. */
  proof: { f: LabFunction; proof: Proof } | null;
  proving: boolean;
  replay: number | null; // so many rounds of the proof's boxes are drawn
}

export type Changed = ReadonlySet<keyof State>;
type Listener = (state: State, changed: Changed) => void;

const DEEPEST = 200;

export class Store {
  #state: State;
  #past: Scenario[] = [];
  #future: Scenario[] = [];
  #gesture: string | null = null;
  readonly #listeners = new Set<Listener>();

  constructor(scenario: Scenario, link: Link) {
    this.#state = {
      scenario, link, problem: null, notice: "", defining: false, running: false, revealed: false,
      witness: false, lensZoom: 10, hover: null, aiming: false, marked: null, flag: null, rounds: [],
      engineValue: null, enginePath: null, proof: null, proving: false, replay: null,
    };
  }

  get state(): State {
    return this.#state;
  }

  get scenario(): Scenario {
    return this.#state.scenario;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Change what is this page's own. */
  set(patch: Partial<State>): void {
    const changed = new Set<keyof State>();
    for (const key of Object.keys(patch) as (keyof State)[]) {
      if (!Object.is(this.#state[key], patch[key])) changed.add(key);
    }
    if (changed.size === 0) return;
    this.#state = { ...this.#state, ...patch };
    for (const listener of this.#listeners) listener(this.#state, changed);
  }

  /** Change the scenario. Edits of one gesture (a drag, a run) are undone together. */
  edit(patch: Partial<Scenario>, gesture: string | null = null): void {
    if (gesture === null || gesture !== this.#gesture) this.#remember();
    this.#gesture = gesture;
    // What was said of the picture before need not be true of this one.
    this.set({ scenario: { ...this.scenario, ...patch }, notice: "" });
  }

  view(patch: Partial<View>): void {
    this.edit({ view: { ...this.scenario.view, ...patch } });
  }

  /** The pointer was lifted: the next edit opens a new entry, whatever its gesture. */
  endGesture(): void {
    this.#gesture = null;
  }

  /** Put a scenario that came from outside in place: nothing of this page to undo. */
  replace(scenario: Scenario): void {
    this.#past = [];
    this.#future = [];
    this.#show(scenario);
  }

  /** The same over what a person has begun, to which undo leads back. */
  adopt(scenario: Scenario): void {
    this.#remember();
    this.#show(scenario);
  }

  #show(scenario: Scenario): void {
    this.#gesture = null;
    this.set({
      scenario, problem: null, running: false, revealed: false, witness: false, hover: null,
      flag: null, marked: null, engineValue: null, enginePath: null,
    });
  }

  #remember(): void {
    this.#past.push(this.scenario);
    if (this.#past.length > DEEPEST) this.#past.shift();
    this.#future = [];
  }

  undo(): boolean {
    return this.#travel(this.#past, this.#future);
  }

  redo(): boolean {
    return this.#travel(this.#future, this.#past);
  }

  #travel(from: Scenario[], to: Scenario[]): boolean {
    const scenario = from.pop();
    if (scenario === undefined) return false;
    to.push(this.scenario);
    this.#gesture = null;
    this.set({ scenario, running: false, problem: null, marked: null });
    return true;
  }
}

/** Whether the curve itself may be seen now. */
export function curveVisible(state: State): boolean {
  return mode(state) !== "blindfold" || state.revealed;
}

export function mode(state: State): Mode {
  return state.scenario.view.mode;
}
