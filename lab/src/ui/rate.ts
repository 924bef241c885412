// The one control for η: a logarithmic slider, its value as a number, and the three marks as bars
// that run from the left end to the largest η of which their words are true.
import { h, show, write } from "./dom.ts";
import type { Context, Part } from "./context.ts";
import { curveVisible } from "../store.ts";
import type { MarkRow } from "../tabs/derived.ts";
import { short, stepSize } from "./format.ts";

const INSET = 8; // half a thumb: where the track of a range input begins

interface Row {
  element: HTMLButtonElement;
  update(row: MarkRow, eta: number, place: (eta: number) => number): void;
}

function at(share: number): string {
  return `calc(${INSET}px + (100% - ${2 * INSET}px) * ${Math.min(1, Math.max(0, share))})`;
}

/** Three digits, on the safe side of a limit. */
function roundDown(eta: number): number {
  const unit = 10 ** (Math.floor(Math.log10(eta)) - 2);
  return Number((Math.ceil(eta / unit - 1) * unit).toPrecision(3));
}

function markRow(use: (eta: number) => void): Row {
  const words = h("span", { class: "words" });
  const limit = h("span", { class: "num" });
  const tag = h("span", { class: "tag" });
  const [fill, end, needle] = [h("span", { class: "fill" }), h("span", { class: "end" }), h("span", { class: "needle" })];
  const element = h("button", { type: "button", class: "mark" }, words, h("span", {}, limit, " ", tag), h("span", { class: "bar", "aria-hidden": "true" }, fill, end, needle));
  let eta: number | null = null;
  let shown = "";
  element.addEventListener("click", () => {
    if (eta !== null) use(roundDown(eta));
  });
  return {
    element,
    update(row, now, place) {
      const given = `${row.eta} ${now} ${place(now)} ${row.words} ${row.why} ${row.tag}`;
      if (given === shown) return;
      shown = given;
      const none = row.eta === null;
      const usable = row.eta !== null && Number.isFinite(row.eta) && row.eta > 0;
      eta = usable ? row.eta : null;
      const holds = row.eta !== null && now < row.eta;
      element.classList.toggle("holds", holds);
      element.setAttribute("aria-disabled", String(!usable));
      write(words, `${none ? "–" : holds ? "✓" : "✗"} ${row.words}`);
      write(limit, row.eta === null ? "none here" : row.eta === Infinity ? "any η" : `η < ${short(row.eta)}`);
      write(tag, row.tag);
      tag.hidden = none;
      if (element.title !== row.why) {
        element.title = row.why;
        element.setAttribute("aria-description", row.why);
      }
      const share = row.eta === null ? 0 : row.eta === Infinity ? 1 : place(row.eta);
      fill.style.width = `calc((100% - ${2 * INSET}px) * ${Math.min(1, Math.max(0, share))})`;
      end.style.left = at(share);
      end.hidden = !usable || share > 1 || share < 0;
      needle.style.left = at(place(now));
    },
  };
}

