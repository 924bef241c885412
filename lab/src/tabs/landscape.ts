// 2 Landscape: seven rules on the contour map and the surface of a function of two numbers.
import { insightCard } from "../ui/insight.ts";
import { anatomyCard, placeList, planeCode, startCard } from "../ui/plane/cards.ts";
import { leaderboard } from "../ui/plane/leaderboard.ts";
import { mapView } from "../ui/plane/mapview.ts";
import { racePlots } from "../ui/plane/raceplots.ts";
import { reliefView } from "../ui/plane/relief.ts";
import { timeline } from "../ui/timeline.ts";
import { boardTab } from "./board.ts";
import { PlaneActions } from "./plane/actions.ts";
import { PlaneModel, type PlaneDerived } from "./plane/model.ts";
import type { Shared, Tab, TabKind } from "./tab.ts";

function make({ context, palette, redraw }: Shared): Tab {
  const model = new PlaneModel();
  const actions = new PlaneActions(context.store, () => model.derived?.last ?? 1);
  const map = mapView(context, model, actions, palette, redraw);
  const time = timeline(context, actions.player);
  return boardTab<PlaneDerived>({
    kind: "plane",
    title: () => `Landscape ${context.store.scenario.function.title}`,
    none: "This function has no plane to show.",
    model,
    main: map,
    left: [map, time, racePlots(palette, redraw)],
    right: [reliefView(context, model, actions, palette, redraw), leaderboard(context, actions), insightCard("plane-insight"), startCard(), anatomyCard(), placeList(context, actions), planeCode(context)],
    foot: time,
    busy: () => model.derived?.points === null,
    spoken: (derived) => derived.insight.words,
    leave: () => actions.player.stop(),
  });
}

export const landscapeTab: TabKind = { key: "landscape", title: "Landscape", available: (f) => f.plane !== null, make };
