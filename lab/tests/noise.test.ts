// The noise's own parts: scenarios, the model, the sentence, the pictures, the values of its controls.
import { describe, expect, test } from "vitest";
import { drawCloud } from "../src/draw/noise/cloud.ts";
import { drawEnds, drawFan, drawOverSteps } from "../src/draw/noise/fan.ts";
import { drawFanLoss, drawSpreads } from "../src/draw/noise/plots.ts";
import { DARK, FORCED, LIGHT } from "../src/draw/palette.ts";
import { mapFrame } from "../src/draw/plane/mapframe.ts";
import { Sheet } from "../src/draw/sheet.ts";
import { SvgPainter } from "../src/draw/svg.ts";
import { stationsOf } from "../src/math/noise/fan.ts";
import type { Sample } from "../src/math/noise/sample.ts";
import { cloudAt } from "../src/math/noise/scale.ts";
import { checkScenario, scenarioHash, toText, type NoiseView, type Pair, type Scenario } from "../src/scenario.ts";
import { Store } from "../src/store.ts";
import { NoiseActions } from "../src/tabs/noise/actions.ts";
import { batchSizes, NoiseModel, type NoiseDerived } from "../src/tabs/noise/model.ts";
import { fanOf, lossPicture, spreadPicture } from "../src/tabs/noise/scene.ts";
import { panned, zoomed } from "../src/tabs/windows.ts";
import { noiseSnippet } from "../src/ui/noise/cards.ts";
import { preset, presetJson } from "./support/fixtures.ts";

const LINE = "line through scatter";
const WELL = "noise leaves a valley";

function seen(scenario: Scenario, patch: Partial<NoiseView> = {}): NoiseDerived {
  const model = new NoiseModel();
  return model.update({ ...scenario, noise: { ...scenario.noise!, ...patch } }, true, Infinity)!;
}

describe("scenarios", () => {
  test.each([LINE, WELL])("%s survives JSON", (name) => {
    const scenario = preset(name);
    expect(checkScenario(JSON.parse(toText(scenario)))).toEqual(scenario);
    expect(scenario.tab).toBe("noise");
  });

  test("one from before the noise still opens, as the same", () => {
    const old = presetJson();
    delete old.noise;
    delete (old.function as Record<string, unknown>).examples;
    expect(scenarioHash(checkScenario(old))).toBe(scenarioHash(preset()));
  });

  type Json = Record<string, Record<string, unknown> | null>;
  test.each<[string, (json: Json) => void]>([
    ["scenario.noise should be there", (json) => void (json.noise = null)],
    ["scenario.noise.size", (json) => void (json.noise!.size = 33)],
    ["scenario.noise.beta", (json) => void (json.noise!.beta = 1)],
    ["scenario.noise.eta", (json) => void (json.noise!.eta = 0)],
    ["scenario.noise.walks", (json) => void (json.noise!.walks = 65)],
    ["scenario.noise.seed", (json) => void (json.noise!.seed = 2 ** 32)],
    ["one with 2 numbers", (json) => void (json.noise!.start = [0])],
    ["has no field \"sise\"", (json) => void (json.noise!.sise = 1)],
    ["examples of 3", (json) => void ((json.function!.examples as Record<string, unknown>).width = 3)],
    ["a tape of one example", (json) => void ((json.function!.examples as Record<string, unknown>).names = ["a"])],
    ["as many numbers as its examples", (json) => void (json.function!.plane = null)],
  ])("refuses: %s", (words, spoil) => {
    const json = presetJson(LINE) as Json;
    spoil(json);
    expect(() => checkScenario(json)).toThrow(words);
  });

  test("the tab needs examples", () => {
    const json = presetJson();
    json.tab = "noise";
    expect(() => checkScenario(json)).toThrow("scenario.tab");
  });
});

