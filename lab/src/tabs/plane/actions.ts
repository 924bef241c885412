// What a person can do on the landscape, as changes of the store.
import type { Landscape, Pair, RateMode } from "../../scenario.ts";
import type { Store } from "../../store.ts";
import { firstLandscape, landscapeOf } from "./state.ts";

const PER_SECOND = 14;

export class PlaneActions {
  readonly #store: Store;
  readonly #last: () => number;
  #frame = 0;
  #plays = 0;

  /** @param last the last step that there is to show. */
  constructor(store: Store, last: () => number) {
    this.#store = store;
    this.#last = last;
  }

  get landscape(): Landscape | null {
    return landscapeOf(this.#store.scenario);
  }

  edit(patch: Partial<Landscape>, gesture: string | null = null): void {
    const { landscape } = this;
    if (landscape !== null) this.#store.edit({ plane: { ...landscape, ...patch } }, gesture);
  }

  place(x: number, y: number, gesture: string | null): void {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    this.stop();
    this.edit({ start: [x, y], at: null }, gesture);
  }

  zoom(factor: number, about: Pair, gesture: string | null = "zoom"): void {
    const { landscape } = this;
    if (landscape === null) return;
    const box = landscape.box.map(([lo, hi], i): Pair => [about[i]! - (about[i]! - lo) * factor, about[i]! + (hi - about[i]!) * factor]);
    this.#window(box as [Pair, Pair], gesture);
  }

  pan(dx: number, dy: number): void {
    const { landscape } = this;
    if (landscape === null) return;
    const [[x0, x1], [y0, y1]] = landscape.box;
    this.#window([[x0 + dx, x1 + dx], [y0 + dy, y1 + dy]], "pan");
  }

  #window(box: [Pair, Pair], gesture: string | null): void {
    const sound = box.every(([lo, hi]) => Number.isFinite(lo) && Number.isFinite(hi) && hi - lo > 1e-9 * Math.max(Math.abs(lo), Math.abs(hi)) && hi - lo < 1e9);
    if (sound) this.edit({ box }, gesture);
  }

  centre(x: number, y: number): void {
    const { landscape } = this;
    if (landscape === null) return;
    const box = landscape.box.map(([lo, hi], i): Pair => {
      const middle = i === 0 ? x : y;
      return [middle - (hi - lo) / 2, middle + (hi - lo) / 2];
    });
    this.#window(box as [Pair, Pair], null);
  }

  toggle(rule: string): void {
    const { landscape } = this;
    if (landscape === null) return;
    const on = landscape.rules.includes(rule);
    const rules = on ? landscape.rules.filter((each) => each !== rule) : [...landscape.rules, rule];
    this.edit({ rules });
  }

  choose(chosen: string): void {
    if (this.landscape?.chosen !== chosen) this.edit({ chosen });
  }

  setMode(mode: RateMode): void {
    if (this.landscape?.mode !== mode) this.edit({ mode });
  }

  /** The η of one rule, or of all in the mode "same". */
  setRate(rule: string, eta: number): void {
    const { landscape } = this;
    if (landscape === null || !(eta > 0) || !Number.isFinite(eta)) return;
    if (landscape.mode === "same" && rule !== "newton") this.edit({ eta }, "rate");
    else this.edit({ mode: "tuned", rates: { ...landscape.rates, [rule]: eta } }, `rate ${rule}`);
  }

  cut(index: number): void {
    const first = firstLandscape(this.#store.scenario.function, index);
    if (first !== null) this.#store.edit({ plane: first });
    this.#store.set({ marked: null });
  }

  /** The step of the timeline; the last one is the whole paths. */
  at(step: number, gesture: string | null = null): void {
    const last = this.#last();
    const k = Math.max(0, Math.min(last, Math.round(step)));
    this.edit({ at: k >= last ? null : k }, gesture);
  }

  togglePlay(): void {
    if (this.#store.state.running) {
      this.stop();
      return;
    }
    const gesture = `play ${++this.#plays}`;
    const from = this.landscape?.at ?? 0;
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#store.set({ running: true });
    if (reduced) {
      this.at(this.#last(), gesture);
      this.stop();
      return;
    }
    const began = performance.now();
    const tick = (now: number): void => {
      if (!this.#store.state.running) return;
      const seconds = Math.max(0, (now - began) / 1000);
      // Steady at first, so that each step is seen; quicker the longer nothing new happens.
      const k = from + Math.floor(seconds * PER_SECOND + Math.max(0, seconds - 2) ** 2.5 * 6);
      this.at(k, gesture);
      if (k >= this.#last()) this.stop();
      else this.#frame = requestAnimationFrame(tick);
    };
    this.#frame = requestAnimationFrame(tick);
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    if (!this.#store.state.running) return;
    this.#store.endGesture();
    this.#store.set({ running: false });
  }
}
