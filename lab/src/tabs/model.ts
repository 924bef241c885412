// From the state to what the page shows, each part made again only when what it depends on changed.
// What may take long (a sum over many rows of data makes every part long) is spread over frames: what
// the ball needs first goes on in every frame, the rest (points of a new window, the mark of the view,
// the sweep) only while the hand rests.
import type { Curve } from "../math/curve.ts";
import { sampledCurve, tapeCurve } from "../math/curve.ts";
import { Walk, type Path, type Step } from "../math/descent.ts";
import { heading, type Heading } from "../math/heading.ts";
import { insight } from "../math/insight.ts";
import { observedRate } from "../math/observed.ts";
import { findingPoints, type Point, type Points } from "../math/points.ts";
import { markingSure, markingView, pendingMark, predictedRate, valleyMark, type Mark } from "../math/rates.ts";
import { sampling, type SampledCurve } from "../math/sampling.ts";
import { logGrid, sweeping } from "../math/sweep.ts";
import { MOST_STEPS, type LabFunction, type Scenario } from "../scenario.ts";
import type { State } from "../store.ts";
import type { Derived, MarkRow, Names } from "./derived.ts";
import { rangeOfRates } from "./etas.ts";
import { fixedOf, stepOf } from "./machines.ts";
import { Memo } from "./memo.ts";
import { Spread } from "./spread.ts";

const NO_POINTS: Points = { points: [], convexity: { kind: "unknown", words: "", witness: null } };
const NO_SWEEP: Derived["sweep"] = { entries: [], limit: 500 };
const NOWHERE: Heading = { point: null, why: "" };
const SEARCHING: Heading = { point: null, why: "the minima of this window are still being looked for" };
const AHEAD = 400;
const RATES = 96;
const FEW_RATES = 32; // where each step costs much
const SOON = 2; // ms of a frame for what the ball needs at once

interface Ready {
  curve: Curve | null;
  step: Step | null;
}

/** The points of a window that was shown before, and what of them holds in another one. */
interface Known {
  curve: Curve | null;
  box: Scenario["box"];
  points: Points;
}

export class Model {
  readonly #ready = new Memo<Ready>();
  readonly #sampled = new Spread<SampledCurve>();
  readonly #raised = new Spread<SampledCurve>();
  readonly #path = new Memo<Walk | null>();
  readonly #sure = new Spread<Mark>();
  readonly #view = new Spread<Mark>();
  readonly #sweep = new Spread<Derived["sweep"]>();
  readonly #found = new Spread<Points>();
  readonly #range = new Memo<[number, number]>();
  readonly #shown = new Memo<Derived["points"]>();
  readonly #carried = new Memo<Points>();
  readonly #ahead = new Memo<Heading>();
  readonly #set = new Memo<Heading>();
  #known: Known = { curve: null, box: [0, 0], points: NO_POINTS };
  #drawn: { curve: Curve; sampled: SampledCurve } | null = null;
  #lastSweep: { step: Step | null; sweep: Derived["sweep"] } = { step: null, sweep: NO_SWEEP };
  #walking: { walk: Walk; reach: number } | null = null;
  derived: Derived | null = null;
  /** When the frame at hand has had enough of what takes long. */
  deadline = Infinity;

  /** The curve as drawn, for this many pixels; the last one drawn while a new one takes long. */
  sampled(state: State, pixels: number, until = Infinity): SampledCurve | null {
    const { scenario } = state;
    const { curve } = this.#machines(scenario);
    if (curve === null) return null;
    const { box } = scenario;
    this.#sampled.get([curve, box, pixels], () => sampling(curve, box, pixels));
    const plain = this.#sampled.work(until);
    const here = this.derived?.here;
    const last = this.#drawn?.curve === curve ? this.#drawn.sampled : null;
    if (plain === null) return last;
    const within = here !== undefined && here.w >= box[0] && here.w <= box[1] && Number.isFinite(here.value);
    let shown: SampledCurve | null = plain;
    if (within && (here.value < plain.range[0] || here.value > plain.range[1])) {
      // High on a wall the ball would be cut off: the axis reaches as far as it does.
      this.#raised.get([curve, box, pixels, here.w], () => sampling(curve, box, pixels, here.w));
      shown = this.#raised.work(until) ?? last ?? plain;
    } else this.#raised.drop();
    this.#drawn = { curve, sampled: shown };
    return shown;
  }

  /** Whether something is still being made; `work` goes on with it. */
  get pending(): boolean {
    return this.#walking !== null || this.#slow().some((part) => part.pending);
  }

