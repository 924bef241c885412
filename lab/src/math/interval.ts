/**
 * A tape over intervals: enclosures of its outputs over a box of inputs.
 *
 * Besides the enclosure a run answers whether everything on the way to the outputs is analytic on the
 * box. Without that an enclosure of a second derivative says nothing about the function: |w| has the
 * curvature 0 on both sides of its corner.
 */

import { integerPower } from "./interval_arithmetic.ts";
import type { Interval, Rule } from "./interval_kit.ts";
import { INTERVAL_RULES } from "./interval_rules.ts";
import { IPOW, REDUCTIONS } from "./ops.ts";
import { fillConstants, layoutOf, type Tape } from "./tape.ts";

export interface Enclosure {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  /** Whether all outputs are analytic in the inputs that vary, over the box. */
  smooth: boolean;
}

interface Step {
  readonly name: string;
  readonly rule: Rule;
  readonly to: number;
  readonly lanes: number;
  readonly from: readonly [number, number, number];
  readonly strides: readonly [number, number, number];
  readonly varies: boolean;
}

/** What a reduction does with one lane more. */
const FOLD: Readonly<Record<string, string>> = { sum: "add", prod: "mul", maxof: "max", minof: "min" };

/** Missing arguments repeat the first, so that every step reads three and none is unrelated. */
function three(numbers: readonly number[]): [number, number, number] {
  const a = numbers[0]!;
  return [a, numbers[1] ?? a, numbers[2] ?? a];
}

export class IntervalMachine {
  private readonly cells: Interval[];
  private readonly smooth: Uint8Array;
  private readonly steps: Step[] = [];
  private readonly inputs: number;
  private readonly places: Int32Array;
  private readonly result: Enclosure;
  private readonly scratch: Interval = { lo: 0, hi: 0 };

  /**
   * @param tape a tape that `checkTape` has passed.
   * @param varying for each input whether it varies; a corner in the others is none. Default: all do.
   */
  constructor(tape: Tape, varying?: readonly boolean[]) {
    const layout = layoutOf(tape);
    const start = new Float64Array(layout.size);
    fillConstants(tape, layout, start);
    // A NaN constant may be anything.
    this.cells = Array.from(start, (x) =>
      Number.isNaN(x) ? { lo: -Infinity, hi: Infinity } : { lo: x, hi: x },
    );
    this.smooth = new Uint8Array(layout.size).fill(1);
    this.inputs = tape.inputs;
    const varies = layout.isColumn.map((_, i) => i < tape.inputs && (varying?.[i] ?? true));
    const first = tape.inputs + tape.constants.length + tape.columns.length;
    tape.ops.forEach(([, ...rest], i) => {
      const [plain, registers] = untangled(tape, first, i);
      varies[first + i] = registers.some((register) => varies[register]!);
      this.steps.push({
        name: plain,
        rule: ruleOf(plain, rest),
        to: layout.offset[first + i]!,
        lanes: registers.some((register) => layout.isColumn[register]!) ? tape.lanes : 1,
        from: three(registers.map((register) => layout.offset[register]!)),
        strides: three(registers.map((register) => (layout.isColumn[register]! ? 1 : 0))),
        varies: varies[first + i]!,
      });
    });
    this.places = Int32Array.from(tape.outputs, (register) => layout.offset[register]!);
    this.result = {
      lo: new Float64Array(tape.outputs.length),
      hi: new Float64Array(tape.outputs.length),
      smooth: true,
    };
  }

  /** Enclosures of the outputs for inputs in [lo, hi]; the next run overwrites them. */
  run(lo: ArrayLike<number>, hi: ArrayLike<number>): Enclosure {
    for (let i = 0; i < this.inputs; i++) {
      const cell = this.cells[i]!;
      const known = lo[i]! <= hi[i]!;
      cell.lo = known ? lo[i]! : -Infinity;
      cell.hi = known ? hi[i]! : Infinity;
    }
    for (const step of this.steps)
      if (Object.hasOwn(FOLD, step.name)) this.fold(step);
      else this.each(step);
    this.result.smooth = true;
    this.places.forEach((place, i) => {
      this.result.lo[i] = this.cells[place]!.lo;
      this.result.hi[i] = this.cells[place]!.hi;
      if (this.smooth[place] === 0) this.result.smooth = false;
    });
    return this.result;
  }

