/** Tapes of test functions: value, slope and curvature built together, by the rules of calculus. */

import { checkTape, type Tape } from "../../src/math/tape.ts";

/** The registers of a quantity and of its first and second derivative in w. */
export interface Jet {
  readonly v: number;
  readonly d: number;
  readonly dd: number;
}

/** Writes a tape of one input, step by step. */
export class TapeWriter {
  private readonly constants: number[] = [];
  private readonly ops: [string, ...number[]][] = [];
  private static readonly room = 64;

  /** Constants come before the operations, so there is room for so many. */
  constant(x: number): number {
    const known = this.constants.findIndex((entry) => Object.is(entry, x));
    if (known >= 0) return 1 + known;
    if (this.constants.length === TapeWriter.room) throw new Error("too many constants in a test");
    return this.constants.push(x);
  }

  op(name: string, ...from: number[]): number {
    return this.ops.push([name, ...from]) + TapeWriter.room;
  }

  readonly w: Jet;

  constructor() {
    this.w = { v: 0, d: this.constant(1), dd: this.constant(0) };
  }

  number(x: number): Jet {
    const zero = this.constant(0);
    return { v: this.constant(x), d: zero, dd: zero };
  }

  add(a: Jet, b: Jet): Jet {
    return { v: this.op("add", a.v, b.v), d: this.op("add", a.d, b.d), dd: this.op("add", a.dd, b.dd) };
  }

  mul(a: Jet, b: Jet): Jet {
    const cross = this.op("mul", a.d, b.d);
    const twice = this.op("add", cross, cross);
    const sides = this.op("add", this.op("mul", a.dd, b.v), this.op("mul", a.v, b.dd));
    return {
      v: this.op("mul", a.v, b.v),
      d: this.op("add", this.op("mul", a.d, b.v), this.op("mul", a.v, b.d)),
      dd: this.op("add", sides, twice),
    };
  }

  /** f(a) from the registers of f, f′ and f″ at a. */
  chain(a: Jet, v: number, first: number, second: number): Jet {
    return {
      v,
      d: this.op("mul", first, a.d),
      dd: this.op("add", this.op("mul", second, this.op("square", a.d)), this.op("mul", first, a.dd)),
    };
  }

  sin(a: Jet): Jet {
    const sine = this.op("sin", a.v);
    return this.chain(a, sine, this.op("cos", a.v), this.op("neg", sine));
  }

  exp(a: Jet): Jet {
    const e = this.op("exp", a.v);
    return this.chain(a, e, e, e);
  }

  tanh(a: Jet): Jet {
    const t = this.op("tanh", a.v);
    const first = this.op("sub", this.constant(1), this.op("square", t));
    const second = this.op("mul", this.constant(-2), this.op("mul", t, first));
    return this.chain(a, t, first, second);
  }

  inverse(a: Jet): Jet {
    const one = this.op("ipow", a.v, -1);
    return this.chain(
      a,
      one,
      this.op("neg", this.op("ipow", a.v, -2)),
      this.op("mul", this.constant(2), this.op("ipow", a.v, -3)),
    );
  }

  log(a: Jet): Jet {
    return this.chain(a, this.op("log", a.v), this.op("ipow", a.v, -1), this.op("neg", this.op("ipow", a.v, -2)));
  }

  abs(a: Jet): Jet {
    return this.chain(a, this.op("abs", a.v), this.op("sign", a.v), this.constant(0));
  }

  /** Its slope is 0 wherever it has one. */
  floor(a: Jet): Jet {
    const nothing = this.number(0);
    return { v: this.op("floor", a.v), d: nothing.v, dd: nothing.v };
  }

  relu(a: Jet): Jet {
    const zero = this.constant(0);
    const on = this.op("gt", a.v, zero);
    return this.chain(a, this.op("max", a.v, zero), on, zero);
  }

  /** One of two jets, by whether w is above a place. */
  above(place: number, a: Jet, b: Jet, w = this.w): Jet {
    const on = this.op("gt", w.v, this.constant(place));
    return {
      v: this.op("select", on, a.v, b.v),
      d: this.op("select", on, a.d, b.d),
      dd: this.op("select", on, a.dd, b.dd),
    };
  }

  power(a: Jet, n: number): Jet {
    return n === 1 ? a : this.mul(a, this.power(a, n - 1));
  }

  /** The tape with the outputs value, slope, curvature. */
  curve(jet: Jet): Tape {
    const unused = Array.from({ length: TapeWriter.room - this.constants.length }, () => 0);
    return checkTape({
      v: 1, inputs: 1, constants: [...this.constants, ...unused], columns: [], lanes: 1,
      ops: this.ops, outputs: [jet.v, jet.d, jet.dd],
    }); // prettier-ignore
  }
}

/** The tape of c₀ + c₁w + c₂w² + …, plus any other terms. */
export function polynomial(coefficients: readonly number[], more?: (write: TapeWriter) => Jet): Tape {
  const write = new TapeWriter();
  let sum = write.number(coefficients[coefficients.length - 1] ?? 0);
  for (let k = coefficients.length - 2; k >= 0; k--)
    sum = write.add(write.mul(sum, write.w), write.number(coefficients[k]!));
  return write.curve(more === undefined ? sum : write.add(sum, more(write)));
}

/** The lab's first curve: 0.08w⁴ − 0.6w² + 0.25w + 0.15 sin 3w + 1.9. */
export function doubleWell(): Tape {
  return polynomial([1.9, 0.25, -0.6, 0, 0.08], (write) =>
    write.mul(write.number(0.15), write.sin(write.mul(write.number(3), write.w))),
  );
}

/** A tape made by one expression of the writer. */
export function written(make: (write: TapeWriter, w: Jet) => Jet): Tape {
  const write = new TapeWriter();
  return write.curve(make(write, write.w));
}

/** One step of gradient descent on a curve's tape: w − η·slope. */
export function descentStep(tape: Tape): Tape {
  const shift = (register: number): number => (register === 0 ? 0 : register + 1);
  const ops = tape.ops.map(([name, ...rest]): [string, ...number[]] =>
    name === "ipow" ? [name, shift(rest[0]!), rest[1]!] : [name, ...rest.map(shift)],
  );
  const end = 2 + tape.constants.length + ops.length;
  return checkTape({
    ...tape, inputs: 2,
    ops: [...ops, ["mul", 1, shift(tape.outputs[1]!)], ["sub", 0, end]],
    outputs: [end + 1],
  }); // prettier-ignore
}
