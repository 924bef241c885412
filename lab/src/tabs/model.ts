// From the state to what the page shows, each part made again only when what it depends on changed.
// The slow parts (stationary points of a new window, the sweep) wait until the hand rests.
import type { Curve } from "../math/curve.ts";
import { sampledCurve, tapeCurve } from "../math/curve.ts";
import { walk, type Path, type Step } from "../math/descent.ts";
import { heading, type Heading } from "../math/heading.ts";
import { insight } from "../math/insight.ts";
import { findPoints, type Point, type Points } from "../math/points.ts";
import { observedRate, predictedRate, sureMark, valleyMark, viewMark, type Mark } from "../math/rates.ts";
import { sampleCurve, type SampledCurve } from "../math/sampling.ts";
import { logGrid, sweep } from "../math/sweep.ts";
import { MOST_STEPS, type LabFunction, type Scenario } from "../scenario.ts";
import type { State } from "../store.ts";
import type { Derived, MarkRow, Names } from "./derived.ts";
import { rangeOfRates } from "./etas.ts";
import { fixedOf, stepOf } from "./machines.ts";
import { Memo } from "./memo.ts";

const NO_POINTS: Points = { points: [], convexity: { kind: "unknown", words: "", witness: null } };
const NO_SWEEP: Derived["sweep"] = { entries: [], limit: 500 };
const NOWHERE: Heading = { point: null, why: "" };
const AHEAD = 400;
const RATES = 96;

interface Ready {
  curve: Curve | null;
  step: Step | null;
}

export class Model {
  readonly #ready = new Memo<Ready>();
  readonly #sampled = new Memo<SampledCurve | null>();
  readonly #raised = new Memo<SampledCurve | null>();
  readonly #path = new Memo<Path>();
  readonly #view = new Memo<Mark>();
  readonly #near = new Memo<MarkRow[]>();
  readonly #sweep = new Memo<Derived["sweep"]>();
  readonly #found = new Memo<Points>();
  readonly #range = new Memo<[number, number]>();
  readonly #shown = new Memo<Derived["points"]>();
  #points: Points = NO_POINTS;
  #lastSweep: Derived["sweep"] = NO_SWEEP;
  derived: Derived | null = null;

  /** The curve as drawn, for this many pixels. */
  sampled(state: State, pixels: number): SampledCurve | null {
    const { scenario } = state;
    const { curve } = this.#machines(scenario);
    const plain = this.#sampled.get([curve, scenario.box, pixels], () =>
      curve === null ? null : sampleCurve(curve, scenario.box, pixels),
    );
    const here = this.derived?.here;
    if (curve === null || plain === null || here === undefined) return plain;
    const within = here.w >= scenario.box[0] && here.w <= scenario.box[1];
    // High on a wall the ball would be cut off: the axis reaches as far as it does.
    if (!within || !Number.isFinite(here.value) || (here.value >= plain.range[0] && here.value <= plain.range[1])) return plain;
    return this.#raised.get([curve, scenario.box, pixels, here.w], () => sampleCurve(curve, scenario.box, pixels, here.w));
  }

  /** What follows from the state. `settled`: the hand rests, and there is time for the slow parts. */
  update(state: State, settled: boolean): Derived {
    const { scenario } = state;
    const { curve, step } = this.#machines(scenario);
    const found = this.#find(curve, scenario, settled);
    const path = this.#walk(state, curve, step);
    const k = Math.max(0, Math.min(scenario.steps, path.w.length - 1));
    const here = hereOf(state, curve, path, k);
    const ahead = curve === null ? NOWHERE : heading(curve, here.w, scenario.box, found.points);
    // 64 values of the curve lie on the way: where the ball stands at its start they are asked for once.
    const set = curve === null || here.w === scenario.start ? ahead : heading(curve, scenario.start, scenario.box, found.points);
    const goal = goalOf(path, scenario, found.points, set.point);
    const etas = this.#range.get([scenario.function, found.points], () => rangeOfRates(found.points, scenario.eta));
    const predicted = goal === null ? null : predictedRate(goal, scenario.eta);
    this.derived = {
      names: namesOf(scenario.function),
      curve,
      origin: originOf(state, curve, here.w),
      points: this.#shown.get([found.points], () => found.points.map(pointOf)),
      convexity: curve === null || found === NO_POINTS ? null : { ...found.convexity, tag: curve.exact ? "found numerically" : "recorded" },
      path: { w: path.w, value: path.value, slope: path.slope, ended: path.ended },
      k,
      finished: path.ended !== null && k >= path.w.length - 1,
      here,
      next: nextOf(path, k),
      marks: this.#marks(curve, here.w, scenario, found.points, ahead),
      etas: spanning(etas, scenario.eta),
      target: goal === null ? null : pointOf(goal),
      predicted: predicted === null || !Number.isFinite(predicted) ? null : predicted,
      observed: goal === null ? { rate: null, words: "" } : observedRate(path, goal),
      insight: curve === null ? { words: scenario.function.why, tag: "" } : insight({ curve, path, step: k, eta: scenario.eta, points: found.points, box: scenario.box, target: ahead.point }),
      sweep: this.#sweeps(scenario, curve, step, set.point ?? goal, etas, settled),
    };
    return this.derived;
  }

  #marks(curve: Curve | null, w: number, { box }: Scenario, points: readonly Point[], ahead: Heading): MarkRow[] {
    if (curve === null) return [];
    return this.#near.get([curve, w, box, points], () => [
      { key: "sure", ...sureMark(curve, w, box) },
      { key: "valley", ...valleyMark(curve, box, ahead) },
      // The bound over the whole window is the same wherever the ball is.
      { key: "view", ...this.#view.get([curve, box, points], () => viewMark(curve, box, points)) },
    ]);
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

  #find(curve: Curve | null, scenario: Scenario, settled: boolean): Points {
    if (curve === null) return NO_POINTS;
    if (!settled) return this.#points;
    this.#points = this.#found.get([curve, scenario.box], () => findPoints(curve, scenario.box));
    return this.#points;
  }

  #walk(state: State, curve: Curve | null, step: Step | null): Path {
    const { start, eta, steps, box } = state.scenario;
    const reach = Math.min(MOST_STEPS, Math.max(AHEAD, Math.ceil((steps + 100) / AHEAD) * AHEAD));
    const { enginePath } = state;
    return this.#path.get([curve, step, start, eta, reach, box, enginePath], () => {
      if (curve !== null && step !== null) return walk(step, curve, start, eta, reach, box);
      if (enginePath !== null && enginePath.start === start && enginePath.eta === eta) return enginePath.path;
      const at = curve?.evaluate(start);
      return { w: [start], value: [at?.value ?? NaN], slope: [at?.slope ?? NaN], ended: null };
    });
  }

  #sweeps(
    scenario: Scenario, curve: Curve | null, step: Step | null, target: Point | null,
    etas: [number, number], settled: boolean,
  ): Derived["sweep"] {
    const { start, box } = scenario;
    if (curve === null || step === null) return NO_SWEEP;
    if (!settled) return this.#lastSweep;
    this.#lastSweep = this.#sweep.get([curve, step, start, target, etas[0], etas[1], box], () => {
      if (target === null) return NO_SWEEP;
      return sweep(step, curve, start, target, logGrid(...etas, RATES), box);
    });
    return this.#lastSweep;
  }
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
