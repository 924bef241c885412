// The two small pictures: the loss over the steps, and the sweep over η.
import { drawLoss } from "../draw/lossplot.ts";
import type { Palette } from "../draw/palette.ts";
import { drawSweep } from "../draw/sweepplot.ts";
import { foresight, lossOf, sweepOf } from "../tabs/scenes.ts";
import type { Derived } from "../tabs/derived.ts";
import type { Part } from "./context.ts";
import { h, write } from "./dom.ts";
import { short, stepWords } from "./format.ts";
import { Surface } from "./surface.ts";

/** What the run shows and what η·L″ says, told apart. */
function lossCaption(derived: Derived, open: boolean): [string, string] {
  if (!open) return ["Shown as the run goes on.", ""];
  const { observed, predicted, target } = derived;
  if (derived.searching) return ["", ""];
  if (target === null) return ["No minimum is reached, so there is no rate of convergence.", ""];
  const seen = observed.rate === null ? observed.words : `Observed ×${short(observed.rate)} a step.`;
  return [seen, predicted === null ? "" : `Predicted |1 − ηL″| = ${short(predicted)}.`];
}

function sweepCaption(derived: Derived, eta: number, open: boolean): string {
  if (!open) return "Shown after the run.";
  const { entries } = derived.sweep;
  let best: (typeof entries)[number] | null = null;
  for (const entry of entries) {
    if (entry.outcome === "arrives" && (best?.steps == null || (entry.steps ?? Infinity) < best.steps)) best = entry;
  }
  if (best === null) return entries.length === 0 ? "" : "None of these η reaches this minimum from here.";
  return `Fewest: ${best.steps ?? 0} steps at η ≈ ${short(best.eta, 2)} · now η = ${stepWords(eta)}`;
}

export function smallPlots(palette: () => Palette, redraw: () => void): Part & { close(): void } {
  const lossBox = h("div", { class: "small" });
  const sweepBox = h("div", { class: "small" });
  const loss = new Surface(lossBox, "Loss over the steps, on a log scale", redraw);
  const sweep = new Surface(sweepBox, "Steps needed for each learning rate, on log scales", redraw);
  const [seen, told] = [h("span", { class: "stepsize" }), h("span", { class: "curvature" })];
  const lossWords = h("p", { class: "caption", id: "rate-caption" }, seen, " ", told);
  const sweepWords = h("p", { class: "caption", id: "sweep-caption" });
  const lossTitle = h("h2");
  const element = h(
    "div",
    { class: "pair" },
    h("section", { class: "card", "aria-label": "Loss over steps" }, lossTitle, lossBox, lossWords),
    h("section", { class: "card", "aria-label": "Sweep over η" }, h("h2", {}, "Steps needed against η"), sweepBox, sweepWords),
  );
  return {
    element,
    draw(state, derived) {
      loss.draw((painter, width, height) => drawLoss(painter, width, height, lossOf(state, derived), palette()));
      sweep.draw((painter, width, height) => drawSweep(painter, width, height, sweepOf(state, derived), palette()));
    },
    update(state, derived) {
      const open = foresight(state);
      write(lossTitle, derived.target === null || !open ? "Loss over the steps" : `Loss above the ${derived.target.isGlobal ? "global" : "local"} minimum`);
      const [observed, predicted] = lossCaption(derived, open);
      write(seen, observed);
      write(told, predicted);
      write(sweepWords, sweepCaption(derived, state.scenario.eta, open));
    },
    close() {
      loss.close();
      sweep.close();
    },
  };
}
