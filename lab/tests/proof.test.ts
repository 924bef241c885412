// Proofs as they arrive, what they say of a window, and their boxes as pictures.
import { describe, expect, test } from "vitest";
import { drawBoxes } from "../src/draw/boxes.ts";
import { LIGHT } from "../src/draw/palette.ts";
import { linear } from "../src/draw/scales.ts";
import { SvgPainter } from "../src/draw/svg.ts";
import { Engine } from "../src/hosts/engine.ts";
import { bendIn, checkProof, markAt, provedIn, provedWords, type Proof } from "../src/proof.ts";
import { Store } from "../src/store.ts";
import { Model } from "../src/tabs/model.ts";
import { countWords } from "../src/ui/command.ts";
import { preset } from "./support/fixtures.ts";
import { measure } from "./support/recorder.ts";

const PROOF = {
  box: [[-2, 2]], fixed: [],
  marks: [
    { x: [-1], value: -1, kind: "minimum", eigenvalues: [8], within: 1e-16, proved: true },
    { x: [1], value: -1, kind: "minimum", eigenvalues: [8], within: 1e-16, proved: true },
    { x: [0], value: 0, kind: "maximum", eigenvalues: [-4], within: 0, proved: true },
  ],
  unresolved: [], more: 0, why: "", boxes: 5, seconds: 0.1,
  rounds: [{ boxes: [0, 10_000], fates: "2" }, { boxes: [0, 5000, 5000, 10_000], fates: "13" }],
  bend: { kind: "neither", words: "Not convex, proved.", witness: [-0.5, 0.5, 0, -0.1875] },
};

const proof = (change: object = {}): Proof => checkProof({ ...structuredClone(PROOF), ...change }, "proof");

describe("how a function is proved to bend", () => {
  const chord = { a: -0.5, b: 0.5, mid: 0, value: 0, chord: -0.1875 };
  test("a chord in the window shows that it is not convex", () =>
    expect(bendIn(proof(), [[-1, 9]])).toEqual({ kind: "neither", words: "Not convex, proved.", tag: "proved", witness: chord }));
  test("a chord that reaches beyond it shows nothing", () => expect(bendIn(proof(), [[-0.4, 2]])).toBeNull());
  const convex = proof({ bend: { kind: "convex", words: "Convex.", witness: [] } });
  test("what was searched holds for its parts", () => expect(bendIn(convex, [[-1, 2]])?.witness).toBeNull());
  test("and not beyond", () => expect(bendIn(convex, [[-1, 2.1]])).toBeNull());
  test("without one nothing is said", () => expect(bendIn(proof({ bend: null }), [[0, 1]]) ?? bendIn(null, [[0, 1]])).toBeNull());
});

describe("a proof from outside", () => {
  test("is read as it is", () => expect(proof()).toEqual(PROOF));

  test.each<[string, object]>([
    ["a window", { box: [[2, -2]] }],
    ["a proof of one or two", { box: [[-2, 2], [-2, 2]] }],
    ["a proof of one or two", { unresolved: [[1]] }],
    ["a proof of one or two", { rounds: [{ boxes: [0, 1], fates: "22" }] }],
    ["a proof of one or two", { rounds: [{ boxes: [0, 1], fates: "7" }] }],
    ["whole number from 0 to 10000", { rounds: [{ boxes: [0, 20_000], fates: "2" }] }],
    ["a proof of one or two", { rounds: [{ boxes: Array<number>(42_000).fill(0), fates: "0".repeat(21_000) }] }],
    ["one of minimum", { marks: [{ ...PROOF.marks[0], kind: "global" }] }],
    ["true or false", { marks: [{ ...PROOF.marks[0], proved: "yes" }] }],
    ['has no field "sure"', { sure: true }],
  ])("is refused: %s", (words, change) => expect(() => proof(change)).toThrow(words));
});

