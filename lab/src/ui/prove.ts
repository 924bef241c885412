// The button that shows how a proof cuts the window.
import { curveVisible, type State } from "../store.ts";
import type { Context } from "./context.ts";
import { h, press, put, show } from "./dom.ts";

export function proveButton({ actions, store }: Context): { element: HTMLButtonElement; update(state: State): void } {
  const element = h("button", { type: "button", class: "prove", "aria-pressed": "false", title: "Let Python prove the stationary points of this window, and show how it is cut: bold where one lies, alone", click: () => void actions.prover.toggle() }, "Prove");
  store.subscribe((_state, changed) => {
    if (changed.has("scenario") && store.state.replay !== null) actions.prover.hide();
  });
  return {
    element,
    update(state) {
      show(element, state.link === "live" && curveVisible(state));
      press(element, state.replay !== null);
      put(element, "data-round", state.replay === null ? "" : String(state.replay));
      put(element, "aria-busy", String(state.proving));
    },
  };
}
