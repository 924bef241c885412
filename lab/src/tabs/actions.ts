// What a person can do, as changes of the store. Nothing here draws.
import { EngineError, type EnginePathReply } from "../hosts/engine.ts";
import type { Host } from "../hosts/host.ts";
import { CheckError } from "../check.ts";
import { MOST_STEPS, type LabFunction, type Mode, type Scenario, type TabKey } from "../scenario.ts";
import type { Path } from "../math/descent.ts";
import type { Store } from "../store.ts";
import type { Model } from "./model.ts";
import type { Preset } from "./presets.ts";
import { suitedRate } from "./etas.ts";
import { Prover } from "./prover.ts";
import { Runner } from "./runner.ts";
import { Sharing, type Pictures } from "./sharing.ts";

const SPAN_LIMITS: [number, number] = [1e-9, 1e9];

export class Actions {
  readonly presets: readonly Preset[];
  readonly prover: Prover;
  readonly #store: Store;
  readonly #model: Model;
  readonly #host: Host;
  readonly #runner: Runner;
  readonly #sharing: Sharing;
  /** The engine's numbers for functions. Undo brings a function back, and its number with it. */
  readonly #ids = new WeakMap<LabFunction, number>();
  /** Counts choices of a function: an answer to an earlier one comes too late. */
  #choice = 0;

  constructor(store: Store, model: Model, host: Host, presets: readonly Preset[], pictures: Pictures) {
    this.#store = store;
    this.#model = model;
    this.#host = host;
    this.presets = presets;
    this.#runner = new Runner(store, model, () => this.finish());
    this.#sharing = new Sharing(store, host, pictures);
    this.prover = new Prover(store, host, (f) => this.#ids.get(f));
  }

  /** Python knows the function that is shown by this number; null: not at all. */
  knownAs(id: number | null): void {
    if (id !== null) this.#ids.set(this.#store.scenario.function, id);
  }

  get #finished(): boolean {
    return this.#model.derived?.finished ?? true;
  }

