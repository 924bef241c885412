// 2 Landscape: seven rules on the contour map and the surface of a function of two numbers.
import { h, show, write } from "../ui/dom.ts";
import { anatomyCard, placeList, planeCode, planeInsight, startCard } from "../ui/plane/cards.ts";
import { leaderboard } from "../ui/plane/leaderboard.ts";
import { mapView } from "../ui/plane/mapview.ts";
import type { PlanePart } from "../ui/plane/part.ts";
import { racePlots } from "../ui/plane/raceplots.ts";
import { reliefView } from "../ui/plane/relief.ts";
import { timeline } from "../ui/plane/timeline.ts";
import { PlaneActions } from "./plane/actions.ts";
import { PlaneModel, type PlaneDerived } from "./plane/model.ts";
import type { State } from "../store.ts";
import type { Shared, Tab, TabKind } from "./tab.ts";

const FULL = 4; // ms of a frame after which the patient pictures wait for the next
const LONGEST = 3; // frames that they wait at most

function make({ context, palette, redraw }: Shared): Tab {
  const model = new PlaneModel();
  const actions = new PlaneActions(context.store, () => model.derived?.last ?? 1);
  const map = mapView(context, model, actions, palette, redraw);
  const time = timeline(context, actions);
  const left: PlanePart[] = [map, time, racePlots(palette, redraw)];
  const right: PlanePart[] = [reliefView(context, model, actions, palette, redraw), leaderboard(context, actions), planeInsight(), startCard(), anatomyCard(), placeList(context, actions), planeCode(context)];
  const parts = [...left, ...right];
  const why = h("p", { class: "card quiet", hidden: true });
  const element = h(
    "div",
    { class: "main plane" },
    why,
    h("div", { class: "left" }, ...left.map((part) => part.element)),
    h("div", { class: "right" }, ...right.map((part) => part.element)),
  );
  let begun = false;
  let waited = 0;

  /** The map in every frame; the others in turn where a frame is full. */
  function draw(state: State, settled: boolean, derived: PlaneDerived, began: number): void {
    let late = false;
    for (const part of parts) {
      const wait = part.patient === true && !settled && waited < LONGEST && performance.now() - began > FULL;
      if (!wait) part.draw?.(state, derived);
      late ||= wait;
    }
    waited = late ? waited + 1 : 0;
  }

  return {
    element,
    picture: {
      get title() {
        return `Landscape ${context.store.scenario.function.title}`;
      },
      size: () => map.size(),
      paintOn: (painter, width, height, colours) => map.paintOn(painter, width, height, colours),
    },
    frame(state, settled, until) {
      const began = performance.now();
      const derived = model.update(state.scenario, settled, until);
      begun = true;
      show(why, derived === null);
      if (derived === null) {
        write(why, "This function has no plane to show.");
        return;
      }
      draw(state, settled, derived, began);
      for (const part of parts) part.update?.(state, derived);
    },
    get begun() {
      return begun;
    },
    get busy() {
      return model.pending || model.derived?.points === null;
    },
    get pending() {
      return model.pending;
    },
    work: (until) => model.work(until),
    derived: null,
    words: () => "",
    spoken: () => model.derived?.insight.words ?? "",
    takeNotice: (notice) => time.element.append(notice),
    leave: () => actions.stop(),
    close() {
      actions.stop();
      for (const part of parts) part.close?.();
    },
  };
}

export const landscapeTab: TabKind = { key: "landscape", title: "Landscape", available: (f) => f.plane !== null, make };
