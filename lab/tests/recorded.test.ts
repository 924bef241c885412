// A path that an engine walked, on the landscape: checked, drawn, timed and told as recorded.
import { describe, expect, test } from "vitest";
import { drawRace, rowAt } from "../src/draw/plane/raceplot.ts";
import { mapFrame } from "../src/draw/plane/mapframe.ts";
import { drawMapBack } from "../src/draw/plane/map.ts";
import { drawTrails } from "../src/draw/plane/trails.ts";
import { DARK, LIGHT } from "../src/draw/palette.ts";
import { Sheet } from "../src/draw/sheet.ts";
import { SvgPainter } from "../src/draw/svg.ts";
import { checkScenario, scenarioHash, toText, type RecordedWalk, type Scenario } from "../src/scenario.ts";
import { PlaneModel, type PlaneDerived } from "../src/tabs/plane/model.ts";
import { lossOf, slopeOf, trailsOf } from "../src/tabs/plane/scene.ts";
import { landscapeOf } from "../src/tabs/plane/state.ts";
import { planeSnippet } from "../src/ui/plane/snippet.ts";
import { preset, presetJson } from "./support/fixtures.ts";

const WALK: RecordedWalk = {
  label: "adam", numbers: [0, 10, 20, 45], x: [0, 1, 2, 2.5], y: [-3, -2, 1, 1.5], value: [200, 90, 30, 7], slope: [52, 40, 20, 9], share: 1, ended: "",
};

function withWalk(walk: RecordedWalk, rules: string[] = [], fixed?: number[]): Scenario {
  const scenario = preset("Himmelblau");
  const { plane } = scenario.function;
  const cut = { ...plane!.cuts[0]!, recorded: walk, ...(fixed === undefined ? {} : { fixed }) };
  return { ...scenario, function: { ...scenario.function, plane: { ...plane!, cuts: [cut] } }, plane: { ...scenario.plane!, rules, rates: { adam: 0.2 } } };
}

function derivedOf(scenario: Scenario): PlaneDerived {
  const model = new PlaneModel();
  return model.update(scenario, true, Infinity)!;
}

/** The JSON with a changed record. */
function spoilt(change: Partial<Record<keyof RecordedWalk, unknown>>): unknown {
  const json = presetJson("Himmelblau");
  const { plane } = json.function as { plane: { cuts: Record<string, unknown>[] } };
  plane.cuts[0]!.recorded = { ...WALK, ...change };
  return json;
}

describe("a record from outside", () => {
  test("is read back as it was written, and may be missing", () => {
    const scenario = withWalk(WALK);
    expect(checkScenario(JSON.parse(toText(scenario)))).toEqual(scenario);
    expect(checkScenario(spoilt({})).function.plane!.cuts[0]!.recorded).toEqual(WALK);
    const old = presetJson("Himmelblau");
    delete (old.function as { plane: { cuts: Record<string, unknown>[] } }).plane.cuts[0]!.recorded;
    expect(checkScenario(old).function.plane!.cuts[0]!.recorded).toBeNull();
  });

  test.each<[string, Partial<Record<keyof RecordedWalk, unknown>>, RegExp]>([
    ["lists of two lengths", { x: [1] }, /lists of one length/],
    ["no point at all", { numbers: [], x: [], y: [], value: [], slope: [] }, /lists of one length/],
    ["steps that go back", { numbers: [0, 20, 10, 45] }, /numbers that rise/],
    ["half a step", { numbers: [0, 0.5, 2, 3] }, /whole number/],
    ["a place that is no number", { y: [0, "nan", 1, 2] }, /finite/],
    ["more than all of the movement", { share: 1.5 }, /from 0 to 1/],
    ["an unknown field", { more: 1 } as never, /no field "more"/],
  ])("is refused with a sentence: %s", (_name, change, sentence) => {
    expect(() => checkScenario(spoilt(change))).toThrow(sentence);
  });

  test("belongs to what is shown", () => {
    expect(scenarioHash(withWalk(WALK))).not.toBe(scenarioHash(withWalk({ ...WALK, label: "gd" })));
  });
});

