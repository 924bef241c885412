// Python that does the same, to copy.
import type { State } from "../store.ts";
import type { Context } from "./context.ts";
import { h, write } from "./dom.ts";
import type { BoardPart } from "./part.ts";

export function codeCard<D>(context: Context, text: (state: State, derived: D) => string): BoardPart<D> {
  const code = h("pre", {}, h("code"));
  const copy = h("button", { type: "button", click: () => void context.actions.copy(code.textContent, "The Python code was copied.") }, "Copy");
  const element = h("section", { class: "card code", "aria-label": "Python" }, h("div", { class: "cardhead" }, h("h2", {}, "The same in Python"), copy), code);
  return {
    element,
    update(state, derived) {
      write(code.firstElementChild!, text(state, derived));
    },
  };
}
