// What a person can do on the landscape, as changes of the store.
import type { Landscape, Pair, RateMode } from "../../scenario.ts";
import type { Store } from "../../store.ts";
import { Player } from "../player.ts";
import { panned, zoomed } from "../windows.ts";
import { firstLandscape, landscapeOf } from "./state.ts";

export class PlaneActions {
  readonly #store: Store;
  readonly player: Player;

  /** @param last the last step that there is to show. */
  constructor(store: Store, last: () => number) {
    this.#store = store;
    this.player = new Player(store, { at: () => this.landscape?.at ?? null, show: (at, gesture) => this.edit({ at }, gesture), last });
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
    this.player.stop();
    this.edit({ start: [x, y], at: null }, gesture);
  }

  zoom(factor: number, about: Pair, gesture: string | null = "zoom"): void {
    this.#window(this.landscape === null ? null : zoomed(this.landscape.box, factor, about), gesture);
  }

  pan(dx: number, dy: number): void {
    this.#window(this.landscape === null ? null : panned(this.landscape.box, [dx, dy]), "pan");
  }

  #window(box: Pair[] | null, gesture: string | null): void {
    if (box !== null) this.edit({ box: box as [Pair, Pair] }, gesture);
  }

  centre(x: number, y: number): void {
    const { landscape } = this;
    if (landscape === null) return;
    const moved = landscape.box.map(([lo, hi], i) => (i === 0 ? x : y) - (lo + hi) / 2);
    this.#window(panned(landscape.box, moved), null);
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
}
