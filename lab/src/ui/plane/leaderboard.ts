// Who is there first, with the η of each; the modes decide whose η it is.
import { METHODS, methodNamed, RECORDED } from "../../draw/plane/methods.ts";
import { rowAt } from "../../draw/plane/raceplot.ts";
import type { Row } from "../../math/plane/race.ts";
import type { RateMode } from "../../scenario.ts";
import type { PlaneActions } from "../../tabs/plane/actions.ts";
import type { PlaneDerived } from "../../tabs/plane/model.ts";
import { h, press, put, show, write } from "../dom.ts";
import { plain, short } from "../format.ts";
import type { Context } from "../context.ts";
import type { PlanePart } from "./part.ts";

const MODES: [RateMode, string, string][] = [
  ["same", "Same η", "One η for all rules; Newton takes whole steps"],
  ["best", "Best η each", "For each rule the η with which it is first at a minimum from this start, of 33 over four decades and the tuned one"],
  ["tuned", "Own η each", "For each rule an η that suits it, or the one that you set"],
];

const ENDS: Record<Row["outcome"], string> = {
  minimum: "✓ minimum", saddle: "✕ saddle", maximum: "▲ maximum", flat: "○ flat", "on the way": "on the way", diverged: "diverged", "left the domain": "left the domain",
};

const LABELS: Record<string, string> = {
  "l-bfgs": "L-BFGS, memory 5, with a step halved until the loss falls; no η. Python's rule l-bfgs searches its step another way, so its path differs.",
  newton: "Newton's method: −H⁺∇f, whole steps where η is 1",
};

export function endWords(row: Row): string {
  const { ended, value } = row.walk;
  if (row.outcome === "on the way" && row.value > value[0]!) return "above start";
  if (row.outcome === "left the domain") return `left at ${ended?.step ?? 0}`;
  return row.outcome === "diverged" ? `${ENDS[row.outcome]} at ${ended?.step ?? 0}` : ENDS[row.outcome];
}

/** A rate as it fits into its field: what were cut off there would be another number. */
function typed(eta: number): string {
  const text = plain(eta);
  return text.length <= 7 ? text : Number(eta.toPrecision(3)).toExponential();
}

interface Line {
  element: HTMLTableRowElement;
  update(row: Row | null, place: number | null, derived: PlaneDerived): void;
}

function lineOf(context: Context, actions: PlaneActions, name: string): Line {
  const method = methodNamed(name);
  const box = h("input", { type: "checkbox", "aria-label": `Show ${method.short}`, change: () => actions.toggle(name) });
  const sign = h("span", { class: `sign m-${name}`, "aria-hidden": "true" }, method.sign);
  const choose = h("button", { type: "button", class: "link rule", title: LABELS[name] ?? "Take its step apart", click: () => actions.choose(name) }, method.short);
  const rate = h("input", { type: "text", inputmode: "decimal", class: "num eta", "aria-label": `η of ${method.short}`, autocomplete: "off" });
  const none = h("span", { class: "quiet" }, "–");
  const [steps, end, loss] = [h("td", { class: "num" }), h("td", { class: "end" }), h("td", { class: "num wide" })];
  const commit = (): void => {
    const eta = Number(rate.value.replace(",", "."));
    if (eta > 0 && Number.isFinite(eta)) actions.setRate(name, eta);
  };
  rate.addEventListener("input", commit);
  rate.addEventListener("change", () => context.store.endGesture());
  rate.addEventListener("keydown", (event) => {
    const factor = { ArrowUp: 1.1, ArrowDown: 1 / 1.1 }[event.key];
    if (factor === undefined) return;
    event.preventDefault();
    const eta = Number((Number(rate.value) * factor).toPrecision(3));
    rate.value = typed(eta);
    commit();
  });
  const place = h("td", { class: "num place" });
  const element = h("tr", { "data-rule": name }, place, h("td", { class: "who" }, h("label", {}, box, sign), choose), h("td", {}, rate, none), steps, end, loss);
  return {
    element,
    update(row, rank, { landscape }) {
      const shown = row !== null;
      if (box.checked !== shown) box.checked = shown;
      element.classList.toggle("off", !shown);
      element.classList.toggle("now", shown && landscape.chosen === name);
      press(choose, landscape.chosen === name);
      write(place, rank === null ? "" : String(rank));
      const searches = row?.walk.rule.searches ?? name === "l-bfgs";
      show(rate, !searches);
      show(none, searches);
      const eta = row?.walk.eta ?? landscape.rates[name] ?? landscape.eta;
      const root = element.getRootNode() as ShadowRoot;
      if (root.activeElement !== rate) rate.value = typed(eta);
      rate.readOnly = landscape.mode !== "tuned" && name === "newton";
      put(rate, "data-value", String(eta));
      write(steps, row === null ? "" : row.steps === null ? "–" : String(row.steps));
      write(end, row === null ? "" : endWords(row));
      put(end, "title", row === null ? "" : ENDS[row.outcome]);
      element.classList.toggle("lost", row !== null && (row.outcome === "diverged" || row.outcome === "left the domain"));
      write(loss, row === null ? "" : short(row.value, Math.abs(row.value) < 1e-3 || Math.abs(row.value) >= 1e5 ? 2 : 3));
      put(end, "data-loss", loss.textContent);
      put(loss, "data-value", row === null ? "" : String(row.value));
      // Where the rule stands at the step that is shown, to the last digit.
      const k = row === null ? 0 : Math.min(row.walk.last, landscape.at ?? row.walk.last);
      put(element, "data-now", row === null ? "" : JSON.stringify([row.walk.x[k], row.walk.y[k], k]));
    },
  };
}

