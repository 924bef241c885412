import { describe, expect, test, vi } from "vitest";
import { Store } from "../src/store.ts";
import { preset } from "./support/fixtures.ts";

const fresh = (): Store => new Store(preset(), "none");

describe("the store", () => {
  test("tells what changed, and nothing when nothing did", () => {
    const store = fresh();
    const heard = vi.fn();
    store.subscribe((_state, changed) => {
      heard([...changed]);
    });
    store.set({ hover: 3, notice: "" });
    store.set({ hover: 3 });
    expect(heard.mock.calls).toEqual([[["hover"]]]);
  });

  test("undoes and redoes edits of the scenario, not what is the page's own", () => {
    const store = fresh();
    store.edit({ eta: 0.1 });
    store.set({ hover: 2 });
    store.edit({ eta: 0.2 });
    expect(store.undo()).toBe(true);
    expect(store.scenario.eta).toBe(0.1);
    expect(store.state.hover).toBe(2);
    expect(store.undo()).toBe(true);
    expect(store.scenario.eta).toBe(0.5);
    expect(store.undo()).toBe(false);
    expect(store.redo()).toBe(true);
    expect(store.redo()).toBe(true);
    expect(store.scenario.eta).toBe(0.2);
    expect(store.redo()).toBe(false);
  });

  test("takes a whole gesture back at once", () => {
    const store = fresh();
    const { start } = store.scenario;
    for (const w of [1, 0.5, 0]) store.edit({ start: w }, "drag 1");
    store.endGesture();
    for (const w of [-1, -2]) store.edit({ start: w }, "drag 1");
    store.undo();
    expect(store.scenario.start).toBe(0);
    store.undo();
    expect(store.scenario.start).toBe(start);
  });

  test("a new edit ends the way forward", () => {
    const store = fresh();
    store.edit({ eta: 0.1 });
    store.undo();
    store.edit({ eta: 0.3 });
    expect(store.canRedo).toBe(false);
  });

  test("remembers a bounded past", () => {
    const store = fresh();
    for (let i = 1; i <= 500; i++) store.edit({ steps: i });
    let undone = 0;
    while (store.undo()) undone += 1;
    expect(undone).toBe(200);
  });

  test("what comes from outside leaves nothing to undo", () => {
    const store = fresh();
    store.edit({ eta: 0.1 });
    store.replace(preset("bowl"));
    expect(store.canUndo).toBe(false);
    expect(store.scenario.preset).toBe("bowl");
  });

  test("what comes from outside over something begun is one undo", () => {
    const store = fresh();
    store.edit({ eta: 0.1 });
    const begun = store.scenario;
    store.adopt(preset("bowl"));
    expect(store.scenario.preset).toBe("bowl");
    store.undo();
    expect(store.scenario).toBe(begun);
  });

  test("a listener that left hears nothing", () => {
    const store = fresh();
    const heard = vi.fn();
    store.subscribe(heard)();
    store.set({ hover: 1 });
    expect(heard).not.toHaveBeenCalled();
  });
});
