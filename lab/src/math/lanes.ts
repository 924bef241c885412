/**
 * The loops over lanes of a tape's columns.
 *
 * A sum over data spends all its time here. Arithmetic stands in the loops themselves: calling an operation
 * of the table for each lane costs ten times as much.
 */

import { ipow, IPOW, OPS, REDUCTIONS } from "./ops.ts";

/** An operation over lanes: places in the machine's array. A stride of 0 repeats a single number. */
export interface LaneOp {
  readonly name: string;
  readonly exponent: number;
  readonly to: number;
  readonly from: readonly number[];
  readonly strides: readonly number[];
}

/** The operations that `inLoop` does itself. */
export const LOOPED = ["add", "sub", "mul", "div", "neg", "square", "exp", "select"] as const;

/** Fill the result's lanes in r. */
export function runLanes(op: LaneOp, r: Float64Array, lanes: number): void {
  if (Object.hasOwn(REDUCTIONS, op.name)) reduce(op, r, lanes);
  else if (!inLoop(op, r, lanes)) general(op, r, lanes);
}

function inLoop({ name, to, from, strides }: LaneOp, r: Float64Array, m: number): boolean {
  const [a = 0, b = 0, c = 0] = from;
  const [da = 0, db = 0, dc = 0] = strides;
  switch (name) {
    case "add": for (let k = 0; k < m; k++) r[to + k] = r[a + k * da]! + r[b + k * db]!; return true;
    case "sub": for (let k = 0; k < m; k++) r[to + k] = r[a + k * da]! - r[b + k * db]!; return true;
    case "mul": for (let k = 0; k < m; k++) r[to + k] = r[a + k * da]! * r[b + k * db]!; return true;
    case "div": for (let k = 0; k < m; k++) r[to + k] = r[a + k * da]! / r[b + k * db]!; return true;
    case "neg": for (let k = 0; k < m; k++) r[to + k] = -r[a + k]!; return true;
    case "square": for (let k = 0; k < m; k++) r[to + k] = r[a + k]! * r[a + k]!; return true;
    case "exp": for (let k = 0; k < m; k++) r[to + k] = Math.exp(r[a + k]!); return true;
    case "select":
      for (let k = 0; k < m; k++) r[to + k] = r[a + k * da]! !== 0 ? r[b + k * db]! : r[c + k * dc]!;
      return true;
    default: return false;
  } // prettier-ignore
}

function reduce({ name, to, from, strides }: LaneOp, r: Float64Array, lanes: number): void {
  const a = from[0]!;
  // A reduction of a single number is over its one lane.
  const m = strides[0] === 1 ? lanes : 1;
  if (name === "sum") {
    let sum = 0;
    for (let k = 0; k < m; k++) sum += r[a + k]!;
    r[to] = sum;
    return;
  }
  const { start, add } = REDUCTIONS[name]!;
  let sum = start;
  for (let k = 0; k < m; k++) sum = add(sum, r[a + k]!);
  r[to] = sum;
}

function general({ name, exponent, to, from, strides }: LaneOp, r: Float64Array, m: number): void {
  const [a = 0, b = 0, c = 0] = from;
  const [da = 0, db = 0, dc = 0] = strides;
  if (name === IPOW) {
    for (let k = 0; k < m; k++) r[to + k] = ipow(r[a + k]!, exponent);
    return;
  }
  const op = OPS[name]!;
  if (op.arity === 1) for (let k = 0; k < m; k++) r[to + k] = op.apply(r[a + k * da]!);
  else if (op.arity === 2)
    for (let k = 0; k < m; k++) r[to + k] = op.apply(r[a + k * da]!, r[b + k * db]!);
  else
    for (let k = 0; k < m; k++)
      r[to + k] = op.apply(r[a + k * da]!, r[b + k * db]!, r[c + k * dc]!);
}
