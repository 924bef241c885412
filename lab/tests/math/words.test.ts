import { describe, expect, it } from "vitest";

import { counted, round, withVariable } from "../../src/math/words.ts";

describe("numbers in sentences", () => {
  it("have a true minus sign, few digits and no trailing zeros", () => {
    expect([1.23456, -0.5, 0, -0, 3, 1234567, 2e-7, -1.5e-9].map((x) => round(x))).toEqual([
      "1.235", "−0.5", "0", "0", "3", "1.235e6", "2e−7", "−1.5e−9",
    ]); // prettier-ignore
    expect([NaN, Infinity, -Infinity].map((x) => round(x))).toEqual(["undefined", "∞", "−∞"]);
    expect([counted(1, "step"), counted(0, "step")]).toEqual(["1 step", "0 steps"]);
  });

  it("tell of another variable, and leave words that end in w alone", () => {
    expect(withVariable("between w = 1 and w = 2; below = 3", "b1")).toBe("between b1 = 1 and b1 = 2; below = 3");
    expect(withVariable("at w = 0", "$&")).toBe("at $& = 0");
  });
});