  /** Put the ball at w; the path starts anew there. */
  place(w: number, gesture: string | null = null): void {
    if (!Number.isFinite(w)) return;
    this.#runner.stop();
    this.#store.edit({ start: w, steps: 0 }, gesture);
    if (this.#store.scenario.view.mode !== "explore" && this.#store.state.revealed) this.#store.set({ revealed: false });
  }

  placeFlag(w: number): void {
    const [lo, hi] = this.#store.scenario.box;
    this.#store.set({ flag: Math.min(hi, Math.max(lo, w)), notice: "" });
  }

  step(): void {
    this.#runner.stop();
    const { steps } = this.#store.scenario;
    if (this.#finished || steps >= MOST_STEPS || this.#model.derived?.next == null) return;
    this.#store.edit({ steps: steps + 1 });
    if (this.#lands()) this.finish();
  }

  #lands(): boolean {
    const path = this.#model.derived?.path;
    return path?.ended != null && this.#store.scenario.steps >= path.w.length - 1;
  }

  toggleRun(): void {
    if (this.#store.state.running) {
      this.#runner.stop();
      return;
    }
    const { state } = this.#store;
    if (state.scenario.view.mode === "challenge" && state.flag === null) {
      this.#store.set({ notice: "First place the flag where you think the ball will end." });
      return;
    }
    if (!this.#finished) this.#runner.start();
  }

  reset(): void {
    this.#runner.stop();
    if (this.#store.scenario.steps > 0) this.#store.edit({ steps: 0 });
    this.#store.set({ revealed: false });
  }

  reveal(): void {
    this.#store.set({ revealed: true });
  }

  /** The run is over: what was hidden is shown, and a prediction is judged. */
  finish(): void {
    const { state } = this.#store;
    const { mode } = state.scenario.view;
    if (mode === "explore" || state.revealed) return;
    this.#store.set({ revealed: true });
    const derived = this.#model.derived;
    if (mode !== "challenge" || state.flag === null || derived === null) return;
    const { ended, w } = derived.path;
    const end = ended?.reason === "diverged" || ended?.reason === "left the domain" ? null : (w.at(-1) ?? null);
    const [lo, hi] = state.scenario.box;
    const hit = end !== null && Math.abs(end - state.flag) <= 0.03 * (hi - lo);
    this.#store.set({ rounds: [...state.rounds, { flag: state.flag, end, hit }] });
  }

  setEta(eta: number, gesture: string | null = null): void {
    if (!(eta > 0) || !Number.isFinite(eta)) return;
    this.#store.edit({ eta: Number(eta.toPrecision(12)) }, gesture);
    if (this.#store.scenario.view.mode !== "explore") this.#store.set({ revealed: false });
  }

  /** Show another tab of the same function. */
  tab(tab: TabKey): void {
    const { scenario } = this.#store;
    if (scenario.tab === tab || (tab === "landscape" && scenario.function.plane === null)) return;
    if (tab === "noise" && scenario.function.examples === null) {
      this.#lend();
      return;
    }
    this.#runner.stop();
    this.#store.edit({ tab });
    this.#store.set({ hover: null, notice: "", running: false, marked: null });
  }

  /** A formula has no examples to draw from: the noise is shown on the first preset that has. */
  #lend(): void {
    const first = this.presets.find((each) => each.scenario.tab === "noise");
    if (first === undefined) return;
    this.preset(first.key);
    this.#store.set({ notice: `This function has no examples to draw batches from, so here is one that has: ${first.name}. Undo (Ctrl Z) leads back.` });
  }

  setMode(mode: Mode): void {
    const { scenario } = this.#store;
    if (scenario.view.mode === mode) return;
    this.#runner.stop();
    const view = { ...scenario.view, mode, blindfold: mode === "blindfold" };
    this.#store.edit({ view, steps: mode === "explore" ? scenario.steps : 0 });
    this.#store.set({ revealed: false, flag: null, witness: false, hover: null, notice: "" });
  }

  /** Another start and another η, both anywhere sensible in the window. */
  newRound(): void {
    this.#runner.stop();
    const { box } = this.#store.scenario;
    const share = 0.08 + 0.84 * Math.random();
    const valley = this.#model.derived?.marks.find((mark) => mark.key === "valley")?.eta;
    const middle = valley != null && Number.isFinite(valley) ? valley : 0.5;
    const eta = Number((middle * 10 ** (1.1 * Math.random() - 0.9)).toPrecision(2));
    const start = Number((box[0] + share * (box[1] - box[0])).toPrecision(4));
    this.#store.edit({ start, eta, steps: 0 });
    this.#store.set({ revealed: false, flag: null, notice: "" });
  }

  zoom(factor: number, about: number, gesture: string | null = "zoom"): void {
    const [lo, hi] = this.#store.scenario.box;
    const span = (hi - lo) * factor;
    const far = Math.max(Math.abs(lo), Math.abs(hi), 1e-300);
    if (span < SPAN_LIMITS[0] * far || span > SPAN_LIMITS[1]) return;
    this.#moveBox([about - (about - lo) * factor, about + (hi - about) * factor], gesture);
  }

  pan(dw: number): void {
    const [lo, hi] = this.#store.scenario.box;
    this.#moveBox([lo + dw, hi + dw], "pan");
  }

  #moveBox(box: [number, number], gesture: string | null): void {
    if (!Number.isFinite(box[0]) || !Number.isFinite(box[1]) || box[0] >= box[1]) return;
    this.#store.edit({ box }, gesture);
    void this.resample();
  }

  /** The window around the ball and everything that it was opened with. */
  fit(home: [number, number]): void {
    const w = this.#model.derived?.here.w ?? this.#store.scenario.start;
    let [lo, hi] = home;
    if (Number.isFinite(w) && (w < lo || w > hi)) {
      const room = 0.1 * (hi - lo);
      [lo, hi] = [Math.min(lo, w - room), Math.max(hi, w + room)];
    }
    this.#moveBox([lo, hi], null);
  }

  slice(index: number): void {
    const slice = this.#store.scenario.function.slices[index];
    if (slice === undefined) return;
    this.#runner.stop();
    const eta = suitedRate(this.#store.scenario.function, index) ?? this.#store.scenario.eta;
    this.#store.edit({ slice: index, box: slice.box, start: slice.start, steps: 0, eta });
    this.#store.set({ hover: null, witness: false, engineValue: null, enginePath: null });
  }

  preset(key: string): void {
    const preset = this.presets.find((each) => each.key === key);
    if (preset === undefined) return;
    this.#choice += 1;
    this.#runner.stop();
    const { view } = this.#store.scenario;
    this.#swap({ ...preset.scenario, view: { ...preset.scenario.view, theme: view.theme, mode: view.mode, blindfold: view.blindfold } });
  }

  #swap(scenario: Scenario): void {
    this.#store.edit(scenario);
    this.#store.set({ problem: null, witness: false, revealed: false, flag: null, notice: "", hover: null, engineValue: null, enginePath: null, running: false, marked: null });
  }

  /** A formula was typed. What is wrong with it is shown; the old picture stays. */
  async define(source: string, keep = false): Promise<void> {
    const { engine } = this.#host;
    if (engine === null) return;
    if (!keep) this.#choice += 1;
    const choice = this.#choice;
    const asked = this.#store.scenario.function;
    const overtaken = (): boolean => choice !== this.#choice || (keep && asked !== this.#store.scenario.function);
    this.#store.set({ defining: true });
    try {
      const defined = await engine.define(source);
      if (defined === null || overtaken()) return;
      this.#ids.set(defined.function, defined.id);
      if (keep) {
        this.#store.set({ scenario: { ...this.#store.scenario, function: defined.function }, problem: null });
        return;
      }
      this.#runner.stop();
      const { view } = this.#store.scenario;
      this.#swap({
        ...this.#store.scenario, function: defined.function, tab: tabOf(this.#store.scenario.tab, defined.function), plane: null, noise: null, slice: 0, box: defined.box, start: defined.start, eta: defined.eta,
        steps: 0, recorded: null, answer: null, preset: null, lesson: "", view: { ...view, secant: null },
      });
    } catch (error) {
      if (!overtaken()) this.#store.set({ problem: problemOf(error, source) });
    } finally {
      this.#store.set({ defining: false });
    }
  }

  /** Without a tape the engine evaluates: the point under the ball, and the path from it. */
  async consult(): Promise<void> {
    const { engine } = this.#host;
    const { scenario } = this.#store;
    const id = this.#ids.get(scenario.function);
    if (engine === null || !engine.connected || id === undefined || scenario.function.tape !== null) return;
    const { start, eta, slice } = scenario;
    try {
      const known = this.#store.state.enginePath;
      const fits = known?.start === start && known.eta === eta && known.path.w.length > scenario.steps + 1;
      let path = fits ? known.path : null;
      if (path === null) {
        const reply = await engine.path(id, slice, eta, start, Math.max(100, scenario.steps + 50));
        if (reply === null) return; // a newer question took this one's place
        path = pathOf(reply);
        this.#store.set({ enginePath: { start, eta, path } });
      }
      const ball = path.w[Math.min(this.#store.scenario.steps, path.w.length - 1)] ?? start;
      if (this.#store.state.engineValue?.w === ball) return;
      const value = await engine.evaluate(id, slice, ball);
      if (value !== null) this.#store.set({ engineValue: value });
    } catch (error) {
      this.#store.set({ notice: sentenceOf(error) });
    }
  }

  async resample(): Promise<void> {
    const { engine } = this.#host;
    const { scenario } = this.#store;
    const id = this.#ids.get(scenario.function);
    if (engine === null || !engine.connected || id === undefined || scenario.function.tape !== null) return;
    try {
      const samples = await engine.grid(id, scenario.slice, scenario.box, 512);
      const now = this.#store.scenario;
      if (samples !== null && now.function === scenario.function) {
        const f = { ...now.function, samples };
        this.#ids.set(f, id);
        this.#store.set({ scenario: { ...now, function: f } });
      }
    } catch (error) {
      this.#store.set({ notice: sentenceOf(error) });
    }
  }

  share(): Promise<void> {
    return this.#sharing.share();
  }

  copy(words: string, said: string): Promise<void> {
    return this.#sharing.copy(words, said);
  }

  exportSvg(): void {
    this.#sharing.svg();
  }

  exportPng(): Promise<void> {
    return this.#sharing.png();
  }

  exportJson(): void {
    this.#sharing.json();
  }

  exportPage(): Promise<void> {
    return this.#sharing.page();
  }

  close(): void {
    this.prover.hide();
    this.#runner.stop();
  }
}

/** A function of two numbers is a landscape; one of more stays where it was typed, if it can. */
function tabOf(tab: TabKey, { plane, slices }: LabFunction): TabKey {
  if (plane === null) return "curve";
  return slices.length === 2 ? "landscape" : tab === "noise" ? "curve" : tab;
}

function sentenceOf(error: unknown): string {
  if (error instanceof CheckError) return `The engine's answer was ignored: ${error.message}.`;
  return error instanceof Error ? error.message : String(error);
}

function problemOf(error: unknown, source: string): { message: string; source: string; span: [number, number] | null } {
  const away = error instanceof EngineError && error.code === "away";
  const message = away ? "The engine is away, so this formula cannot be read now. The picture stays as it was." : sentenceOf(error);
  return { message, source, span: error instanceof EngineError ? error.span : null };
}

function pathOf(reply: EnginePathReply): Path {
  const step = reply.w.length - 1;
  const reason = reply.reason === "diverged" || reply.reason === "left the domain" ? reply.reason : null;
  const ended: Path["ended"] = reason === null ? null : { reason, step, words: `${reason} at step ${step}` };
  return { w: reply.w, value: reply.value, slope: reply.slope, ended };
}
