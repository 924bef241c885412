// What the page says has to be true of the function itself, whatever window it is watched through.
import { describe, expect, test } from "vitest";
import type { Tape } from "../src/math/tape.ts";
import type { Scenario } from "../src/scenario.ts";
import { Store } from "../src/store.ts";
import type { Derived } from "../src/tabs/derived.ts";
import { Model } from "../src/tabs/model.ts";
import { countWords } from "../src/ui/command.ts";
import { sweepCaption } from "../src/ui/plots.ts";
import { doubleWell, polynomial, written } from "./math/jets.ts";
import { preset } from "./support/fixtures.ts";

type Box = [number, number];

function scenario(tape: Tape, box: Box, start: number, eta: number): Scenario {
  const plain = preset("bowl");
  return { ...plain, function: { ...plain.function, tape, steps: {}, smoothness: { kind: "unknown", words: "" } }, box, start, eta, lesson: "", preset: null };
}

function shown(tape: Tape, box: Box, start: number, eta: number, change: Partial<Scenario> = {}): Derived {
  return new Model().update(new Store({ ...scenario(tape, box, start, eta), ...change }, "none").state, true);
}

const standings = ({ points }: Derived): string[] => points.filter((point) => /m(in|ax)imum/.test(point.kind)).map((point) => `${point.kind} ${point.standing}`);
const caption = (derived: Derived, eta: number): string => sweepCaption(derived, eta, true);

// (w − 1)² (w + 2) = w³ − 3w + 2
const cubic = polynomial([2, -3, 0, 1]);
const well = polynomial([0, 0.3, -1, 0, 0.25]);
const square = polynomial([0, 0, 1]);

describe("the lowest of the window and the lowest of all", () => {
  test("a cubic has neither a global minimum nor a global maximum", () => {
    expect(standings(shown(cubic, [-1.9, 1.9], 1.1, 0.16))).toEqual(["maximum local", "minimum local"]);
  });

  test("the lower valley is known of when it is panned out of view", () => {
    expect(standings(shown(doubleWell(), [-3.4, 3.4], 1.88354, 0.5))).toEqual(["minimum global", "maximum local", "minimum local"]);
    const panned = shown(doubleWell(), [0.5, 4], 1.88354, 0.5);
    expect(standings(panned)).toEqual(["minimum local"]);
    expect(panned.insight.words).toMatch(/It is only a local minimum: the curve is lower outside the window at w = −2\.176, L = 0\.2723\.$/);
  });

  test("of a cut, and beside an answer that is not called global, no more is said than is known", () => {
    const slice = { label: "along w", variable: "w", unit: "", fixed: [], box: [-2, 2] as Box, start: 1 };
    const plain = scenario(square, [-2, 2], 1, 0.5);
    expect(standings(shown(square, [-2, 2], 1, 0.5, { function: { ...plain.function, slices: [slice] } }))).toEqual(["minimum cut"]);
    const answer = { words: "", value: 0, w: 0, kind: "LOCAL_MINIMUM", confidence: "", evidence: [] };
    expect(standings(shown(square, [-2, 2], 1, 0.5, { answer }))).toEqual(["minimum found"]);
    expect(standings(shown(square, [-2, 2], 1, 0.5, { answer: { ...answer, kind: "GLOBAL_MINIMUM" } }))).toEqual(["minimum global"]);
  });

  test("recorded samples know nothing outside", () => {
    const w = Array.from({ length: 81 }, (_, i) => -2 + i / 20);
    const samples = { w, value: w.map((x) => x * x), slope: w.map((x) => 2 * x), curvature: w.map(() => 2) };
    const plain = scenario(square, [-2, 2], 1, 0.5);
    expect(standings(shown(square, [-2, 2], 1, 0.5, { function: { ...plain.function, tape: null, samples } }))).toEqual(["minimum view"]);
  });

  test("rounding far out is nothing lower", () => {
    // (w² + 10) − w² − 10 + (w/1e3)² has values of rounding far out, of either sign.
    const cancelling = written((write, w) => {
      const big = write.mul(write.number(1e8), w);
      const rest = write.add(write.add(write.add(big, write.number(0.1)), write.mul(write.number(-1), big)), write.number(-0.1));
      return write.add(write.add(write.mul(w, w), write.number(1)), rest);
    });
    expect(standings(shown(cancelling, [-2, 2], 1, 0.3)).filter((words) => words.includes("local"))).toEqual([]);
  });
});

