// What the curve says of functions that it once told wrongly: their domains, floors, jumps, and balls outside the window.
import { describe, expect, test } from "vitest";
import { tapeCurve } from "../src/math/curve.ts";
import { Store } from "../src/store.ts";
import type { Scenario } from "../src/scenario.ts";
import type { Derived } from "../src/tabs/derived.ts";
import { sweepOf } from "../src/tabs/scenes.ts";
import { Model } from "../src/tabs/model.ts";
import { countWords, smoothWords } from "../src/ui/command.ts";
import { nextWords } from "../src/ui/readouts.ts";
import { labOf } from "./support/fixtures.ts";

function shown(formula: string, change: Partial<Scenario> = {}): Derived & { scenario: Scenario } {
  const scenario = { ...labOf(formula), ...change };
  return { ...new Model().update(new Store(scenario, "none").state, true), scenario };
}

const mark = (derived: Derived, key: string): Derived["marks"][number] => derived.marks.find((each) => each.key === key)!;

describe("the end of the domain", () => {
  test.each([["log(x)", "−0.5"], ["sqrt(x)", "−0.6"]])("%s: no η is called safe where a step can leave, and the step is told", (formula, next) => {
    const derived = shown(formula, formula === "log(x)" ? { start: 1 } : { start: 0.01, eta: 0.122 });
    expect(derived.insight.words).toMatch(/^Leaves the domain: step 1/);
    expect(mark(derived, "view").eta).toBeNull();
    if (formula === "log(x)") expect(mark(derived, "view").why).toMatch(/leaves the window and lands at w = −.*, where the curve is not defined/);
    expect(nextWords(derived.scenario, derived)).toContain(next);
  });

  test("where no step leaves, the mark stands", () => {
    expect(mark(shown("x^2", { start: 1, eta: 0.1 }), "view")).toMatchObject({ eta: 1, tag: "bound" });
  });

  test("a start outside it is where the ball stands, not where a step leads", () => {
    expect(shown("sin(x)/x").path.ended!.words).toMatch(/^The ball stands at w = 0, where the curve is not defined/);
  });

  test("smooth is said of where the function is defined", () => {
    const smooth = { kind: "smooth", words: "every step is smooth" } as const;
    expect(smoothWords(smooth, shown("1/x"))).toBe("✓ smooth where it is defined");
    expect(smoothWords({ ...smooth, words: `${smooth.words} where it is defined` }, null)).toBe("✓ smooth where it is defined");
    expect(smoothWords(smooth, shown("x^2"))).toBe("✓ smooth");
  });

  test("what each η is tried on is named, or why there is nothing", () => {
    const falls = shown("exp(-x)", { start: -1 });
    expect(falls.unswept).toMatch(/^The curve still falls at the end of the window on the right: no minimum lies between\.$/);
    expect(sweepOf(new Store(falls.scenario, "none").state, falls).words).toBe("no minimum of slope 0 to reach from here");
    // η is too long for the valley ahead and the ball runs away: the others are tried all the same.
    const away = shown("x^4 - 3x^2 + x", { start: 2.2, eta: 1 });
    expect([away.path.ended?.reason, away.unswept]).toEqual(["diverged", ""]);
    expect(away.sweep.entries.some((entry) => entry.outcome === "arrives")).toBe(true);
    expect(sweepOf(new Store(away.scenario, "none").state, { ...away, sweep: { ...away.sweep, entries: [] } }).words).toBe("being worked out");
  });

  test("a step over a pole is told", () => {
    expect(shown("1/x").insight.words).toMatch(/^Walks out of the window on the right: .* Step \d+ crosses a pole near w = 0, of which no slope tells, and comes out higher/);
    // Whatever becomes of the ball, and on whichever side it comes out.
    expect(shown("1/x", { start: -1, eta: 0.5 }).insight.words).toMatch(/Step \d+ crosses a pole near w = 0/);
    expect(shown("log(abs(x))").insight.words).toMatch(/Step \d+ crosses a pole near w = 0/);
    expect(shown("x^2", { start: 1, eta: 0.9 }).insight.words).not.toMatch(/crosses/);
  });

  test("x^x is not called lower where it is defined at whole numbers alone", () => {
    const derived = shown("x^x", { start: 1, eta: 0.2 });
    expect(derived.insight.words).toMatch(/η·L″/);
    expect(derived.insight.words).not.toMatch(/outside the window|local minimum/);
  });
});

test("what follows from the steps of a function is no more than that it is not proved smooth", () => {
  // sign(x)·x is |x|, and |x|^1.5 has a slope everywhere.
  expect([smoothWords({ kind: "jumps", words: "" }, null), smoothWords({ kind: "kinked", words: "" }, null)]).toEqual(["? not proved smooth: a step jumps", "? not proved smooth: a step has a corner"]);
});

describe("a ball outside the window", () => {
  test("the minimum that it rolls to is named by the sentence, the mark and the plot", () => {
    for (const [eta, words] of [[0.2, /η·L″ = .* at the minimum w = 1\.13/], [0.001, /w = 1\.13/]] as const) {
      const derived = shown("x^4 - 3x^2 + x", { eta });
      expect(derived.insight.words).toMatch(words);
      expect(mark(derived, "valley").why).toMatch(/heading for the minimum at w = 1\.13/);
      const state = new Store(derived.scenario, "none").state;
      expect(sweepOf(state, derived).entries.length).toBeGreaterThan(10);
    }
    expect(shown("x^2").insight.words).toMatch(/η·L″ = 3 > 2 at the minimum w = 0/);
  });

  test("one that began there does not walk out", () => {
    expect(shown("exp(-x)").insight.words).toMatch(/^Walks on outside the window, to the right: no minimum is known downhill/);
    expect(mark(shown("exp(-x)"), "valley").why).toMatch(/outside the window/);
  });
});

describe("level ground", () => {
  test("a floor that the window cuts is told as far as it is seen", () => {
    expect(shown("max(x, 0)").insight.words).toMatch(/^Reaches the level floor between w = −2\.01 and w = 0 \(as far as the window shows\)/);
    const resting = shown("max(x, 0)", { start: -0.0852 }).insight.words;
    expect(resting).toMatch(/^On the floor of the lowest minimum found, w = −2\.01 to 0 \(as far as the window shows\), L = 0:/);
  });

  test.each([["floor(x)", "0 to 1"], ["2 floor(x / 2)", "0 to 2"]])("%s: at the common end of two treads the ball is on its own", (formula, span) => {
    expect(shown(formula).insight.words).toContain(`Flat: from w = ${span} the curve is level`);
  });

  test("|x − 1| + |x + 1|: the slope between the corners is zero, and known to be", () => {
    const derived = shown("abs(x - 1) + abs(x + 1)", { start: 0.5 });
    expect(derived.insight.words).toMatch(/^On the floor of the lowest minimum found, w = −1 to 1, L = 2: the slope is zero/);
    expect(countWords(derived)).toContain("1 stretch where the curve is level");
  });

  test("sums without rounding are enclosed by themselves", () => {
    const { tape } = labOf("abs(x - 1) + abs(x + 1)").function;
    expect(tapeCurve(tape!).bounds!(-0.9, 0.9)).toMatchObject({ slope: [0, 0] });
  });
});

test("η·L″ next to 1 is told with the digits that it has", () => {
  expect(shown("x^2", { start: 3, eta: 0.5023 }).insight.words).toMatch(/η·L″ = 1\.0046 at the minimum w = 0 lies between 1 and 2/);
});