  /** Work until then by `performance.now()`; true when there is something new to show. */
  work(until: number): boolean {
    if (this.#walking !== null) return this.#goOn(this.#walking.walk, this.#walking.reach, until);
    const part = this.#slow().find((each) => each.pending);
    part?.work(until);
    return part?.pending === false;
  }

  #slow(): readonly Spread<unknown>[] {
    return [this.#sampled, this.#raised, this.#found, this.#sure, this.#view, this.#sweep];
  }

  /**
   * What follows from the state.
   *
   * @param settled the hand rests, and there is time for the slow parts.
   * @param until when the frame has had enough of them, by `performance.now()`.
   */
  update(state: State, settled: boolean, until = Infinity): Derived {
    const { scenario } = state;
    const { curve, step } = this.#machines(scenario);
    this.deadline = until;
    const soon = until === Infinity ? until : Math.min(until, performance.now() + SOON);
    const path = this.#walk(state, curve, step, soon);
    const k = Math.max(0, Math.min(scenario.steps, path.w.length - 1));
    const here = hereOf(state, curve, path, k);
    const sure = this.#sureMark(curve, here.w, scenario, soon);
    const found = this.#find(curve, scenario, settled, until);
    const known = curve === null || found !== NO_POINTS;
    // Dozens of values of the curve lie on the way.
    const way = (memo: Memo<Heading>, w: number): Heading =>
      memo.get([curve, w, scenario.box, found], () => (curve === null ? NOWHERE : known ? heading(curve, w, scenario.box, found.points) : SEARCHING));
    const ahead = way(this.#ahead, here.w);
    const set = here.w === scenario.start ? ahead : way(this.#set, scenario.start);
    const goal = goalOf(path, scenario, found.points, set.point);
    const etas = this.#range.get([scenario.function, found.points], () => rangeOfRates(found.points, scenario.eta));
    const predicted = goal === null ? null : predictedRate(goal, scenario.eta);
    this.derived = {
      names: namesOf(scenario.function),
      curve,
      origin: originOf(state, curve, here.w),
      searching: !known,
      points: this.#shown.get([found.points], () => found.points.map(pointOf)),
      convexity: curve === null || !known || found.convexity.words === "" ? null : { ...found.convexity, tag: curve.exact ? "found numerically" : "recorded" },
      path: { w: path.w, value: path.value, slope: path.slope, ended: path.ended },
      k,
      finished: path.ended !== null && k >= path.w.length - 1,
      here,
      next: nextOf(path, k),
      marks: this.#marks(curve, scenario, sure, found, ahead, settled, until),
      etas: spanning(etas, scenario.eta),
      target: goal === null ? null : pointOf(goal),
      predicted: predicted === null || !Number.isFinite(predicted) ? null : predicted,
      observed: goal === null ? { rate: null, words: "" } : observedRate(path, goal),
      insight: this.#insight(scenario, curve, path, k, known ? found : null, ahead),
      sweep: this.#sweeps(scenario, curve, step, set.point ?? goal, etas, settled && known, until),
    };
    return this.derived;
  }

  #insight({ function: f, eta, box }: Scenario, curve: Curve | null, path: Path, k: number, found: Points | null, ahead: Heading): Derived["insight"] {
    if (curve === null) return { words: f.why, tag: "" };
    if (found === null) return { words: "Looking for the minima in the window …", tag: "" };
    return insight({ curve, path, step: k, eta, points: found.points, box, target: ahead.point });
  }

  #sureMark(curve: Curve | null, w: number, { box }: Scenario, until: number): Mark | null {
    if (curve === null) return null;
    this.#sure.get([curve, w, box], () => markingSure(curve, w, box));
    return this.#sure.work(until);
  }

  #marks(curve: Curve | null, { box }: Scenario, sure: Mark | null, found: Points, ahead: Heading, settled: boolean, until: number): MarkRow[] {
    if (curve === null) return [];
    let view: Mark | null = null;
    if (found !== NO_POINTS) {
      // The bound over the whole window is the same wherever the ball is.
      view = this.#view.get([curve, box, found.points], () => markingView(curve, box, found.points));
      if (settled) view = this.#view.work(until);
    }
    return [
      { key: "sure", ...(sure ?? pendingMark("sure")) },
      { key: "valley", ...valleyMark(curve, box, ahead) },
      { key: "view", ...(view ?? pendingMark("view")) },
    ];
  }

