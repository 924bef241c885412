import { describe, expect, it } from "vitest";

import { LOOPED } from "../../src/math/lanes.ts";
import { INLINE, Machine } from "../../src/math/machine.ts";
import { arityOf, isOp, nextafter, OPS, REDUCTIONS } from "../../src/math/ops.ts";
import { checkTape, type Tape } from "../../src/math/tape.ts";
import { INTERVAL_RULES } from "../../src/math/interval_rules.ts";

const UNARY =
  "neg abs sign floor ceil rint trunc sqrt rsqrt cbrt square exp exp2 expm1 log log1p sin cos tan asin acos atan " +
  "sinh cosh tanh asinh acosh atanh logistic erf erfc erfinv lgamma digamma trigamma not isfinite";
const BINARY = "add sub mul div rem pow atan2 max min eq ne lt le gt ge and or xor nextafter";

function plain(more: Partial<Record<keyof Tape, unknown>> = {}): unknown {
  return { v: 1, inputs: 1, constants: [2], columns: [], lanes: 1, ops: [["mul", 0, 1]], outputs: [2], ...more };
}

function single(name: string, arity: number): Machine {
  const ops = [[name, ...Array.from({ length: arity }, (_, i) => i)]];
  return new Machine(checkTape(plain({ inputs: arity, constants: [], ops, outputs: [arity] })));
}

describe("the table of operations", () => {
  it("has every operation of version 1 and no other, with its number of arguments", () => {
    const wanted = [...UNARY.split(" "), ...BINARY.split(" "), "select"].sort();
    expect(Object.keys(OPS).sort()).toEqual(wanted);
    expect(Object.keys(INTERVAL_RULES).sort()).toEqual(wanted);
    expect(Object.keys(REDUCTIONS).sort()).toEqual(["maxof", "minof", "prod", "sum"]);
    for (const name of UNARY.split(" ")) expect(arityOf(name)).toBe(1);
    for (const name of BINARY.split(" ")) expect(arityOf(name)).toBe(2);
    expect(arityOf("select")).toBe(3);
    expect(isOp("ipow")).toBe(true);
    expect(isOp("toString")).toBe(false);
  });

  it("computes the same in the machine's switch and in the table", () => {
    const values = [-Infinity, -3, -1, -0.5, -0, 0, 0.5, 1, 2, 7.25, 1e300, Infinity, NaN];
    for (const [name, op] of Object.entries(OPS)) {
      const machine = single(name, op.arity);
      const apply: (...inputs: number[]) => number = (a, b, c) =>
        op.arity === 1 ? op.apply(a) : op.arity === 2 ? op.apply(a, b) : op.apply(a, b, c);
      for (const a of values)
        for (const b of values) {
          const inputs = [a, b, 5].slice(0, op.arity);
          expect(machine.run(inputs)[0], `${name}(${inputs.join()})`).toBe(apply(...inputs));
        }
    }
    expect(INLINE.length).toBe(20);
  });

  it("answers as C and JAX do where JavaScript differs", () => {
    const at = (name: string, ...inputs: number[]): number => single(name, inputs.length).run(inputs)[0]!;
    expect(at("pow", 1, NaN)).toBe(1);
    expect(at("pow", -1, Infinity)).toBe(1);
    expect(["rint", "rint", "rint", "rint"].map((name, i) => at(name, [0.5, 1.5, 2.5, -0.5][i]!))).toEqual([0, 2, 2, -0]);
    expect(at("sign", -0)).toBe(-0);
    expect(at("sign", NaN)).toBeNaN();
    expect(at("max", NaN, 1)).toBeNaN();
    expect(at("rem", -5, 3)).toBe(-2);
    expect(at("select", NaN, 1, 2)).toBe(1);
    expect(nextafter(1, 2)).toBe(1 + Number.EPSILON);
    expect(nextafter(0, -1)).toBe(-Number.MIN_VALUE);
    expect(nextafter(-1, -2)).toBe(-1 - Number.EPSILON);
    expect(nextafter(Number.MAX_VALUE, Infinity)).toBe(Infinity);
  });

  it("raises to whole powers by repeated squaring", () => {
    const power = (n: number, a: number): number =>
      new Machine(checkTape(plain({ ops: [["ipow", 0, n]] }))).run([a])[0]!;
    expect(power(0, NaN)).toBe(1);
    expect(power(5, 1.1)).toBe(1.1 * (1.1 * 1.1 * (1.1 * 1.1)));
    expect(power(-3, 2)).toBe(0.125);
    expect(power(2 ** 40, 1)).toBe(1);
  });
});

