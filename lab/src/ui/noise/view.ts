// The mean loss with the start, the gradient cloud and the walks: a map of two parameters, or a curve of one.
import { drawAxes } from "../../draw/axes.ts";
import { drawCurve } from "../../draw/curve.ts";
import { frameOf } from "../../draw/frame.ts";
import { drawCloud } from "../../draw/noise/cloud.ts";
import { drawEnds, drawFan } from "../../draw/noise/fan.ts";
import type { Painter } from "../../draw/painter.ts";
import type { Palette } from "../../draw/palette.ts";
import { drawMapBack } from "../../draw/plane/map.ts";
import { mapFrame, type MapFrame } from "../../draw/plane/mapframe.ts";
import { drawDisc } from "../../draw/plane/start.ts";
import { Sheet } from "../../draw/sheet.ts";
import { shareOfVariance } from "../../math/noise/scale.ts";
import type { NoiseView, Pair } from "../../scenario.ts";
import type { MainPart } from "../../tabs/board.ts";
import { Memo } from "../../tabs/memo.ts";
import type { NoiseActions } from "../../tabs/noise/actions.ts";
import type { NoiseDerived, NoiseModel } from "../../tabs/noise/model.ts";
import { fanOf } from "../../tabs/noise/scene.ts";
import type { Context } from "../context.ts";
import { h, put, write } from "../dom.ts";
import { spoken } from "../format.ts";
import { seat, startHandle, windowButtons, type Handled } from "../handle.ts";
import { holdMap } from "../plane/hold.ts";
import { Surface } from "../surface.ts";

const SETTLING = 40; // ms of the first frame for the map

