// What the landscape shows before anybody has chosen: from the function's own plane.
import type { Landscape, LabFunction, PlaneCut, Scenario } from "../../scenario.ts";
import { METHODS } from "../../draw/plane/methods.ts";

const STEPS = 400;

/** RMSProp and Adam walk a length a step, whatever the slope: a share of the window. */
const SHARES = { rmsprop: 1 / 200, adam: 1 / 60 };

function rounded(x: number): number {
  return Number(x.toPrecision(2));
}

/** Rates that suit each rule, from the one that suits gradient descent. */
export function suitedRates(cut: PlaneCut): Record<string, number> {
  const width = Math.max(cut.box[0][1] - cut.box[0][0], cut.box[1][1] - cut.box[1][0]);
  const { eta } = cut;
  return { gd: eta, momentum: rounded(eta / 3), nesterov: rounded(eta / 3), rmsprop: rounded(width * SHARES.rmsprop), adam: rounded(width * SHARES.adam), newton: 1 };
}

export function firstLandscape(f: LabFunction, index = 0): Landscape | null {
  const cut = f.plane?.cuts[index];
  if (cut === undefined) return null;
  return {
    box: cut.box, start: cut.start, eta: cut.eta, rates: suitedRates(cut), rules: METHODS.map((method) => method.name),
    chosen: "gd", cut: index, mode: "tuned", steps: STEPS, at: null, basins: false, surface: true, turn: [-0.6, 0.75],
  };
}

const WHOLE = new WeakMap<Landscape, Landscape>();

/** With a rate for each rule: a scenario may tell only those that it cares for. */
function whole(plane: Landscape, cut: PlaneCut | undefined): Landscape {
  if (cut === undefined || METHODS.every(({ name }) => name in plane.rates || name === "l-bfgs")) return plane;
  const known = WHOLE.get(plane);
  if (known !== undefined) return known;
  const made = { ...plane, rates: { ...suitedRates(cut), ...plane.rates } };
  WHOLE.set(plane, made);
  return made;
}

const MADE = new WeakMap<LabFunction, Landscape | null>();

/** The landscape of a scenario: as it was left, or as it begins. The same object for the same function. */
export function landscapeOf({ plane, function: f }: Scenario): Landscape | null {
  if (f.plane === null) return null;
  if (plane !== null) return whole(plane, f.plane.cuts[plane.cut]);
  let first = MADE.get(f);
  if (first === undefined) {
    first = firstLandscape(f);
    MADE.set(f, first);
  }
  return first;
}

/** The η with which a rule walks; whole steps where it has none of its own. */
export function rateOf(landscape: Landscape, rule: string, best: number | null | undefined): number {
  const tuned = landscape.rates[rule] ?? (rule === "newton" ? 1 : landscape.eta);
  if (rule === "l-bfgs") return 1;
  if (rule === "newton") return landscape.mode === "tuned" ? tuned : 1;
  if (landscape.mode === "same") return landscape.eta;
  return landscape.mode === "best" ? (best ?? tuned) : tuned;
}
