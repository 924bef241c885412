// Words and lists beside the map: the start, one step taken apart, the stationary points, Python.
import { methodNamed } from "../../draw/plane/methods.ts";
import type { Stationary } from "../../math/plane/stationary.ts";
import { provedWords } from "../../proof.ts";
import { counted } from "../../math/words.ts";
import type { PlaneActions } from "../../tabs/plane/actions.ts";
import type { PlaneDerived } from "../../tabs/plane/model.ts";
import type { Context } from "../context.ts";
import { h, put, show, write } from "../dom.ts";
import { codeCard } from "../code.ts";
import { coordinate, fixed, short } from "../format.ts";
import type { PlanePart } from "./part.ts";
import { planeSnippet } from "./snippet.ts";

export function startCard(): PlanePart {
  const names = [h("dt"), h("dt"), h("dt", {}, "loss"), h("dt", {}, "‖∇f‖")];
  const values = ["w", "w", "", "slope"].map((kind, i) => h("dd", { class: `num ${kind}`, id: ["start-x", "start-y", "start-loss", "start-slope"][i] }));
  const element = h("section", { class: "card current", "aria-label": "Start" }, h("div", { class: "cardhead" }, h("h2", {}, "Start of all paths")), h("dl", { class: "reads" }, ...names.map((name, i) => h("div", {}, name, values[i]!))));
  return {
    element,
    update(_state, { here, cut, landscape }) {
      cut.names.forEach((name, i) => write(names[i]!, name));
      const numbers = [here.x, here.y, here.value, Math.hypot(...here.gradient)];
      numbers.forEach((x, i) => {
        const words = i < 2 ? coordinate(x, landscape.box[i]!) : fixed(x);
        write(values[i]!, words);
        values[i]!.classList.toggle("long", words.length > 9);
        put(values[i]!, "data-value", String(x));
      });
    },
  };
}

function vector([x, y]: readonly [number, number]): string {
  return `(${short(x)}, ${short(y)})`;
}

/** One step of the chosen rule: what each part adds. */
export function anatomyCard(): PlanePart {
  const title = h("h2");
  const list = h("dl", { class: "anatomy" });
  const rows = ["−∇f", "gradient part", "momentum part", "update"].map((name) => {
    const [term, value] = [h("dt", {}, name), h("dd", { class: "num" })];
    list.append(term, value);
    return { term, value };
  });
  const scaling = h("p", { class: "caption quiet" });
  const element = h("section", { class: "card dissected", "aria-label": "Anatomy of one step", id: "anatomy" }, h("div", { class: "cardhead" }, title), list, scaling);
  return {
    element,
    update(_state, derived) {
      const { anatomy, landscape } = derived;
      const name = methodNamed(landscape.chosen).short;
      write(title, anatomy === null ? "One step taken apart" : `Step ${anatomy.step + 1} of ${name}, taken apart`);
      show(list, anatomy !== null);
      if (anatomy === null) {
        write(scaling, `${name} does not walk now: tick it in the leaderboard.`);
        return;
      }
      const { gradient, own, carried, update } = anatomy;
      const parts = [[-gradient[0], -gradient[1]] as const, own, carried, update];
      parts.forEach((part, i) => {
        const { term, value } = rows[i]!;
        show(term, part !== null);
        show(value, part !== null);
        if (part !== null) write(value, vector(part));
      });
      write(scaling, scalingWords(derived));
    },
  };
}

function scalingWords({ anatomy, landscape, walks, cut }: PlaneDerived): string {
  const walk = walks.find((each) => each.rule.name === landscape.chosen);
  if (anatomy === null || walk === undefined) return "";
  const [sx, sy] = anatomy.scaling;
  const times = [sx, sy].map((each) => (each === null ? "–" : `×${short(each)}`));
  const against = walk.rule.rate ? `−η∇f with η = ${short(walk.eta)}` : "−∇f";
  const halved = anatomy.halvings > 0 ? ` The step was halved ${counted(anatomy.halvings, "time")} until the loss fell.` : "";
  if (sx !== null && sy !== null && Math.abs(sx - 1) < 1e-9 && Math.abs(sy - 1) < 1e-9) return `The gradient part is ${against} itself.${halved}`;
  return `Scaling: the gradient part is ${times[0]!} in ${cut.names[0]} and ${times[1]!} in ${cut.names[1]} of ${against}.${halved}`;
}

