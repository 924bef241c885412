/** A function on a plane, from its tape: value, gradient and Hessian. */

import { Machine } from "../machine.ts";
import type { Tape } from "../tape.ts";

/** Places in what `at` answers with. */
export const [VALUE, GX, GY, HXX, HXY, HYY] = [0, 1, 2, 3, 4, 5] as const;

export class Plane {
  readonly #machine: Machine;
  readonly #inputs: Float64Array;
  /** Operations of the tape: how dear a point is. */
  readonly work: number;

  constructor(tape: Tape, fixed: readonly number[] = []) {
    this.#machine = new Machine(tape);
    this.#inputs = Float64Array.of(0, 0, ...fixed);
    this.work = tape.ops.length * (tape.columns.length > 0 ? tape.lanes : 1);
  }

  /** [f, f_x, f_y, f_xx, f_xy, f_yy], in an array that the next call overwrites. */
  at(x: number, y: number): Float64Array {
    this.#inputs[0] = x;
    this.#inputs[1] = y;
    return this.#machine.run(this.#inputs);
  }

  value(x: number, y: number): number {
    return this.at(x, y)[VALUE]!;
  }
}

/** The eigenvalues of [[a, b], [b, c]], the smaller first. */
export function eigenvalues(a: number, b: number, c: number): [number, number] {
  const middle = (a + c) / 2;
  const spread = Math.hypot((a - c) / 2, b);
  return [middle - spread, middle + spread];
}
