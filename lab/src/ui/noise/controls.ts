// What the walks are made with: batch size, η, momentum, seed, number, length; replacement and averaging.
import { MOST_NOISE_STEPS, MOST_SEED, MOST_WALKS, type NoiseView } from "../../scenario.ts";
import type { NoiseActions } from "../../tabs/noise/actions.ts";
import { batchSizes, type NoiseDerived } from "../../tabs/noise/model.ts";
import type { Context } from "../context.ts";
import { h, press, put } from "../dom.ts";
import { plain, stepSize } from "../format.ts";
import type { BoardPart } from "../part.ts";

interface Field {
  key: keyof NoiseView & ("size" | "eta" | "beta" | "seed" | "walks" | "steps");
  label: string;
  title: string;
  /** From the slider's share of its way, 0 to 1, to a value, and back; null: typed only. */
  scale: null | { value(share: number): number; share(value: number): number };
  /** Arrow keys: one on (1) or back (−1). */
  turn(value: number, by: 1 | -1, large: boolean): number;
  words(value: number): string;
  /** Null where it is good, else what is expected. */
  wrong(value: number): string | null;
}

/** A slider over some values, one after the other. */
function among(values: () => readonly number[]): Pick<Field, "scale" | "turn"> {
  const nearest = (value: number): number => values().reduce((best, each, i) => (Math.abs(each - value) < Math.abs(values()[best]! - value) ? i : best), 0);
  const last = (): number => Math.max(1, values().length - 1);
  return {
    scale: { value: (share) => values()[Math.round(share * last())]!, share: (value) => nearest(value) / last() },
    turn: (value, by) => values()[Math.min(values().length - 1, Math.max(0, nearest(value) + by))]!,
  };
}

const RATES = [1e-4, 10] as const;
const WALKS = [1, 2, 4, 8, 16, 32, MOST_WALKS];
const LENGTHS = [20, 50, 100, 200, 500, MOST_NOISE_STEPS];

function whole(least: number, most: () => number, what: string): (value: number) => string | null {
  return (value) => (Number.isInteger(value) && value >= least && value <= most() ? null : `${what} is a whole number from ${least} to ${most()}.`);
}

function fields(count: () => number): Field[] {
  return [
    { key: "size", label: "Batch size b", title: "Examples in a batch", ...among(() => batchSizes(count())), words: String, wrong: whole(1, count, "The batch size") },
    {
      key: "eta", label: "Learning rate η", title: "Step scale", words: stepSize,
      scale: { value: (share) => Number((RATES[0] * (RATES[1] / RATES[0]) ** share).toPrecision(3)), share: (eta) => Math.log(eta / RATES[0]) / Math.log(RATES[1] / RATES[0]) },
      turn: (eta, by, large) => Number((eta * (large ? 1.25 : 1.03) ** by).toPrecision(4)),
      wrong: (eta) => (eta > 0 ? null : "η is a number above 0, such as 0.1."),
    },
    {
      key: "beta", label: "Momentum β", title: "m ← βm + g, w ← w − ηm", words: (beta) => plain(beta),
      scale: { value: (share) => Number((0.99 * share).toFixed(2)), share: (beta) => beta / 0.99 },
      turn: (beta, by, large) => Number(Math.min(0.99, Math.max(0, beta + by * (large ? 0.1 : 0.01))).toFixed(3)),
      wrong: (beta) => (beta >= 0 && beta < 1 ? null : "The momentum β is a number of at least 0 and below 1."),
    },
    { key: "walks", label: "Walks", title: "Each with a seed of its own", ...among(() => WALKS), words: String, wrong: whole(1, () => MOST_WALKS, "The number of walks") },
    { key: "steps", label: "Steps", title: "The length of each walk", ...among(() => LENGTHS), words: String, wrong: whole(1, () => MOST_NOISE_STEPS, "The number of steps") },
    { key: "seed", label: "Seed", title: "Of the first walk; the others have those after it", scale: null, turn: (seed, by) => Math.min(MOST_SEED, Math.max(0, seed + by)), words: String, wrong: whole(0, () => MOST_SEED, "The seed") },
  ];
}

