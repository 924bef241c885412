// The steps of walks, one after the other: the timeline's own actions, whatever walks.
import type { Store } from "../store.ts";

const PER_SECOND = 14;

export interface Reel {
  /** The step that is shown; null for the last. */
  at(): number | null;
  show(at: number | null, gesture: string | null): void;
  /** The last step that there is to show. */
  last(): number;
}

export class Player {
  readonly #store: Store;
  readonly #reel: Reel;
  #frame = 0;
  #plays = 0;

  constructor(store: Store, reel: Reel) {
    this.#store = store;
    this.#reel = reel;
  }

  get shown(): number | null {
    return this.#reel.at();
  }

  /** Show a step; the last one is the whole paths. */
  at(step: number, gesture: string | null = null): void {
    const last = this.#reel.last();
    const k = Math.max(0, Math.min(last, Math.round(step)));
    this.#reel.show(k >= last ? null : k, gesture);
  }

  toggle(): void {
    if (this.#store.state.running) {
      this.stop();
      return;
    }
    const gesture = `play ${++this.#plays}`;
    const from = this.shown ?? 0;
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#store.set({ running: true });
    if (reduced) {
      this.at(this.#reel.last(), gesture);
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
      if (k >= this.#reel.last()) this.stop();
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
