// From the state to what the page shows, each part made again only when what it depends on changed.
// What may take long (a sum over many rows of data makes every part long) is spread over frames: what
// the ball needs first goes on in every frame, the rest (points of a new window, the mark of the view,
// the sweep) only while the hand rests.
import type { Curve } from "../math/curve.ts";
import { sampledCurve, tapeCurve } from "../math/curve.ts";
import { Walk, type Path, type Step } from "../math/descent.ts";
import { beyond, lookingFar, type Far, type Place } from "../math/far.ts";
import { heading, type Heading } from "../math/heading.ts";
import { insight } from "../math/insight.ts";
import { observedRate } from "../math/observed.ts";
import { findingPoints, type Point, type Points } from "../math/points.ts";
import { markingSure, markingView, pendingMark, predictedRate, valleyMark, type Mark } from "../math/rates.ts";
import { restingPlace } from "../math/rest.ts";
import { sampling, type SampledCurve } from "../math/sampling.ts";
import { logGrid, sweeping, sweepingOne, type SweepEntry } from "../math/sweep.ts";
import { MOST_STEPS, type LabFunction, type Scenario } from "../scenario.ts";
import { bendIn, markAt, provedIn, type Proof, type Proved } from "../proof.ts";
import type { State } from "../store.ts";
import type { Derived, MarkRow, Names } from "./derived.ts";
import { standingOf } from "./standing.ts";
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
  readonly #present = new Spread<SweepEntry>();
  readonly #merged = new Memo<Derived["sweep"]>();
  readonly #far = new Spread<Far>();
  readonly #lower = new Memo<(point: Point) => Place | null>();
  readonly #rest = new Memo<Point | null>();
  readonly #known = new Memo<readonly Point[]>();
  readonly #found = new Spread<Points>();
  readonly #range = new Memo<[number, number]>();
  readonly #shown = new Memo<Derived["points"]>();
  readonly #carried = new Memo<Points>();
  readonly #ahead = new Memo<Heading>();
  readonly #set = new Memo<Heading>();
  #window: Known = { curve: null, box: [0, 0], points: NO_POINTS };
  #drawn: { curve: Curve; sampled: SampledCurve } | null = null;
  #lastSweep: { step: Step | null; sweep: Derived["sweep"] } = { step: null, sweep: NO_SWEEP };
  #walking: { walk: Walk; reach: number } | null = null;
  readonly #proved = new Memo<Proved | null>();
  derived: Derived | null = null;
  /** What is proved of a function on a cut. */
  proofOf: (f: LabFunction, fixed: readonly number[]) => Proof | null = () => null;
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
    return [this.#sampled, this.#raised, this.#found, this.#far, this.#sure, this.#view, this.#present, this.#sweep];
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
    const sure = this.#sureMark(curve, here.w, soon);
    const found = this.#find(curve, scenario, settled, until);
    const known = curve === null || found !== NO_POINTS;
    const lower = this.#farther(curve, scenario, settled && known, until);
    // Where the walk ends outside the window the minimum there is told as well.
    const rest = this.#rest.get([curve, path, path.w.length, path.ended, found], () => (curve === null || !known ? null : restingPlace(curve, path, found.points)));
    const points = this.#known.get([found, rest], () => (rest === null ? found.points : [...found.points, rest]));
    // Dozens of values of the curve lie on the way.
    const way = (memo: Memo<Heading>, w: number): Heading =>
      memo.get([curve, w, scenario.box, found], () => (curve === null ? NOWHERE : known ? heading(curve, w, scenario.box, found.points) : SEARCHING));
    const ahead = way(this.#ahead, here.w);
    const set = here.w === scenario.start ? ahead : way(this.#set, scenario.start);
    const goal = goalOf(path, points, set.point);
    const etas = this.#range.get([scenario.function, found.points], () => rangeOfRates(found.points, scenario.eta));
    const predicted = goal === null ? null : predictedRate(goal, scenario.eta);
    const proof = this.proofOf(scenario.function, fixedOf(scenario.function, scenario.slice));
    const proved = this.#proved.get([proof, scenario.box], () => provedIn(proof, [scenario.box]));
    const shown = (point: Point): Derived["points"][number] => pointOf(point, scenario, lower, proved);
    this.derived = {
      names: namesOf(scenario.function),
      curve,
      origin: originOf(state, curve, here.w),
      searching: !known,
      points: this.#shown.get([found.points, lower, scenario.function, scenario.answer, proved], () => withProved(found.points.map(shown), proved, scenario.box)),
      proved,
      convexity: curve === null || !known || found.convexity.words === "" ? null : bendIn(proof, [scenario.box]) ?? { ...found.convexity, tag: curve.exact ? "found numerically" : "recorded" },
      path: { w: path.w, value: path.value, slope: path.slope, ended: path.ended },
      k,
      finished: path.ended !== null && k >= path.w.length - 1,
      here,
      next: nextOf(path, k),
      marks: this.#marks(curve, scenario, sure, found, ahead, settled, until),
      etas: spanning(etas, scenario.eta),
      target: goal === null ? null : shown(goal),
      predicted: predicted === null || !Number.isFinite(predicted) ? null : predicted,
      observed: goal === null ? { rate: null, words: "" } : observedRate(path, goal, predicted),
      insight: this.#insight(scenario, curve, path, k, known ? points : null, ahead, lower),
      unswept: !known ? "" : step === null ? "Each η would have to be walked by Python." : (set.point ?? goal) === null ? sentence(set.why) : "",
      sweep: this.#sweeps(scenario, curve, step, set.point ?? goal, etas, settled && known, until),
    };
    return this.derived;
  }

  #insight(
    { function: f, eta, box }: Scenario, curve: Curve | null, path: Path, k: number, points: readonly Point[] | null, ahead: Heading,
    lower: ((point: Point) => Place | null) | null,
  ): Derived["insight"] {
    if (curve === null) return { words: f.why, tag: "" };
    if (points === null) return { words: "Looking for the minima in the window …", tag: "" };
    return insight({ curve, path, step: k, eta, points, box, target: ahead.point, ...(lower === null ? {} : { lower }) });
  }

  /** Where far outside the curve is lower than at a minimum, higher than at a maximum; null while nobody has looked. */
  #farther(curve: Curve | null, { box }: Scenario, settled: boolean, until: number): ((point: Point) => Place | null) | null {
    if (curve?.exact !== true) return null;
    if (settled) {
      // One look for each curve, from the window that it is first seen through.
      this.#far.get([curve], () => lookingFar(curve, box));
      this.#far.work(until);
    }
    const far = this.#far.peek([curve]);
    if (far === null) return null;
    return this.#lower.get([far, box], () => {
      const asked = new Map<string, Place | null>();
      return (point) => {
        const key = `${point.kind} ${point.w}`;
        let place = asked.get(key);
        if (place === undefined) asked.set(key, (place = beyond(far, point, curve, box)));
        return place;
      };
    });
  }

  #sureMark(curve: Curve | null, w: number, until: number): Mark | null {
    if (curve === null) return null;
    this.#sure.get([curve, w], () => markingSure(curve, w));
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
      if (points !== null) this.#window = { curve, box, points };
    }
    const known = this.#window;
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
    const { start, eta } = scenario;
    if (curve === null || step === null) return NO_SWEEP;
    if (this.#lastSweep.step !== step) this.#lastSweep = { step, sweep: NO_SWEEP };
    if (!settled) return this.#lastSweep.sweep;
    if (target === null) {
      this.#sweep.drop();
      this.#present.drop();
      this.#lastSweep.sweep = NO_SWEEP;
      return NO_SWEEP;
    }
    this.#present.get([curve, step, start, target.w, eta], () => sweepingOne(step, curve, start, target, eta));
    const present = this.#present.work(until);
    const few = (curve.pieces ?? 400) < 100;
    this.#sweep.get([curve, step, start, target.w, etas[0], etas[1]], () => sweeping(step, curve, start, target, triedEtas(etas, target, few ? FEW_RATES : RATES)));
    const sweep = this.#sweep.work(until);
    // What is said of the present η is counted as the others are, and it is one of those tried.
    if (sweep !== null && present !== null)
      this.#lastSweep.sweep = this.#merged.get([sweep, present], () => ({
        ...sweep, entries: [...sweep.entries.filter((entry) => entry.eta !== present.eta), present].sort((one, other) => one.eta - other.eta),
      }));
    return this.#lastSweep.sweep;
  }
}

