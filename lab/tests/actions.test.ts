import { beforeEach, describe, expect, test, vi } from "vitest";
import { Engine } from "../src/hosts/engine.ts";
import type { Host } from "../src/hosts/host.ts";
import type { Mode } from "../src/scenario.ts";
import { Store } from "../src/store.ts";
import { Actions } from "../src/tabs/actions.ts";
import { challengeWords } from "../src/tabs/challenge.ts";
import { Model } from "../src/tabs/model.ts";
import { loadPresets } from "../src/tabs/presets.ts";
import { snippetOf } from "../src/ui/snippet.ts";
import { preset, presetJson } from "./support/fixtures.ts";

function page(name = "double well", engine: Engine | null = null) {
  const nothing = (): (() => void) => () => undefined;
  const host: Host = {
    kind: engine === null ? "file" : "server", engine, link: engine === null ? "none" : "live",
    initial: () => Promise.resolve(null), onScenario: nothing, onLink: nothing, onFault: nothing,
    knows: () => false, publish: () => undefined, close: () => undefined,
  };
  const store = new Store(preset(name), host.link);
  const model = new Model();
  const actions = new Actions(store, model, host, loadPresets(), { svg: () => "", png: () => Promise.resolve(null) });
  const look = () => model.update(store.state, true);
  look();
  return { store, actions, look };
}

beforeEach(() => {
  // Under reduced motion a run goes to its end at once, and needs no clock.
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  vi.stubGlobal("cancelAnimationFrame", () => undefined);
});

describe("what a person can do", () => {
  test("step, reset, undo", () => {
    const { store, actions, look } = page();
    for (let k = 1; k <= 10; k++) {
      actions.step();
      expect(look().k).toBe(k);
    }
    const far = look().here.w;
    actions.reset();
    expect(look().here.w).toBe(1.88354);
    store.undo();
    expect(look().here.w).toBe(far);
  });

  test("each step is w − η·dL/dw", () => {
    const { actions, look } = page();
    const { here, next } = look();
    expect(next?.w).toBeCloseTo(here.w - 0.5 * here.slope, 14);
    actions.step();
    expect(look().here.w).toBe(next?.w);
  });

  test("a run ends where nothing moves any more, and says so", () => {
    const { store, actions, look } = page();
    actions.toggleRun();
    const derived = look();
    expect(store.state.running).toBe(false);
    expect(derived.finished).toBe(true);
    expect(derived.path.ended?.reason).toBe("converged");
    expect(Math.abs(derived.here.slope)).toBeLessThan(1e-12);
    expect(derived.next?.w).toBe(derived.here.w);
    store.undo();
    expect(store.scenario.steps).toBe(0);
  });

  test("a run that never arrives stops after a thousand steps", () => {
    const { store, actions, look } = page("kink");
    actions.toggleRun();
    expect(look().k).toBe(1000);
    expect(store.state.notice).toMatch(/1000 steps were taken/);
  });

  test("placing the ball ends the old path; nonsense moves nothing", () => {
    const { store, actions, look } = page();
    actions.step();
    actions.place(-1);
    expect(look().path.w[0]).toBe(-1);
    expect(store.scenario.steps).toBe(0);
    actions.place(NaN);
    actions.setEta(-1);
    actions.setEta(Infinity);
    actions.zoom(0, 1);
    actions.zoom(1e300, 1);
    expect(store.scenario).toMatchObject({ start: -1, eta: 0.5, box: [-3.4, 3.4] });
  });

  test("zooming keeps the place under the pointer", () => {
    const { store, actions } = page();
    actions.zoom(0.5, 1);
    const [lo, hi] = store.scenario.box;
    expect((1 - lo) / (hi - lo)).toBeCloseTo(4.4 / 6.8, 12);
  });

  test("the marks tell valley from point: 2/L″ of the minimum ahead", () => {
    const { look } = page();
    const valley = look().marks.find((mark) => mark.key === "valley");
    expect(valley?.eta).toBeCloseTo(0.7012, 3);
  });
});

describe("challenge and blindfold", () => {
  test("a run without a flag is not started", () => {
    const { store, actions, look } = page();
    actions.setMode("challenge");
    look();
    actions.toggleRun();
    expect(store.state.notice).toMatch(/place the flag/);
    expect(store.scenario.steps).toBe(0);
  });

  test.each<[number, boolean]>([[1.7, true], [-2.18, false]])("a flag at %d is judged", (w, hit) => {
    const { store, actions, look } = page();
    actions.setMode("challenge");
    look();
    actions.placeFlag(w);
    actions.toggleRun();
    expect(store.state.revealed).toBe(true);
    expect(store.state.rounds).toEqual([expect.objectContaining({ flag: w, hit })]);
    expect(challengeWords(store.state, look())).toMatch(hit ? /right.*1 of 1/ : /3\.\d+ away.*0 of 1/);
    actions.newRound();
    expect(store.state.flag).toBeNull();
    expect(store.state.rounds).toHaveLength(1);
  });

  test("the curve is revealed when a blindfolded run ends", () => {
    const { store, actions, look } = page();
    actions.setMode("blindfold");
    look();
    expect(store.state.revealed).toBe(false);
    actions.toggleRun();
    expect(store.state.revealed).toBe(true);
  });

  test("the scenario tells the blindfold in one way only", () => {
    const { store, actions } = page();
    for (const mode of ["blindfold", "explore", "challenge"] as Mode[]) {
      actions.setMode(mode);
      expect(store.scenario.view.blindfold).toBe(mode === "blindfold");
    }
  });
});