  #machines(scenario: Scenario): Ready {
    const { function: f, slice } = scenario;
    return this.#ready.get([f, slice], () => {
      const fixed = fixedOf(f, slice);
      const options = { smooth: f.smoothness.kind === "smooth" };
      const curve = f.tape !== null ? tapeCurve(f.tape, fixed, options) : f.samples !== null ? sampledCurve(f.samples) : null;
      return { curve, step: stepOf(f, scenario.rule, fixed, curve) };
    });
  }

  #find(curve: Curve | null, { box }: Scenario, settled: boolean, until: number): Points {
    if (curve === null) return NO_POINTS;
    if (settled) {
      this.#found.get([curve, box], () => findingPoints(curve, box));
      const points = this.#found.work(until);
      if (points !== null) this.#known = { curve, box, points };
    }
    const known = this.#known;
    if (known.curve !== curve) return NO_POINTS;
    return known.box === box ? known.points : this.#carried.get([known, box], () => carried(known, box));
  }

  #walk(state: State, curve: Curve | null, step: Step | null, until: number): Path {
    const { start, eta, steps } = state.scenario;
    const reach = Math.min(MOST_STEPS, Math.max(AHEAD, Math.ceil((steps + 100) / AHEAD) * AHEAD));
    const walk = this.#path.get([curve, step, start, eta], () => (curve !== null && step !== null ? new Walk(step, curve, start, eta) : null));
    this.#walking = null;
    if (walk !== null) {
      // The step after the one shown is drawn, so it has to be there; the rest as far as time allows.
      walk.advance(steps + 1);
      this.#goOn(walk, reach, until);
      return walk;
    }
    const { enginePath } = state;
    if (enginePath !== null && enginePath.start === start && enginePath.eta === eta) return enginePath.path;
    const at = curve?.evaluate(start);
    return { w: [start], value: [at?.value ?? NaN], slope: [at?.slope ?? NaN], ended: null };
  }

  /** Whether the walk is as long now as it has to be. */
  #goOn(walk: Walk, reach: number, until: number): boolean {
    const done = (): boolean => walk.ended !== null || walk.w.length > reach;
    if (!done()) walk.advance(reach, until === Infinity ? undefined : () => performance.now() >= until);
    this.#walking = done() ? null : { walk, reach };
    return done();
  }

  #sweeps(
    scenario: Scenario, curve: Curve | null, step: Step | null, target: Point | null,
    etas: [number, number], settled: boolean, until: number,
  ): Derived["sweep"] {
    const { start, box } = scenario;
    if (curve === null || step === null) return NO_SWEEP;
    if (this.#lastSweep.step !== step) this.#lastSweep = { step, sweep: NO_SWEEP };
    if (!settled) return this.#lastSweep.sweep;
    if (target === null) {
      this.#sweep.drop();
      this.#lastSweep.sweep = NO_SWEEP;
      return NO_SWEEP;
    }
    this.#sweep.get([curve, step, start, target, etas[0], etas[1], box], () =>
      sweeping(step, curve, start, target, logGrid(...etas, (curve.pieces ?? 400) < 100 ? FEW_RATES : RATES), box),
    );
    this.#lastSweep.sweep = this.#sweep.work(until) ?? this.#lastSweep.sweep;
    return this.#lastSweep.sweep;
  }
}

/** The points of the window before, in a new one: the same places, but what was lowest of all need not be. */
function carried(known: Known, box: Scenario["box"]): Points {
  const within = box[0] >= known.box[0] && box[1] <= known.box[1];
  const points = known.points.points
    .filter((point) => !point.atEdge && point.w >= box[0] && point.w <= box[1])
    .map((point) => (within ? point : { ...point, isGlobal: false }));
  const holds = within && ["convex", "straight"].includes(known.points.convexity.kind);
  return { points, convexity: holds ? known.points.convexity : NO_POINTS.convexity };
}

/** The minimum that the run is about: the one it comes to, or else the one it sets out for. */
function goalOf(path: Path, { box }: Scenario, points: readonly Point[], ahead: Point | null): Point | null {
  const end = path.w.at(-1);
  if (end === undefined || path.ended?.reason === "diverged") return null;
  const near = 0.01 * (box[1] - box[0]);
  const minima = points.filter((point) => point.kind.endsWith("minimum") && !point.atEdge);
  const closest = minima.reduce<Point | null>((best, point) => (best === null || Math.abs(point.w - end) < Math.abs(best.w - end) ? point : best), null);
  if (closest !== null && Math.abs(closest.w - end) < near) return closest;
  return ahead;
}

function namesOf(f: LabFunction): Names {
  const v = f.variable;
  return { variable: v, loss: "L", slope: `dL/d${v}`, curvature: "L″" };
}

function originOf(state: State, curve: Curve | null, w: number): string {
  if (curve === null || curve.exact) return "";
  return state.engineValue?.w === w ? "from the engine" : "recorded samples";
}

function hereOf(state: State, curve: Curve | null, path: Path, k: number): Derived["here"] {
  const w = path.w[k] ?? state.scenario.start;
  const { engineValue } = state;
  if (engineValue !== null && engineValue.w === w) return engineValue;
  const at = curve?.evaluate(w) ?? { value: NaN, slope: NaN, curvature: NaN };
  // What the engine computed on its way stands above what samples say in between.
  const [value, slope] = [path.value[k], path.slope[k]];
  if (curve?.exact !== true && value !== undefined && slope !== undefined) return { w, value, slope, curvature: at.curvature };
  return { w, value: at.value, slope: at.slope, curvature: at.curvature };
}

function nextOf(path: Path, k: number): Derived["next"] {
  if (path.ended?.reason === "converged" && k === path.w.length - 1) return { w: path.w[k]!, value: path.value[k]! };
  const w = path.w[k + 1];
  const value = path.value[k + 1];
  return w === undefined || value === undefined ? null : { w, value };
}

function pointOf(point: Point): Derived["points"][number] {
  return { w: point.w, value: point.value, kind: point.kind, isGlobal: point.isGlobal, atEdge: point.atEdge };
}

/** The slider's range, wide enough for the η in use. */
function spanning([lo, hi]: [number, number], eta: number): [number, number] {
  return [Math.min(lo, eta), Math.max(hi, eta)];
}
