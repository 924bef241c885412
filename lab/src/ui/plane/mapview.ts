// The contour map with the start, the trails and the stationary points: the picture, the hands and the keys.
import { drawBoxes } from "../../draw/boxes.ts";
import { drawMapBack } from "../../draw/plane/map.ts";
import { mapFrame, type MapFrame } from "../../draw/plane/mapframe.ts";
import { drawPlaces } from "../../draw/plane/places.ts";
import { drawLevel, drawStart } from "../../draw/plane/start.ts";
import { drawTrails } from "../../draw/plane/trails.ts";
import type { Palette } from "../../draw/palette.ts";
import type { Painter } from "../../draw/painter.ts";
import { Sheet } from "../../draw/sheet.ts";
import type { State } from "../../store.ts";
import { Memo } from "../../tabs/memo.ts";
import type { PlaneActions } from "../../tabs/plane/actions.ts";
import type { PlaneDerived, PlaneModel } from "../../tabs/plane/model.ts";
import { recordedWords } from "../../tabs/plane/insight.ts";
import { boxesOf } from "../../tabs/scenes.ts";
import { startOf, trailsOf } from "../../tabs/plane/scene.ts";
import type { Context } from "../context.ts";
import { h, mathml, press, put, show, write } from "../dom.ts";
import { short, spoken } from "../format.ts";
import { proveButton } from "../prove.ts";
import { seat, startHandle, windowButtons, type Handled } from "../handle.ts";
import { Surface } from "../surface.ts";
import { holdMap } from "./hold.ts";
import type { PlanePart } from "./part.ts";

export interface MapView extends PlanePart {
  paintOn(painter: Painter, width: number, height: number, palette: Palette): void;
  size(): [number, number];
  close(): void;
}

const NEAR = 12; // px to a stationary point