describe("places", () => {
  test("the window's ends are none", () => {
    for (const tape of [cubic, written((write, w) => write.inverse(w)), polynomial([0, 1]), polynomial([0, 0, -1])])
      expect(shown(tape, [-1.9, 1.9], 1.1, 0.1).points.filter((point) => point.atEdge)).toEqual([]);
  });

  test("what rounding leaves of 0 is 0", () => {
    // On this window no sample falls on 0.
    for (const tape of [square, written((write, w) => write.add(write.abs(w), write.mul(write.number(0.1), write.mul(w, w))))]) {
      const { points, insight, marks } = shown(tape, [-2.01, 2], 1.1178, 0.5);
      expect(points.map((point) => point.w)).toEqual([0]);
      for (const words of [insight.words, ...marks.map((mark) => mark.why)]) expect(words).not.toMatch(/e−(1[3-9]|[2-9]\d|\d{3})/);
    }
    const log = shown(written((write, w) => write.log(w)), [-0.14, 4], 3, 0.1);
    expect(log.marks[2]!.why).toMatch(/breaks at w = 0 \(pole\)/);
  });

  test("a constant, a level stretch, and one that only float64 makes level", () => {
    const constant = shown(polynomial([5]), [-4, 4], 2.24, 0.5);
    expect(constant.insight.words).toBe("Flat: the curve is constant. Every point is as low as any other, and the ball stays where it is.");
    expect(countWords(constant)).toBe("1 stretch where the curve is level in this window, found numerically");
    const steps = shown(written((write, w) => write.floor(w)), [-4, 4], 2.24, 0.5);
    expect(steps.points.every((point) => point.kind === "level")).toBe(true);
    expect(steps.insight.words).toMatch(/^Flat: from w = 2 to 3 the curve is level/);
    const fading = shown(written((write, w) => write.exp(write.mul(write.number(-1), w))), [180, 1310], 900, 0.5);
    expect(fading.insight.words).toMatch(/slope is smaller than float64 can show/);
    expect(fading.insight.words).not.toMatch(/minimum/);
    expect(countWords(fading)).toBe("1 stretch where float64 shows no slope in this window, found numerically");
    const power = shown(written((write, w) => write.power(w, 1000)), [-1.01, 1.01], 0.2, 0.5);
    expect(power.insight.words).toMatch(/smaller than float64 can show.*a minimum lies somewhere in there/);
  });

  test("a minimum is found however small the function is", () => {
    const { points } = shown(written((write, w) => write.mul(write.number(1e-300), write.mul(w, w))), [-2.01, 2], 1.12, 5e299);
    expect(points.map((point) => `${point.kind} ${point.w}`)).toEqual(["minimum 0"]);
  });

  test("the lower side of a jump is one, where the curve has a place there", () => {
    // floor(w)²/4 + w²/10: 0 at w = 0, at least 1/4 left of it.
    const tape = written((write, w) => {
      const floor = write.floor(w);
      return write.add(write.mul(write.number(0.25), write.mul(floor, floor)), write.mul(write.number(0.1), write.mul(w, w)));
    });
    for (const box of [[-2, 2], [-2.01, 2]] as Box[]) {
      const { points, insight } = shown(tape, box, 1.12, 0.5);
      expect(points.map((point) => `${point.kind} ${point.w} ${point.standing}`)).toEqual(["jump minimum 0 global"]);
      expect(insight.words).toMatch(/at the minimum w = 0, .*there after \d+ steps\. Step 2 crosses a jump near w = 1, of which no slope tells, and comes out lower/);
    }
    // w² + 3 left of 1 and w² right of it, 1 belonging to the left: no lowest place there.
    const open = written((write, w) => write.above(1, write.add(write.mul(w, w), write.number(-3)), write.mul(w, w)));
    expect(shown(open, [-2, 4], -1, 0.1).points.map((point) => point.kind)).toEqual(["minimum"]);
  });
});