describe("the model", () => {
  test("batches four times as large make a fan half as wide, and none is left of it at all examples", () => {
    const widths = [1, 4, 16].map((size) => seen(preset(LINE), { size, walks: 64, eta: 0.05 }).width);
    expect(widths[1]! / widths[0]!).toBeCloseTo(0.5, 1);
    expect(widths[2]! / widths[1]!).toBeCloseTo(0.5, 1);
    expect(seen(preset(LINE), { size: 32, replace: false }).width).toBeLessThan(1e-12);
  });

  test("the same seed takes the same walks, another one takes others", () => {
    const ends = (seed: number): unknown => seen(preset(LINE), { seed }).ends;
    expect(ends(3)).toEqual(ends(3));
    expect(ends(4)).not.toEqual(ends(3));
  });

  test("a second walk of one fan is the first of the next seed's", () => {
    expect(seen(preset(LINE), { seed: 3 }).ends[1]).toEqual(seen(preset(LINE), { seed: 4 }).ends[0]);
  });

  test("many walks settle about where theory says", () => {
    const found = seen(preset(LINE), { walks: 64, size: 4, eta: 0.1 });
    let sum = 0;
    for (let at = 40; at <= 200; at += 10) sum += seen(preset(LINE), { walks: 64, size: 4, eta: 0.1, at }).excess!;
    expect(sum / 17 / found.floor!).toBeCloseTo(1, 1);
  });

  test("averaging takes noise away", () => {
    const found = seen(preset(LINE), { average: true });
    expect(found.averages.length).toBe(16);
    expect(found.averagedWidth).toBeLessThan(0.5 * found.width);
    expect(found.averagedExcess!).toBeLessThan(0.5 * found.excess!);
  });

  test("while the hand moves there are fewer walks, at rest all", () => {
    const scenario = preset(LINE);
    const noise = { ...scenario.noise!, walks: 64, size: 32 };
    const model = new NoiseModel();
    const moving = model.update({ ...scenario, noise }, false, 0)!;
    expect(moving.fan.walks.length).toBeGreaterThan(0);
    expect(moving.fan.walks.length).toBeLessThan(64);
    expect(moving.escaped).toBeNull();
    expect(model.pending).toBe(true);
    model.update({ ...scenario, noise }, true, 0);
    while (model.pending) model.work(Infinity);
    expect(model.derived!.fan.walks.length).toBe(64);
  });

  test("another start leaves the draws, another step the walks", () => {
    const scenario = preset(WELL);
    const model = new NoiseModel();
    const at = (patch: Partial<NoiseView>): NoiseDerived => model.update({ ...scenario, noise: { ...scenario.noise!, ...patch } }, true, Infinity)!;
    const first = at({});
    expect(at({ at: 3 }).fan).toBe(first.fan);
    expect(at({ start: [0.5] }).fan).not.toBe(first.fan);
  });

  test("a formula without examples has no noise", () => {
    const scenario = preset();
    expect(new NoiseModel().update(scenario, true, Infinity)).toBeNull();
  });
});