export function mapView(context: Context, model: PlaneModel, actions: PlaneActions, palette: () => Palette, redraw: () => void): MapView {
  const { store, host } = context;
  const box = h("div", { class: "plot map" });
  const surface = new Surface(box, "Contour map with the paths of the rules", redraw);
  const frames = new Memo<MapFrame>();
  let home = actions.landscape?.box ?? null;
  let homeOf: unknown = null;
  let drawn: { frame: MapFrame; derived: PlaneDerived } | null = null;
  const written = h("span", { class: "written" });
  const recorded = h("span", { class: "tag", id: "recorded" });
  const name = h("span");
  const caption = h("p", { class: "caption quiet", id: "map-caption" });
  const basins = h("button", { type: "button", "aria-pressed": "false", title: "Colour each place by the minimum that the chosen rule comes to from there", click: () => actions.edit({ basins: actions.landscape?.basins !== true }) }, "Basins");
  const cuts = h("select", { "aria-label": "Plane", change: () => actions.cut(Number(cuts.value)) });
  const grip: Handled = {
    window: () => actions.landscape?.box ?? null,
    start: () => actions.landscape?.start ?? [],
    place: ([x, y], gesture) => actions.place(x!, y!, gesture),
    zoom: (factor, [x, y], gesture) => actions.zoom(factor, [x!, y!], gesture),
    fit() {
      if (home !== null) actions.edit({ box: home });
    },
    end: () => store.endGesture(),
    player: actions.player,
  };
  const handle = startHandle("start", "Start of the paths", grip);
  box.append(handle);
  const prove = proveButton(context);
  const bar = h(
    "div",
    { class: "plotbar" },
    h("h2", {}, name, written, recorded),
    cuts,
    prove.element,
    basins,
    ...windowButtons(grip),
  );
  const element = h("section", { class: "card plotcard", "aria-label": "Contour map" }, bar, box, caption);

  function frameFor(derived: PlaneDerived, width: number, height: number): MapFrame {
    const { box: window } = derived.landscape;
    return frames.get([width, height, window], () => mapFrame(width, height, window));
  }

  function front(painter: Painter, frame: MapFrame, derived: PlaneDerived, marked: number | null, colours: Palette, until: number): void {
    const sheet = new Sheet(painter, colours);
    const field = model.field(frame.box, until);
    if (field !== null) drawLevel(sheet, frame, model.level(field, derived.here.value));
    const boxes = boxesOf(store.state, derived.cut.fixed);
    if (boxes !== null) drawBoxes(painter, frame.plot, [frame.x, frame.y], boxes, colours);
    drawPlaces(sheet, frame, derived.points?.points ?? [], marked);
    drawTrails(sheet, frame, trailsOf(derived));
    drawStart(sheet, frame, startOf(derived, []));
    sheet.letter(frame.plot);
  }

  function paintOn(painter: Painter, width: number, height: number, colours: Palette): void {
    const { derived } = model;
    if (derived === null) return;
    const frame = mapFrame(width, height, derived.landscape.box);
    drawMapBack(painter, frame, model.field(frame.box, Infinity), derived.basins, derived.cut.names, colours);
    front(painter, frame, derived, store.state.marked, colours, Infinity);
  }

  holdMap(box, {
    frame: () => drawn?.frame ?? null,
    start: () => (drawn === null ? null : [drawn.frame.x(drawn.derived.here.x), drawn.frame.y(drawn.derived.here.y)]),
    place(x, y, gesture) {
      actions.place(x, y, gesture);
      if (gesture === null) handle.focus({ preventScroll: true });
    },
    click(px, py) {
      const points = drawn?.derived.points?.points ?? [];
      const index = points.findIndex((point) => Math.hypot(drawn!.frame.x(point.x) - px, drawn!.frame.y(point.y) - py) <= NEAR);
      if (index < 0) return false;
      store.set({ marked: store.state.marked === index ? null : index });
      return true;
    },
    pan: (dx, dy) => actions.pan(dx, dy),
    zoom: (factor, about) => actions.zoom(factor, about),
    end: () => store.endGesture(),
    wheel: (event) => host.kind !== "widget" || event.ctrlKey || event.metaKey,
  });

  function nameMap({ scenario }: State, { cut }: PlaneDerived): void {
    const { function: f } = scenario;
    if (homeOf === cut) return;
    homeOf = cut;
    home = scenario.plane?.box ?? cut.box;
    const tree = f.mathml === null ? null : mathml(f.mathml);
    if (tree !== null && f.spoken !== null) tree.setAttribute("aria-label", f.spoken);
    written.replaceChildren(...(tree === null ? [] : [tree]));
    write(name, `${f.title}${tree === null ? "" : " = "}`);
    const all = f.plane?.cuts ?? [];
    cuts.replaceChildren(...all.map((each, i) => h("option", { value: i }, each.label)));
    cuts.hidden = all.length < 2;
    show(recorded, cut.recorded !== null);
    write(recorded, `recorded: ${cut.recorded?.label ?? ""}`);
  }

  function placeHandle({ frame, derived }: { frame: MapFrame; derived: PlaneDerived }): void {
    const { here, cut, landscape } = derived;
    seat(handle, frame, frame.x(here.x), frame.y(here.y));
    put(handle, "data-x", String(here.x));
    put(handle, "data-y", String(here.y));
    put(handle, "aria-valuemin", String(landscape.box[0][0]));
    put(handle, "aria-valuemax", String(landscape.box[0][1]));
    put(handle, "aria-valuenow", String(here.x));
    const [gx, gy] = here.gradient;
    put(handle, "aria-valuetext", `${cut.names[0]} ${spoken(here.x)}, ${cut.names[1]} ${spoken(here.y)}, loss ${spoken(here.value)}, gradient ${spoken(gx)} and ${spoken(gy)}`);
  }

  return {
    element,
    paintOn,
    size: () => [surface.width, surface.height],
    draw(state, derived) {
      if (surface.width === 0) return;
      const until = performance.now() + (drawn === null ? 40 : 4);
      const frame = frameFor(derived, surface.width, surface.height);
      drawn = { frame, derived };
      const colours = palette();
      const field = model.field(frame.box, until);
      surface.drawBehind([frame, field, derived.basins, colours, derived.cut], (painter) => drawMapBack(painter, frame, field, derived.basins, derived.cut.names, colours));
      surface.draw((painter) => front(painter, frame, derived, state.marked, colours, until));
    },
    update(state, derived) {
      nameMap(state, derived);
      cuts.value = String(derived.landscape.cut);
      press(basins, derived.landscape.basins);
      prove.update(state);
      if (drawn === null) return;
      placeHandle(drawn);
      const field = model.field(drawn.frame.box, 0);
      const { levels } = field ?? { levels: [] };
      const lines = levels.length === 0 ? "" : `Level lines from ${short(levels[0]!.value)} to ${short(levels.at(-1)!.value)}, ${field!.logarithmic ? "closer in value where it is low" : "evenly in value"}. `;
      write(caption, `${lines}${drawn.frame.equal ? "∇f stands at right angles to the level line." : "The axes differ in scale, so right angles do not look like ones."}${derived.points?.points.some((point) => point.proved) === true ? " Ringed: proved." : ""}${derived.cut.recorded === null ? "" : ` ${recordedWords(derived.cut.recorded)}`}`);
    },
    close: () => surface.close(),
  };
}