describe("the walk", () => {
  test("without a pattern is told so, with the range that it covers", () => {
    const { insight, observed } = shown(cubic, [-1.91, 1.9], 1.0618, 0.5);
    const [, low, high] = /^Oscillates without a pattern: its last 200 steps jump about between w = (\S+) and w = (\S+) /.exec(insight.words) ?? [];
    expect(Number(low!.replace("−", "-"))).toBeLessThan(-0.99);
    expect(Number(high)).toBeGreaterThan(1.66);
    expect(observed.words).toBe("The distance to the minimum goes up and down: there is no rate.");
  });

  test("in a cycle is told with its length", () => {
    // The logistic map r·x(1 − x) at r = 3.5 has a cycle of four: w − η L′(w) with η = 1, L′ = w − 3.5w + 3.5w².
    const { insight } = shown(polynomial([0, 0, -1.25, 3.5 / 3]), [-0.2, 1.2], 0.3, 1);
    expect(insight.words).toMatch(/ends in a round of 4 places between w = 0\.3828 and w = 0\.875 without end/);
  });

  test("that overflows diverges: the curve is defined there", () => {
    const { insight, path } = shown(written((write, w) => write.exp(write.mul(w, w))), [-2, 2], 1.1178, 0.5);
    expect(insight.words).toMatch(/^Diverges: at step 2 the loss is larger than float64 can hold/);
    expect(path.ended).toMatchObject({ reason: "diverged", step: 2 });
  });

  test("bounces in steps of the length that is said", () => {
    const { insight } = shown(written((write, w) => write.add(write.abs(w), write.mul(write.number(0.1), write.mul(w, w)))), [-2, 2], 1.1178, 0.5);
    expect(insight.words).toMatch(/between w = −0\.2632 and w = 0\.2632: .*the steps stay about 0\.5263 long/);
  });

  test("has no rate at a corner, and no rate better than linear at a smooth minimum", () => {
    const corner = written((write, w) => write.above(1, write.mul(w, w), write.add(write.number(2), write.mul(write.number(-1), w))));
    expect(shown(corner, [-3, 3], 2.5, 0.1).observed.words).not.toMatch(/e10|creeps|faster/);
    const { observed, predicted } = shown(well, [-2.76, 2.61], 1.4286, 0.3);
    expect(observed.words).not.toMatch(/faster than linear/);
    expect(observed.rate! / predicted!).toBeCloseTo(1, 2);
  });

  test("is told and counted the same through every window", () => {
    const boxes: Box[] = [[-2.76, 2.61], [-1, 1], [1.3, 1.5], [-300, 300]];
    const all = boxes.map((box) => shown(well, box, 1.4286, 0.3));
    for (const each of all) {
      expect(each.insight.words).toMatch(/there after 4 steps/);
      expect(each.marks[0]!.eta).toBe(all[0]!.marks[0]!.eta);
    }
    expect(all[1]!.insight.words).toMatch(/at the minimum w = 1\.332, outside the window/);
  });
});

describe("the sweep", () => {
  test("has the present η among those tried, and counts it as the sentence does", () => {
    const bowl = shown(square, [-2, 2], 1.12, 0.5);
    expect(bowl.insight.words).toMatch(/there after 1 step\.$/);
    expect(caption(bowl, 0.5)).toBe("Fewest of those tried: 1 step, at the present η = 0.50.");
    const slower = shown(square, [-2, 2], 1.12, 0.1);
    const steps = /there after (\d+) steps/.exec(slower.insight.words)![1]!;
    expect(caption(slower, 0.1)).toBe(`Fewest of those tried: 1 step at η ≈ 0.50 · now η = 0.10: ${steps} steps`);
  });

  test("reaches a level floor where the sentence says so", () => {
    const floor = shown(written((write, w) => write.relu(w)), [-2, 2], 1.12, 0.4);
    expect(floor.insight.words).toMatch(/^Reaches the level floor between w = −2 and w = 0 \(as far as the window shows\), there after 3 steps/);
    expect(floor.sweep.entries.find((entry) => entry.eta === 0.4)).toMatchObject({ outcome: "arrives", steps: 3 });
  });

  test("takes a slow approach for no end elsewhere", () => {
    const { sweep } = shown(written((write, w) => write.exp(write.mul(w, w))), [-2, 2], 1.12, 0.041);
    expect(sweep.entries.find((entry) => entry.eta === 0.041)?.outcome).toBe("arrives");
  });
});
