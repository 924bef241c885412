import { h, mathElement, write } from "./dom.ts";
import type { Context, Part } from "./context.ts";
import { curveVisible } from "../store.ts";
import { fixed, plain } from "./format.ts";

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

export function readouts(_context: Context): Part {
  const names = [h("dt"), h("dt"), h("dt"), h("dt")];
  const kinds = ["w", "", "slope", "curvature"];
  const ids = ["read-w", "read-loss", "read-slope", "read-curvature"];
  const values = kinds.map((kind, i) => h("dd", { class: `num ${kind}`, id: ids[i] }));
  const reads = h("dl", { class: "reads" }, ...names.map((name, i) => h("div", {}, name, values[i]!)));
  const formula = h("div");
  const part = (kind: string): HTMLElement => h("span", { class: kind });
  const [w, eta, slope, next] = [part("w"), part("stepsize"), part("slope"), part("w")];
  const name = part("w");
  const numbers = h("p", { class: "numbers num", id: "next-line" }, name, " = ", w, " − ", eta, " · ", slope, " = ", next);
  const origin = h("span", { class: "tag" });
  const element = h(
    "section",
    { class: "card", "aria-label": "Current point" },
    h("div", { class: "cardhead" }, h("h2", {}, "Current point"), origin),
    reads,
    h("div", { class: "next" }, formula, numbers),
  );
  let shownFor = "";
  return {
    element,
    update(state, derived) {
      const { names: called, here, next: after } = derived;
      if (shownFor !== called.variable) {
        shownFor = called.variable;
        formula.replaceChildren(rule(called.variable, called.loss));
        [called.variable, `${called.loss}(${called.variable})`, called.slope, called.curvature].forEach((words, i) => write(names[i]!, words));
        write(name, `${called.variable}ₙₑₓₜ`);
      }
      const blind = !curveVisible(state);
      write(values[0]!, fixed(here.w, 5));
      write(values[1]!, fixed(here.value));
      write(values[2]!, fixed(here.slope));
      write(values[3]!, blind ? "hidden" : fixed(here.curvature));
      write(w, fixed(here.w, 5));
      write(eta, plain(state.scenario.eta));
      write(slope, here.slope < 0 ? `(${fixed(here.slope)})` : fixed(here.slope));
      write(next, after === null ? "nowhere" : fixed(after.w, 5));
      write(origin, derived.origin);
      origin.hidden = derived.origin === "";
    },
  };
}