describe("formulas", () => {
  function talk() {
    const engine = new Engine();
    const asked: { op: string; id: number }[] = [];
    engine.attach((message) => asked.push(JSON.parse(message) as { op: string; id: number }));
    return { engine, asked };
  }

  test("a good one takes the place of the old", async () => {
    const { engine, asked } = talk();
    const { store, actions } = page("double well", engine);
    const done = actions.define("0.5w^2 + 0.5");
    engine.receive({ op: "defined", id: asked[0]!.id, function: presetJson("bowl").function, box: [-2, 2], start: 1, eta: 0.07 });
    await done;
    expect(store.scenario).toMatchObject({ box: [-2, 2], start: 1, eta: 0.07, steps: 0, preset: null, lesson: "" });
    store.undo();
    expect(store.scenario.preset).toBe("double well");
  });

  test("a bad one leaves the picture and marks the place", async () => {
    const { engine, asked } = talk();
    const { store, actions } = page("double well", engine);
    const before = store.scenario;
    const done = actions.define("w^^2");
    engine.receive({ op: "err", of: "define", id: asked[0]!.id, code: "formula", message: "two powers", span: [2, 3] });
    await done;
    expect(store.scenario).toBe(before);
    expect(store.state.problem).toEqual({ message: "two powers", source: "w^^2", span: [2, 3] });
  });

  test("a formula that is answered after a preset was chosen does not take its place", async () => {
    const { engine, asked } = talk();
    const { store, actions } = page("double well", engine);
    const waiting = [actions.define("w^2")];
    actions.preset("kink");
    const answer = { op: "defined", function: presetJson("bowl").function, box: [-2, 2], start: 1, eta: 1 };
    engine.receive({ ...answer, id: asked[0]!.id });
    await Promise.all(waiting);
    expect(store.scenario.preset).toBe("kink");
    expect(store.scenario.function.formula).toContain("|w");

    waiting.push(actions.define("w^2 + 1", true)); // the page's own question, on connecting
    actions.preset("cliff");
    engine.receive({ ...answer, id: asked[1]!.id });
    await Promise.all(waiting);
    expect(store.scenario.function.formula).toContain("e^");
    expect(store.state.defining).toBe(false);
  });

  test("without the engine the page says so and goes on", async () => {
    const { engine } = talk();
    const { store, actions, look } = page("double well", engine);
    engine.detach();
    await actions.define("w^2");
    expect(store.state.problem?.message).toMatch(/engine is away/);
    actions.step();
    expect(look().k).toBe(1);
  });

  test("the Python says what the page shows", () => {
    expect(snippetOf({ ...preset(), steps: 12 })).toMatch(/sf\.descend\(f, 1\.88354, "gd", steps=12, lr=0\.5\)/);
  });

  test("the Python of a cut walks along it, with the others held", () => {
    const plain = preset();
    const slice = { label: "along y", variable: "y", unit: "", fixed: [2, 0.5, 2, 0, 1], box: [-1, 3] as [number, number], start: 1 };
    const f = { ...plain.function, snippet: "f = g\n\ndef flat(v):\n    return f(v)", slices: [slice] };
    expect(snippetOf({ ...plain, function: f, slice: 0, start: 1.5, steps: 3 }).split("\n").slice(-5)).toEqual([
      "def cut(t):  # along y", "    return flat([0.5, t])", "", 'path = sf.descend(cut, 1.5, "gd", steps=3, lr=0.5)', "print(path)",
    ]);
  });

  test("Python that would not run is no code, and a recorded walk is told from the ball's", () => {
    const plain = preset();
    const unknown = snippetOf({ ...plain, function: { ...plain.function, snippet: "# not at hand" } });
    expect(unknown.split("\n").every((line) => line.startsWith("#"))).toBe(true);
    const recorded = { label: "momentum", w: [1, 0.9], value: [1, 0.8] };
    expect(snippetOf({ ...plain, recorded })).toMatch(/# the ball; what is drawn as recorded is a walk of momentum\npath = /);
  });
});