const SIGNS: Record<Stationary["kind"], string> = { minimum: "▽", maximum: "▲", saddle: "✕", degenerate: "○" };
const PLURALS: [Stationary["kind"], string, string][] = [["minimum", "minimum", "minima"], ["saddle", "saddle", "saddles"], ["maximum", "maximum", "maxima"], ["degenerate", "degenerate", "degenerate"]];

export function countWords({ points, proved = null }: Pick<PlaneDerived, "points"> & Partial<Pick<PlaneDerived, "proved">>): string {
  if (points === null) return "Looking for places of zero slope …";
  const said = proved === null ? "" : ` Stationary points in this window${provedWords(proved, points.points.length)}.`;
  if (points.points.length === 0) return `No place of zero slope was found in this window.${said}`;
  const parts = PLURALS.flatMap(([kind, one, many]) => {
    const n = points.points.filter((point) => point.kind === kind).length;
    return n === 0 ? [] : [`${n} ${n === 1 ? one : many}`];
  });
  const { length } = points.points;
  const line = parts.at(-1)!.endsWith("degenerate") ? " Degenerate ones may belong to a line of them." : "";
  return `${points.more ? "More than " : ""}${counted(length, "stationary point")}: ${parts.join(", ")}.${line}${said}`;
}

export function placeList(context: Context, actions: PlaneActions): PlanePart {
  const { store } = context;
  const count = h("p", { class: "caption", id: "places-count" });
  const head = h("thead", {}, h("tr", {}, ...["", "place", "loss", "curvatures"].map((words) => h("th", { scope: "col" }, words))));
  const body = h("tbody");
  const box = h("div", { class: "tablebox" }, h("table", { id: "places" }, head, body));
  const tag = h("span", { class: "tag" }, "found numerically");
  const element = h("section", { class: "card places", "aria-label": "Stationary points" }, h("div", { class: "cardhead" }, h("h2", {}, "Stationary points"), tag), count, box);
  let shownFor: unknown = null;
  return {
    element,
    update(state, derived) {
      write(count, countWords(derived));
      const all = derived.proved?.complete === true;
      write(tag, all ? "proved" : derived.proved?.marks.length ? "partly proved" : "found numerically");
      put(element, "data-proved", derived.proved === null ? "" : all ? "complete" : "partly");
      const points = derived.points?.points ?? [];
      show(box, points.length > 0);
      if (shownFor !== derived.points) {
        shownFor = derived.points;
        body.replaceChildren(...points.map((point, i) => rowOf(point, () => {
          actions.centre(point.x, point.y);
          store.set({ marked: i });
        })));
      }
      [...body.children].forEach((row, i) => row.classList.toggle("now", state.marked === i));
    },
  };
}

function rowOf(point: Stationary, go: () => void): HTMLTableRowElement {
  const sign = point.kind === "minimum" && point.lowest ? "▼" : SIGNS[point.kind];
  const [low, high] = point.eigenvalues;
  const where = `(${short(point.x)}, ${short(point.y)})`;
  return h(
    "tr",
    { "data-kind": point.kind, "data-x": String(point.x), "data-y": String(point.y), "data-low": String(low), "data-high": String(high), "data-proved": String(point.proved === true) },
    h("td", { title: point.proved === true ? `${point.kind}, proved` : point.kind }, point.proved === true ? `${sign}✓` : sign),
    h("td", {}, h("button", { type: "button", class: "link", title: `Centre on this ${point.kind}`, click: go }, where)),
    h("td", { class: "num" }, short(point.value)),
    h("td", { class: "num" }, `${short(low)}, ${short(high)}`),
  );
}

export function planeCode(context: Context): PlanePart {
  return codeCard(context, (state, derived) => planeSnippet(state.scenario, derived));
}
