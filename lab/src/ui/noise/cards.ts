// The numbers of the noise, the small pictures, and Python.
import { drawOverSteps } from "../../draw/noise/fan.ts";
import { drawFanLoss, drawSpreads } from "../../draw/noise/plots.ts";
import type { Palette } from "../../draw/palette.ts";
import type { Scenario } from "../../scenario.ts";
import type { NoiseDerived } from "../../tabs/noise/model.ts";
import { fanOf, lossPicture, spreadPicture } from "../../tabs/noise/scene.ts";
import { h, put, show, write } from "../dom.ts";
import { plain, short } from "../format.ts";
import type { BoardPart } from "../part.ts";
import { Surface } from "../surface.ts";

interface Read {
  id: string;
  name: (derived: NoiseDerived) => string;
  title: string;
  kind?: string;
  value: (derived: NoiseDerived) => number | null;
}

const READS: readonly Read[] = [
  { id: "noise-mean", name: () => "‖∇L‖", title: "Length of the mean gradient at the start", kind: "slope", value: ({ cloud }) => cloud.length },
  { id: "noise-spread", name: ({ view }) => `off by, b = ${view.size}`, title: "√E‖g_b − ∇L‖²: how far the gradient of a batch lies from the mean gradient, root mean square", kind: "slope", value: ({ spread }) => spread },
  { id: "noise-trace", name: () => "tr Σ", title: "Variance of an example’s gradient over all coordinates, at the start", value: ({ cloud }) => cloud.trace },
  { id: "noise-scale", name: () => "scale B", title: "tr Σ/‖g‖², in examples: at b = B a step makes half of the progress, if the curvature is alike in all directions; ∞ where the noise hides the gradient", value: ({ cloud }) => cloud.scale },
  { id: "noise-width", name: () => "fan width", title: "Root mean square distance of the walks from their mean, at the step that is shown", value: ({ width }) => width },
  { id: "noise-excess", name: () => "mean loss", title: "Of the walks at the step that is shown, above the minimum of the start’s valley", value: ({ excess }) => excess },
  { id: "noise-floor", name: () => "theory", title: "How far above the minimum the mean loss settles, near the minimum, for batches drawn apart", kind: "curvature", value: ({ floor }) => floor },
  { id: "noise-averaged", name: () => "averaged", title: "Mean loss of the averages of the last halves, above the same minimum", kind: "secant", value: ({ averagedExcess }) => averagedExcess },
];

export function noiseNumbers(): BoardPart<NoiseDerived> {
  const cells = READS.map((read) => {
    const [term, value] = [h("dt", { title: read.title }), h("dd", { class: `num ${read.kind ?? ""}`, id: read.id, title: read.title })];
    return { read, term, value, element: h("div", {}, term, value) };
  });
  const element = h("section", { class: "card current", "aria-label": "Numbers of the noise" }, h("div", { class: "cardhead" }, h("h2", {}, "Noise at the start, and walks at the step shown")), h("dl", { class: "reads" }, ...cells.map((cell) => cell.element)));
  return {
    element,
    update(_state, derived) {
      for (const { read, term, value } of cells) {
        write(term, read.name(derived));
        const found = read.value(derived);
        const words = found === null ? "not known" : Number.isNaN(found) ? "–" : short(found);
        write(value, words);
        value.classList.toggle("long", words.length > 9);
        put(value, "data-value", found === null ? "" : String(found));
      }
      show(cells.at(-1)!.element, derived.view.average);
    },
  };
}

function spreadCaption({ view, count }: NoiseDerived): string {
  const drawn = view.replace ? "" : " Drawn without replacement, a large batch strays less: nothing is left at all examples.";
  return `Line: root mean square of g_b − ∇L, from the ${count} examples; dashed: √(tr Σ/b). Rings: 200 batches of each size, drawn.${drawn}`;
}

