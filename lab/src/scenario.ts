// The scenario: the one document that the address, the notebook and an export hold. What comes in
// is checked field by field, because any page can hand us a link; unknown fields are refused.
import type { ExampleSet } from "./math/noise/sample.ts";
import type { Tape } from "./math/tape.ts";
import { checkTape } from "./math/tape.ts";
import { type Check, CheckError, finite, fail, list, nullable, number, object, oneOf, recordOf, text, truth, whole, withDefault } from "./check.ts";

export interface Slice {
  label: string;
  variable: string;
  unit: string;
  fixed: number[];
  box: [number, number];
  start: number;
}

export interface Samples {
  w: number[];
  value: number[];
  slope: number[];
  curvature: number[];
}

export interface StepRule {
  tape: Tape;
  state: number[];
  label: string;
}

export type Pair = [number, number];

/** A path that an engine has walked, in a plane or laid down on it: a row for each point. */
export interface RecordedWalk {
  label: string;
  numbers: number[]; // steps taken
  x: number[];
  y: number[];
  value: number[]; // of the points themselves, which need not lie in the plane
  slope: number[];
  share: number; // of the movement what lies in the plane
  ended: string;
}

/** Two coordinates of a function, with the others held fast. */
export interface PlaneCut {
  label: string;
  names: [string, string];
  fixed: number[];
  box: [Pair, Pair];
  start: Pair;
  eta: number;
  recorded: RecordedWalk | null;
}

export interface PlaneOf {
  tape: Tape;
  cuts: PlaneCut[];
}

export type RateMode = "same" | "best" | "tuned";

/** What the landscape shows; `at` is the step, null the last. */
export interface Landscape {
  box: [Pair, Pair];
  start: Pair;
  eta: number;
  rates: Record<string, number>;
  rules: string[];
  chosen: string;
  cut: number;
  mode: RateMode;
  steps: number;
  at: number | null;
  basins: boolean;
  surface: boolean;
  turn: Pair;
}

export interface LabFunction {
  title: string;
  variable: string;
  formula: string | null;
  source: string | null;
  snippet: string;
  mathml: string | null;
  spoken: string | null;
  tape: Tape | null;
  steps: Record<string, StepRule>;
  why: string;
  smoothness: { kind: "smooth" | "kinked" | "jumps" | "unknown"; words: string };
  slices: Slice[];
  samples: Samples | null;
  plane: PlaneOf | null;
  examples: ExampleSet | null;
}

/** Walks on minibatches from one start, with the seeds `seed`, `seed` + 1, …; `at` as in a landscape. */
export interface NoiseView {
  start: number[];
  box: Pair[];
  eta: number;
  size: number;
  replace: boolean;
  seed: number;
  beta: number;
  walks: number;
  steps: number;
  average: boolean;
  at: number | null;
}

export type TabKey = "curve" | "landscape" | "noise";
export type Theme = "auto" | "light" | "dark";
export type Mode = "explore" | "challenge" | "blindfold";

export interface View {
  secant: number | null;
  lens: boolean;
  nudge: number | null; // null: about a hundredth of the window
  blindfold: boolean;
  theme: Theme;
  mode: Mode;
}

export interface Recorded {
  label: string;
  w: number[];
  value: number[];
}

export interface Answer {
  words: string;
  value: number;
  w: number;
  kind: string;
  confidence: string;
  evidence: string[];
}

export interface Scenario {
  v: 1;
  tab: TabKey;
  function: LabFunction;
  slice: number;
  box: [number, number];
  start: number;
  eta: number;
  rule: "gd";
  steps: number;
  view: View;
  recorded: Recorded | null;
  answer: Answer | null;
  preset: string | null;
  lesson: string;
  plane: Landscape | null;
  noise: NoiseView | null;
}

export const MOST_STEPS = 5000;
/** As in `surefoot.terms.noise_scenario`. */
export const MOST_WALKS = 64;
export const MOST_NOISE_STEPS = 1000;
export const MOST_SEED = 2 ** 32 - MOST_WALKS - 1;
const [FEWEST_EXAMPLES, MOST_EXAMPLES] = [3, 256];

const box: Check<[number, number]> = (value, at) => {
  const [lo, hi, ...rest] = list(finite)(value, at);
  if (lo === undefined || hi === undefined || rest.length > 0 || lo >= hi) {
    return fail(at, "two numbers, the lower first");
  }
  return [lo, hi];
};

const pair: Check<Pair> = (value, at) => {
  const [a, b, ...rest] = list(finite)(value, at);
  return a === undefined || b === undefined || rest.length > 0 ? fail(at, "two numbers") : [a, b];
};