/** What an engine walked, below those that the page walks. */
function recordedLine(): { element: HTMLElement; update(derived: PlaneDerived): void } {
  const name = h("span", { class: "rule" });
  const [steps, loss] = [h("td", { class: "num" }), h("td", { class: "num wide" })];
  const row = h("tr", { "data-rule": "recorded" }, h("td", { class: "place" }), h("td", { class: "who" }, h("span", { class: "sign", "aria-hidden": "true" }, RECORDED.sign), name), h("td"), steps, h("td", { class: "end" }, h("span", { class: "tag" }, "recorded")), loss);
  const element = h("tfoot", {}, row);
  return {
    element,
    update({ cut: { recorded }, landscape }) {
      show(element, recorded !== null);
      if (recorded === null) return;
      const { label, numbers, value, x, y } = recorded;
      write(name, label);
      write(steps, String(numbers.at(-1)));
      write(loss, short(value.at(-1)!));
      const k = rowAt(numbers, landscape.at);
      put(row, "data-now", JSON.stringify([x[k], y[k], numbers[k]]));
    },
  };
}

export function leaderboard(context: Context, actions: PlaneActions): PlanePart {
  const modes = MODES.map(([mode, words, title]) => h("button", { type: "button", title, "aria-pressed": "false", click: () => actions.setMode(mode) }, words));
  const lines = new Map(METHODS.map(({ name }) => [name, lineOf(context, actions, name)]));
  const body = h("tbody", {}, ...[...lines.values()].map((line) => line.element));
  const head = h("thead", {}, h("tr", {}, ...["", "rule", "η", "steps", "where", "loss"].map((words) => h("th", { scope: "col", class: words === "loss" ? "wide" : "" }, words))));
  const note = h("p", { class: "caption quiet", id: "race-caption" });
  const element = h(
    "section",
    { class: "card race", "aria-label": "Leaderboard" },
    h("div", { class: "cardhead" }, h("h2", {}, "Leaderboard"), h("div", { class: "segments", role: "group", "aria-label": "Whose η" }, ...modes)),
    h("div", { class: "scroll" }, h("table", { id: "leaderboard" }, head, body)),
    note,
  );
  const record = recordedLine();
  body.after(record.element);
  let order = "";
  return {
    element,
    update(_state, derived) {
      const { rows, landscape } = derived;
      record.update(derived);
      MODES.forEach(([mode], i) => press(modes[i]!, landscape.mode === mode));
      const names = rows.map((row) => row.walk.rule.name);
      rows.forEach((row, i) => lines.get(row.walk.rule.name)?.update(row, i + 1, derived));
      for (const [name, line] of lines) if (!names.includes(name)) line.update(null, null, derived);
      const now = names.join();
      // Rows change places only while nobody writes in them: a moved field loses the focus.
      const root = element.getRootNode() as ShadowRoot;
      const busy = root.activeElement !== null && body.contains(root.activeElement) && (root.activeElement as HTMLInputElement).type === "text";
      if (order !== now && !busy) {
        order = now;
        body.append(...names.map((name) => lines.get(name)!.element), ...[...lines].filter(([name]) => !names.includes(name)).map(([, line]) => line.element));
      }
      const tuning = derived.tuning ? " Looking for the best η …" : "";
      write(note, `Steps until ‖∇f‖ is a millionth of the start’s; at most ${landscape.steps}.${tuning}`);
    },
  };
}
