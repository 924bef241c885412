import { h, mathElement, write } from "./dom.ts";
import type { Part } from "./context.ts";
import { curveVisible } from "../store.ts";
import { coordinate, fixed, stepWords } from "./format.ts";
import type { Scenario } from "../scenario.ts";
import type { Derived } from "../tabs/derived.ts";

/** w_next = w − η · dL/dw, written as mathematics, each quantity in its colour. */
function rule(variable: string, loss: string): Element {
  const math = mathElement("math", "");
  const next = mathElement("msub", "w");
  next.append(mathElement("mi", "", variable), mathElement("mtext", "", "next"));
  const slope = mathElement("mfrac", "slope");
  const top = mathElement("mrow", "");
  const bottom = mathElement("mrow", "");
  top.append(mathElement("mi", "", "d"), mathElement("mi", "", loss));
  bottom.append(mathElement("mi", "", "d"), mathElement("mi", "", variable));
  slope.append(top, bottom);
  math.append(
    next, mathElement("mo", "", "="), mathElement("mi", "w", variable), mathElement("mo", "", "−"),
    mathElement("mi", "stepsize", "η"), mathElement("mo", "", "·"), slope,
  );
  math.setAttribute("aria-label", `${variable} next equals ${variable} minus eta times d ${loss} by d ${variable}`);
  return math;
}

/** As people read it, with every digit in the title and in `data-value`. */
function read(element: HTMLElement, x: number, words: string): void {
  write(element, words);
  element.classList.toggle("long", words.length > 9);
  const full = String(x);
  if (element.dataset.value === full) return;
  element.dataset.value = full;
  element.title = Number.isFinite(x) ? full.replace("-", "−") : "";
}

function hide(element: HTMLElement): void {
  write(element, "hidden");
  delete element.dataset.value;
  element.title = "";
}

/** Where the next step leads, also where the curve is not defined there. */
export function nextWords({ box, eta }: Pick<Scenario, "box" | "eta">, { here, next, path }: Pick<Derived, "here" | "next" | "path">): string {
  if (next !== null) return coordinate(next.w, box);
  if (path.ended === null) return "for Python to say";
  const to = here.w - eta * here.slope;
  return Number.isFinite(to) ? coordinate(to, box) : "out of reach";
}

export function readouts(): Part {
  const names = [h("dt"), h("dt"), h("dt"), h("dt")];
  const kinds = ["w", "", "slope", "curvature"];
  const ids = ["read-w", "read-loss", "read-slope", "read-curvature"];
  const values = kinds.map((kind, i) => h("dd", { class: `num ${kind}`, id: ids[i] }));
  const reads = h("dl", { class: "reads" }, ...names.map((name, i) => h("div", {}, name, values[i]!)));
  const formula = h("div");
  const part = (kind: string): HTMLElement => h("span", { class: kind });
  const [w, eta, slope, next] = [part("w"), part("stepsize"), part("slope"), part("w")];
  const name = h("span", { class: "w" });
  const numbers = h("p", { class: "numbers num", id: "next-line" }, h("span", {}, name, " = ", w, " − ", eta, " · ", slope), " ", h("span", {}, "= ", next));
  const origin = h("span", { class: "tag" });
  const element = h(
    "section",
    { class: "card current", "aria-label": "Current point" },
    h("div", { class: "cardhead" }, h("h2", {}, "Current point"), origin),
    reads,
    h("div", { class: "next" }, formula, numbers),
  );
  let shownFor = "";
  return {
    element,
    update(state, derived) {
      const { names: called, here } = derived;
      if (shownFor !== called.variable) {
        shownFor = called.variable;
        formula.replaceChildren(rule(called.variable, called.loss));
        [called.variable, `${called.loss}(${called.variable})`, called.slope, called.curvature].forEach((words, i) => write(names[i]!, words));
        name.replaceChildren(called.variable, h("sub", {}, "next"));
      }
      const { box } = state.scenario;
      const blind = !curveVisible(state);
      read(values[0]!, here.w, coordinate(here.w, box));
      read(values[1]!, here.value, fixed(here.value));
      read(values[2]!, here.slope, fixed(here.slope));
      if (blind) hide(values[3]!);
      else read(values[3]!, here.curvature, fixed(here.curvature));
      write(w, coordinate(here.w, box));
      write(eta, stepWords(state.scenario.eta));
      write(slope, here.slope < 0 ? `(${fixed(here.slope)})` : fixed(here.slope));
      write(next, nextWords(state.scenario, derived));
      write(origin, derived.origin);
      origin.hidden = derived.origin === "";
    },
  };
}
