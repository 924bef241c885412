// The loss curve with the ball: the picture, the hands on it and the keys.
import { clampedY, frameOf, type Frame } from "../draw/frame.ts";
import type { Palette } from "../draw/palette.ts";
import type { Painter, Rect } from "../draw/painter.ts";
import { drawBack, drawFront, drawScene } from "../draw/scene.ts";
import type { Derived } from "../tabs/derived.ts";
import type { Model } from "../tabs/model.ts";
import { Memo } from "../tabs/memo.ts";
import { sceneOf } from "../tabs/scenes.ts";
import { told } from "../tabs/told.ts";
import type { State } from "../store.ts";
import { curveVisible, mode } from "../store.ts";
import type { Context, Part } from "./context.ts";
import { h, mathml, put, show, write } from "./dom.ts";
import type { LabFunction, Scenario } from "../scenario.ts";
import { spoken } from "./format.ts";
import { round } from "../math/words.ts";
import { proveButton } from "./prove.ts";
import { takeHold } from "./pointer.ts";
import { Surface } from "./surface.ts";
import { tools } from "./tools.ts";

export interface PlotPart extends Part {
  /** The same picture through another painter. */
  paintOn(painter: Painter, width: number, height: number, palette: Palette): void;
  size(): [number, number];
  close(): void;
}

interface Drawn {
  state: State;
  derived: Derived;
  frame: Frame;
}

function ballWords(state: State, derived: Derived): string {
  const { here, names } = derived;
  const base = `${names.variable} ${spoken(here.w)}, loss ${spoken(here.value)}, slope ${spoken(here.slope)}`;
  return derived.finished && derived.path.ended !== null ? `${base}. ${derived.path.ended.words}` : `${base}, step ${derived.k}${curveVisible(state) ? "" : ", blindfold"}`;
}

const MOST_HELD = 3;

/** What the coordinates that do not move on a cut are held at: "y = 0.5". */
export function heldOf({ function: f, slice }: Pick<Scenario, "function" | "slice">): string[] {
  const fixed = f.slices[slice]?.fixed ?? [];
  const n = (fixed.length - 1) / 2;
  const [point, direction] = [fixed.slice(1, 1 + n), fixed.slice(1 + n)];
  return point.flatMap((x, i) => (direction[i] === 0 ? [`${f.slices[i]?.variable ?? `coordinate ${i + 1}`} = ${round(x, 4)}`] : []));
}