describe("what it says of a window", () => {
  test("all of it, part of it, and beyond it", () => {
    expect(provedIn(proof(), [[-2, 2]])).toMatchObject({ undecided: 0, complete: true });
    expect(provedIn(proof(), [[0.5, 1.5]])!.marks).toHaveLength(1);
    const wider = provedIn(proof(), [[-3, 2]])!;
    expect([wider.marks.length, wider.complete]).toEqual([3, false]);
    expect(provedWords(wider, 3)).toMatch(/3 proved; beyond the window that was searched/);
    expect(provedIn(null, [[0, 1]])).toBeNull();
  });

  test("an undecided part counts where it meets the window", () => {
    const open = proof({ unresolved: [[1.5, 1.6]], why: "it is a multiple zero" });
    expect(provedIn(open, [[-2, 1.4]])!.complete).toBe(true);
    const here = provedIn(open, [[-2, 2]])!;
    expect(provedWords(here, 3)).toBe(", found numerically; 3 proved; 1 part of the window undecided: it is a multiple zero");
    expect(provedIn(proof({ more: 2 }), [[0.9, 1.1]])).toMatchObject({ undecided: 2, complete: false });
  });

  test("a point that is not proved, or of no known kind, is undecided", () => {
    for (const change of [{ proved: false }, { kind: "unknown" }]) {
      const found = provedIn(proof({ marks: [{ ...PROOF.marks[0], ...change }] }), [[-2, 2]])!;
      expect([found.marks.length, found.undecided, found.complete]).toEqual([0, 1, false]);
    }
  });

  test("words never say more than was proved", () => {
    const complete = provedIn(proof(), [[-2, 2]])!;
    expect(provedWords(complete, 3)).toBe(", proved; there are no others");
    expect(provedWords(complete, 4)).toMatch(/^, found numerically; 3 proved/);
    expect(provedWords({ marks: [], undecided: 0, complete: true, why: "" }, 0)).toBe(", proved");
    expect(markAt(complete, [1 + 1e-9], [[-2, 2]])?.kind).toBe("minimum");
    expect(markAt(complete, [1 + 1e-5], [[-2, 2]])).toBeUndefined();
  });

  test("the curve marks what is proved, and adds what was not found", () => {
    const scenario = preset();
    const { state } = new Store(scenario, "none");
    const plain = new Model().update(state, true);
    const minimum = plain.points.find((point) => point.kind === "minimum")!;
    const model = new Model();
    const { box } = scenario;
    const marks = [{ ...PROOF.marks[0], x: [minimum.w] }, { ...PROOF.marks[0], x: [0.123] }];
    const known = proof({ box: [box], marks });
    model.proofOf = () => known;
    const { points, proved } = model.update(state, true);
    expect(points.filter((point) => point.proved).map((point) => point.w)).toEqual([minimum.w, 0.123]);
    expect(points).toHaveLength(plain.points.length + 1);
    expect(countWords({ searching: false, points, proved })).toMatch(/4 stationary points in this window, found numerically; 2 proved$/);
  });
});

test("a newer question takes the place of the one that is out", async () => {
  const engine = new Engine();
  const sent: { op: string; seq: number; boxes: boolean }[] = [];
  engine.attach((message) => sent.push(JSON.parse(message) as (typeof sent)[number]));
  const question = { src: "w^2", box: [[-2, 2]] as [number, number][], fixed: [], probes: [[0, 0]] };
  const first = engine.prove({ ...question, boxes: false });
  const second = engine.prove({ ...question, boxes: true });
  expect(sent.map(({ op, boxes }) => [op, boxes])).toEqual([["stationary", false], ["stationary", true]]);
  engine.receive({ op: "err", of: "stationary", seq: sent[0]!.seq, code: "cancelled", message: "cancelled" });
  engine.receive({ op: "proof", seq: sent[0]!.seq, ...PROOF });
  engine.receive({ op: "proof", seq: sent[1]!.seq, ...PROOF, boxes: 9 });
  expect(await first).toBeNull();
  expect((await second)?.boxes).toBe(9);
});

describe("the boxes", () => {
  const plot = { x: 50, y: 10, width: 200, height: 100 };
  const drawn = (what: Proof, round: number, axes: number): string => {
    const painter = new SvgPainter(measure);
    const scales = [linear([-2, 2], [50, 250]), linear([-2, 2], [110, 10])].slice(0, axes);
    drawBoxes(painter, plot, scales, { proof: what, round }, LIGHT);
    return painter.document(300, 150, "boxes");
  };
  const rects = (svg: string): number => [...svg.matchAll(/<rect/g)].length;

  test("of a curve lie under the axis, as many as the rounds shown", () => {
    expect(rects(drawn(proof(), 1, 1)) - rects(drawn(proof(), 0, 1))).toBe(2);
    expect(drawn(proof(), 1, 1)).toContain(LIGHT.good);
    expect(drawn(proof(), 0, 1)).not.toContain(LIGHT.good);
    expect(drawn(proof(), 1, 1)).toContain(LIGHT.warn);
  });

  test("of a map lie where they are", () => {
    const square = proof({ box: [[-2, 2], [-2, 2]], marks: [], bend: null, rounds: [{ boxes: [2500, 5000, 0, 10_000], fates: "1" }] });
    expect(drawn(square, 0, 2)).toMatch(/<rect[^>]*x="100"[^>]*y="10"[^>]*width="50"[^>]*height="100"/);
  });
});
