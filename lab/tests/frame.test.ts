// What stands around the picture: where others are held, whom a link reaches, where labels go.
import { describe, expect, test } from "vitest";
import { CanvasPainter } from "../src/draw/canvas.ts";
import { frameOf } from "../src/draw/frame.ts";
import { placeLabels } from "../src/draw/labels.ts";
import { drawLoss } from "../src/draw/lossplot.ts";
import { LIGHT } from "../src/draw/palette.ts";
import { drawScene } from "../src/draw/scene.ts";
import { drawSweep } from "../src/draw/sweepplot.ts";
import { Store } from "../src/store.ts";
import { Model } from "../src/tabs/model.ts";
import { sceneOf, sweepOf } from "../src/tabs/scenes.ts";
import { linkReach } from "../src/tabs/sharing.ts";
import { heldOf } from "../src/ui/plot.ts";
import { preset } from "./support/fixtures.ts";
import { Recorder } from "./support/recorder.ts";

test("a cut says what the other coordinates are held at", () => {
  const cut = (variable: string, fixed: number[]) => ({ label: `along ${variable}`, variable, unit: "", fixed, box: [-1, 1] as [number, number], start: 0 });
  const slices = [cut("x", [0.5, 0.5, -2, 1e-7, 1, 0, 0]), cut("y", [-2, 0.5, -2, 1e-7, 0, 1, 0]), cut("z", [1e-7, 0.5, -2, 1e-7, 0, 0, 1])];
  const f = { ...preset().function, slices };
  expect(heldOf({ function: f, slice: 0 })).toEqual(["y = −2", "z = 1e−7"]);
  expect(heldOf({ function: f, slice: 2 })).toEqual(["x = 0.5", "y = −2"]);
  expect(heldOf(preset())).toEqual([]);
});

test("a link says whom it reaches", () => {
  const at = (address: string): URL => new URL(address);
  expect(linkReach("server", at("http://127.0.0.1:8731/"))).toMatch(/this computer only.*Export/);
  expect(linkReach("file", at("file:///home/page.html"))).toMatch(/this file in the same folder.*Export/);
  expect(linkReach("widget", null)).toMatch(/Export/);
  expect(linkReach("file", at("https://example.org/page.html"))).not.toMatch(/only/);
});

test("a notice is gone with the picture that it was about", () => {
  const store = new Store(preset(), "none");
  store.set({ notice: "The link was copied." });
  store.edit({ start: 1 });
  expect(store.state.notice).toBe("");
});

describe("labels", () => {
  const frame = { x: 0, y: 0, width: 400, height: 300 };
  const want = { x: 200, y: 150, width: 60, height: 14, gap: 6, priority: 1, prefer: "above" as const };
  const crowd = [{ x: 100, y: 120, width: 200, height: 60 }];

  test("that would be far off are left out where they are asked to stay near", () => {
    expect(placeLabels([want], crowd, frame)).toHaveLength(1);
    expect(placeLabels([{ ...want, rows: 1.5 }], crowd, frame)).toHaveLength(0);
  });

  function strokes(draw: (painter: CanvasPainter) => void) {
    const recorder = new Recorder();
    draw(new CanvasPainter(recorder as unknown as CanvasRenderingContext2D));
    return recorder.strokes;
  }

  test.each(["double well", "bowl", "cliff"])("of the sweep lie on no upright line: %s", (name) => {
    const store = new Store(preset(name), "none");
    const picture = sweepOf(store.state, new Model().update(store.state, true));
    const drawn = strokes((painter) => drawSweep(painter, 380, 168, picture, LIGHT));
    const words = drawn.filter((each) => each[0] === "text" && each[4] === "left" && ["view", "valley", "step", "η"].includes(String(each[3])));
    const plot = { x: 46, width: 322 };
    const share = (eta: number): number => Math.log(eta / picture.etas[0]) / Math.log(picture.etas[1] / picture.etas[0]);
    const lines = [picture.eta, ...picture.marks.map((mark) => mark.eta)].map((eta) => plot.x + plot.width * share(eta));
    for (const [, x, , text] of words) for (const line of lines) {
      const [left, right] = [Number(x), Number(x) + String(text).length * 11 * 0.5];
      expect(line > left && line < right, `${text} at ${left}, line at ${line}`).toBe(false);
    }
  });

  test("of a run's end stand beside the ball, not under it", () => {
    const scenario = { ...preset("cliff"), eta: 50, steps: 5000 };
    const store = new Store(scenario, "none");
    const model = new Model();
    const derived = model.update(store.state, true);
    const scene = sceneOf(store.state, derived, model.sampled(store.state, 780));
    expect(scene.exit).not.toBeNull();
    const ball = { ...scene.ball, w: 0, value: 1 };
    const framed = frameOf(780, 450, scenario.box, [-1, 5]);
    const drawn = strokes((painter) => drawScene(painter, framed, { ...scene, ball, exit: { w: 0, value: 1, words: "left the domain" } }, LIGHT));
    const box = drawn.find((each) => each[0] === "text" && each[3] === "left the domain")!;
    expect(Math.abs(Number(box[2]) - framed.y(1))).toBeGreaterThan(18);
  });
});

test("the loss over the steps is drawn however small it is", () => {
  const recorder = new Recorder();
  const height = [1e-187, 5e-188, 2e-188];
  drawLoss(new CanvasPainter(recorder as unknown as CanvasRenderingContext2D), 380, 168, { height, now: 1, predicted: null, hover: null, words: "nothing" }, LIGHT);
  expect(recorder.strokes.map((each) => String(each[3]))).not.toContain("nothing");
  expect(recorder.strokes.filter((each) => each[0] === "text").map((each) => String(each[3])).join()).toMatch(/10⁻¹⁸/);
});
