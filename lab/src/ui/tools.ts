// Limit and zoom, under the picture: the secant that closes on the tangent, the lens, the nudge.
import { h, press, show, write } from "./dom.ts";
import type { Context, Part } from "./context.ts";
import type { Derived } from "../tabs/derived.ts";
import { lensOf, nudgeIn, nudgeOf, secantOf } from "../tabs/limits.ts";
import type { State } from "../store.ts";
import { curveVisible } from "../store.ts";
import { fixed, plain, short } from "./format.ts";

/** A change of the loss, with the digits that tell it from its prediction. */
function change(x: number): string {
  return Math.abs(x) < 1e-3 ? short(x, 5) : fixed(x, 5);
}

const SMALLEST = 1e-12; // of the window: far below where rounding takes over, which is worth seeing

function secantTool(context: Context): Part {
  const { store } = context;
  const toggle = h("button", {
    type: "button", title: "A line through two points of the curve; as h shrinks it becomes the tangent",
    click: () => store.view({ secant: store.scenario.view.secant === null ? widest(store.scenario.box) : null }),
  }, "Secant");
  const slider = h("input", { type: "range", min: 0, max: 1, step: "any", "aria-label": "h of the secant, on a log scale", id: "secant-h" });
  const words = h("output", { class: "secant" });
  const element = h("div", { class: "tool" }, h("div", { class: "row" }, toggle, slider), words);
  function widest([lo, hi]: [number, number]): number {
    return 0.25 * (hi - lo);
  }
  slider.addEventListener("input", () => {
    const top = widest(store.scenario.box);
    const h0 = top * SMALLEST ** (1 - Number(slider.value));
    store.edit({ view: { ...store.scenario.view, secant: Number(h0.toPrecision(3)) } }, "secant");
  });
  slider.addEventListener("change", () => store.endGesture());
  return {
    element,
    update(state, derived) {
      const { secant } = state.scenario.view;
      press(toggle, secant !== null);
      slider.disabled = secant === null;
      if (secant !== null) slider.value = String(1 - Math.log(secant / widest(state.scenario.box)) / Math.log(SMALLEST));
      const found = secant === null || derived.curve === null ? null : secantOf(derived, secant);
      write(words, found === null ? "" : `h = ${short(secant ?? 0)}: slope ${fixed(found.slope, 6)}, off dL/d${derived.names.variable} by ${short(found.error)}`);
      if (secant === null) write(words, `through ${derived.names.variable} and ${derived.names.variable} + h`);
    },
  };
}

const ZOOMS = [10, 100, 1000];

function lensTool(context: Context): Part {
  const { store } = context;
  const toggle = h("button", { type: "button", title: "Enlarge the curve at the ball: it straightens", click: () => store.view({ lens: !store.scenario.view.lens }) }, "Lens");
  const zooms = ZOOMS.map((zoom) => h("button", { type: "button", "aria-pressed": "false", click: () => { store.set({ lensZoom: zoom }); if (!store.scenario.view.lens) store.view({ lens: true }); } }, `×${zoom}`));
  const words = h("output");
  const element = h("div", { class: "tool" }, h("div", { class: "row" }, toggle, h("div", { class: "segments", role: "group", "aria-label": "Zoom of the lens" }, ...zooms)), words);
  return {
    element,
    update(state, derived) {
      const { lens } = state.scenario.view;
      press(toggle, lens);
      ZOOMS.forEach((zoom, i) => press(zooms[i]!, lens && state.lensZoom === zoom));
      const seen = lens && derived.curve !== null ? lensOf(state, derived) : null;
      write(words, seen === null ? "the curve at the ball, enlarged" : `within ±${short(seen.half)} the curve leaves its tangent by ${short(seen.deviation)}, ${short(100 * seen.share, 2)} % of what is shown`);
    },
  };
}

function nudgeTool(context: Context): Part {
  const { store } = context;
  const label = h("label", { for: "nudge" }, "Nudge Δw");
  const input = h("input", { type: "text", inputmode: "decimal", class: "num", id: "nudge", autocomplete: "off" });
  const words = h("output");
  const element = h("div", { class: "tool" }, h("div", { class: "row" }, label, input), words);
  input.addEventListener("input", () => {
    const nudge = Number(input.value.replace("−", "-").replace(",", "."));
    if (input.value.trim() === "") store.edit({ view: { ...store.scenario.view, nudge: null } }, "nudge");
    else if (Number.isFinite(nudge)) store.edit({ view: { ...store.scenario.view, nudge } }, "nudge");
  });
  input.addEventListener("change", () => {
    store.endGesture();
    input.value = plain(nudgeIn(store.scenario), 12);
  });
  return {
    element,
    update(state: State, derived: Derived) {
      const nudge = nudgeIn(state.scenario);
      write(label, `Nudge Δ${derived.names.variable}`);
      const root = element.getRootNode() as ShadowRoot;
      if (root.activeElement !== input) input.value = plain(nudge, 12);
      const found = derived.curve === null || nudge === 0 ? null : nudgeOf(derived, nudge);
      write(words, found === null ? "predicted against actual change" : `predicted ${change(found.predicted)}, actual ${change(found.actual)}, missing ${short(found.missing)}`);
    },
  };
}

export function tools(context: Context): Part {
  const parts = [secantTool(context), lensTool(context), nudgeTool(context)];
  const element = h("div", { class: "tools", role: "group", "aria-label": "Limit and zoom" }, ...parts.map((part) => part.element));
  return {
    element,
    update(state, derived) {
      show(element, curveVisible(state));
      if (curveVisible(state)) for (const part of parts) part.update(state, derived);
    },
  };
}
