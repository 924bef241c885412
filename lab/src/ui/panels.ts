// The words and lists of the right-hand side: key insight, a solution's answer, steps, Python.
import { h, put, show, write } from "./dom.ts";
import type { Context, Part } from "./context.ts";
import { coordinate, fixed, short } from "./format.ts";
import type { Answer, Scenario } from "../scenario.ts";
import { curveVisible } from "../store.ts";
import { foresight } from "../tabs/scenes.ts";
import { snippetOf } from "./snippet.ts";

export function insightCard(): Part {
  const words = h("p", { class: "words", id: "insight" });
  const tag = h("span", { class: "tag" });
  const element = h("section", { class: "card insight", "aria-label": "Key insight" }, h("div", { class: "cardhead" }, h("h2", {}, "Key insight"), tag), words);
  return {
    element,
    update(state, derived) {
      const open = foresight(state);
      write(words, open ? derived.insight.words : "Shown after the run: it would give the end away.");
      write(tag, derived.insight.tag);
      show(tag, open && derived.insight.tag !== "");
    },
  };
}

/** Where the answer stands on the cut that is shown: cuts go through it, at their first fixed number. */
function standsAt(answer: Answer, { function: f, slice }: Scenario): number {
  return f.slices[slice]?.fixed[0] ?? answer.w;
}

export function answerCard(): Part {
  const words = h("p");
  const where = h("p", { class: "num" });
  const kind = h("span", { class: "tag" });
  const list = h("ul");
  const element = h("section", { class: "card answer", "aria-label": "Surefoot's answer" }, h("div", { class: "cardhead" }, h("h2", {}, "Surefoot’s answer"), kind), words, where, list);
  let shown: Answer | null = null;
  let cut = -1;
  return {
    element,
    update(state, derived) {
      const { answer } = state.scenario;
      show(element, answer !== null && curveVisible(state));
      if (answer === null || (answer === shown && cut === state.scenario.slice)) return;
      shown = answer;
      cut = state.scenario.slice;
      write(words, answer.words);
      write(where, `${derived.names.variable} = ${short(standsAt(answer, state.scenario), 7)} · ${derived.names.loss} = ${short(answer.value, 7)}`);
      write(kind, `${answer.kind}${answer.confidence === "" ? "" : ` · ${answer.confidence}`}`.replaceAll("_", " "));
      list.replaceChildren(...answer.evidence.map((each) => h("li", {}, each)));
    },
  };
}

const MOST_ROWS = 200;

interface Row {
  element: HTMLTableRowElement;
  update(k: number, now: boolean, numbers: readonly number[], words: readonly string[]): void;
}

/** Numbers as people read them, and beside them every digit for whoever copies or tests. */
function stepRow(): Row {
  const name = h("td");
  const cells = ["w", "", "slope"].map((kind) => h("td", { class: kind }));
  const element = h("tr", {}, name, ...cells);
  return {
    element,
    update(k, now, numbers, words) {
      put(element, "data-k", String(k));
      element.classList.toggle("now", now);
      write(name, String(k));
      cells.forEach((cell, i) => {
        put(cell, "data-value", String(numbers[i]));
        write(cell, words[i] ?? "");
      });
    },
  };
}

export function stepTable(context: Context): Part {
  const { store } = context;
  const heads = [h("th", { scope: "col" }, "k"), h("th", { scope: "col" }), h("th", { scope: "col" }), h("th", { scope: "col" })];
  const body = h("tbody");
  const box = h("div", { class: "tablebox", tabindex: 0, role: "region", "aria-label": "Table of steps" }, h("table", {}, h("thead", {}, h("tr", {}, ...heads)), body));
  const count = h("span", { class: "quiet" });
  const element = h("section", { class: "card steps", "aria-label": "Steps taken" }, h("div", { class: "cardhead" }, h("h2", {}, "Steps"), count), box);
  const rowOf = (event: Event): number | null => {
    const row = (event.target as Element).closest("tr[data-k]");
    return row === null ? null : Number(row.getAttribute("data-k"));
  };
  body.addEventListener("pointerover", (event) => store.set({ hover: rowOf(event) }));
  body.addEventListener("pointerleave", () => store.set({ hover: null }));
  let path: unknown = null;
  let last = -1;
  const rows: Row[] = [];
  return {
    element,
    update(state, derived) {
      const { names, k } = derived;
      [names.variable, names.loss, names.slope].forEach((words, i) => write(heads[i + 1]!, words));
      const first = Math.max(0, k + 1 - MOST_ROWS);
      if (path !== derived.path || last !== k) {
        path = derived.path;
        last = k;
        const { w, value, slope } = derived.path;
        for (const row of rows.splice(k + 1 - first)) row.element.remove();
        for (let i = first; i <= k; i++) {
          const row = (rows[i - first] ??= stepRow());
          const [at, loss, rise] = [w[i] ?? NaN, value[i] ?? NaN, slope[i] ?? NaN];
          row.update(i, i === k, [at, loss, rise], [coordinate(at, state.scenario.box), fixed(loss), fixed(rise)]);
          if (row.element.parentNode === null) body.append(row.element);
        }
        // Reading a height makes the browser lay out; while a ball is dragged there is one row.
        if (k > 4) box.scrollTop = box.scrollHeight;
        const after = derived.finished && derived.path.ended !== null ? `: ${derived.path.ended.words}` : "";
        write(count, `${k} taken${after}`);
      }
      for (const row of body.children) {
        row.classList.toggle("hover", Number(row.getAttribute("data-k")) === state.hover);
      }
    },
  };
}

export function snippetCard(context: Context): Part {
  const code = h("code");
  const copy = h("button", { type: "button", click: () => void context.actions.copy(code.textContent, "The Python code was copied.") }, "Copy");
  const element = h("section", { class: "card code", "aria-label": "The same in Python" }, h("div", { class: "cardhead" }, h("h2", {}, "The same in Python"), copy), h("pre", { tabindex: 0 }, code));
  return {
    element,
    update(state) {
      show(element, curveVisible(state)); // it holds the formula
      write(code, snippetOf(state.scenario));
    },
  };
}
