import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { IntervalMachine } from "../../src/math/interval.ts";
import { Machine } from "../../src/math/machine.ts";
import { OPS } from "../../src/math/ops.ts";
import { checkTape, type Tape } from "../../src/math/tape.ts";
import { written } from "./jets.ts";

const NAMES = Object.keys(OPS);
const end = fc.oneof(fc.double({ min: -5, max: 5, noNaN: true }), fc.constantFrom(-2, -1, 0, 0.5, 1, 2, 3));

/** A random program of two inputs; with columns if there are lanes. */
const tapes: fc.Arbitrary<Tape> = fc
  .record({
    lanes: fc.constantFrom(1, 3),
    constants: fc.array(end, { minLength: 1, maxLength: 3 }),
    ops: fc.array(
      fc.record({
        name: fc.constantFrom(...NAMES, "ipow", "sum", "prod", "maxof", "minof"),
        from: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
        exponent: fc.integer({ min: -4, max: 7 }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  })
  .map(({ lanes, constants, ops }) => {
    const columns = lanes === 1 ? [] : [[-1, 0.25, 2]];
    let filled = 2 + constants.length + columns.length;
    const list = ops.map(({ name, from, exponent }) => {
      const registers = from.map((entry) => entry % filled);
      filled++;
      if (name === "ipow") return [name, registers[0]!, exponent];
      return [name, ...registers.slice(0, Object.hasOwn(OPS, name) ? OPS[name]!.arity : 1)];
    });
    // Outputs are single numbers: the sum of each operation's lanes.
    const first = filled - ops.length;
    const sums = ops.map((_, i) => ["sum", first + i]);
    return checkTape({
      v: 1, inputs: 2, constants, columns, lanes, ops: [...list, ...sums], outputs: sums.map((_, i) => filled + i),
    }); // prettier-ignore
  });

describe("IntervalMachine", () => {
  it("encloses what the machine computes, on random programs and boxes", () => {
    let bounded = 0;
    fc.assert(
      fc.property(tapes, end, end, end, end, (tape, a, b, c, d) => {
        const lo = [Math.min(a, b), Math.min(c, d)];
        const hi = [Math.max(a, b), Math.max(c, d)];
        const machine = new Machine(tape);
        const { lo: low, hi: high } = new IntervalMachine(tape).run(lo, hi);
        if ([...low, ...high].every(Number.isFinite)) bounded++;
        for (let i = 0; i <= 6; i++)
          for (let j = 0; j <= 6; j++) {
            const inputs = [lo[0]! + ((hi[0]! - lo[0]!) * i) / 6, lo[1]! + ((hi[1]! - lo[1]!) * j) / 6];
            if (inputs.some((x, k) => x < lo[k]! || x > hi[k]!)) continue;
            const values = machine.run(inputs);
            // A computed infinity or NaN stands for no real value, and what follows from it for nothing.
            if (!values.every(Number.isFinite)) continue;
            values.forEach((value, k) => {
              const inside = value >= low[k]! && value <= high[k]!;
              expect(inside, `${value} in [${low[k]!}, ${high[k]!}] (${k}) at ${inputs.join()}`).toBe(true);
            });
          }
      }),
      { numRuns: 1500 },
    );
    // An interpretation that always answers the whole line would pass the above.
    expect(bounded).toBeGreaterThan(300);
  }, 60_000);

  it.each(NAMES)("encloses %s on small and large intervals, and tightly on a point", (name) => {
    const op = OPS[name]!;
    const registers = Array.from({ length: op.arity }, (_, i) => i);
    const tape = checkTape({
      v: 1, inputs: op.arity, constants: [], columns: [], lanes: 1, ops: [[name, ...registers]], outputs: [op.arity],
    }); // prettier-ignore
    const machine = new Machine(tape);
    const intervals = new IntervalMachine(tape);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: -30, max: 30, noNaN: true }), fc.double({ min: 0, max: 8, noNaN: true })), { minLength: 3, maxLength: 3 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (boxes, shares) => {
          const box = boxes.slice(0, op.arity);
          const lo = box.map(([a]) => a);
          const hi = box.map(([a, width]) => a + width);
          const inputs = box.map(([a, width], i) => Math.min(a + shares[i]! * width, hi[i]!));
          const value = machine.run(inputs)[0]!;
          const out = intervals.run(lo, hi);
          if (!Number.isNaN(value)) expect(value >= out.lo[0]! && value <= out.hi[0]!).toBe(true);
          const point = intervals.run(inputs, inputs);
          if (Number.isFinite(value) && Number.isFinite(point.lo[0]! + point.hi[0]!) && point.smooth)
            expect(point.hi[0]! - point.lo[0]!).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(value)) * (1 + 100 * Math.abs(inputs[1] ?? 0)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("says where a function is not smooth, also when a piece only touches the place", () => {
    const smooth = (tape: Tape, a: number, b: number): boolean => new IntervalMachine(tape).run([a], [b]).smooth;
    const corner = written((write, w) => write.abs(w));
    expect([smooth(corner, -1, 1), smooth(corner, 0, 1), smooth(corner, -1, 0), smooth(corner, 0.1, 1)]).toEqual([false, false, false, true]);
    const jump = written((write, w) => write.above(1, write.mul(w, w), w));
    expect([smooth(jump, 0, 2), smooth(jump, 1, 2), smooth(jump, 1.1, 2), smooth(jump, -3, 0.9)]).toEqual([false, false, true, true]);
    const pole = written((write, w) => write.inverse(w));
    expect([smooth(pole, -1, 1), smooth(pole, 0, 1), smooth(pole, 0.5, 1)]).toEqual([false, false, true]);
    // The logarithm of the branch that is not taken is no matter.
    const branch = written((write, w) => write.above(0, write.log(w), write.mul(w, w)));
    expect([smooth(branch, -2, -1), smooth(branch, 1, 2), smooth(branch, -1, 1)]).toEqual([true, true, false]);
  });

  it("counts no corner in inputs that do not vary", () => {
    const tape = checkTape({ v: 1, inputs: 2, constants: [], columns: [], lanes: 1, ops: [["abs", 1], ["mul", 0, 2]], outputs: [3] });
    expect(new IntervalMachine(tape).run([1, 0], [2, 0]).smooth).toBe(false);
    expect(new IntervalMachine(tape, [true, false]).run([1, 0], [2, 0]).smooth).toBe(true);
  });

  it("answers JAX's question max(a, b) = a as a ≥ b", () => {
    const tape = checkTape({
      v: 1, inputs: 1, constants: [0], columns: [], lanes: 1, ops: [["max", 0, 1], ["eq", 0, 2], ["ne", 0, 0]], outputs: [3, 4],
    }); // prettier-ignore
    const out = new IntervalMachine(tape).run([1], [2]);
    expect([...out.lo, ...out.hi, out.smooth]).toEqual([1, 0, 1, 0, true]);
    const touching = new IntervalMachine(tape).run([-1], [2]);
    expect([touching.lo[0], touching.hi[0], touching.smooth]).toEqual([0, 1, false]);
  });
});
