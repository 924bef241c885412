// The pictures as data, from the state and what follows from it.
import type { LossPicture } from "../draw/lossplot.ts";
import type { Scene, Spot } from "../draw/scene.ts";
import type { SweepPicture } from "../draw/sweepplot.ts";
import type { SampledCurve } from "../math/sampling.ts";
import { curveVisible, type State } from "../store.ts";
import type { BoxesPicture } from "../draw/boxes.ts";
import { fixedOf } from "./machines.ts";
import type { Derived } from "./derived.ts";
import { lensOf } from "./limits.ts";

const SHOWN_BEHIND = 400;
const SHOWN_AHEAD = 60;

/** Whether the future of the run may be seen. */
export function foresight(state: State): boolean {
  return state.scenario.view.mode === "explore" || state.revealed;
}

function spots(derived: Derived, from: number, to: number): Spot[] {
  const { w, value } = derived.path;
  const out: Spot[] = [];
  for (let i = Math.max(0, from); i <= to && i < w.length; i++) out.push({ w: w[i]!, value: value[i]! });
  return out;
}

function exitOf(state: State, derived: Derived): Scene["exit"] {
  const { ended, w, value } = derived.path;
  const { here } = derived;
  const [lo, hi] = state.scenario.box;
  if (ended !== null && ended.reason !== "converged" && derived.finished) {
    return { w: w.at(-1) ?? here.w, value: value.at(-1) ?? here.value, words: `${ended.reason} at step ${ended.step}` };
  }
  if (here.w < lo || here.w > hi) return { w: here.w, value: here.value, words: `the ball is outside, at ${here.w.toPrecision(4).replace("-", "−")}` };
  return null;
}

function ghostsOf(state: State, derived: Derived): Scene["ghosts"] {
  if (!state.aiming || !curveVisible(state) || derived.curve === null) return [];
  const { curve, here } = derived;
  const words = { sure: "to here for sure", valley: "valley’s limit", view: "view’s limit" };
  return derived.marks.flatMap((mark) => {
    if (mark.eta === null || !Number.isFinite(mark.eta)) return [];
    const w = here.w - mark.eta * here.slope;
    return [{ w, value: curve.evaluate(w).value, words: words[mark.key] }];
  });
}

/** The proof's boxes as far as they are replayed. */
export function boxesOf({ proof, replay, scenario }: State, fixed: readonly number[]): BoxesPicture | null {
  if (proof === null || replay === null || proof.f !== scenario.function || proof.proof.fixed.length !== fixed.length) return null;
  return { proof: proof.proof, round: replay };
}

function flagOf(state: State): Scene["flag"] {
  if (state.scenario.view.mode !== "challenge" || state.flag === null) return null;
  return { w: state.flag, words: "your flag" };
}

export function sceneOf(state: State, derived: Derived, sampled: SampledCurve | null): Scene {
  const { scenario } = state;
  const { view } = scenario;
  const { names, here, curve, k } = derived;
  const seen = curveVisible(state);
  const witness = state.witness && seen ? (derived.convexity?.witness ?? null) : null;
  const at = (w: number): Spot => ({ w, value: curve?.evaluate(w).value ?? NaN });
  const { path } = derived;
  return {
    variable: names.variable,
    loss: names.loss,
    curve: seen && sampled !== null ? { segments: [...sampled.segments], breaks: [...sampled.breaks] } : null,
    points: seen ? derived.points : [],
    witness: witness === null ? null : { ...witness, a: at(witness.a), b: at(witness.b) },
    ball: here,
    next: derived.next,
    trail: seen ? spots(derived, k - SHOWN_BEHIND, k) : [],
    ahead: foresight(state) ? spots(derived, k, k + SHOWN_AHEAD) : [],
    stubs: seen ? [] : spots(derived, k - SHOWN_BEHIND, k).map((spot, i) => ({ ...spot, slope: path.slope[Math.max(0, k - SHOWN_BEHIND) + i] ?? NaN })),
    secant: seen && view.secant !== null && curve !== null ? { near: here, far: at(here.w + view.secant) } : null,
    lens: seen && view.lens ? lensOf(state, derived) : null,
    ghosts: ghostsOf(state, derived),
    recorded:
      scenario.recorded !== null && seen
        ? { label: scenario.recorded.label, spots: scenario.recorded.w.map((w, i) => ({ w, value: scenario.recorded?.value[i] ?? NaN })) }
        : null,
    flag: flagOf(state),
    exit: exitOf(state, derived),
    boxes: boxesOf(state, fixedOf(scenario.function, scenario.slice)),
    hover: state.hover === null ? null : (spots(derived, state.hover, state.hover)[0] ?? null),
  };
}

/** How far a whole run is drawn: to its end, or as far as it takes the eye. */
function horizon(derived: Derived): number {
  const { path, k } = derived;
  const last = path.w.length - 1;
  return path.ended !== null ? last : Math.min(last, Math.max(100, 2 * k));
}

export function lossOf(state: State, derived: Derived): LossPicture {
  const { path, k, target, predicted } = derived;
  const arrives = foresight(state) && target !== null && path.ended?.reason !== "diverged";
  const base = arrives ? target.value : 0;
  const far = foresight(state) ? horizon(derived) : k;
  // Below this the difference of two losses is rounding, and says nothing.
  const noise = arrives ? 4 * Number.EPSILON * Math.max(Math.abs(base), Math.abs(path.value[0] ?? 0)) : 0;
  const all = Array.from({ length: far + 1 }, (_, i) => (path.value[i] ?? NaN) - base);
  const settled = all.findIndex((above) => above <= noise);
  const last = settled < 0 ? far : Math.max(k, Math.min(far, settled));
  const height = all.slice(0, last + 1).map((above) => (above <= noise ? 0 : above));
  const picture: LossPicture = { height, now: k, predicted: null, hover: state.hover, words: arrives ? (all[k]! < -noise ? "the loss is below that of the minimum ahead" : "the loss is that of the minimum already") : "no loss above zero, where a log scale begins" };
  if (!arrives || predicted === null || !foresight(state)) return picture;
  // Near the minimum the loss above it shrinks as the square of the distance does.
  const from = Math.floor((settled < 0 ? last : settled) / 3);
  const anchor = height[from] ?? NaN;
  if (!(anchor > 0) || predicted <= 0) return picture;
  const line = Array.from({ length: last + 1 - from }, (_, i) => anchor * predicted ** (2 * i));
  return { ...picture, predicted: { height: line, from } };
}

const SHORT = { sure: "step", valley: "valley", view: "view" } as const;

export function sweepOf(state: State, derived: Derived): SweepPicture {
  const open = foresight(state);
  return {
    entries: open ? derived.sweep.entries : [],
    etas: derived.etas,
    limit: derived.sweep.limit,
    eta: state.scenario.eta,
    marks: derived.marks.flatMap((mark) => (mark.eta === null || !Number.isFinite(mark.eta) ? [] : [{ eta: mark.eta, words: SHORT[mark.key] }])),
    words: !open ? "shown after the run" : derived.unswept === "" ? "being worked out" : "no minimum of slope 0 to reach from here",
  };
}