describe("its picture", () => {
  test.each([["alone", []], ["beside the rule", ["adam"]]])("has a dash, squares and its own label, %s", (_name, rules) => {
    const derived = derivedOf(withWalk(WALK, rules));
    for (const palette of [LIGHT, DARK]) {
      const painter = new SvgPainter();
      const frame = mapFrame(640, 440, derived.landscape.box);
      const sheet = new Sheet(painter, palette);
      drawTrails(sheet, frame, trailsOf(derived));
      sheet.letter(frame.plot);
      const svg = painter.document(640, 440, "");
      expect(svg).toContain(">recorded: adam<");
      expect(svg.includes(">Adam<")).toBe(rules.length > 0);
      // Two points between the ends, and the end itself.
      const squares = svg.split("<").filter((each) => /^(polygon|path)/.test(each) && each.includes(`stroke="${palette.mute}"`) && each.includes(`fill="${palette.casing}"`));
      expect(squares.length).toBe(3);
      expect(svg).toContain('stroke-dasharray="6 3"');
    }
  });

  test("a name too long for the margin stands in the map, a short one beside it", () => {
    for (const [name, inside] of [["y", false], ["weights[12]", true]] as const) {
      const painter = new SvgPainter();
      const frame = mapFrame(640, 440, [[-1, 1], [-1, 1]]);
      drawMapBack(painter, frame, null, null, ["x", name], LIGHT);
      const text = painter.document(640, 440, "").split("<").find((each) => each.startsWith("text") && each.endsWith(`>${name}`))!;
      expect(Number(/translate\(([-\d.]+) /.exec(text)![1]) > frame.plot.x).toBe(inside);
      expect(text.includes('text-anchor="end"')).toBe(!inside);
    }
  });

  test("runs along its own steps in the small plots", () => {
    const derived = derivedOf(withWalk(WALK));
    for (const picture of [lossOf(derived), slopeOf(derived)]) {
      const painter = new SvgPainter();
      drawRace(painter, 400, 200, picture, LIGHT);
      const svg = painter.document(400, 200, "");
      expect(picture.last).toBe(45);
      expect(svg).toContain(LIGHT.mute);
      expect(svg).not.toMatch(/NaN|no rule walks/);
    }
  });
});

describe("its time", () => {
  test("the row that is shown is the last one that is not later", () => {
    expect([null, 0, 9, 10, 44, 45, 400].map((step) => rowAt(WALK.numbers, step))).toEqual([3, 0, 0, 1, 2, 3, 3]);
    expect(rowAt([5, 7], 2)).toBe(0);
  });

  test("the timeline reaches its end, and the trail follows it", () => {
    const scenario = withWalk(WALK);
    const derived = derivedOf(scenario);
    expect(derived.last).toBe(45);
    const at = derivedOf({ ...scenario, plane: { ...scenario.plane!, at: 12 } });
    const trail = trailsOf(at).find((each) => each.rule === "recorded")!;
    expect([trail.last, trail.final]).toEqual([1, 3]);
  });
});

describe("its words", () => {
  test("say that it is recorded, and how much of it the plane holds", () => {
    const whole = derivedOf(withWalk(WALK)).insight;
    expect(whole.tag).toBe("recorded");
    expect(whole.words).toContain("45 steps of adam, walked by Python, from loss 200 to 7.00.");
    expect(whole.words).not.toContain("plane holds");
    const part = derivedOf(withWalk({ ...WALK, share: 0.8437, ended: "Diverged at step 46." })).insight.words;
    expect(part).toContain("This plane holds 84.4 % of its movement");
    expect(part).toContain("Diverged at step 46.");
    expect(derivedOf(withWalk({ ...WALK, share: 0.99999 })).insight.words).toContain("more than 99.9 %");
    expect(derivedOf(withWalk(WALK, ["adam"])).insight.tag).toBe("found numerically");
  });

  test("Python walks in a plane that lies across the coordinates", () => {
    const scenario = withWalk(WALK);
    const cut = { ...scenario.function.plane!.cuts[0]!, fixed: [1, 0, -2, 0.6, 0.8, 0, 0, 0, 1] };
    const code = planeSnippet(scenario, { ...derivedOf(scenario), cut });
    expect(code).toContain("[1 + 0.6 * v[0], 0.8 * v[0], -2 + v[1]]");
    expect(code).toContain("# what is drawn as recorded is a walk of adam");
  });
});

test("a rule whose η the scenario does not tell has one that suits it", () => {
  const landscape = landscapeOf(withWalk(WALK))!;
  expect(landscape.rates.adam).toBe(0.2);
  expect(landscape.rates.newton).toBe(1);
  expect(landscape.rates.rmsprop).toBeGreaterThan(0);
  const scenario = withWalk(WALK);
  expect(landscapeOf(scenario)).toBe(landscapeOf(scenario));
});