describe("Machine", () => {
  it("runs columns lane by lane and stretches single numbers", () => {
    const tape = checkTape({
      v: 1, inputs: 1, constants: [10, "-inf"], lanes: 3, columns: [[1, 2, 3], [0, "nan", 1]],
      ops: [
        ["mul", 0, 3], ["add", 5, 1], ["sum", 6], ["prod", 5], ["maxof", 6], ["minof", 3],
        ["select", 4, 3, 1], ["sum", 11], ["ipow", 3, 2], ["sum", 13], ["exp", 2], ["sum", 0],
      ],
      outputs: [7, 8, 9, 10, 12, 14, 15, 16],
    }); // prettier-ignore
    // 2·(1, 2, 3) = (2, 4, 6); + 10 → sum 42; product 48; largest 16; least of the column 1;
    // select by (0, NaN, 1) → (10, 2, 3); squares 1 + 4 + 9; e^−∞; the sum of one number.
    expect([...new Machine(tape).run([2])]).toEqual([42, 48, 16, 1, 15, 14, 0, 2]);
  });

  it("computes in its loops over lanes what the table says, for columns and single numbers", () => {
    const column = [-2, 0, 0.5, "inf", "nan"];
    const values = [-2, 0, 0.5, Infinity, NaN];
    for (const [name, op] of Object.entries(OPS))
      for (const mask of Array.from({ length: 2 ** op.arity - 1 }, (_, i) => i + 1)) {
        // Register 0 is the single number, 1 the column; bit i of the mask makes argument i the column.
        const from = Array.from({ length: op.arity }, (_, i) => (mask >> i) & 1);
        const lane = (k: number): unknown[] => column.map((_, i) => (i === k ? 1 : 0));
        const ops: unknown[] = [[name, ...from]];
        values.forEach((_, k) => ops.push(["select", 2 + k, 7, 0], ["maxof", 8 + 2 * k]));
        const tape = checkTape({ v: 1, inputs: 1, constants: [], columns: [column, ...column.map((_, k) => lane(k))], lanes: 5, ops, outputs: values.map((_, k) => 9 + 2 * k) });
        const found = new Machine(tape).run([-1e308]);
        const apply: (...inputs: number[]) => number = (a, b, c) =>
          op.arity === 1 ? op.apply(a) : op.arity === 2 ? op.apply(a, b) : op.apply(a, b, c);
        values.forEach((value, k) => {
          const wanted = apply(...from.map((bit) => (bit === 1 ? value : -1e308)));
          // −∞ and the like fall below the filling −1e308.
          expect(found[k], `${name} ${from.join()} lane ${k}`).toBe(wanted < -1e308 ? -1e308 : wanted);
        });
      }
    for (const name of LOOPED) expect(Object.hasOwn(OPS, name)).toBe(true);
  });

  it("keeps nothing from one run to the next", () => {
    const machine = new Machine(checkTape(plain()));
    expect([machine.run([3])[0], machine.run([4])[0], machine.run([3])[0]]).toEqual([6, 8, 6]);
  });
});

describe("checkTape", () => {
  const refused: [unknown, RegExp][] = [
    [null, /must be an object, but it is null/],
    [plain({ v: 2 }), /version is 2, and this page reads version 1/],
    [{ ...(plain() as object), extra: 1 }, /a field "extra" that tapes do not have/],
    [plain({ inputs: 1.5 }), /"inputs" must be a whole number of at least 0, but it is 1.5/],
    [plain({ lanes: 0 }), /"lanes" must be a whole number of at least 1/],
    [plain({ constants: [null] }), /entry 0 of "constants" must be a number, "nan", "inf" or "-inf", but it is null/],
    [plain({ columns: [[1, 2]] }), /column 0 has 2 entries, but "lanes" says 1/],
    [plain({ ops: [["eval", 0]] }), /operation 0 is called "eval", which is no operation/],
    [plain({ ops: [["__proto__", 0]] }), /which is no operation/],
    [plain({ ops: [["add", 0]] }), /operation 0 \(add\) takes 2 arguments, but 1 are given/],
    [plain({ ops: [["add", 0, 2]] }), /reads register 2, which has no value yet \(2 are filled\)/],
    [plain({ ops: [["add", 0, -1]] }), /names register -1/],
    [plain({ ops: [["ipow", 0, 1.5]] }), /needs a whole number as its exponent, but it is 1.5/],
    [plain({ outputs: [9] }), /output 0 reads register 9/],
    [plain({ lanes: 2, columns: [[1, 2]], ops: [], outputs: [2] }), /output 0 is a column/],
    [plain({ inputs: 1e12 }), /more than the page can hold/],
    [plain({ lanes: 5000, columns: [Array(5000).fill(1)], ops: Array(2000).fill(["neg", 2]) }), /numbers at once/],
  ];
  it.each(refused)("refuses %j with a sentence", (json, sentence) => {
    expect(() => checkTape(json)).toThrow(sentence);
  });

  it("names a missing field", () => {
    expect(() => checkTape({ v: 1 })).toThrow(/the field "inputs" is missing/);
  });
});
