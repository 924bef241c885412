// The scenario: the one document that the address, the notebook and an export hold. What comes in
// is checked field by field, because any page can hand us a link; unknown fields are refused.
import type { Tape } from "./math/tape.ts";
import { checkTape } from "./math/tape.ts";
import { type Check, CheckError, finite, fail, list, nullable, number, object, oneOf, recordOf, text, truth, whole } from "./check.ts";

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
}

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
  tab: "curve";
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
}

export const MOST_STEPS = 5000;

const box: Check<[number, number]> = (value, at) => {
  const [lo, hi, ...rest] = list(finite)(value, at);
  if (lo === undefined || hi === undefined || rest.length > 0 || lo >= hi) {
    return fail(at, "two numbers, the lower first");
  }
  return [lo, hi];
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
});

const rate: Check<number> = (value, at) => {
  const eta = finite(value, at);
  return eta > 0 ? eta : fail(at, "a positive number");
};

const shape = object<Scenario>({
  v: oneOf(1),
  tab: oneOf("curve"),
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
});

/** The scenario that a JSON document holds. Throws CheckError, with a sentence. */
export function checkScenario(json: unknown): Scenario {
  const found = shape(json, "scenario");
  if (found.slice > 0 && found.slice >= found.function.slices.length) {
    return fail("scenario.slice", "the number of a slice that the function has");
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

/** Without its tapes, which follow from the rest. */
export function withoutTapes(scenario: Scenario): Scenario {
  return { ...scenario, function: { ...scenario.function, tape: null, steps: {} } };
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
