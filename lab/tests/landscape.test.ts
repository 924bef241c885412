// The landscape's own parts: map, trails, state, model, and scenarios of before.
import { describe, expect, test } from "vitest";
import { inside, seen } from "../src/draw/plane/lines.ts";
import { drawMapBack } from "../src/draw/plane/map.ts";
import { mapFrame } from "../src/draw/plane/mapframe.ts";
import { drawTrails } from "../src/draw/plane/trails.ts";
import { DARK, LIGHT } from "../src/draw/palette.ts";
import { Sheet } from "../src/draw/sheet.ts";
import { SvgPainter } from "../src/draw/svg.ts";
import { finish } from "../src/math/spread.ts";
import { levelLine, makingField } from "../src/math/plane/field.ts";
import { Plane } from "../src/math/plane/plane.ts";
import { cameraOf } from "../src/draw/relief/camera.ts";
import { draped, groundOf } from "../src/draw/relief/ground.ts";
import { checkScenario, scenarioHash, toText, type Scenario } from "../src/scenario.ts";
import { PlaneModel } from "../src/tabs/plane/model.ts";
import { trailsOf } from "../src/tabs/plane/scene.ts";
import { landscapeOf, rateOf } from "../src/tabs/plane/state.ts";
import { loadPresets } from "../src/tabs/presets.ts";
import { preset, presetJson } from "./support/fixtures.ts";

const NAMES = ["Himmelblau", "Rosenbrock", "narrow valley", "saddle", "six-hump camel", "crater", "corner valley"];

/** A scenario with all that is worked out between frames. */
function settled(scenario: Scenario): { model: PlaneModel; derived: NonNullable<PlaneModel["derived"]> } {
  const model = new PlaneModel();
  model.update(scenario, true, Infinity);
  model.field(landscapeOf(scenario)!.box, Infinity);
  // As the page does: a turn that has made something is followed by a frame.
  for (let turns = 0; model.pending && turns < 1000; turns += 1) if (model.work(Infinity)) model.update(scenario, true, Infinity);
  return { model, derived: model.derived! };
}

describe("scenarios", () => {
  test("one from before the landscape still opens", () => {
    const old = presetJson();
    delete old.plane;
    delete (old.function as Record<string, unknown>).plane;
    expect(checkScenario(old).plane).toBeNull();
    expect(checkScenario(old).function.plane).toBeNull();
    expect(scenarioHash(checkScenario(old))).toBe(scenarioHash(preset()));
  });

  test.each(NAMES)("%s survives JSON", (name) => {
    const scenario = preset(name);
    expect(checkScenario(JSON.parse(toText(scenario)))).toEqual(scenario);
    expect(scenario.tab).toBe("landscape");
  });

  test.each([
    [(s: Record<string, unknown>) => void (s.function = { ...(s.function as object), plane: null }), "scenario.tab"],
    [(s: Record<string, unknown>) => void (s.plane = { ...(s.plane as object), eta: 0 }), "scenario.plane.eta"],
    [(s: Record<string, unknown>) => void (s.plane = { ...(s.plane as object), cut: 7 }), "scenario.plane.cut"],
    [(s: Record<string, unknown>) => void (s.plane = { ...(s.plane as object), more: 1 }), "more"],
  ])("a bad one is refused", (spoil, words) => {
    const json = presetJson("saddle");
    spoil(json);
    expect(() => checkScenario(json)).toThrow(words);
  });
});

test("no two presets share a name", () => {
  const names = loadPresets().map((each) => each.key);
  expect(new Set(names).size).toBe(names.length);
});

describe("clipping", () => {
  const frame = { x: 0, y: 0, width: 10, height: 10 };

  test("a segment that passes through is cut at both sides", () => {
    expect(inside(-10, 5, 20, 5, frame)).toEqual([1 / 3, 2 / 3]);
    expect(inside(-10, 15, 20, 15, frame)).toBeNull();
  });

  test("a path that runs far out ends at the border with an exit", () => {
    const xs = [5, 9, 1e300];
    const found = seen((k) => xs[k]!, () => 5, 0, 2, frame);
    expect(found.exit).toEqual([10, 5]);
    for (const piece of found.pieces) for (const each of piece) expect(each).toBeLessThanOrEqual(10);
  });

  test("one that comes back has no exit", () => {
    const xs = [5, 30, 6];
    const found = seen((k) => xs[k]!, (k) => 5 + k, 0, 2, frame);
    expect(found.exit).toBeNull();
    expect(found.pieces.length).toBe(2);
  });
});

