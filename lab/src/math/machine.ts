/**
 * The interpreter of tapes.
 *
 * The tape becomes one flat Int32Array of instructions over one Float64Array, so that a run allocates
 * nothing. The operations that make up nearly all of a tape stand in a `switch`, which V8 compiles to a
 * jump table with the arithmetic in place; calling the table of ops for each cost three times as much,
 * because every call returns a boxed number. A test holds the two together.
 */

import { runLanes, type LaneOp } from "./lanes.ts";
import { ipow, IPOW, OPS, REDUCTIONS } from "./ops.ts";
import { fillConstants, layoutOf, type Tape } from "./tape.ts";

/** The operations that the `switch` holds, in the order of its cases. */
export const INLINE = [
  "add", "sub", "mul", "div", "neg", "square", "select", "lt", "gt", "eq", "ge", "le", "ne",
  "exp", "log", "sin", "cos", "sqrt", "abs", "and",
] as const; // prettier-ignore

// Codes after the inline ones. The cases below repeat them as literals: V8 makes a jump table of
// literals only.
const TABLE_1 = 20;
const TABLE_2 = 21;
const POWER = 22;
const COLUMN = 23;
const WIDTH = 6; // code, result, three arguments, extra

type Unary = (a: number) => number;
type Binary = (a: number, b: number) => number;

export class Machine {
  readonly inputs: number;
  /** The registers, reused by every run. */
  private readonly arena: Float64Array;
  private readonly program: Int32Array;
  private readonly unary: Unary[] = [];
  private readonly binary: Binary[] = [];
  private readonly columns: LaneOp[] = [];
  private readonly places: Int32Array;
  private readonly lanes: number;
  private readonly result: Float64Array;

  /** @param tape a tape that `checkTape` has passed. */
  constructor(tape: Tape) {
    const layout = layoutOf(tape);
    this.inputs = tape.inputs;
    this.lanes = tape.lanes;
    this.arena = new Float64Array(layout.size);
    fillConstants(tape, layout, this.arena);
    this.places = Int32Array.from(tape.outputs, (register) => layout.offset[register]!);
    this.result = new Float64Array(tape.outputs.length);
    this.program = new Int32Array(tape.ops.length * WIDTH);
    const first = tape.inputs + tape.constants.length + tape.columns.length;
    tape.ops.forEach(([name, ...rest], i) => {
      const registers = name === IPOW ? rest.slice(0, 1) : rest;
      const from = registers.map((register) => layout.offset[register]!);
      const strides = registers.map((register) => (layout.isColumn[register]! ? 1 : 0));
      const exponent = name === IPOW ? rest[1]! : 0;
      const to = layout.offset[first + i]!;
      const at = i * WIDTH;
      this.program[at + 1] = to;
      from.forEach((place, k) => (this.program[at + 2 + k] = place));
      if (strides.includes(1) || Object.hasOwn(REDUCTIONS, name)) {
        this.program[at] = COLUMN;
        this.program[at + 5] = this.columns.push({ name, exponent, to, from, strides }) - 1;
      } else this.scalar(at, name, exponent);
    });
  }

  private scalar(at: number, name: string, exponent: number): void {
    const inline = (INLINE as readonly string[]).indexOf(name);
    if (inline >= 0) {
      this.program[at] = inline;
      return;
    }
    if (name === IPOW) {
      // Exponents beyond 32 bits do not fit in an instruction; the table of functions holds them.
      const small = Math.abs(exponent) < 2 ** 31;
      this.program[at] = small ? POWER : TABLE_1;
      this.program[at + 5] = small ? exponent : this.unary.push((a) => ipow(a, exponent)) - 1;
      return;
    }
    const op = OPS[name]!;
    if (op.arity === 1) {
      this.program[at] = TABLE_1;
      this.program[at + 5] = this.unary.push(op.apply) - 1;
    } else if (op.arity === 2) {
      this.program[at] = TABLE_2;
      this.program[at + 5] = this.binary.push(op.apply) - 1;
    }
  }

  /** The outputs for these inputs, in an array that the next run overwrites. */
  run(inputs: ArrayLike<number>): Float64Array {
    const r = this.arena;
    for (let i = 0; i < this.inputs; i++) r[i] = inputs[i]!;
    this.execute();
    for (let i = 0; i < this.result.length; i++) this.result[i] = r[this.places[i]!]!;
    return this.result;
  }

  private execute(): void {
    const r = this.arena;
    const p = this.program;
    for (let i = 0; i < p.length; i += WIDTH) {
      const a = r[p[i + 2]!]!;
      const b = r[p[i + 3]!]!;
      let x = 0;
      switch (p[i]) {
        case 0: x = a + b; break;
        case 1: x = a - b; break;
        case 2: x = a * b; break;
        case 3: x = a / b; break;
        case 4: x = -a; break;
        case 5: x = a * a; break;
        case 6: x = a !== 0 ? b : r[p[i + 4]!]!; break;
        case 7: x = a < b ? 1 : 0; break;
        case 8: x = a > b ? 1 : 0; break;
        case 9: x = a === b ? 1 : 0; break;
        case 10: x = a >= b ? 1 : 0; break;
        case 11: x = a <= b ? 1 : 0; break;
        case 12: x = a !== b ? 1 : 0; break;
        case 13: x = Math.exp(a); break;
        case 14: x = Math.log(a); break;
        case 15: x = Math.sin(a); break;
        case 16: x = Math.cos(a); break;
        case 17: x = Math.sqrt(a); break;
        case 18: x = Math.abs(a); break;
        case 19: x = a !== 0 && b !== 0 ? 1 : 0; break;
        case 20: x = this.unary[p[i + 5]!]!(a); break;
        case 21: x = this.binary[p[i + 5]!]!(a, b); break;
        case 22: x = power(a, p[i + 5]!); break;
        default: runLanes(this.columns[p[i + 5]!]!, r, this.lanes); continue;
      } // prettier-ignore
      r[p[i + 1]!] = x;
    }
  }
}

/** Small exponents by hand, in the same order of products as `ipow`. */
function power(a: number, n: number): number {
  switch (n) {
    case 2: return a * a;
    case 3: return a * (a * a);
    case 4: { const s = a * a; return s * s; }
    case -1: return 1 / a;
    case -2: return 1 / (a * a);
    default: return ipow(a, n);
  } // prettier-ignore
}
