// 3 Noise: walks on minibatches, the cloud of gradients that they draw from, and where they settle.
import { codeCard } from "../ui/code.ts";
import { insightCard } from "../ui/insight.ts";
import { noiseNumbers, noisePlots, noiseSnippet } from "../ui/noise/cards.ts";
import { noiseControls } from "../ui/noise/controls.ts";
import { noiseView } from "../ui/noise/view.ts";
import { timeline } from "../ui/timeline.ts";
import { boardTab } from "./board.ts";
import { NoiseActions } from "./noise/actions.ts";
import { NoiseModel, type NoiseDerived } from "./noise/model.ts";
import type { Shared, Tab, TabKind } from "./tab.ts";

function make({ context, palette, redraw }: Shared): Tab {
  const model = new NoiseModel();
  const actions = new NoiseActions(context.store);
  const view = noiseView(context, model, actions, palette, redraw);
  const time = timeline(context, actions.player, "noise-");
  return boardTab<NoiseDerived>({
    kind: "plane noise",
    title: () => `Noise ${context.store.scenario.function.title}`,
    none: "This function has no examples to draw batches from.",
    model,
    main: view,
    left: [view, time, noisePlots(palette, redraw)],
    right: [noiseControls(context, actions), insightCard("noise-insight"), noiseNumbers(), codeCard(context, (state, derived) => noiseSnippet(state.scenario, derived))],
    foot: time,
    busy: () => false,
    spoken: (derived) => derived.insight.words,
    leave: () => actions.player.stop(),
  });
}

/** Always there: a function without examples is exchanged for a preset that has some. */
export const noiseTab: TabKind = { key: "noise", title: "Noise", available: () => true, make };