describe("the map", () => {
  test("right angles look like ones wherever the window allows it", () => {
    const frame = mapFrame(600, 400, [[-2, 2], [-1, 3]]);
    expect(frame.equal).toBe(true);
    expect(frame.x(1) - frame.x(0)).toBeCloseTo(frame.y(0) - frame.y(1), 9);
    expect(mapFrame(600, 400, [[0, 1], [0, 1000]]).equal).toBe(false);
  });

  test("level lines run where the function has that value", () => {
    const { plane } = settled(preset("Rosenbrock")).derived;
    const field = finish(makingField(plane, [[-2, 2], [-1, 3]]));
    expect(field.levels.length).toBeGreaterThan(10);
    for (const level of field.levels.slice(6)) {
      for (const ring of level.rings) {
        for (let i = 0; i < ring.length; i += 2) {
          const [x, y] = [ring[i]!, ring[i + 1]!];
          if (Math.abs(x) > 1.97 || y < -0.97 || y > 2.97) continue; // the rings close outside the window
          const at = plane.at(x, y);
          const off = Math.abs(at[0]! - level.value) / Math.hypot(at[1]!, at[2]!);
          expect(off).toBeLessThan(0.02);
        }
      }
    }
    const start = plane.value(-1.2, 1);
    const near = Math.min(...levelLine(field, start).flatMap((ring) => Array.from({ length: ring.length / 2 }, (_, i) => Math.hypot(ring[2 * i]! + 1.2, ring[2 * i + 1]! - 1))));
    expect(near).toBeLessThan(0.05);
  });

  test.each(NAMES)("%s is drawn with a label at each visible trail, in both themes", (name) => {
    const { model, derived } = settled(preset(name));
    for (const palette of [LIGHT, DARK]) {
      const painter = new SvgPainter();
      const frame = mapFrame(640, 440, derived.landscape.box);
      drawMapBack(painter, frame, model.field(frame.box, Infinity), null, derived.cut.names, palette);
      const sheet = new Sheet(painter, palette);
      drawTrails(sheet, frame, trailsOf(derived));
      sheet.letter(frame.plot);
      const svg = painter.document(640, 440, name);
      expect(svg).not.toMatch(/NaN|Infinity/);
      for (const word of ["GD", "Adam", "Newton"]) expect(svg).toContain(`>${word}`);
    }
  });

  test("who diverges gets a tag at the border that names the step", () => {
    const scenario = preset("Rosenbrock");
    const plane = { ...scenario.plane!, rates: { ...scenario.plane!.rates, gd: 0.02 } };
    const { derived } = settled({ ...scenario, plane });
    const painter = new SvgPainter();
    const frame = mapFrame(640, 440, plane.box);
    const sheet = new Sheet(painter, LIGHT);
    drawTrails(sheet, frame, trailsOf(derived));
    sheet.letter(frame.plot);
    const step = derived.walks[0]!.ended!.step;
    expect(painter.document(640, 440, "")).toContain(`GD diverged at ${step} ↑`);
    expect(derived.insight.words).toContain(`GD diverges at step ${step}`);
  });
});

describe("the relief", () => {
  test("trails lie on the surface, between its facets too", () => {
    const { model, derived } = settled(preset("Himmelblau"));
    const field = model.field(derived.landscape.box, Infinity)!;
    const trail = trailsOf(derived)[0]!;
    const [[x0, x1], [y0, y1]] = field.box;
    const ground = groundOf(field, 60);
    for (const piece of draped(field, derived.plane, trail, 1)) {
      for (let i = 0; i < piece.length; i += 3) {
        const x = x0 + ((piece[i]! / ground.half[0] + 1) / 2) * (x1 - x0);
        const y = y0 + ((piece[i + 1]! / ground.half[1] + 1) / 2) * (y1 - y0);
        expect(piece[i + 2]!).toBeCloseTo(0.62 * Math.min(1.12, field.shade(derived.plane.value(x, y))) + 0.012, 6);
        if (i > 0) expect(Math.hypot(piece[i]! - piece[i - 3]!, piece[i + 1]! - piece[i - 2]!)).toBeLessThan(0.06);
      }
    }
  });

  test("the matrix for WebGL and the projection to pixels are the same", () => {
    const camera = cameraOf([-0.6, 0.75], 400, 300, { half: [1, 1], nodes: [-1, -1, 0.6, 1, 1, 0.3, -1, 1, 0, 1, -1, 0] });
    const [x, y, z] = [0.3, -0.5, 0.2];
    const row = (i: number): number => camera.matrix[i]! * x + camera.matrix[4 + i]! * y + camera.matrix[8 + i]! * z + camera.matrix[12 + i]!;
    const [px, py] = camera.project(x, y, z);
    expect(200 + (200 * row(0)) / row(3)).toBeCloseTo(px, 3);
    expect(150 - (150 * row(1)) / row(3)).toBeCloseTo(py, 3);
  });
});

