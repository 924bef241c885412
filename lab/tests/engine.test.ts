import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Engine, EngineError } from "../src/hosts/engine.ts";
import { presetJson } from "./support/fixtures.ts";

interface Sent {
  op: string;
  id: number;
  seq: number;
  x: number;
}

function line(): { engine: Engine; sent: Sent[]; faults: string[]; reply: (message: unknown) => void } {
  const engine = new Engine();
  const sent: Sent[] = [];
  const faults: string[] = [];
  engine.fault.on((sentence) => faults.push(sentence));
  engine.attach((message) => sent.push(JSON.parse(message) as Sent));
  return { engine, sent, faults, reply: (message) => engine.receive(JSON.stringify(message)) };
}

const value = (seq: number): object => ({ op: "value", id: 0, seq, x: 1, value: 2, slope: "nan", curvature: "-inf" });

describe("the engine's line", () => {
  test("latest wins: one request is out, a newer one replaces the one that waits", async () => {
    const { engine, sent, reply } = line();
    const [first, second, third] = [1, 2, 3].map((x) => engine.evaluate(0, 0, x));
    expect(sent.map((each) => each.x)).toEqual([1]);
    expect(await second).toBeNull();
    reply(value(sent[0]!.seq));
    expect(await first).toEqual({ w: 1, value: 2, slope: NaN, curvature: -Infinity });
    expect(sent.map((each) => each.x)).toEqual([1, 3]);
    reply(value(sent[1]!.seq));
    expect((await third)?.w).toBe(3);
  });

  test("an answer to something else is dropped", async () => {
    const { engine, sent, reply } = line();
    const asked = engine.evaluate(0, 0, 1);
    reply(value(999));
    reply({ op: "path", id: 0, seq: sent[0]!.seq, w: [], value: [], slope: [], reason: "" });
    reply(value(sent[0]!.seq));
    expect((await asked)?.value).toBe(2);
  });

  test("a formula comes back defined", async () => {
    const { engine, sent, reply } = line();
    const asked = engine.define("w^2");
    reply({ op: "defined", id: sent[0]!.id, function: presetJson().function, box: [-1, 1], start: 0.5, eta: 0.1 });
    const defined = await asked;
    expect(defined?.box).toEqual([-1, 1]);
    expect(defined?.function.variable).toBe("w");
  });

  test("a refusal carries its sentence and its place", async () => {
    const { engine, sent, reply } = line();
    const asked = engine.define("w^^2");
    reply({ op: "err", of: "define", id: sent[0]!.id, code: "formula", message: "no", span: [2, 3] });
    const error = await asked.catch((each: unknown) => each);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: "formula", message: "no", span: [2, 3] });
  });

  test("when the line breaks, nobody waits for ever, and it can be joined again", async () => {
    const { engine, sent } = line();
    const asked = engine.evaluate(0, 0, 1);
    engine.detach();
    await expect(asked).rejects.toThrow(/away/);
    await expect(engine.evaluate(0, 0, 2)).rejects.toThrow(/away/);
    engine.attach((message) => sent.push(JSON.parse(message) as Sent));
    void engine.evaluate(0, 0, 3);
    expect(sent.at(-1)?.x).toBe(3);
  });

  test("who does not answer is not waited for", async () => {
    vi.useFakeTimers();
    const { engine, sent } = line();
    const asked = engine.define("w^2").catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(await asked).toMatchObject({ code: "silent" });
    void engine.define("w^3").catch(() => null);
    expect(sent).toHaveLength(2);
    vi.clearAllTimers();
    vi.useRealTimers();
  });

  test("a malformed function is refused, and the page hears why", async () => {
    const { engine, sent, reply } = line();
    const asked = engine.define("w^2");
    reply({ op: "defined", id: sent[0]!.id, function: { title: "L(w)" }, box: [-1, 1], start: 0, eta: 1 });
    await expect(asked).rejects.toThrow(/lacks the field/);
  });

  test.each(["{", "null", "[]", "3", '{"op":7}', '{"op":"dance"}', '{"op":"err"}', '{"op":"ready","scenario":{}}'])(
    "says that it ignored %s",
    (raw) => {
      const { engine, faults } = line();
      engine.receive(raw);
      expect(faults).toHaveLength(1);
    },
  );

  test("lives through anything", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.anything()), (raw) => {
        const { engine } = line();
        void engine.evaluate(0, 0, 1).catch(() => null);
        engine.receive(raw);
      }),
    );
  });
});
