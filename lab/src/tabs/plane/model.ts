// From the state to what the landscape shows. The walks are made anew in every frame of a drag; the map,
// the stationary points, the best rates and the basins in pieces.
import { anatomyOf, type Anatomy } from "../../math/plane/anatomy.ts";
import { findingBasins, type Basins } from "../../math/plane/basins.ts";
import { levelLine, type Box, type Field, type Rings } from "../../math/plane/field.ts";
import { GX, GY, Plane, VALUE } from "../../math/plane/plane.ts";
import { bestRate, ranked, rowOf, type Row } from "../../math/plane/race.ts";
import { RULES, ruleNamed, type PlaneRule } from "../../math/plane/rules.ts";
import { sorted, stationaryPoints, type Stationary, type StationarySet } from "../../math/plane/stationary.ts";
import { PlaneWalk } from "../../math/plane/walk.ts";
import { markAt, provedIn, type Proof, type Proved } from "../../proof.ts";
import type { LabFunction, Landscape, PlaneCut, Scenario } from "../../scenario.ts";
import { Memo } from "../memo.ts";
import { Spread } from "../spread.ts";
import { Fields } from "./fields.ts";
import { insightOf } from "./insight.ts";
import { landscapeOf, rateOf } from "./state.ts";

export interface Here {
  x: number;
  y: number;
  value: number;
  gradient: [number, number];
}

export interface PlaneDerived {
  plane: Plane;
  cut: PlaneCut;
  landscape: Landscape;
  here: Here;
  /** The shown rules, in the order of METHODS. */
  walks: readonly PlaneWalk[];
  /** The same, the winner first. */
  rows: readonly Row[];
  /** The last step that any of them takes. */
  last: number;
  points: StationarySet | null;
  /** What is proved of the window in view. */
  proved: Proved | null;
  basins: Basins | null;
  anatomy: Anatomy | null;
  insight: { words: string; tag: string };
  /** The best η are not all known yet. */
  tuning: boolean;
}

const MIDDLE_SHARE = { rmsprop: 0.01, adam: 0.02 } as const;

export class PlaneModel {
  readonly #plane = new Memo<Plane | null>();
  readonly #walks = new Map<string, Memo<PlaneWalk>>();
  readonly #rows = new Memo<Row[]>();
  readonly #fields = new Fields();
  readonly #points = new Spread<StationarySet>();
  readonly #basins = new Spread<Basins>();
  readonly #bests = new Map<string, Spread<number | null>>();
  readonly #anatomy = new Memo<Anatomy | null>();
  readonly #level = new Memo<Rings>();
  readonly #proved = new Memo<Proved | null>();
  readonly #merged = new Memo<StationarySet>();
  /** The last set, shown while a new one is made. */
  #lastPoints: { plane: Plane; set: StationarySet } | null = null;
  #coarse: Basins | null = null;
  #fresh = false;
  readonly #best = new Map<string, number | null>();
  #bestOf: Plane | null = null;
  #view: Box | null = null;
  derived: PlaneDerived | null = null;
  settled = false;
  /** What is proved of a function on a plane. */
  proofOf: (f: LabFunction, fixed: readonly number[]) => Proof | null = () => null;