test.each([[1, 1], [1, 0.4], [0.5, 1]] as const)("the relief on a ground of %d × %d fits into its picture from wherever it is seen", (a, b) => {
  const corners = [-a, a].flatMap((x) => [-b, b].flatMap((y) => [0, 0.62].map((z) => [x, y, z] as const)));
  for (const [width, height] of [[320, 200], [600, 260], [300, 400]] as const)
    for (let turn = -3; turn < 3; turn += 0.37)
      for (const elevation of [0.15, 0.5, 0.75, 1.2, 1.5]) {
        const camera = cameraOf([turn, elevation], width, height, { half: [a, b], nodes: corners.flat() });
        const [across, down] = [0, 1].map((i) => corners.map((corner) => camera.project(...corner)[i]!)) as [number[], number[]];
        expect(Math.min(...across, ...down)).toBeGreaterThan(0);
        expect(Math.max(...across)).toBeLessThan(width);
        expect(Math.max(...down)).toBeLessThan(height - 12); // a name stands below
        const fills = Math.max((Math.max(...across) - Math.min(...across)) / width, (Math.max(...down) - Math.min(...down)) / (height - 26));
        expect(fills).toBeGreaterThan(0.7);
      }
});

describe("the model", () => {
  test("the modes decide whose η it is", () => {
    const landscape = landscapeOf(preset("Himmelblau"))!;
    expect(rateOf({ ...landscape, mode: "same" }, "adam", 3)).toBe(landscape.eta);
    expect(rateOf({ ...landscape, mode: "best" }, "adam", 3)).toBe(3);
    expect(rateOf(landscape, "adam", 3)).toBe(landscape.rates.adam);
    expect(rateOf({ ...landscape, mode: "same" }, "newton", 3)).toBe(1);
  });

  test("the best η is never slower than the tuned one", () => {
    const scenario = preset("narrow valley");
    const tuned = new Map(settled(scenario).derived.rows.map((row) => [row.walk.rule.name, row.steps]));
    const { derived } = settled({ ...scenario, plane: { ...scenario.plane!, mode: "best" } });
    expect(derived.tuning).toBe(false);
    for (const row of derived.rows) {
      const before = tuned.get(row.walk.rule.name);
      if (before != null) expect(row.steps!).toBeLessThanOrEqual(before);
    }
  });

  test("basins: each place has the colour of the minimum that the rule comes to", () => {
    const scenario = preset("saddle");
    const { derived } = settled({ ...scenario, plane: { ...scenario.plane!, basins: true, chosen: "gd" } });
    const { columns, rows, ends } = derived.basins!;
    const minima = derived.points!.points.filter((point) => point.kind === "minimum");
    expect(minima.length).toBe(2);
    const top = ends[(rows - 3) * columns + columns / 2]!;
    const bottom = ends[2 * columns + columns / 2]!;
    expect(minima[top]!.y).toBeGreaterThan(0);
    expect(minima[bottom]!.y).toBeLessThan(0);
  });

  test("a far plateau is no saddle", () => {
    const newton = settled(preset("crater")).derived.rows.find((row) => row.walk.rule.name === "newton")!;
    expect(newton.outcome).toBe("flat");
  });

  test("a plane is what its tape says", () => {
    const { tape, cuts } = preset("narrow valley").function.plane!;
    expect(Array.from(new Plane(tape, cuts[0]!.fixed).at(2, 1))).toEqual([27, 2, 50, 1, 0, 50]);
  });
});