describe("the sentence", () => {
  test.each<[string, string, Partial<NoiseView>, RegExp[]]>([
    ["the batch, the settling", LINE, { size: 4 }, [/a batch of 4 misses it by 3\.14 .*; a batch of 16 would by 1\.57/, /After 200 steps the 16 walks lie 0\.\d+ about their mean/, /settle 0\.0091\d? above it\.$/]],
    ["no noise", LINE, { size: 32, replace: false }, [/all walks are one\.$/]],
    ["epochs", LINE, { replace: false, size: 8 }, [/epochs settle lower for small η\.$/]],
    ["momentum", LINE, { beta: 0.5 }, [/settle at least /]],
    ["beyond the limit in mean square", LINE, { size: 1, eta: 0.6, steps: 1000 }, [/ of 16 walks diverged|no walk settles with η = 0\.60, which is not below/]],
    ["everything diverges", LINE, { eta: 5 }, [/^At the start.*16 of 16 walks diverged or left the domain by step 200; η = 5\.00 is above/]],
    ["an escape", WELL, {}, [/6 of 16 walks ended above a deeper valley/]],
    ["one step", WELL, { at: 1, walks: 1 }, [/After 1 step; |After 1 step[;,]/]],
  ])("%s", (_name, name, patch, expected) => {
    const { words } = seen(preset(name), patch).insight;
    for (const each of expected) expect(words).toMatch(each);
    expect(words).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  test("examples with one gradient have no noise, not the rounding of their mean", () => {
    const sample = { count: 10, size: 1, slope: () => [1, 0.1] } as unknown as Sample;
    expect(cloudAt(sample, [0])).toMatchObject({ trace: 0, scale: 0, covariance: [0] });
    expect(10 * (0.1 / 10)).not.toBe(Array.from({ length: 10 }, () => 0.1 / 10).reduce((a, b) => a + b));
  });

  test("holds its words for whatever is set", () => {
    for (const name of [LINE, WELL]) {
      for (const size of [1, 8, 32]) {
        for (const eta of [1e-4, 0.1, 2]) {
          for (const replace of [true, false]) {
            for (const at of [0, 7, null]) {
              const found = seen(preset(name), { size, eta, replace, at, walks: 3, steps: 40, average: true });
              expect(found.insight.words).not.toMatch(/NaN|Infinity|undefined|null/);
              expect(found.insight.words).toMatch(/\.$/);
            }
          }
        }
      }
    }
  });
});

describe("pictures", () => {
  const painted = (paint: (painter: SvgPainter) => void): string => {
    const painter = new SvgPainter((words) => 6 * words.length);
    paint(painter);
    return painter.document(640, 400, "noise");
  };

  test.each([LIGHT, DARK, FORCED])("of two numbers hold no word of the machine", (palette) => {
    for (const patch of [{}, { average: true, at: 5 }, { eta: 5 }, { size: 32, replace: false }]) {
      const derived = seen(preset(LINE), patch);
      const frame = mapFrame(640, 400, derived.view.box as [Pair, Pair]);
      const text = painted((painter) => {
        const sheet = new Sheet(painter, palette);
        drawFan(sheet, frame, fanOf(derived));
        drawCloud(sheet, frame, { cloud: derived.cloud, x: 200, y: 200, share: 0.2, size: 4 });
        drawEnds(sheet, frame, fanOf(derived), ([x, y]) => [frame.x(x!), frame.y(y!)]);
        sheet.letter(frame.plot);
        drawSpreads(painter, 300, 160, spreadPicture(derived), palette);
        drawFanLoss(painter, 300, 160, lossPicture(derived), palette);
      });
      expect(text).not.toMatch(/NaN|Infinity|undefined/);
      expect(text).toContain("−∇L");
      expect(text).toContain("a batch of 4");
    }
  });

  test("of one number hold no word of the machine", () => {
    for (const patch of [{}, { average: true, at: 5 }, { eta: 5 }]) {
      const derived = seen(preset(WELL), patch);
      const text = painted((painter) => {
        drawOverSteps(painter, 600, 200, fanOf(derived), derived.view.box[0]!, "w", LIGHT);
        drawSpreads(painter, 300, 160, spreadPicture(derived), LIGHT);
        drawFanLoss(painter, 300, 160, lossPicture(derived), LIGHT);
      });
      expect(text).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  test("losses below the start's valley lift all heights above zero", () => {
    const { walks, floor } = lossPicture(seen(preset(WELL)));
    expect(Math.min(...walks.flat())).toBe(0);
    expect(floor!).toBeGreaterThan(0.5);
  });
});

describe("actions and values", () => {
  test("seeds that are new are none of those that were shown", () => {
    const store = new Store(preset(LINE), "none");
    const actions = new NoiseActions(store);
    actions.newSeeds();
    expect(store.scenario.noise!.seed).toBe(16);
    store.undo();
    expect(store.scenario.noise!.seed).toBe(0);
  });

  test("a start that is no number is none", () => {
    const store = new Store(preset(LINE), "none");
    new NoiseActions(store).place([NaN, 0], null);
    expect(store.canUndo).toBe(false);
  });

  test("windows keep their middle, and never vanish", () => {
    expect(zoomed([[0, 2], [-1, 1]], 0.5, [1, 0])).toEqual([[0.5, 1.5], [-0.5, 0.5]]);
    expect(panned([[0, 2]], [1])).toEqual([[1, 3]]);
    expect(zoomed([[0, 2]], 0, [1])).toBeNull();
    expect(zoomed([[0, 2]], Infinity, [1])).toBeNull();
  });

  test("batch sizes end with all examples, stations with the last step", () => {
    expect(batchSizes(32)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(batchSizes(20)).toEqual([1, 2, 4, 8, 16, 20]);
    expect(stationsOf(3)).toEqual([0, 1, 2, 3]);
    expect(stationsOf(1000).at(-1)).toBe(1000);
  });

  test("Python is told the same walks", () => {
    const scenario = preset(LINE);
    const text = noiseSnippet(scenario, seen(scenario, { beta: 0.5, seed: 3 }));
    expect(text).toContain('start = {"a": -0.9, "b": -0.7}');
    expect(text).toContain("for seed in range(3, 19):");
    expect(text).toContain('"momentum", 200, lr=0.1, options={"beta": 0.5}');
  });
});