export function plotPart(context: Context, model: Model, palette: () => Palette, redraw: () => void): PlotPart {
  const { actions, store, host } = context;
  const box = h("div", { class: "plot" });
  const surface = new Surface(box, "Loss curve with the ball", redraw);
  const ball = h("div", { class: "ball", role: "slider", tabindex: 0, "aria-label": "Ball on the loss curve", id: "ball" });
  box.append(ball);
  let home: [number, number] = store.scenario.box;
  let homeOf: unknown = null;
  const name = h("span");
  const written = h("span", { class: "written" });
  const held = h("span", { class: "held", id: "held" });
  const recorded = h("span", { class: "tag", id: "recorded" });
  const title = h("h2", {}, name, written, held, recorded);
  const zoomAt = (): number => model.derived?.here.w ?? 0;
  const button = (words: string, name: string, act: () => void): HTMLButtonElement => h("button", { type: "button", "aria-label": name, title: name, click: act }, words);
  const prove = proveButton(context);
  const bar = h(
    "div",
    { class: "plotbar" },
    title,
    prove.element,
    button("−", "Zoom out", () => actions.zoom(1.5, middle(), null)),
    button("+", "Zoom in", () => actions.zoom(1 / 1.5, middle(), null)),
    button("Fit", "Fit the window to the ball and the first view", () => actions.fit(home)),
  );
  const limit = tools(context);
  const element = h("section", { class: "card plotcard", "aria-label": "Loss curve" }, bar, box, limit.element);
  let drawn: Drawn | null = null;
  let keepOff: readonly Rect[] = [];

  const frames = new Memo<Frame>(); // of the same ingredients the same one: what lies behind stays

  function middle(): number {
    const [lo, hi] = store.scenario.box;
    const w = zoomAt();
    return w >= lo && w <= hi ? w : (lo + hi) / 2;
  }

  function frameFor(state: State, width: number, height: number, until?: number): { frame: Frame; sampled: ReturnType<Model["sampled"]> } {
    const sampled = model.sampled(state, Math.round(width), until);
    const [lo, hi] = sampled === null ? [-1, 1] : sampled.range;
    const { box } = state.scenario;
    const frame = frames.get([width, height, box, lo, hi], () => frameOf(width, height, box, [lo, hi]));
    return { sampled, frame };
  }

  function nameCurve(f: LabFunction): void {
    const tree = f.mathml === null ? null : mathml(f.mathml);
    if (tree !== null && f.spoken !== null) tree.setAttribute("aria-label", f.spoken);
    written.replaceChildren(...(tree === null ? [] : [tree]));
  }

  function nameCut(scenario: Scenario): void {
    const { function: f, slice } = scenario;
    const others = heldOf(scenario);
    write(held, others.length === 0 ? "" : `at ${others.slice(0, MOST_HELD).join(", ")}${others.length > MOST_HELD ? ` and ${others.length - MOST_HELD} more` : ""}`);
    const all = others.length > MOST_HELD ? others.join(", ") : "";
    if (held.title !== all) held.title = all;
    const along = f.slices.length > 1 ? ` ${f.slices[slice]?.label ?? ""}` : "";
    write(name, `Loss curve ${f.title}${along}${written.firstChild === null ? "" : " = "}`);
  }

  function paintOn(painter: Painter, width: number, height: number, colours: Palette): void {
    if (model.derived === null) return;
    const derived = told(model.derived, store.scenario);
    const { frame, sampled } = frameFor(store.state, width, height);
    drawScene(painter, frame, sceneOf(store.state, derived, sampled), colours);
  }

  const target = (): "ball" | "flag" => (mode(store.state) === "challenge" && !store.state.revealed ? "flag" : "ball");
  takeHold(box, {
    frame: () => drawn?.frame ?? null,
    ball: () => {
      if (drawn === null || target() === "flag") return null;
      const y = clampedY(drawn.frame, drawn.derived.here.value);
      return y === null ? null : [drawn.frame.x(drawn.derived.here.w), y];
    },
    place(w, gesture) {
      if (target() === "flag") actions.placeFlag(w);
      else actions.place(w, gesture);
      if (gesture === null) ball.focus({ preventScroll: true });
    },
    pan: (dw) => actions.pan(dw),
    zoom: (factor, about) => actions.zoom(factor, about),
    end: () => store.endGesture(),
    wheel: (event) => host.kind !== "widget" || event.ctrlKey || event.metaKey,
  });

  ball.addEventListener("keydown", (event) => {
    const [lo, hi] = store.scenario.box;
    const size = event.shiftKey ? 0.1 : event.ctrlKey || event.altKey ? 0.001 : 0.01;
    const sign = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (sign !== undefined) {
      const from = target() === "flag" ? (store.state.flag ?? zoomAt()) : zoomAt();
      const w = Math.min(hi, Math.max(lo, from + sign * size * (hi - lo)));
      if (target() === "flag") actions.placeFlag(w);
      else actions.place(w, "keys");
    } else if (event.key === " ") actions.step();
    else if (event.key === "Enter") actions.toggleRun();
    else if (event.key === "Home") actions.reset();
    else if (event.key === "+" || event.key === "=") actions.zoom(1 / 1.25, middle());
    else if (event.key === "-") actions.zoom(1.25, middle());
    else if (event.key === "0") actions.fit(home);
    else return;
    event.preventDefault();
  });
  ball.addEventListener("blur", () => store.endGesture());

  function placeHandle(state: State, derived: Derived, frame: Frame): void {
    const { plot } = frame;
    const flag = target() === "flag" ? state.flag : null;
    const w = flag ?? derived.here.w;
    const x = Math.min(plot.x + plot.width, Math.max(plot.x, frame.x(w)));
    const y = flag === null ? (clampedY(frame, derived.here.value) ?? plot.y) : plot.y + plot.height * 0.66;
    ball.style.transform = `translate(${x}px, ${y}px)`;
    put(ball, "aria-label", target() === "flag" ? "Flag: where will the ball end?" : "Ball on the loss curve");
    put(ball, "aria-valuemin", String(state.scenario.box[0]));
    put(ball, "aria-valuemax", String(state.scenario.box[1]));
    put(ball, "aria-valuenow", Number.isFinite(w) ? String(w) : "0");
    put(ball, "aria-valuetext", flag === null ? ballWords(state, derived) : `flag at ${spoken(flag)}`);
  }

  return {
    element,
    paintOn,
    size: () => [surface.width, surface.height],
    draw(state, derived) {
      const { frame, sampled } = frameFor(state, surface.width, surface.height, model.deadline);
      drawn = { state, derived, frame };
      const scene = sceneOf(state, derived, sampled);
      const colours = palette();
      const still = [frame, scene.curve === null ? null : sampled, scene.variable, scene.loss, colours];
      surface.drawBehind(still, (painter) => (keepOff = drawBack(painter, frame, scene, colours)));
      surface.draw((painter) => drawFront(painter, frame, scene, colours, keepOff));
    },
    update(state, derived) {
      if (homeOf !== state.scenario.function) {
        homeOf = state.scenario.function;
        nameCurve(state.scenario.function);
        home = state.scenario.box;
      }
      if (drawn !== null) placeHandle(state, derived, drawn.frame);
      nameCut(state.scenario);
      written.classList.toggle("veiled", !curveVisible(state));
      const shown = curveVisible(state) ? state.scenario.recorded : null;
      show(recorded, shown !== null);
      write(recorded, shown === null ? "" : `recorded: ${shown.label}`);
      prove.update(state);
      limit.update(state, derived);
    },
    close: () => surface.close(),
  };
}
