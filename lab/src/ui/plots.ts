// The two small pictures: the loss over the steps, and the sweep over η.
import { drawLoss } from "../draw/lossplot.ts";
import type { Palette } from "../draw/palette.ts";
import { drawSweep } from "../draw/sweepplot.ts";
import type { SweepEntry } from "../math/sweep.ts";
import { counted } from "../math/words.ts";
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
  if (target === null) return ["The run comes to no minimum of slope 0, so there is no rate.", ""];
  const seen = observed.rate === null || observed.rate === 0 ? observed.words : `Observed ×${short(observed.rate)} a step.`;
  return [seen, predicted === null ? "" : `Predicted |1 − ηL″| = ${short(predicted)}.`];
}

export function sweepCaption({ sweep: { entries }, unswept }: Pick<Derived, "sweep" | "unswept">, eta: number, open: boolean): string {
  if (!open) return "Shown after the run.";
  const now = entries.find((entry) => entry.eta === eta);
  let best: SweepEntry | null = null;
  for (const entry of entries) {
    // Of two that need as many steps the present one is named.
    if (entry.outcome !== "arrives" || entry.steps === null) continue;
    if (best?.steps == null || entry.steps < best.steps || (entry.steps === best.steps && entry === now)) best = entry;
  }
  if (best?.steps == null) return entries.length === 0 ? unswept : "None of the η that were tried reaches this minimum from the start.";
  const fewest = `Fewest of those tried: ${counted(best.steps, "step")}`;
  if (best === now) return `${fewest}, at the present η = ${stepWords(eta)}.`;
  const present = now === undefined ? `now η = ${stepWords(eta)}` : `now η = ${stepWords(eta)}: ${outcomeWords(now)}`;
  // As many digits as tell it from the present one.
  const digits = [2, 3, 4, 5, 6].find((n) => short(best.eta, n) !== short(eta, n)) ?? 7;
  return `${fewest} at η ≈ ${short(best.eta, digits)} · ${present}`;
}

function outcomeWords(entry: SweepEntry): string {
  if (entry.outcome === "arrives") return counted(entry.steps ?? 0, "step");
  return { elsewhere: "ends elsewhere", diverges: "diverges", leaves: "leaves the domain", "not within limit": "not within the limit" }[entry.outcome];
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
  let turn = false;
  return {
    element,
    /** While the hand moves the two take turns. */
    draw(state, derived, settled) {
      turn = !turn;
      if (settled || turn) loss.draw((painter, width, height) => drawLoss(painter, width, height, lossOf(state, derived), palette()));
      if (settled || !turn) sweep.draw((painter, width, height) => drawSweep(painter, width, height, sweepOf(state, derived), palette()));
    },
    update(state, derived) {
      const open = foresight(state);
      write(lossTitle, derived.target === null || !open ? "Loss over the steps" : `Loss above the ${derived.target.standing === "global" ? "global" : derived.target.standing === "local" ? "local" : "lowest"} minimum`);
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
