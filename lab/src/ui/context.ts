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
  update(state: State, derived: Derived): void;
}
