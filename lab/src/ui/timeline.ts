// The timeline: play, one step on or back, and the step that is shown.
import type { Player } from "../tabs/player.ts";
import type { Context } from "./context.ts";
import { h, put, write } from "./dom.ts";
import type { BoardPart } from "./part.ts";

export function timeline(context: Context, player: Player, prefix = ""): BoardPart<{ last: number }> {
  const { store } = context;
  let last = 1;
  const shown = (): number => player.shown ?? last;
  const button = (words: string, title: string, act: () => void): HTMLButtonElement => h("button", { type: "button", title, "aria-label": title, click: act }, words);
  const play = h("button", { type: "button", class: "primary", id: `${prefix}play`, click: () => player.toggle() }, "Play");
  const back = button("◂", "One step back", () => player.at(shown() - 1));
  const on = button("▸", "One step on", () => player.at(player.shown === null ? last : shown() + 1));
  const slider = h("input", { type: "range", min: 0, step: 1, "aria-label": "Step that is shown", id: `${prefix}timeline` });
  // Square: the first steps, where most happens, have more room.
  const toStep = (value: number): number => Math.round(last * (value / 1000) ** 2);
  slider.max = "1000";
  slider.addEventListener("input", () => {
    player.stop();
    player.at(toStep(Number(slider.value)), "timeline");
  });
  slider.addEventListener("change", () => store.endGesture());
  slider.addEventListener("keydown", (event) => {
    const turn = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (turn === undefined) return;
    event.preventDefault();
    player.at(shown() + turn, "timeline");
  });
  const words = h("output", { class: "num", for: `${prefix}timeline` });
  const undo = button("↶", "Undo (Ctrl Z)", () => store.undo());
  const redo = button("↷", "Redo (Ctrl Shift Z)", () => store.redo());
  const element = h("section", { class: "card timeline", "aria-label": "Timeline" }, h("div", { class: "row" }, back, play, on, slider, words, undo, redo));
  return {
    element,
    update(state, derived) {
      last = derived.last;
      const at = player.shown;
      const k = Math.min(at ?? last, last);
      slider.value = String(1000 * Math.sqrt(k / last));
      put(slider, "aria-valuetext", `step ${k} of ${last}`);
      write(words, `step ${k} of ${last}`);
      write(play, state.running ? "Pause" : at === null ? "Play" : "Go on");
      on.disabled = at === null;
      back.disabled = k === 0;
      undo.disabled = !store.canUndo;
      redo.disabled = !store.canRedo;
    },
  };
}