function lossCaption({ fan, view, home, floor }: NoiseDerived): string {
  const every = fan.stations.length <= view.steps ? `, at ${fan.stations.length} of the steps` : "";
  const theory = floor !== null && floor > 0 && Number.isFinite(floor) ? " Dashed: where theory says that it settles." : "";
  return `On all examples${every}. Thick: mean of the walks; dotted: without noise.${theory}${home === null ? " No minimum was found downhill from the start, so what theory says of one is not told." : home.sharp === true ? " At the minimum of the start’s valley the loss has a corner, or is level; theory here is of minima that curve, so it says nothing." : ""}`;
}

export function noisePlots(palette: () => Palette, redraw: () => void): BoardPart<NoiseDerived> {
  const boxes = ["", "", ""].map(() => h("div", { class: "small" }));
  const spread = new Surface(boxes[0]!, "Spread of a batch’s gradient against the batch size, on log scales", redraw);
  const loss = new Surface(boxes[1]!, "Loss of the walks over the steps, on a log scale", redraw);
  const steps = new Surface(boxes[2]!, "The parameter of each walk over the steps", redraw);
  const [spreadWords, lossWords] = [h("p", { class: "caption", id: "spread-caption" }), h("p", { class: "caption", id: "noise-loss-caption" })];
  const over = h("section", { class: "card fan", "aria-label": "Walks over steps" }, h("h2", {}, "The fan: each walk over the steps"), boxes[2]!);
  const pair = h(
    "div",
    { class: "pair" },
    h("section", { class: "card", "aria-label": "Spread against batch size" }, h("h2", {}, "Spread of a batch’s gradient"), boxes[0]!, spreadWords),
    h("section", { class: "card", "aria-label": "Loss along the fan" }, h("h2", {}, "Loss above the lowest known"), boxes[1]!, lossWords),
  );
  return {
    element: h("div", { class: "plots" }, over, pair),
    patient: true,
    draw(_state, derived) {
      const single = derived.names.length === 1;
      show(over, single);
      const colours = palette();
      if (single) steps.draw((painter, width, height) => drawOverSteps(painter, width, height, fanOf(derived), derived.view.box[0]!, derived.names[0]!, colours));
      spread.draw((painter, width, height) => drawSpreads(painter, width, height, spreadPicture(derived), colours));
      loss.draw((painter, width, height) => drawFanLoss(painter, width, height, lossPicture(derived), colours));
    },
    update(_state, derived) {
      write(spreadWords, spreadCaption(derived));
      write(lossWords, lossCaption(derived));
    },
    close() {
      for (const each of [spread, loss, steps]) each.close();
    },
  };
}

/** Python that takes the same walks and tells the same numbers. */
export function noiseSnippet({ function: f }: Scenario, { view, names, count, of }: NoiseDerived): string {
  const { start, size, replace, seed, walks, steps, eta, beta } = view;
  const keyed = names.every((each) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(each));
  const numbers = start.map((each) => plain(each, 12));
  const point = names.length === 1 ? numbers[0]! : keyed ? `{${names.map((each, i) => `"${each}": ${numbers[i]!}`).join(", ")}}` : `np.array([${numbers.join(", ")}])`;
  const rule = beta > 0 ? `"momentum", ${steps}, lr=${plain(eta, 12)}, options={"beta": ${plain(beta, 12)}}` : `"gd", ${steps}, lr=${plain(eta, 12)}`;
  const again = replace ? "True" : "False";
  return [
    f.snippet.trimEnd(),
    "",
    ...(of > count ? [`# shown here: a sample of ${count} of these ${of} examples`] : []),
    `start = ${point}`,
    `print(sf.noise(loss, start, data, replace=${again}))`,
    `for seed in range(${seed}, ${seed + walks}):`,
    `    batches = sf.Batches(data, ${size}, replace=${again}, seed=seed)`,
    `    print(sf.descend(loss, start, ${rule}, batches=batches, record="last").x)`,
  ].join("\n");
}
