/** Walking downhill: the path of a step rule, as the engine's `descend` makes it. */

import type { Curve } from "./curve.ts";
import { Machine } from "./machine.ts";
import type { Tape } from "./tape.ts";
import { round } from "./words.ts";

/** One step of a rule: from w to the next w. Rules with memory keep it in `state`. */
export interface Step {
  /** The memory before the first step. */
  readonly start: readonly number[];
  /** The next place; `state` is changed in place. */
  take(w: number, eta: number, state: Float64Array): number;
}

export interface Path {
  readonly w: number[];
  readonly value: number[];
  readonly slope: number[];
  readonly ended: {
    readonly reason: "diverged" | "left the domain" | "converged";
    readonly step: number;
    readonly words: string;
  } | null;
}

/** So many window widths from the window a ball is lost. */
const LOST = 1e4;

/**
 * The step of a tape with the inputs [w, η, *state, *fixed] and the outputs [w_next, *state_next].
 *
 * @param state the rule's memory before the first step.
 * @param fixed the place and direction of a slice.
 */
export function tapeStep(tape: Tape, state: readonly number[] = [], fixed: readonly number[] = []): Step {
  const wanted = 2 + state.length + fixed.length;
  if (tape.inputs !== wanted || tape.outputs.length !== 1 + state.length)
    throw new Error(
      `A step's tape for ${state.length} numbers of memory has ${wanted} inputs and ${1 + state.length} outputs, but this one has ${tape.inputs} and ${tape.outputs.length}.`,
    );
  const machine = new Machine(tape);
  const inputs = Float64Array.of(0, 0, ...state, ...fixed);
  return {
    start: state,
    take(w, eta, memory) {
      inputs[0] = w;
      inputs[1] = eta;
      inputs.set(memory, 2);
      const out = machine.run(inputs);
      for (let i = 0; i < memory.length; i++) memory[i] = out[1 + i]!;
      return out[0]!;
    },
  };
}

/** w − ηL′(w), from the curve alone: where there is no step tape. */
export function gradientStep(curve: Curve): Step {
  return { start: [], take: (w, eta) => w - eta * curve.evaluate(w).slope };
}

/** Whether w is so far away that the walk is over. */
export function isLost(w: number, box: readonly [number, number]): boolean {
  const width = box[1] - box[0];
  return !(w >= box[0] - LOST * width && w <= box[1] + LOST * width);
}

/**
 * The path from `start`: at most `steps` steps, fewer if it diverges, leaves the domain or stands still.
 *
 * Only numbers enter the path: the step that has none is named in `ended` instead.
 */
export function walk(
  step: Step,
  curve: Curve,
  start: number,
  eta: number,
  steps: number,
  box: readonly [number, number],
): Path {
  const path: Path = { w: [], value: [], slope: [], ended: null };
  const end = (reason: "diverged" | "left the domain" | "converged", k: number, words: string): Path => ({
    ...path,
    ended: { reason, step: k, words },
  });
  const state = Float64Array.from(step.start);
  let w = start;
  for (let k = 0; ; k++) {
    const { value, slope } = curve.evaluate(w);
    if (!Number.isFinite(w) || isLost(w, box) || value === Infinity || value === -Infinity)
      return end("diverged", k, `Diverged at step ${k}.`);
    if (Number.isNaN(value) || Number.isNaN(slope))
      return end("left the domain", k, `Step ${k} leads to w = ${round(w)}, where the curve is not defined.`);
    path.w.push(w);
    path.value.push(value);
    path.slope.push(slope);
    if (k === steps) return path;
    const before = Float64Array.from(state);
    const next = step.take(w, eta, state);
    if (next === w && state.every((entry, i) => entry === before[i]))
      return end("converged", k, `The step no longer moves the ball after ${k} steps.`);
    w = next;
  }
}
