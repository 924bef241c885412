// What the landscape says of functions whose places of zero slope are lines, or whose walks run away.
import { describe, expect, test } from "vitest";
import { mapFrame } from "../src/draw/plane/mapframe.ts";
import { drawRace } from "../src/draw/plane/raceplot.ts";
import { drawTrails } from "../src/draw/plane/trails.ts";
import { LIGHT } from "../src/draw/palette.ts";
import { Sheet } from "../src/draw/sheet.ts";
import { SvgPainter } from "../src/draw/svg.ts";
import type { Landscape, Scenario } from "../src/scenario.ts";
import { PlaneModel, type PlaneDerived } from "../src/tabs/plane/model.ts";
import { lossOf, slopeOf } from "../src/tabs/plane/scene.ts";
import { landscapeOf } from "../src/tabs/plane/state.ts";
import { countWords } from "../src/ui/plane/cards.ts";
import { endWords } from "../src/ui/plane/leaderboard.ts";
import { labOf, preset } from "./support/fixtures.ts";
import { strokesOf, type Stroke } from "./support/recorder.ts";

function derivedOf(scenario: Scenario, change: Partial<Landscape> = {}): PlaneDerived {
  const whole = { ...scenario, plane: { ...landscapeOf(scenario)!, ...change } };
  const model = new PlaneModel();
  model.update(whole, true, Infinity);
  model.field(whole.plane.box, Infinity);
  do model.work(Infinity);
  while (model.pending);
  return model.update(whole, true, Infinity)!;
}

const kinds = ({ points }: PlaneDerived): string[] => [...new Set(points!.points.map((point) => point.kind))];
const outcomes = ({ rows }: PlaneDerived): string[] => [...new Set(rows.map((row) => row.outcome))].sort();

describe("places whose curvature does not tell what they are", () => {
  test("x²y²: no saddle, and no word that there is no minimum", () => {
    const derived = derivedOf(labOf("x^2 y^2"));
    expect(kinds(derived)).toEqual(["degenerate"]);
    expect(outcomes(derived)).not.toContain("saddle");
    expect(derived.insight.words).not.toMatch(/saddle|No place|minimum in this window/);
    expect(countWords(derived)).toContain("may belong to a line");
  });

  test("(xy − 1)²: whoever comes to the valley has come to the same", () => {
    const derived = derivedOf(labOf("(x y - 1)^2"));
    expect(kinds(derived)).toContain("degenerate");
    for (const { outcome, walk, value } of derived.rows) if (outcome !== "saddle") expect([outcome, walk.rule.name]).toEqual(["flat", walk.rule.name]);
    else expect(value).toBeGreaterThan(0.9);
  });

  test.each(["(x + y)^2", "(x - 2y)^2"])("%s: the valley is found, and the sentence is there", (formula) => {
    const derived = derivedOf(labOf(formula));
    expect(kinds(derived)).toEqual(["degenerate"]);
    expect(derived.points!.points.length).toBeGreaterThan(10);
    expect(countWords(derived)).toMatch(/^More than \d+ stationary points: \d+ degenerate\./);
    expect(derived.insight.words).toContain("curvatures do not tell whether it is a minimum");
  });

  test("x⁴ + y⁴: a minimum, with no ratio of curvatures that are zero", () => {
    const derived = derivedOf(labOf("x^4 + y^4"));
    expect(kinds(derived)).toEqual(["minimum"]);
    expect(derived.points!.points.length).toBe(1);
    expect(derived.insight.words).not.toContain("steep");
  });

  test("(y − x²)(y − 3x²): lower along a parabola that no ray meets, so no minimum", () => {
    const derived = derivedOf(labOf("(y - x^2)(y - 3x^2)"));
    expect(derived.points!.points.find((point) => Math.hypot(point.x, point.y) < 1e-3)!.kind).toBe("degenerate");
  });
});

