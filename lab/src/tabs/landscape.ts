// 2 Landscape: seven rules on the contour map and the surface of a function of two numbers.
import { h } from "../ui/dom.ts";
import { insightCard } from "../ui/insight.ts";
import { anatomyCard, placeList, planeCode, startCard } from "../ui/plane/cards.ts";
import { leaderboard } from "../ui/plane/leaderboard.ts";
import { mapView } from "../ui/plane/mapview.ts";
import type { PlanePart } from "../ui/plane/part.ts";
import { racePlots } from "../ui/plane/raceplots.ts";
import { reliefView } from "../ui/plane/relief.ts";
import { timeline } from "../ui/timeline.ts";
import { boardTab } from "./board.ts";
import { PlaneActions } from "./plane/actions.ts";
import { PlaneModel, type PlaneDerived } from "./plane/model.ts";
import type { Shared, Tab, TabKind } from "./tab.ts";

function make({ context, palette, redraw }: Shared): Tab {
  const model = new PlaneModel();
  model.proofOf = (f, fixed) => context.actions.prover.known(f, fixed);
  const actions = new PlaneActions(context.store, () => model.derived?.last ?? 1);
  const map = mapView(context, model, actions, palette, redraw);
  const time = timeline(context, actions.player);
  /** Asks for what is proved of the map, when it is made and the hand rests. */
  const prover: PlanePart = {
    element: h("span", { hidden: true }),
    update({ scenario }, { plane, cut }) {
      const { view } = model;
      if (view !== null && model.settled && !model.pending) context.actions.prover.rest({ f: scenario.function, fixed: cut.fixed, box: view, value: ([x, y]) => plane.value(x!, y!) });
    },
  };
  return boardTab<PlaneDerived>({
    kind: "plane",
    title: () => `Landscape ${context.store.scenario.function.title}`,
    none: "This function has no plane to show.",
    model,
    main: map,
    left: [map, time, racePlots(palette, redraw), placeList(context, actions)],
    right: [reliefView(context, model, actions, palette, redraw), leaderboard(context, actions), insightCard("plane-insight"), startCard(), anatomyCard(), planeCode(context), prover],
    foot: time,
    busy: () => model.derived?.points === null,
    spoken: (derived) => derived.insight.words,
    leave: () => {
      actions.player.stop();
      context.actions.prover.hide();
    },
  });
}

export const landscapeTab: TabKind = { key: "landscape", title: "Landscape", available: (f) => f.plane !== null, make };