  private each({ name, rule, to, lanes, from, strides, varies }: Step): void {
    for (let k = 0; k < lanes; k++) {
      const a = from[0] + k * strides[0];
      const b = from[1] + k * strides[1];
      const c = from[2] + k * strides[2];
      const out = this.cells[to + k]!;
      const analytic = rule(this.cells[a]!, this.cells[b]!, this.cells[c]!, out);
      // What the branch that is not taken does is no matter.
      let below = this.smooth[a]!;
      if (name === "select") {
        const choice = this.cells[a]!;
        if (choice.lo <= 0 && choice.hi >= 0) below &= this.smooth[c]!;
        if (choice.lo !== 0 || choice.hi !== 0) below &= this.smooth[b]!;
      } else below &= this.smooth[b]! & this.smooth[c]!;
      // What does not vary has no corners, but it must be there at all: log(−1) is not.
      const exists = Number.isFinite(out.lo) && Number.isFinite(out.hi);
      this.smooth[to + k] = (varies ? analytic : exists) ? below : 0;
    }
  }

  private fold({ name, rule, to, lanes, from, varies }: Step): void {
    const out = this.cells[to]!;
    const before = this.scratch;
    out.lo = out.hi = REDUCTIONS[name]!.start;
    let smooth = 1;
    for (let k = 0; k < lanes; k++) {
      const lane = this.cells[from[0] + k]!;
      if (k === 0) {
        // The start would count as an infinite value in max and min, and as a rounding in sums.
        out.lo = lane.lo;
        out.hi = lane.hi;
      } else {
        before.lo = out.lo;
        before.hi = out.hi;
        if (!rule(before, lane, lane, out)) smooth = 0;
      }
      smooth &= this.smooth[from[0] + k]!;
    }
    this.smooth[to] = varies ? smooth : 1;
  }
}

/**
 * The operation i with its argument registers, asked in a way that intervals can answer.
 *
 * JAX differentiates max(a, b) through a = max(a, b), which no two overlapping enclosures can settle; a ≥ b
 * says the same and they can. Likewise a ≠ a only asks for NaN.
 */
function untangled(tape: Tape, first: number, i: number): [string, readonly number[]] {
  const [name, ...rest] = tape.ops[i]!;
  if (name === IPOW) return [name, rest.slice(0, 1)];
  if (name !== "eq" && name !== "ne") return [name, rest];
  const [a, b] = [rest[0]!, rest[1]!];
  if (a === b) return [name === "eq" ? "itself" : "not itself", [a]];
  if (name === "ne") return [name, rest];
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const [maker, ...from] = tape.ops[other - first] ?? ["none"];
    if ((maker !== "max" && maker !== "min") || !from.includes(one)) continue;
    const rival = from[0] === one ? from[1]! : from[0]!;
    return [maker === "max" ? "ge" : "le", [one, rival]];
  }
  return [name, rest];
}

/** x = x and x ≠ x: only NaN differs from itself, and what is bounded and smooth is no NaN. */
function itself(equal: boolean): Rule {
  return (a, _, __, out) => {
    const bounded = Number.isFinite(a.lo) && Number.isFinite(a.hi);
    out.lo = bounded && equal ? 1 : 0;
    out.hi = bounded && !equal ? 0 : 1;
    return bounded;
  };
}
const ITSELF: Readonly<Record<string, Rule>> = { itself: itself(true), "not itself": itself(false) };

function ruleOf(name: string, rest: readonly number[]): Rule {
  if (name === IPOW) return (a, _, __, out) => integerPower(a, rest[1]!, out);
  const rule = ITSELF[name] ?? INTERVAL_RULES[FOLD[name] ?? name];
  if (rule === undefined) throw new Error(`There is no interval rule for ${name}.`);
  return rule;
}
