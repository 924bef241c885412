// The run: steps taken one after another on the page's clock. While nothing runs, no timer does.
import { MOST_STEPS } from "../scenario.ts";
import type { Store } from "../store.ts";
import type { Derived } from "./derived.ts";
import type { Model } from "./model.ts";

const PER_SECOND = 10;
const LONGEST = 1000; // steps of one run

function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

export class Runner {
  readonly #store: Store;
  readonly #model: Model;
  readonly #finish: () => void;
  #frame = 0;
  #run = 0;

  constructor(store: Store, model: Model, finish: () => void) {
    this.#store = store;
    this.#model = model;
    this.#finish = finish;
  }

  #isRunning(): boolean {
    return this.#store.state.running;
  }

  start(): void {
    if (this.#isRunning()) return;
    const first = this.#store.scenario.steps;
    const gesture = `run ${++this.#run}`;
    this.#store.set({ running: true, notice: "" });
    if (calm()) {
      this.#advance(first, LONGEST, gesture);
      return;
    }
    const began = performance.now();
    const tick = (now: number): void => {
      if (!this.#isRunning()) return; // an undo or a new scenario ended the run
      // Steady at first, so that each step is seen; quicker the longer nothing new happens.
      const seconds = (now - began) / 1000;
      const due = Math.floor(seconds * PER_SECOND + Math.max(0, seconds - 3) ** 3 * 4);
      this.#advance(first, Math.min(LONGEST, due), gesture);
      if (this.#isRunning()) this.#frame = requestAnimationFrame(tick);
    };
    this.#frame = requestAnimationFrame(tick);
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    if (!this.#isRunning()) return;
    this.#store.endGesture();
    this.#store.set({ running: false });
  }

  /** With as many steps as the scenario has, and no more than that where they are slow. */
  #path(): Derived["path"] {
    return this.#model.update(this.#store.state, false, performance.now()).path;
  }

  #advance(first: number, taken: number, gesture: string): void {
    const wanted = Math.min(MOST_STEPS, first + taken);
    let path = this.#path();
    if (path.ended === null && path.w.length - 1 < wanted) {
      this.#store.edit({ steps: wanted }, gesture);
      path = this.#path();
    }
    const last = path.w.length - 1;
    const steps = Math.min(wanted, last);
    if (steps !== this.#store.scenario.steps) this.#store.edit({ steps }, gesture);
    if (path.ended !== null && steps >= last) {
      this.stop();
      this.#finish();
    } else if (taken >= LONGEST || steps >= MOST_STEPS || steps < wanted) {
      this.stop();
      // A prediction is judged all the same: around a corner the ball bounces for ever.
      if (this.#store.scenario.view.mode !== "explore") this.#finish();
      else this.#store.set({ notice: `${steps} steps were taken without arriving; Run goes on.` });
    }
  }
}
