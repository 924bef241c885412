// 1 Curve: the ball on the loss curve of one number.
import { answerCard, insightCard, snippetCard, stepTable } from "../ui/panels.ts";
import { h } from "../ui/dom.ts";
import { plotPart } from "../ui/plot.ts";
import { smallPlots } from "../ui/plots.ts";
import { rate, runButtons } from "../ui/rate.ts";
import { readouts } from "../ui/readouts.ts";
import { challengeWords } from "./challenge.ts";
import type { Derived } from "./derived.ts";
import { fixedOf } from "./machines.ts";
import { foresight } from "./scenes.ts";
import type { Shared, Tab, TabKind } from "./tab.ts";
import { told } from "./told.ts";

function make({ context, model, palette, redraw }: Shared): Tab {
  const plot = plotPart(context, model, palette, redraw);
  const small = smallPlots(palette, redraw);
  const run = runButtons(context);
  const left = [plot, small, snippetCard(context)];
  const right = [readouts(), rate(context), run, insightCard(), answerCard(), stepTable(context)];
  const parts = [...left, ...right]; // the pictures first
  const element = h(
    "div",
    { class: "main" },
    h("div", { class: "left" }, ...left.map((part) => part.element)),
    h("div", { class: "right" }, ...right.map((part) => part.element)),
  );
  let derived: Derived | null = null;
  model.proofOf = (f, fixed) => context.actions.prover.known(f, fixed);
  return {
    element,
    picture: {
      get title() {
        return `Loss curve ${context.store.scenario.function.title}`;
      },
      size: () => plot.size(),
      paintOn: (painter, width, height, colours) => plot.paintOn(painter, width, height, colours),
    },
    frame(state, settled, until) {
      derived = told(model.update(state, settled, until), state.scenario);
      for (const part of parts) part.draw?.(state, derived, settled);
      for (const part of parts) part.update(state, derived);
      const { function: f, slice, box } = state.scenario;
      const { curve } = derived;
      if (settled && curve?.exact === true && !model.pending) context.actions.prover.rest({ f, fixed: fixedOf(f, slice), box: [box], value: ([w]) => curve.evaluate(w!).value });
      // Latest wins, so each frame may ask.
      if (derived.curve?.exact === false) void context.actions.consult();
    },
    get begun() {
      return derived !== null;
    },
    get busy() {
      return model.pending || derived?.searching === true;
    },
    get pending() {
      return model.pending;
    },
    work: (until) => model.work(until),
    get derived() {
      return derived;
    },
    words: (state) => (derived === null ? "" : challengeWords(state, derived)),
    spoken: (state) => (foresight(state) ? (derived?.insight.words ?? "") : ""),
    takeNotice: (notice) => run.element.append(notice),
    leave: () => context.actions.close(),
    close() {
      small.close();
      plot.close();
    },
  };
}

export const curveTab: TabKind = { key: "curve", title: "Curve", available: () => true, make };
