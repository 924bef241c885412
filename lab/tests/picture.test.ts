import { describe, expect, test } from "vitest";
import { CanvasPainter } from "../src/draw/canvas.ts";
import { frameOf } from "../src/draw/frame.ts";
import { overlap } from "../src/draw/labels.ts";
import { drawLoss } from "../src/draw/lossplot.ts";
import { DARK, LIGHT } from "../src/draw/palette.ts";
import { drawScene, type Scene } from "../src/draw/scene.ts";
import { SvgPainter } from "../src/draw/svg.ts";
import { drawSweep } from "../src/draw/sweepplot.ts";
import type { Painter } from "../src/draw/painter.ts";
import { Store } from "../src/store.ts";
import { Model } from "../src/tabs/model.ts";
import { lossOf, sceneOf, sweepOf } from "../src/tabs/scenes.ts";
import { loadPresets } from "../src/tabs/presets.ts";
import type { Scenario } from "../src/scenario.ts";
import { labOf, preset } from "./support/fixtures.ts";
import { measure, Recorder, strokesOf, type Stroke } from "./support/recorder.ts";

const [WIDTH, HEIGHT] = [780, 450];

interface Picture {
  scene: Scene;
  draw: (painter: Painter) => void;
  drawSmall: (painter: Painter) => void;
}

function picture(scenario: Scenario, set: Partial<Store["state"]> = {}, width = WIDTH, height = HEIGHT): Picture {
  const store = new Store(scenario, "none");
  store.set(set);
  const model = new Model();
  const derived = model.update(store.state, true);
  const sampled = model.sampled(store.state, width);
  const [lo, hi] = sampled?.range ?? [-1, 1];
  const scene = sceneOf(store.state, derived, sampled);
  const frame = frameOf(width, height, scenario.box, [lo, hi]);
  return {
    scene,
    draw: (painter) => drawScene(painter, frame, scene, LIGHT),
    drawSmall(painter) {
      drawLoss(painter, 380, 168, lossOf(store.state, derived), DARK);
      drawSweep(painter, 380, 168, sweepOf(store.state, derived), DARK);
    },
  };
}

function onCanvas(draw: (painter: Painter) => void): Stroke[] {
  const recorder = new Recorder();
  draw(new CanvasPainter(recorder as unknown as CanvasRenderingContext2D));
  return recorder.strokes;
}

function inSvg(draw: (painter: Painter) => void): string {
  const painter = new SvgPainter(measure);
  draw(painter);
  return painter.document(WIDTH, HEIGHT, "A <picture> & more");
}

const busy = (scenario: Scenario): Scenario => ({
  ...scenario,
  steps: 3,
  view: { ...scenario.view, lens: true, secant: 1 },
  recorded: { label: "L-BFGS <1>", w: [2, 1, NaN], value: [1, 0.5, NaN] },
});

const texts = (strokes: readonly Stroke[]): string[] => strokes.filter((each) => each[0] === "text").map((each) => String(each[3]));

describe("both painters", () => {
  test.each(loadPresets().filter((each) => each.scenario.tab === "curve").map((each) => each.name))("paint the same picture: %s", (name) => {
    const { draw, drawSmall } = picture(busy(preset(name)), { witness: true, aiming: true, hover: 1 });
    for (const each of [draw, drawSmall]) {
      const canvas = onCanvas(each);
      expect(canvas.length).toBeGreaterThan(30);
      expect(strokesOf(inSvg(each))).toEqual(canvas);
    }
  });

  test("an SVG is well formed, whatever the names in it", () => {
    const svg = inSvg(picture(busy(preset())).draw);
    expect(svg).toContain("<title>A &lt;picture&gt; &amp; more</title>");
    expect(svg).toContain("recorded: L-BFGS &lt;1&gt;");
    const open = [...svg.matchAll(/<(svg|g|clipPath|text|title)\b/g)].length;
    expect([...svg.matchAll(/<\/(svg|g|clipPath|text|title)>/g)].length).toBe(open);
  });
});

