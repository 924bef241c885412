import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counted } from "../src/math/words.ts";
import { fixed, plain, raised, short, spoken, stepSize } from "../src/ui/format.ts";

const any = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 5e-324, 1e308));

describe("numbers on the screen", () => {
  test("have fixed decimals, a real minus and no signed zero", () => {
    expect(fixed(1.88354, 5)).toBe("1.88354");
    expect(fixed(-0.5)).toBe("−0.5000");
    expect(fixed(-0)).toBe("0.0000");
    expect(fixed(-0.00004)).toBe("−4.00×10⁻⁵");
    expect(fixed(1.5e9)).toBe("1.50×10⁹");
  });

  test("are short in sentences", () => {
    expect(short(0.70123)).toBe("0.701");
    expect(short(-1234)).toBe("−1230");
    expect(short(123456)).toBe("1.2×10⁵");
    expect(short(0)).toBe("0");
  });

  test("step sizes show two decimals or all that they have", () => {
    expect(stepSize(0.5)).toBe("0.50");
    expect(stepSize(0.125)).toBe("0.125");
    expect(stepSize(3)).toBe("3.00");
    expect(stepSize(1e-7)).toBe("1e-7");
  });

  test("can be spoken", () => {
    expect(spoken(-1.25)).toBe("minus 1.25");
    expect(spoken(-5e-324)).toBe("minus 5 times ten to the minus 324");
    expect(spoken(NaN)).toBe("undefined");
    expect(spoken(-Infinity)).toBe("minus infinity");
  });

  test("exponents and plurals", () => {
    expect(raised(-12)).toBe("⁻¹²");
    expect(counted(1, "step")).toBe("1 step");
    expect(counted(2, "step")).toBe("2 steps");
  });

  test("never show the words of the machine", () => {
    fc.assert(
      fc.property(any, (x) => {
        for (const words of [fixed(x), short(x), spoken(x)]) expect(words).not.toMatch(/NaN|Infinity|^-|e[+-]/);
      }),
    );
  });

  test("a step size that is shown in full can be typed back", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), (eta) => {
        expect(Math.abs(Number(plain(eta)) - eta)).toBeLessThanOrEqual(1e-3 * eta);
        expect(Number(plain(eta, 17))).toBe(eta);
      }),
    );
  });
});