interface Row {
  element: HTMLElement;
  update(view: NoiseView): void;
}

function rowOf(context: Context, actions: NoiseActions, field: Field): Row {
  const { store } = context;
  const { key, scale } = field;
  const id = `noise-${key}`;
  const slider = h("input", { type: "range", min: 0, max: 1, step: "any", id: `${id}-slider`, "aria-label": field.label, title: field.title });
  const typed = h("input", { type: "text", inputmode: "decimal", class: "num", id, autocomplete: "off", "aria-label": `${field.label}, typed` });
  const set = (value: number, gesture: string | null): void => {
    const now = actions.view?.[key];
    if (now === undefined || now === value) return;
    if (key === "steps") actions.setSteps(value, gesture);
    else actions.edit({ [key]: value }, gesture);
  };
  slider.addEventListener("input", () => {
    if (scale !== null) set(scale.value(Number(slider.value)), key);
  });
  slider.addEventListener("change", () => store.endGesture());
  const keys = (event: KeyboardEvent, ways: Record<string, 1 | -1>): void => {
    const by = ways[event.key];
    const now = actions.view?.[key];
    if (by === undefined || now === undefined) return;
    event.preventDefault();
    set(field.turn(now, by, event.shiftKey), key);
  };
  slider.addEventListener("keydown", (event) => keys(event, { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }));
  typed.addEventListener("keydown", (event) => {
    keys(event, { ArrowUp: 1, ArrowDown: -1 });
    if (event.key.startsWith("Arrow") && actions.view !== null) typed.value = field.words(actions.view[key]);
  });
  typed.addEventListener("change", () => {
    const value = typed.value.trim() === "" ? NaN : Number(typed.value.replace("−", "-").replace(",", "."));
    const wrong = Number.isFinite(value) ? field.wrong(value) : (field.wrong(NaN) ?? "A number is expected here.");
    if (wrong === null) set(value, null);
    else store.set({ notice: wrong });
    if (actions.view !== null) typed.value = field.words(actions.view[key]);
  });
  const label = h("label", { for: scale === null ? id : slider.id, title: field.title }, field.label);
  const element = h("div", { class: "field-row" }, label, ...(scale === null ? [] : [slider]), typed);
  return {
    element,
    update(view) {
      const value = view[key];
      if (scale !== null) {
        slider.value = String(Math.min(1, Math.max(0, scale.share(value))));
        put(slider, "aria-valuetext", field.words(value));
      }
      const root = element.getRootNode() as ShadowRoot;
      if (root.activeElement !== typed) typed.value = field.words(value);
      put(typed, "data-value", String(value));
    },
  };
}

export function noiseControls(context: Context, actions: NoiseActions): BoardPart<NoiseDerived> {
  let count = 1;
  const rows = fields(() => count).map((field) => rowOf(context, actions, field));
  const toggle = (words: string, title: string, act: () => void): HTMLButtonElement => h("button", { type: "button", title, "aria-pressed": "false", click: act }, words);
  const again = toggle("With replacement", "Each place of a batch is drawn by itself; otherwise the data is shuffled anew for each epoch, and nothing comes twice in it", () => actions.edit({ replace: actions.view?.replace !== true }));
  const average = toggle("Average", "The mean of the last half of each walk, as a second end", () => actions.edit({ average: actions.view?.average !== true }));
  const fresh = h("button", { type: "button", title: "Seeds that none of these walks has", click: () => actions.newSeeds() }, "New seeds");
  rows.at(-1)!.element.append(fresh);
  const element = h("section", { class: "card noise-controls", "aria-label": "Batches and steps" }, h("div", { class: "cardhead" }, h("h2", {}, "Batches and steps")), ...rows.map((row) => row.element), h("div", { class: "buttons" }, again, average));
  return {
    element,
    update(_state, derived) {
      count = derived.count;
      for (const row of rows) row.update(derived.view);
      press(again, derived.view.replace);
      press(average, derived.view.average);
    },
  };
}
