// What Python has proved of a window, as it comes over the wire or with an exported page.
import { type Check, fail, finite, list, nullable, number, object, oneOf, text, truth, whole, withDefault } from "./check.ts";
import type { Witness } from "./math/convexity.ts";
import type { Pair } from "./scenario.ts";

export interface ProofMark {
  x: number[];
  value: number;
  kind: "minimum" | "maximum" | "saddle" | "unknown";
  eigenvalues: number[];
  within: number; // the largest side of the box in which it lies, alone
  proved: boolean;
}

/** Boxes that were tested at once: sides in parts of the window, and what became of each. */
export interface ProofRound {
  boxes: number[];
  fates: string;
}

export interface Proof {
  box: Pair[];
  fixed: number[];
  marks: ProofMark[];
  unresolved: number[][]; // lower and upper side of each coordinate
  more: number; // undecided boxes that are not listed
  why: string;
  boxes: number;
  seconds: number;
  rounds: ProofRound[];
  bend: ProofBend | null;
}

/** How the function bends in the window. */
export interface ProofBend {
  kind: "convex" | "concave" | "straight" | "neither";
  words: string;
  witness: number[]; // of "neither": both ends of a chord, the function's value halfway, and the chord's there
}

/** Sides of boxes are told in so many parts of the window. */
export const GRAIN = 10_000;
const MOST = 20_000;

const window: Check<Pair> = (value, at) => {
  const [lo, hi] = list(finite)(value, at);
  return lo !== undefined && hi !== undefined && lo < hi ? [lo, hi] : fail(at, "a window");
};

const shape = object<Proof>({
  box: list(window),
  fixed: list(finite),
  marks: list(object<ProofMark>({
    x: list(finite), value: number, kind: oneOf("minimum", "maximum", "saddle", "unknown"), eigenvalues: list(number), within: finite, proved: truth,
  })),
  unresolved: list(list(finite)),
  more: whole(0, Number.MAX_SAFE_INTEGER),
  why: text,
  boxes: whole(0, Number.MAX_SAFE_INTEGER),
  seconds: finite,
  rounds: withDefault(list(object<ProofRound>({ boxes: list(whole(0, GRAIN)), fates: text })), []),
  bend: withDefault(nullable(object<ProofBend>({
    kind: oneOf("convex", "concave", "straight", "neither"), words: text, witness: list(finite),
  })), null),
});

/** The proof in a JSON value. Throws CheckError, with a sentence. */
export const checkProof: Check<Proof> = (value, at) => {
  const found = shape(value, at);
  const n = found.box.length;
  const whole = found.marks.every(({ x, eigenvalues }) => x.length === n && eigenvalues.length === n)
    && found.unresolved.every((sides) => sides.length === 2 * n)
    && (found.bend === null || found.bend.witness.length === (found.bend.kind === "neither" ? 2 * n + 2 : 0))
    && found.rounds.every(({ boxes, fates }) => boxes.length === 2 * n * fates.length && /^[0-3]*$/.test(fates));
  const many = found.rounds.reduce((sum, { fates }) => sum + fates.length, found.marks.length + found.unresolved.length);
  return (n === 1 || n === 2) && whole && many <= MOST ? found : fail(at, "a proof of one or two coordinates");
};

const holds = ([lo, hi]: readonly [number, number], x: number): boolean => x >= lo && x <= hi;

const covers = (proof: Proof, box: readonly (readonly [number, number])[]): boolean =>
  box.every(([lo, hi], i) => lo >= proof.box[i]![0] && hi <= proof.box[i]![1]);

/** How the function is proved to bend in a window: the chord that shows it lies in it, or the window in what was searched. */
export function bendIn(proof: Proof | null, box: readonly (readonly [number, number])[]): Bent | null {
  const { kind, words, witness } = proof?.bend ?? { kind: "none" as const, words: "", witness: [] };
  const n = box.length;
  if (kind === "none" || !(kind === "neither" ? witness.slice(0, 2 * n).every((x, i) => holds(box[i % n]!, x)) : covers(proof!, box))) return null;
  const [a, b, value, chord] = witness as [number, number, number, number];
  return { kind, words, tag: "proved", witness: n === 1 && kind === "neither" ? { a, b, mid: (a + b) / 2, value, chord } : null };
}

export interface Bent {
  kind: string;
  words: string;
  tag: string;
  witness: Witness | null;
}

/** What a proof says of a window. */
export interface Proved {
  /** Proved points of a known kind in the window. */
  marks: ProofMark[];
  /** Undecided parts of it; -1 where the window reaches beyond what was searched. */
  undecided: number;
  /** Nothing is missing. */
  complete: boolean;
  why: string;
}

export function provedIn(proof: Proof | null, box: readonly (readonly [number, number])[]): Proved | null {
  if (proof === null) return null;
  const within = ({ x }: ProofMark): boolean => x.every((at, i) => holds(box[i]!, at));
  const inside = proof.marks.filter(within);
  const marks = inside.filter((mark) => mark.proved && mark.kind !== "unknown");
  const covered = covers(proof, box);
  const meets = (sides: number[]): boolean => box.every(([lo, hi], i) => sides[2 * i]! <= hi && sides[2 * i + 1]! >= lo);
  const undecided = proof.unresolved.filter(meets).length + proof.more + inside.length - marks.length;
  return { marks, undecided: covered ? undecided : -1, complete: covered && undecided === 0, why: proof.why };
}

/** The words behind a count of stationary points. */
export function provedWords({ marks, undecided, complete, why }: Proved, points: number): string {
  if (complete && marks.length === points) return points === 0 ? ", proved" : ", proved; there are no others";
  const left = undecided < 0 ? "; beyond the window that was searched nothing is proved" : undecided === 0 ? "" : `; ${undecided} ${undecided === 1 ? "part" : "parts"} of the window undecided${why === "" ? "" : `: ${why}`}`;
  return `, found numerically; ${marks.length} proved${left}`;
}

/** The mark at a point, as near as both are told. */
export function markAt(proved: Proved | null, at: readonly number[], box: readonly (readonly [number, number])[]): ProofMark | undefined {
  return proved?.marks.find(({ x }) => x.every((each, i) => Math.abs(each - at[i]!) <= 1e-7 * (box[i]![1] - box[i]![0])));
}