/** The points of the window before, in a new one: the same places, but what was lowest of all need not be. */
function carried(known: Known, box: Scenario["box"]): Points {
  const within = box[0] >= known.box[0] && box[1] <= known.box[1];
  const points = known.points.points
    .filter((point) => !point.atEdge && point.w >= box[0] && point.w <= box[1])
    .map((point) => (within ? point : { ...point, inView: false }));
  const holds = within && ["convex", "straight"].includes(known.points.convexity.kind);
  return { points, convexity: holds ? known.points.convexity : NO_POINTS.convexity };
}

/** The minimum that the run is about: the one it comes to, or else the one it sets out for. */
function goalOf(path: Path, points: readonly Point[], ahead: Point | null): Point | null {
  const [start, end] = [path.w[0], path.w.at(-1)];
  if (start === undefined || end === undefined || path.ended?.reason === "diverged") return null;
  const minima = points.filter((point) => point.kind.endsWith("minimum") && !point.atEdge);
  const closest = minima.reduce<Point | null>((best, point) => (best === null || Math.abs(point.w - end) < Math.abs(best.w - end) ? point : best), null);
  if (closest !== null && Math.abs(closest.w - end) <= 0.01 * Math.abs(start - closest.w)) return closest;
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

/** Those too that are proved and were not found. */
function withProved(points: Derived["points"], proved: Proved | null, box: Scenario["box"]): Derived["points"] {
  const missed = (proved?.marks ?? []).filter(({ x }) => !points.some(({ w, proved: known }) => known && Math.abs(w - x[0]!) <= 1e-7 * (box[1] - box[0])));
  const more = missed.map(({ x, value, kind }) => ({ w: x[0]!, value, kind, standing: "local" as const, inView: false, atEdge: false, span: null, faded: false, proved: true }));
  return [...points, ...more].sort((one, other) => one.w - other.w);
}

function pointOf(point: Point, scenario: Scenario, lower: ((point: Point) => Place | null) | null, proved: Proved | null): Derived["points"][number] {
  const { w, value, inView, atEdge, span, faded } = point;
  const plain = span === null && !atEdge && ["minimum", "maximum", "flat"].includes(point.kind);
  const mark = plain ? markAt(proved, [w], [scenario.box]) : undefined;
  const kind = mark?.kind ?? point.kind;
  const extreme = /m(in|ax)imum/.test(kind);
  const farther = !extreme || !inView || lower === null ? null : lower(point);
  const standing = standingOf(point, extreme && inView ? (lower === null ? "unknown" : farther === null ? "none" : "lower") : "lower", scenario);
  return { w, value, kind, standing, inView, atEdge, span, faded, proved: mark !== undefined };
}

/** Evenly spaced in the logarithm, and where |1 − ηL″| is 0: the fastest of all near a smooth minimum. */
function triedEtas(etas: [number, number], target: Point, n: number): number[] {
  const best = 1 / target.curvature;
  const tried = logGrid(...etas, n);
  if (best > etas[0] && best < etas[1]) tried.push(best);
  return tried.sort((one, other) => one - other);
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** The slider's range, wide enough for the η in use. */
function spanning([lo, hi]: [number, number], eta: number): [number, number] {
  return [Math.min(lo, eta), Math.max(hi, eta)];
}