  update(scenario: Scenario, settled: boolean, until: number): PlaneDerived | null {
    this.settled = settled;
    const landscape = landscapeOf(scenario);
    const f = scenario.function;
    const cut = landscape === null ? undefined : f.plane?.cuts[landscape.cut];
    const plane = this.#plane.get([f.plane, cut], () => (f.plane === null || cut === undefined ? null : new Plane(f.plane.tape, cut.fixed)));
    if (landscape === null || cut === undefined || plane === null) return (this.derived = null);
    this.#tune(plane, landscape, settled);
    const walks = RULES.filter(({ name }) => landscape.rules.includes(name)).map((rule) => this.#walk(plane, landscape, rule));
    const rows = this.#rows.get(walks, () => ranked(walks.map((walk) => rowOf(plane, walk))));
    const set = this.#find(plane, settled, until);
    const proof = this.proofOf(f, cut.fixed);
    const view = this.#view ?? landscape.box;
    const proved = this.#proved.get([proof, view], () => provedIn(proof, view));
    const [x, y] = landscape.start;
    const at = plane.at(x, y);
    const here: Here = { x, y, value: at[VALUE]!, gradient: [at[GX]!, at[GY]!] };
    const chosen = walks.find((walk) => walk.rule.name === landscape.chosen);
    const step = landscape.at ?? 0;
    const anatomy = this.#anatomy.get([plane, chosen, step], () => (chosen === undefined ? null : anatomyOf(plane, chosen, step)));
    this.derived = {
      plane, cut, landscape, here, walks, rows,
      last: Math.max(1, cut.recorded?.numbers.at(-1) ?? 0, ...walks.map((walk) => walk.last)),
      points: set === null || proved === null ? set : this.#merged.get([set, proved, view], () => merged(set, proved, view)),
      proved,
      basins: this.#basinsOf(plane, landscape, set, settled, until),
      anatomy,
      insight: insightOf(plane, landscape, rows, set, cut),
      tuning: landscape.mode === "best" && [...this.#bests.values()].some((each) => each.pending),
    };
    return this.derived;
  }

  /** The window in view. */
  get view(): Box | null {
    return this.#view;
  }

  /** The map of a window; the last one while a new one is made. */
  field(box: Box, until: number): Field | null {
    const plane = this.derived?.plane;
    if (plane === undefined) return null;
    this.#view = box;
    // The first window of all is known only now, after this frame has looked for points.
    if (this.settled) this.#sought(plane, box);
    return this.#fields.get(plane, box, until);
  }

  /** The map that is shown now. */
  get shown(): Field | null {
    return this.#fields.shown(this.derived?.plane);
  }

  /** The level line through the start. */
  level(field: Field, value: number): Rings {
    return this.#level.get([field, value], () => levelLine(field, value));
  }

  get pending(): boolean {
    return this.#parts().some((part) => part.pending);
  }

  /** Go on until then; true when there is something new to show. */
  work(until: number): boolean {
    const part = this.#parts().find((each) => each.pending);
    part?.work(until);
    const fresh = this.#fresh;
    this.#fresh = false;
    return fresh || part?.pending === false;
  }

  #parts(): readonly Spread<unknown>[] {
    return [this.#fields.spread, this.#points, ...this.#bests.values(), this.#basins];
  }

  #walk(plane: Plane, landscape: Landscape, rule: PlaneRule): PlaneWalk {
    let memo = this.#walks.get(rule.name);
    if (memo === undefined) this.#walks.set(rule.name, (memo = new Memo()));
    const eta = rateOf(landscape, rule.name, this.#best.get(rule.name));
    const { start, steps } = landscape;
    return memo.get([plane, start[0], start[1], eta, steps], () => new PlaneWalk(plane, rule, start, eta, steps).advance());
  }

  /** In the mode "best": each rule's own η from this start, tried out while the hand rests. */
  #tune(plane: Plane, landscape: Landscape, settled: boolean): void {
    if (this.#bestOf !== plane) {
      this.#bestOf = plane;
      this.#best.clear();
      this.#bests.clear();
    }
    if (landscape.mode !== "best") {
      this.#bests.clear();
      return;
    }
    if (!settled) return;
    const { start, steps } = landscape;
    for (const rule of RULES) {
      if (!landscape.rules.includes(rule.name) || !rule.rate || rule.name === "newton") continue;
      let spread = this.#bests.get(rule.name);
      if (spread === undefined) this.#bests.set(rule.name, (spread = new Spread()));
      const tuned = rateOf({ ...landscape, mode: "tuned" }, rule.name, null);
      const found = spread.get([plane, start[0], start[1], tuned, steps], () => bestRate(plane, rule, start, middleOf(rule, landscape), tuned, steps));
      if (!spread.pending) this.#best.set(rule.name, found);
    }
  }

  #find(plane: Plane, settled: boolean, until: number): StationarySet | null {
    const box = this.#view;
    if (settled && box !== null) {
      const set = this.#sought(plane, box) ?? this.#points.work(until);
      if (set !== null) this.#lastPoints = { plane, set };
    }
    return this.#lastPoints?.plane === plane ? this.#lastPoints.set : null;
  }

  #sought(plane: Plane, box: Box): StationarySet | null {
    return this.#points.get([plane, ...box.flat()], () => stationaryPoints(plane, box));
  }

  #basinsOf(plane: Plane, landscape: Landscape, set: StationarySet | null, settled: boolean, until: number): Basins | null {
    const box = this.#view;
    const rule = ruleNamed(landscape.chosen);
    if (!landscape.basins || box === null || set === null || rule === undefined) {
      this.#basins.drop();
      this.#coarse = null;
      return null;
    }
    const minima = set.points.filter((point) => point.kind === "minimum");
    const eta = rateOf(landscape, rule.name, this.#best.get(rule.name));
    if (settled) {
      const keys = [plane, rule, eta, set, ...box.flat()];
      const show = (basins: Basins): void => {
        this.#coarse = basins;
        this.#fresh = true;
      };
      if (this.#basins.get(keys, () => findingBasins(plane, rule, eta, box, minima, show)) === null) this.#basins.work(until);
    }
    return this.#coarse;
  }
}

/** Proved marks in the place of those found numerically; where nothing is missing there are no others. */
function merged(set: StationarySet, proved: Proved, box: Box): StationarySet {
  const marks = proved.marks.map(({ x: [x, y], value, kind, eigenvalues: [low, high] }) => ({
    x: x!, y: y!, value, kind: kind as Stationary["kind"], eigenvalues: [low!, high!] as const, firm: true, proved: true,
  }));
  const others = proved.complete ? [] : set.points.filter(({ x, y }) => markAt(proved, [x, y], box) === undefined);
  return { points: sorted([...marks, ...others]), more: set.more && !proved.complete };
}

function middleOf(rule: PlaneRule, landscape: Landscape): number {
  const { box } = landscape;
  const width = Math.max(box[0][1] - box[0][0], box[1][1] - box[1][0]);
  const share = MIDDLE_SHARE[rule.name as keyof typeof MIDDLE_SHARE] as number | undefined;
  return share === undefined ? (landscape.rates.gd ?? landscape.eta) : share * width;
}