describe("the picture of the loss curve", () => {
  test("holds no word of the machine, even where the run diverges", () => {
    for (const name of loadPresets().filter((each) => each.scenario.tab === "curve").map((each) => each.name)) {
      for (const eta of [1e-3, 0.5, 3, 1e4]) {
        const { draw, drawSmall } = picture({ ...preset(name), eta, steps: 5000 });
        for (const each of [draw, drawSmall]) {
          const svg = inSvg(each);
          expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        }
      }
    }
  });

  test("names global and local minima, and marks a diverged run where it leaves", () => {
    const words = texts(onCanvas(picture(preset()).draw));
    expect(words).toEqual(expect.arrayContaining(["global minimum", "local minimum", "local maximum"]));
    const gone = picture({ ...preset("bowl"), eta: 2.2, steps: 5000 });
    expect(texts(onCanvas(gone.draw)).join()).toMatch(/diverged at step \d+/);
  });

  test("has one word for each of many points, next to its mark", () => {
    const points = Array.from({ length: 11 }, (_, k) => ({
      w: k - 5, value: k % 2, kind: k % 2 === 0 ? "minimum" : "maximum", standing: k === 4 ? "found" : "local", inView: k === 4, atEdge: false, span: null, faded: false, proved: true,
    } as const));
    const { scene } = picture(preset());
    const frame = frameOf(WIDTH, HEIGHT, [-6, 6], [-1, 2]);
    const strokes = onCanvas((painter) => drawScene(painter, frame, { ...scene, points: [...points] }, LIGHT)).filter((each) => each[0] === "text");
    const words = strokes.map((each) => String(each[3]));
    expect(words).toEqual(expect.arrayContaining(["lowest found", "min", "max"]));
    expect(words.join()).not.toMatch(/local|proved/);
    for (const [, x, y, said] of strokes.filter((each) => /^m(in|ax)$/.test(String(each[3])))) {
      const near = points.filter(({ kind }) => kind.startsWith(String(said))).map(({ w, value }) => Math.hypot(frame.x(w) - Number(x), frame.y(value) - Number(y)));
      expect(Math.min(...near)).toBeLessThan(60);
    }
  });

  test("draws the step in its true length, or says how much shorter", () => {
    const long = texts(onCanvas(picture({ ...preset(), eta: 0.5 }).draw)).find((words) => words.startsWith("step"));
    expect(long).toBe("step −0.246");
    const scaled = texts(onCanvas(picture({ ...preset(), eta: 30 }).draw)).find((words) => words.startsWith("step"));
    expect(scaled).toBe("step −14.7 (×0.1)");
  });

  test("shows blindfolded walkers nothing but the slopes that they felt", () => {
    const scenario = preset();
    const view = { ...scenario.view, mode: "blindfold" as const, blindfold: true };
    const { scene } = picture({ ...scenario, steps: 2, view }, { witness: true, aiming: true });
    expect(scene).toMatchObject({ curve: null, points: [], witness: null, trail: [], ahead: [], ghosts: [], lens: null });
    expect(scene.stubs).toHaveLength(3);
    const revealed = picture({ ...scenario, steps: 2, view }, { revealed: true });
    expect(revealed.scene.curve).not.toBeNull();
  });

  test("hides from a challenger where the run goes", () => {
    const scenario = preset();
    const view = { ...scenario.view, mode: "challenge" as const };
    const { scene } = picture({ ...scenario, view }, { flag: 1 });
    expect(scene.ahead).toEqual([]);
    expect(scene.flag?.w).toBe(1);
    expect(scene.curve).not.toBeNull();
  });

  test.each([360, 780, 1200])("letters nothing on anything else at %i px", (width) => {
    for (const name of loadPresets().filter((each) => each.scenario.tab === "curve").map((each) => each.name)) {
      const { draw } = picture(busy(preset(name)), { aiming: true, witness: true }, width, 300);
      const words = onCanvas(draw).filter((each) => each[0] === "text" && each[4] === "left");
      const boxes = words.map((each) => ({
        x: Number(each[1]), y: Number(each[2]) - 7, width: String(each[3]).length * 11 * 0.56, height: 14,
      }));
      boxes.forEach((box, i) => {
        for (const other of boxes.slice(i + 1)) expect(overlap(box, other)).toBe(false);
      });
    }
  });
});

describe("the arrows", () => {
  const texts = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]!);

  test.each([[-2.24, 780], [-2.24, 354], [-3.2, 780], [-1, 354], [-2.8, 354]])("are named and stay in the picture on a steep curve, the ball at %d and %d px", (start, width) => {
    const scenario: Scenario = { ...labOf("exp(-x)"), start, eta: 0.085 };
    const { draw } = picture(scenario, {}, width);
    expect(texts(inSvg(draw)).some((words) => words.includes("gradient"))).toBe(true);
    const frame = frameOf(width, HEIGHT, scenario.box, [-2, 11]);
    for (const [kind, ...points] of onCanvas(draw)) {
      if (kind !== "polygon" || points.filter((each) => typeof each === "number").length !== 6) continue;
      const xs = points.filter((each, i): each is number => typeof each === "number" && i % 2 === 0);
      for (const x of xs) expect(x >= frame.plot.x - 1 && x <= frame.plot.x + frame.plot.width + 1).toBe(true);
    }
  });

  test("at the very edge the words alone point the way", () => {
    const { draw } = picture({ ...labOf("exp(-x)"), start: -4, eta: 0.085 });
    expect(texts(inSvg(draw)).some((words) => words.startsWith("← gradient"))).toBe(true);
  });
});