export function rate(context: Context): Part {
  const { actions, store } = context;
  const slider = h("input", { type: "range", min: 0, max: 1, step: "any", id: "rate", "aria-label": "Learning rate η, on a log scale" });
  const number = h("input", { type: "text", inputmode: "decimal", class: "num", id: "step-scale", autocomplete: "off", "aria-describedby": "rate-problem" });
  const rows = [0, 1, 2].map(() => markRow((eta) => actions.setEta(eta)));
  const marks = h("div", { class: "marks", role: "group", "aria-label": "What each learning rate promises" }, ...rows.map((row) => row.element));
  const problem = h("p", { class: "wrong", "aria-live": "assertive", id: "rate-problem", hidden: true });
  let refusedAt: unknown = null;
  const element = h(
    "section",
    { class: "card rate", "aria-label": "Learning rate" },
    h("div", { class: "top" }, h("label", { for: "rate" }, "Learning rate ", h("span", { class: "stepsize" }, "η")), h("label", { for: "step-scale", class: "quiet" }, "Step scale"), number),
    problem,
    h("div", { class: "track" }, slider),
    marks,
  );
  let range: [number, number] = [1e-3, 10];
  const place = (eta: number): number => Math.log(eta / range[0]) / Math.log(range[1] / range[0]);
  slider.addEventListener("input", () => {
    const eta = range[0] * (range[1] / range[0]) ** Number(slider.value);
    actions.setEta(Number(eta.toPrecision(3)), "rate");
  });
  slider.addEventListener("change", () => store.endGesture());
  slider.addEventListener("keydown", (event) => {
    const sign = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (sign === undefined) return;
    event.preventDefault();
    const factor = event.shiftKey ? 1.25 : event.ctrlKey || event.altKey ? 1.005 : 1.03;
    actions.setEta(Number((store.scenario.eta * factor ** sign).toPrecision(4)), "rate");
  });
  const commit = (): void => {
    const eta = Number(number.value.replace("−", "-").replace(",", "."));
    if (!(eta > 0) || !Number.isFinite(eta)) {
      write(problem, `“${number.value.trim().slice(0, 20)}” is no step scale: η is a positive number, such as 0.5.`);
      show(problem, true);
      refusedAt = store.scenario;
      number.setAttribute("aria-invalid", "true");
      number.value = stepSize(store.scenario.eta);
    } else {
      calm();
      if (eta !== store.scenario.eta) actions.setEta(eta);
    }
  };
  const calm = (): void => {
    show(problem, false);
    number.removeAttribute("aria-invalid");
  };
  number.addEventListener("change", commit);
  number.addEventListener("input", calm);
  element.addEventListener("pointerenter", () => store.set({ aiming: true }));
  element.addEventListener("pointerleave", () => store.set({ aiming: false }));
  element.addEventListener("focusin", () => store.set({ aiming: true }));
  element.addEventListener("focusout", () => store.set({ aiming: false }));
  return {
    element,
    update(state, derived) {
      const { eta } = state.scenario;
      if (refusedAt !== null && refusedAt !== state.scenario) {
        refusedAt = null;
        calm();
      }
      range = derived.etas;
      slider.value = String(place(eta));
      slider.setAttribute("aria-valuetext", `step scale ${stepSize(eta)}`);
      const root = element.getRootNode() as ShadowRoot;
      if (root.activeElement !== number) number.value = stepSize(eta);
      const seen = curveVisible(state);
      marks.hidden = !seen;
      derived.marks.forEach((row, i) => rows[i]?.update(row, eta, place));
    },
  };
}

export function runButtons(context: Context): Part {
  const { actions, store } = context;
  const button = (words: string, title: string, act: () => void, kind = ""): HTMLButtonElement =>
    h("button", { type: "button", title, class: kind, click: act }, words);
  const step = button("Step", "One step (Space)", () => actions.step(), "primary");
  const run = button("Run", "Run to the end (Enter)", () => actions.toggleRun());
  const reset = button("Reset", "Back to the start (Home)", () => actions.reset());
  const undo = button("↶ Undo", "Undo (Ctrl Z)", () => store.undo());
  const redo = button("↷", "Redo (Ctrl Shift Z)", () => store.redo());
  redo.setAttribute("aria-label", "Redo");
  redo.classList.add("slim");
  const round = button("New challenge", "Another start and another learning rate", () => actions.newRound());
  const reveal = button("Reveal", "Show the curve", () => actions.reveal());
  const element = h("section", { class: "card run", "aria-label": "Steps" }, h("div", { class: "buttons" }, step, run, reset, undo, redo, round, reveal));
  return {
    element,
    update(state, derived) {
      const { mode } = state.scenario.view;
      write(run, state.running ? "Pause" : "Run");
      step.disabled = derived.finished || derived.next === null;
      run.disabled = derived.finished && !state.running;
      reset.disabled = state.scenario.steps === 0;
      undo.disabled = !store.canUndo;
      redo.disabled = !store.canRedo;
      round.hidden = mode === "explore";
      reveal.hidden = mode !== "blindfold" || state.revealed;
    },
  };
}
