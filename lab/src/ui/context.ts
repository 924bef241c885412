// What every part of the page is given: the store to read, the actions to call, and nothing else.
import type { Actions } from "../tabs/actions.ts";
import type { Derived } from "../tabs/derived.ts";
import type { Host } from "../hosts/host.ts";
import type { State, Store } from "../store.ts";

export interface Context {
  store: Store;
  host: Host;
  actions: Actions;
}

export interface Part {
  element: HTMLElement;
  /** Paint what is painted. All parts do before any writes: lettering on a canvas after the page's
   *  own text has changed would make the browser settle all styles in between. While the hand moves,
   *  `settled` is false: what is beside the point may be painted every other time. */
  draw?(state: State, derived: Derived, settled: boolean): void;
  update(state: State, derived: Derived): void;
}

/** A part above the tabs; it has what follows from the curve where the tab is about it. */
export interface Bar {
  element: HTMLElement;
  update(state: State, derived: Derived | null): void;
}
