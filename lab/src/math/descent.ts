/** Walking downhill: the path of a step rule, as the engine's `descend` makes it. */

import type { Curve, Sample } from "./curve.ts";
import { Machine } from "./machine.ts";
import type { Tape } from "./tape.ts";
import { counted, round } from "./words.ts";

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
    /** It diverged because the loss there is larger than float64 can hold, not by running far away. */
    readonly overflow?: boolean;
  } | null;
}

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

/** So many times max(1, |w₀|) from 0, and above the start, no walk comes back. */
export const FAR = 1e15;
/** A walk that ends further out than this many times max(1, |w₀|) ran away; nearer it left the domain, unless loss and slope have overflown. */
export const GREW = 1e6;

/**
 * How a walk from w₀ ends at w, or null where it goes on: the rule of `surefoot.descend`, which a test
 * holds this one to.
 */
function endAt(
  w: number,
  { value, slope }: Pick<Sample, "value" | "slope">,
  start: { readonly w: number; readonly value: number },
): "diverged" | "left the domain" | null {
  const size = Math.abs(w);
  const reach = Math.max(1, Math.abs(start.w));
  const finite = Number.isFinite(size) && Number.isFinite(value) && Number.isFinite(slope);
  if (finite && !(size > FAR * reach && value > start.value)) return null;
  return size <= GREW * reach && !overflows({ value, slope }) ? "left the domain" : "diverged";
}

/** Whether the value, or a step on the way to it, is too large for float64: e^(w²) far out is defined. */
export function overflows({ value, slope }: Pick<Sample, "value" | "slope">): boolean {
  return value === Infinity && !Number.isFinite(slope);
}

/** A path that grows as it is asked to. Only numbers enter it: the step that has none is named in `ended`. */
export class Walk implements Path {
  readonly w: number[] = [];
  readonly value: number[] = [];
  readonly slope: number[] = [];
  ended: Path["ended"] = null;
  private readonly step: Step;
  private readonly curve: Curve;
  private readonly eta: number;
  private readonly state: Float64Array;

  constructor(step: Step, curve: Curve, start: number, eta: number) {
    this.step = step;
    this.curve = curve;
    this.eta = eta;
    this.state = Float64Array.from(step.start);
    this.arrive(start);
  }

  /** Go on until so many steps are taken or the walk has ended; the clock may say `late` before that. */
  advance(steps: number, late: () => boolean = () => false): this {
    while (this.ended === null && this.w.length <= steps) {
      this.take();
      if (late()) break;
    }
    return this;
  }

  private take(): void {
    const k = this.w.length - 1;
    const w = this.w[k]!;
    const before = this.state.slice();
    const next = this.step.take(w, this.eta, this.state);
    if (next === w && this.state.every((entry, i) => entry === before[i]))
      this.end("converged", k, k === 0 ? "The step does not move the ball." : `The step no longer moves the ball after ${counted(k, "step")}.`);
    else this.arrive(next);
  }

  private arrive(w: number): void {
    const k = this.w.length;
    const sample = this.curve.evaluate(w);
    const start = k === 0 ? { w, value: sample.value } : { w: this.w[0]!, value: this.value[0]! };
    const reason = endAt(w, sample, start);
    if (reason === "diverged") {
      const overflow = Math.abs(w) <= GREW * Math.max(1, Math.abs(start.w)) && overflows(sample);
      const words = overflow ? `Diverged at step ${k}: at w = ${round(w)} the loss is larger than float64 can hold.` : `Diverged at step ${k}.`;
      this.ended = { reason, step: k, words, overflow };
    }
    else if (reason !== null) this.end(reason, k, `${k === 0 ? "The ball stands at" : `Step ${k} leads to`} w = ${round(w)}, where ${lacking(sample)}.`);
    else {
      this.w.push(w);
      this.value.push(sample.value);
      this.slope.push(sample.slope);
    }
  }

  private end(reason: "left the domain" | "converged", step: number, words: string): void {
    this.ended = { reason, step, words };
  }
}

function lacking({ value }: Sample): string {
  if (Number.isNaN(value)) return "the curve is not defined";
  return Number.isFinite(value) ? "the curve has no slope" : "the curve has no finite value";
}

/** The path from `start`: at most `steps` steps, fewer if it diverges, leaves the domain or stands still. */
export function walk(step: Step, curve: Curve, start: number, eta: number, steps: number): Path {
  return new Walk(step, curve, start, eta).advance(steps);
}
