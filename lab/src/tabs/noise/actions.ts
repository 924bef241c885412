// What a person can do on the noise, as changes of the store.
import { MOST_SEED, type NoiseView, type Pair } from "../../scenario.ts";
import type { Store } from "../../store.ts";
import { Player } from "../player.ts";
import { panned, zoomed } from "../windows.ts";

export class NoiseActions {
  readonly player: Player;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.player = new Player(store, { at: () => this.view?.at ?? null, show: (at, gesture) => this.edit({ at }, gesture), last: () => this.view?.steps ?? 1 });
  }

  get view(): NoiseView | null {
    return this.#store.scenario.noise;
  }

  edit(patch: Partial<NoiseView>, gesture: string | null = null): void {
    const { view } = this;
    if (view !== null) this.#store.edit({ noise: { ...view, ...patch } }, gesture);
  }

  place(start: number[], gesture: string | null): void {
    if (!start.every(Number.isFinite)) return;
    this.player.stop();
    this.edit({ start, at: null }, gesture);
  }

  zoom(factor: number, about: readonly number[], gesture: string | null = "zoom"): void {
    this.#window(this.view === null ? null : zoomed(this.view.box, factor, about), gesture);
  }

  pan(by: readonly number[]): void {
    this.#window(this.view === null ? null : panned(this.view.box, by), "pan");
  }

  #window(box: Pair[] | null, gesture: string | null): void {
    if (box !== null) this.edit({ box }, gesture);
  }

  setSteps(steps: number, gesture: string | null): void {
    this.player.stop();
    this.edit({ steps, at: null }, gesture);
  }

  /** Seeds that no walk that is shown has. */
  newSeeds(): void {
    const { view } = this;
    if (view !== null) this.edit({ seed: (view.seed + view.walks) % (MOST_SEED + 1) });
  }
}