describe("the sentence", () => {
  test("a valley is called as steep in all directions only where it is", () => {
    expect(derivedOf(labOf("x^2 + 1.4y^2")).insight.words).toContain("The valley is 1.4 times steeper across");
    expect(derivedOf(preset("Himmelblau"), { rules: ["newton"], start: [-2.9, 3.2] }).insight.words).toMatch(/1\.\d+ times steeper/);
  });

  test("e^(x + y): the lowest of all is called the lowest", () => {
    const { rows, insight: { words } } = derivedOf(labOf("exp(x + y)"));
    const end = ({ walk }: (typeof rows)[number]): number => walk.value[walk.last]!;
    const lowest = rows.filter((row) => row.outcome !== "diverged" && row.outcome !== "left the domain").reduce((a, b) => (end(b) < end(a) ? b : a));
    expect(words).toContain(`${{ gd: "GD", momentum: "Momentum", nesterov: "Nesterov", rmsprop: "RMSProp", adam: "Adam", newton: "Newton", "l-bfgs": "L-BFGS" }[lowest.walk.rule.name]!} is lowest`);
  });

  test.each(["log(x) + y^2", "log(x) + log(y)"])("%s: all who leave are named", (formula) => {
    const { rows, insight: { words } } = derivedOf(labOf(formula));
    const left = rows.filter((row) => row.outcome === "left the domain");
    expect(left.length).toBeGreaterThan(1);
    for (const { walk } of left) expect(words.split("leave")[0]).toContain({ gd: "GD", momentum: "Momentum", nesterov: "Nesterov", rmsprop: "RMSProp", adam: "Adam", newton: "Newton", "l-bfgs": "L-BFGS" }[walk.rule.name]!);
    expect(words.includes("the others go on")).toBe(rows.some((row) => row.outcome !== "left the domain" && row.outcome !== "diverged"));
  });

  test("the leaderboard has room for the step at which one left", () => {
    const lost = derivedOf(labOf("log(x) + y^2")).rows.find((row) => row.outcome === "left the domain")!;
    expect(endWords(lost)).toBe(`left at ${lost.walk.ended!.step}`);
  });

  test("a walk that rises is not on the way, and not lowest", () => {
    const derived = derivedOf(labOf("x^2 + 1.4y^2"), { rules: ["gd"], eta: 1.5, rates: { gd: 1.5 }, steps: 20 });
    expect(endWords(derived.rows[0]!)).toBe("above start");
    expect(derived.insight.words).toBe("None has arrived after 20 steps; none is below the start.");
  });
});

describe("what runs away", () => {
  const away = derivedOf(labOf("x^2 + 1.4y^2"), { rules: ["gd"], eta: 1.5, rates: { gd: 1.5 }, steps: 40 });
  const painted = (paint: (painter: SvgPainter) => void): Stroke[] => {
    const painter = new SvgPainter();
    paint(painter);
    return strokesOf(painter.document(400, 300, ""));
  };

  test.each([["loss", lossOf], ["slope", slopeOf]])("leaves the small plot of the %s, without a mark at an end that it has not", (_name, picture) => {
    const strokes = painted((painter) => drawRace(painter, 400, 200, picture(away), LIGHT));
    const line = strokes.findLast((stroke) => stroke[0] === "polyline")!;
    const [before, last] = [Number(line.at(-6)), Number(line.at(-4))];
    expect(last).toBeLessThan(0); // above the picture
    expect(last).toBeLessThan(before);
    expect(strokes.filter((stroke) => stroke[0] === "circle")).toEqual([]);
  });

  test("leaves the plot of the loss downwards too, and presses nobody flat", () => {
    const falling = derivedOf(labOf("x^2 - y^2"), { rules: ["gd", "rmsprop"] });
    const picture = lossOf(falling);
    const [gd, rmsprop] = picture.lines;
    expect(gd!.height[gd!.length - 1]).toBeLessThan(0);
    expect(rmsprop!.height[0]! / rmsprop!.height[20]!).toBeGreaterThan(1);
    const strokes = painted((painter) => drawRace(painter, 400, 200, picture, LIGHT));
    expect(strokes.filter((stroke) => stroke[0] === "circle")).toEqual([]);
  });

  test("points the way it goes, and no name is left out where many leave at one place", () => {
    for (const [way, dx, dy] of [["→", 1, 0.1], ["←", -1, 0.1], ["↑", 0.1, 1], ["↓", 0.1, -1]] as const) {
      const trails = ["gd", "momentum", "nesterov", "rmsprop", "adam", "newton"].map((rule) => ({ rule, x: [0, 50 * dx], y: [0, 50 * dy], last: 1, final: 1, fate: rule === "adam" ? "diverged at 7" : "", chosen: rule === "gd" }));
      const strokes = painted((painter) => {
        const sheet = new Sheet(painter, LIGHT);
        const frame = mapFrame(640, 440, [[-1, 1], [-1, 1]]);
        drawTrails(sheet, frame, trails);
        sheet.letter(frame.plot);
      });
      const words = strokes.filter((stroke) => stroke[0] === "text").map((stroke) => String(stroke[3]));
      expect(words.sort().reverse()).toEqual([`Momentum, Nesterov, RMSProp leave ${way}`, `Adam diverged at 7, Newton, GD leave ${way}`]);
    }
  });
});