export function noiseView(context: Context, model: NoiseModel, actions: NoiseActions, palette: () => Palette, redraw: () => void): MainPart<NoiseDerived> {
  const { store, host } = context;
  const box = h("div", { class: "plot map" });
  const surface = new Surface(box, "Mean loss with the gradients of the examples and the walks on minibatches", redraw);
  const frames = new Memo<MapFrame>();
  let drawn: { frame: MapFrame; derived: NoiseDerived } | null = null;
  let home: NoiseView["box"] | null = null;
  let homeOf: unknown = null;
  const grip: Handled = {
    window: () => actions.view?.box ?? null,
    start: () => actions.view?.start ?? [],
    place: (point, gesture) => actions.place(point, gesture),
    zoom: (factor, about, gesture) => actions.zoom(factor, about, gesture),
    fit() {
      if (home !== null) actions.edit({ box: home });
    },
    end: () => store.endGesture(),
    player: actions.player,
  };
  const handle = startHandle("noise-start", "Start of all walks", grip);
  box.append(handle);
  const name = h("span");
  const caption = h("p", { class: "caption quiet", id: "noise-caption" });
  const bar = h("div", { class: "plotbar" }, h("h2", {}, name), ...windowButtons(grip));
  const element = h("section", { class: "card plotcard", "aria-label": "Walks on minibatches" }, bar, box, caption);

  function frameFor({ view: { box: window } }: NoiseDerived, width: number, height: number): MapFrame {
    const [across, up] = window as [Pair, Pair | undefined];
    if (up !== undefined) return frames.get([width, height, window], () => mapFrame(width, height, [across, up]));
    const range = model.sampled(Math.round(width))?.range ?? [-1, 1];
    return frames.get([width, height, window, ...range], () => {
      const frame = frameOf(width, height, across, [range[0], range[1]]);
      return { ...frame, box: [across, range], equal: false };
    });
  }

  const placeIn = (frame: MapFrame) => (point: readonly number[]): [number, number] => [frame.x(point[0]!), frame.y(point[1] ?? model.height(point))];

  function back(painter: Painter, frame: MapFrame, { names, f }: NoiseDerived, colours: Palette, until: number): void {
    if (names.length === 2) {
      drawMapBack(painter, frame, model.field(frame.box, until), null, [names[0]!, names[1]!], colours);
      return;
    }
    const sheet = new Sheet(painter, colours);
    drawAxes(sheet, frame, names[0]!, f.title);
    painter.clip(frame.plot, () => drawCurve(sheet, frame, { curve: model.sampled(Math.round(frame.width)) }));
  }

  function front(painter: Painter, frame: MapFrame, derived: NoiseDerived, colours: Palette): void {
    const { cloud, view, count } = derived;
    const sheet = new Sheet(painter, colours);
    const place = placeIn(frame);
    const [x, y] = place(view.start);
    const fan = fanOf(derived);
    if (derived.names.length === 2) drawFan(sheet, frame, fan);
    drawCloud(sheet, frame, { cloud, x, y, share: shareOfVariance(count, view.size, view.replace), size: view.size });
    drawEnds(sheet, frame, fan, place);
    drawDisc(sheet, frame, x, y);
    sheet.letter(frame.plot);
  }

  holdMap(box, {
    frame: () => drawn?.frame ?? null,
    start: () => (drawn === null ? null : placeIn(drawn.frame)(drawn.derived.view.start)),
    place(x, y, gesture) {
      actions.place([x, y].slice(0, grip.start().length), gesture);
      if (gesture === null) handle.focus({ preventScroll: true });
    },
    click: () => false,
    pan: (dx, dy) => actions.pan([dx, dy]),
    zoom: (factor, about) => actions.zoom(factor, about),
    end: () => store.endGesture(),
    wheel: (event) => host.kind !== "widget" || event.ctrlKey || event.metaKey,
  });

  function placeHandle(frame: MapFrame, { view, names, cloud, ends }: NoiseDerived): void {
    seat(handle, frame, ...placeIn(frame)(view.start));
    put(handle, "data-start", JSON.stringify(view.start));
    // Where the first walk stands, to the last digit.
    put(handle, "data-first", JSON.stringify(ends[0] ?? null));
    put(handle, "aria-valuemin", String(view.box[0]![0]));
    put(handle, "aria-valuemax", String(view.box[0]![1]));
    put(handle, "aria-valuenow", String(view.start[0]));
    const where = names.map((each, i) => `${each} ${spoken(view.start[i]!)}`).join(", ");
    put(handle, "aria-valuetext", `${where}, mean loss ${spoken(cloud.value)}, mean gradient ${cloud.mean.map(spoken).join(" and ")}`);
  }

  function captionWords({ count, of, fan, view, names, f }: NoiseDerived): string {
    const sample = of > count ? `${count} of ${of} examples, drawn once` : `${count} examples`;
    const shown = fan.walks.length < view.walks ? `${fan.walks.length} of ${view.walks} walks while you move` : `${view.walks} walks`;
    const heap = names.length === 1 ? " Ends in one place are heaped up." : "";
    return `${f.title}: mean over ${sample}. ${shown}${names.length === 1 ? "" : "; thick: without noise"}. Dots at the start: −∇ of each example, all on one scale of their own; around the mean one standard deviation of a batch.${heap}`;
  }

  return {
    element,
    size: () => [surface.width, surface.height],
    paintOn(painter, width, height, colours) {
      const { derived } = model;
      if (derived === null) return;
      const frame = frameFor(derived, width, height);
      back(painter, frame, derived, colours, Infinity);
      front(painter, frame, derived, colours);
    },
    draw(_state, derived) {
      if (surface.width === 0) return;
      const until = performance.now() + (drawn === null ? SETTLING : 4);
      const frame = frameFor(derived, surface.width, surface.height);
      drawn = { frame, derived };
      const colours = palette();
      const under = derived.names.length === 2 ? model.field(frame.box, until) : model.sampled(Math.round(frame.width));
      surface.drawBehind([frame, under, colours, derived.f], (painter) => back(painter, frame, derived, colours, until));
      surface.draw((painter) => front(painter, frame, derived, colours));
    },
    update(_state, derived) {
      if (homeOf !== derived.f) {
        homeOf = derived.f;
        home = derived.view.box;
      }
      write(name, `Walks on minibatches of ${derived.f.title}`);
      if (drawn !== null) placeHandle(drawn.frame, derived);
      write(caption, captionWords(derived));
    },
    close: () => surface.close(),
  };
}
