/** The examples of a loss, each with its loss, gradient and Hessian from one tape. */

import { Machine } from "../machine.ts";
import type { Tape } from "../tape.ts";
import { pruned } from "./pruned.ts";

/** Where the parts of an answer lie: the loss, the gradient from 1 on, then the Hessian's entries. */
export const LOSS = 0;

export interface ExampleSet {
  tape: Tape;
  names: string[];
  data: number[];
  width: number;
  of: number;
}

export class Sample {
  /** Parameters, one or two. */
  readonly size: number;
  readonly count: number;
  /** Operations of one gradient: how dear a step is. */
  readonly work: number;
  readonly #slopes: Machine;
  readonly #whole: Machine;
  readonly #inputs: Float64Array;
  readonly #data: Float64Array;
  readonly #width: number;

  constructor({ tape, names, data, width }: ExampleSet) {
    this.size = names.length;
    this.count = data.length / width;
    const slopes = pruned(tape, tape.outputs.slice(0, 1 + names.length));
    this.work = slopes.ops.length * slopes.lanes;
    this.#slopes = new Machine(slopes);
    this.#whole = new Machine(tape);
    this.#inputs = new Float64Array(names.length + width);
    this.#data = Float64Array.from(data);
    this.#width = width;
  }

  /** Loss and gradient of example i at x, in an array that the next call overwrites. */
  slope(i: number, x: ArrayLike<number>): Float64Array {
    this.#place(i, x);
    return this.#slopes.run(this.#inputs);
  }

  /** The same with the Hessian behind it. */
  curvature(i: number, x: ArrayLike<number>): Float64Array {
    this.#place(i, x);
    return this.#whole.run(this.#inputs);
  }

  #place(i: number, x: ArrayLike<number>): void {
    const { size } = this;
    const inputs = this.#inputs;
    for (let j = 0; j < size; j++) inputs[j] = x[j]!;
    for (let j = 0, at = i * this.#width; j < this.#width; j++) inputs[size + j] = this.#data[at + j]!;
  }
}