const boxes: Check<[Pair, Pair]> = (value, at) => {
  const [x, y, ...rest] = list(box)(value, at);
  return x === undefined || y === undefined || rest.length > 0 ? fail(at, "two windows") : [x, y];
};

const names: Check<[string, string]> = (value, at) => {
  const [x, y, ...rest] = list(text)(value, at);
  return x === undefined || y === undefined || rest.length > 0 ? fail(at, "two names") : [x, y];
};

const rate: Check<number> = (value, at) => {
  const eta = finite(value, at);
  return eta > 0 ? eta : fail(at, "a positive number");
};

const tape: Check<Tape> = (value, at) => {
  try {
    return checkTape(value);
  } catch (error) {
    throw new CheckError(`${at}: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const slice = object<Slice>({
  label: text, variable: text, unit: text, fixed: list(number), box, start: finite,
});

const samples: Check<Samples> = (value, at) => {
  const found = object<Samples>({
    w: list(finite), value: list(number), slope: list(number), curvature: list(number),
  })(value, at);
  const n = found.w.length;
  if (n < 2 || found.value.length !== n || found.slope.length !== n || found.curvature.length !== n) {
    return fail(at, "four lists of one length, two samples or more");
  }
  return found;
};

export const labFunction = object<LabFunction>({
  title: text,
  variable: text,
  formula: nullable(text),
  source: nullable(text),
  snippet: text,
  mathml: nullable(text),
  spoken: nullable(text),
  tape: nullable(tape),
  steps: recordOf(object<StepRule>({ tape, state: list(number), label: text })),
  why: text,
  smoothness: object<LabFunction["smoothness"]>({
    kind: oneOf("smooth", "kinked", "jumps", "unknown"),
    words: text,
  }),
  slices: list(slice),
  samples: nullable(samples),
  plane: withDefault(nullable((value, at) => planeOf(value, at)), null),
  examples: withDefault(nullable((value, at) => exampleSet(value, at)), null),
});

const recordedWalk: Check<RecordedWalk> = (value, at) => {
  const found = object<RecordedWalk>({
    label: text, numbers: list(whole(0, Number.MAX_SAFE_INTEGER)), x: list(finite), y: list(finite), value: list(finite), slope: list(finite), share: finite, ended: text,
  })(value, at);
  const { numbers, x, y, value: heights, slope, share } = found;
  const n = numbers.length;
  if (n === 0 || n > MOST_STEPS + 1 || [x, y, heights, slope].some((column) => column.length !== n)) fail(at, "lists of one length");
  if (numbers.some((each, i) => i > 0 && each <= numbers[i - 1]!)) fail(`${at}.numbers`, "numbers that rise");
  return share >= 0 && share <= 1 ? found : fail(`${at}.share`, "a number from 0 to 1");
};

/** A plane whose tape takes what the cuts give it. */
const planeOf: Check<PlaneOf> = (value, at) => {
  const found = object<PlaneOf>({
    tape,
    cuts: list(object<PlaneCut>({ label: text, names, fixed: list(number), box: boxes, start: pair, eta: rate, recorded: withDefault(nullable(recordedWalk), null) })),
  })(value, at);
  if (found.cuts.length === 0) return fail(`${at}.cuts`, "one plane or more");
  if (found.tape.outputs.length !== 6) return fail(`${at}.tape`, "a tape with six outputs");
  for (const cut of found.cuts) {
    if (cut.fixed.length + 2 !== found.tape.inputs) return fail(`${at}.cuts`, "as many numbers as the tape takes");
  }
  return found;
};

/** Examples whose tape takes the parameters and the numbers of one of them. */
const exampleSet: Check<ExampleSet> = (value, at) => {
  const found = object<ExampleSet>({ tape, names: list(text), data: list(finite), width: whole(1, MOST_STEPS), of: whole(1, Number.MAX_SAFE_INTEGER) })(value, at);
  const { tape: made, names: { length: size }, data, width, of } = found;
  const count = data.length / width;
  if (size !== 1 && size !== 2) return fail(`${at}.names`, "one name or two");
  if (!Number.isInteger(count) || count < FEWEST_EXAMPLES || count > MOST_EXAMPLES || of < count) return fail(`${at}.data`, `${FEWEST_EXAMPLES} to ${MOST_EXAMPLES} examples of ${width}`);
  if (made.inputs !== size + width || made.outputs.length !== (size === 1 ? 3 : 6)) return fail(`${at}.tape`, "a tape of one example");
  return found;
};

const share: Check<number> = (value, at) => {
  const beta = finite(value, at);
  return beta >= 0 && beta < 1 ? beta : fail(at, "a number of at least 0 and below 1");
};

const noiseView = object<NoiseView>({
  start: list(finite), box: list(box), eta: rate, size: whole(1, MOST_EXAMPLES), replace: truth, seed: whole(0, MOST_SEED), beta: share,
  walks: whole(1, MOST_WALKS), steps: whole(1, MOST_NOISE_STEPS), average: truth, at: nullable(whole(0, MOST_NOISE_STEPS)),
});

/** The view is one of these examples. */
function checkNoise({ function: { examples, tape, plane }, noise, tab }: Scenario): void {
  if (examples === null && noise === null) {
    if (tab === "noise") fail("scenario.tab", "one that the function has");
    return;
  }
  if (examples === null || noise === null) return fail("scenario.noise", "there with function.examples, and only then");
  const size = examples.names.length;
  if ((size === 1 ? tape?.inputs : plane?.tape.inputs) !== size) fail("scenario.function", "one with as many numbers as its examples, and with tapes");
  if (noise.start.length !== size || noise.box.length !== size) fail("scenario.noise", `one with ${size} numbers`);
  if (noise.size > examples.data.length / examples.width) fail("scenario.noise.size", "at most the number of examples");
}

const landscape = object<Landscape>({
  box: boxes, start: pair, eta: rate, rates: recordOf(rate), rules: list(text), chosen: text, cut: whole(0, 10_000),
  mode: oneOf("same", "best", "tuned"), steps: whole(1, MOST_STEPS), at: nullable(whole(0, MOST_STEPS)),
  basins: truth, surface: truth, turn: pair,
});

const shape = object<Scenario>({
  v: oneOf(1),
  tab: oneOf("curve", "landscape", "noise"),
  function: labFunction,
  slice: whole(0, 10_000),
  box,
  start: finite,
  eta: rate,
  rule: oneOf("gd"),
  steps: whole(0, MOST_STEPS),
  view: object<View>({
    secant: nullable(finite),
    lens: truth,
    nudge: nullable(finite),
    blindfold: truth,
    theme: oneOf("auto", "light", "dark"),
    mode: oneOf("explore", "challenge", "blindfold"),
  }),
  recorded: nullable(object<Recorded>({ label: text, w: list(number), value: list(number) })),
  answer: nullable(
    object<Answer>({
      words: text, value: number, w: number, kind: text, confidence: text, evidence: list(text),
    }),
  ),
  preset: nullable(text),
  lesson: text,
  plane: withDefault(nullable(landscape), null),
  noise: withDefault(nullable(noiseView), null),
});

/** The scenario that a JSON document holds. Throws CheckError, with a sentence. */
export function checkScenario(json: unknown): Scenario {
  const found = shape(json, "scenario");
  if (found.slice > 0 && found.slice >= found.function.slices.length) {
    return fail("scenario.slice", "the number of a slice that the function has");
  }
  checkNoise(found);
  const planes = found.function.plane?.cuts.length ?? 0;
  if (found.tab === "landscape" && planes === 0) return fail("scenario.tab", "one that the function has");
  if (found.plane !== null && found.plane.cut >= Math.max(1, planes)) {
    return fail("scenario.plane.cut", "the number of a plane that the function has");
  }
  if (found.recorded !== null && found.recorded.w.length !== found.recorded.value.length) {
    return fail("scenario.recorded", "as many values as points");
  }
  return found;
}

/** JSON text in which every number survives: what JSON cannot hold is written as a word. */
export function toText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "number" || Number.isFinite(part)) return part;
    return Number.isNaN(part) ? "nan" : part > 0 ? "inf" : "-inf";
  });
}

const NO_TAPE: Tape = { v: 1, inputs: 0, constants: [], columns: [], lanes: 1, ops: [], outputs: [] };

/** Without its tapes, which follow from the rest. */
export function withoutTapes(scenario: Scenario): Scenario {
  const { plane, examples } = scenario.function;
  const bare = <T extends { tape: Tape }>(part: T | null): T | null => (part === null ? null : { ...part, tape: NO_TAPE });
  return { ...scenario, function: { ...scenario.function, tape: null, steps: {}, plane: bare(plane), examples: bare(examples) } };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Record<string, unknown>);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, part]) => [key, sorted(part)]));
}

/** A name for what is shown: equal scenarios share it, whoever made their tapes. */
export function scenarioHash(scenario: Scenario): string {
  const canonical = toText(sorted(withoutTapes(scenario)));
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < canonical.length; i++) {
    const code = canonical.charCodeAt(i);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
