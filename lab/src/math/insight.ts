/**
 * The live sentence: what gradient descent does from here, and why.
 *
 * What it says happens is read from the simulated path; why is η·L″ at the minimum. Where the two
 * differ the sentence says so instead of trusting either.
 */

import { behaviourOf, type Arrival, type Behaviour, type Bouncing } from "./behaviour.ts";
import type { Curve } from "./curve.ts";
import type { Path } from "./descent.ts";
import type { Place } from "./far.ts";
import { heading, isAt, placeAt } from "./heading.ts";
import type { Point } from "./points.ts";
import { survey } from "./survey.ts";
import { counted, round } from "./words.ts";

export type InsightKind =
  | "crawls"
  | "steady"
  | "overshoots and returns"
  | "oscillates"
  | "diverges"
  | "leaves"
  | "jumps over"
  | "corner"
  | "local"
  | "arrived"
  | "maximum"
  | "flat"
  | "faded"
  | "undefined"
  | "unclear";

export interface Insight {
  readonly words: string;
  readonly tag: "found numerically";
  readonly kind: InsightKind;
}

export interface InsightInput {
  readonly curve: Curve;
  /** The path from the start, simulated well beyond the step shown. */
  readonly path: Path;
  /** The step shown. */
  readonly step: number;
  readonly eta: number;
  readonly points: readonly Point[];
  readonly box: readonly [number, number];
  /** The minimum that the ball is heading for, as `marks` says. */
  readonly target: Point | null;
  /** Where far outside the window the curve is lower than at a point; null: nowhere seen. */
  readonly lower?: (point: Point) => Place | null;
}

const say = (kind: InsightKind, words: string): Insight => ({ kind, words, tag: "found numerically" });
const at = (point: Point): string => `w = ${round(point.w)}`;

export function insight(input: InsightInput): Insight {
  const { curve, path, step, points, box } = input;
  const w = path.w[step];
  if (w === undefined)
    return say("undefined", "The curve has no value or no slope here, so there is no step to take.");
  const { value, slope } = curve.evaluate(w);
  const here = placeAt(points.filter((point) => point.kind !== "inflection" && !point.kind.startsWith("corner")), w, value, box);
  if (here !== undefined && (!here.atEdge || here.span !== null)) return resting(here, w, input);
  if (slope === 0) return say("flat", `Flat: the slope at w = ${round(w)} is zero, so the ball does not move.`);
  const told = moving(input, slope, behaviourOf(path, step, points, box));
  return { ...told, words: told.words + crossing(input) };
}

// ── at rest ──────────────────────────────────────────────────────────────────────────────────────

function resting(point: Point, w: number, input: InsightInput): Insight {
  const { span } = point;
  const place = span === null ? at(point) : stretch(span, input.box);
  if (point.span !== null && point.kind === "level") return level(point.span, input);
  if (point.span !== null && point.faded) {
    const then = point.kind === "minimum" ? "a minimum lies somewhere in there" : "float64 cannot show where the curve goes from there";
    return say("faded", `Flat: from ${stretch(point.span, input.box)} the slope is smaller than float64 can show, so no step leaves w = ${round(w)}; ${then}.`);
  }
  if (point.kind === "maximum")
    return say(
      "maximum",
      `On top: ${span === null ? "at" : "from"} ${place} the slope is zero, so the ball stays, but the curve falls on both sides.`,
    );
  if (!point.kind.endsWith("minimum"))
    return say("flat", `Flat: at ${place} the slope is zero, but this is no minimum; gradient descent cannot tell and stays.`);
  const lower = deeper(point, input);
  if (lower !== null)
    return say("local", `Stuck ${span === null ? "in a local minimum at" : "on a level floor, a local minimum, from"} ${place}, L = ${round(point.value)}: the slope is zero, and ${lower}.`);
  const extent = input.lower === undefined ? "in view" : "found";
  return say("arrived", `${span === null ? "At" : "On the floor of"} the lowest minimum ${extent}, ${place}, L = ${round(point.value)}: the slope is zero and nothing moves.`);
}

type Span = readonly [number, number];

const cut = ([from, to]: Span, box: Span): string => (from <= box[0] || to >= box[1] ? " (as far as the window shows)" : "");
const stretch = (span: Span, box: Span): string => `w = ${round(span[0])} to ${round(span[1])}${cut(span, box)}`;
const between = (span: Span, box: Span): string => `between w = ${round(span[0])} and w = ${round(span[1])}${cut(span, box)}`;

/** Where the curve is constant every point of the stretch is as low as the others. */
function level(span: readonly [number, number], { curve, box }: InsightInput): Insight {
  if (span[0] <= box[0] && span[1] >= box[1]) {
    const everywhere = curve.bounds?.(-Infinity, Infinity);
    const proved = everywhere?.smooth === true && everywhere.slope[0] === 0 && everywhere.slope[1] === 0;
    const where = proved ? ["", ""] : [" in this window", " in it"];
    return say("flat", `Flat: the curve is constant${where[0]}. Every point${where[1]} is as low as any other, and the ball stays where it is.`);
  }
  return say("flat", `Flat: from ${stretch(span, box)} the curve is level, so the slope is zero and the ball stays; it cannot tell that the curve is lower beside it.`);
}

/** That the curve is lower elsewhere, in the window or far outside; null if nothing lower was seen. */
function deeper(point: Point, { points, lower, box }: InsightInput): string | null {
  const minima = points.filter((other) => other.kind.endsWith("minimum"));
  const lowest = minima.reduce<Point | null>((best, other) => (best === null || other.value < best.value ? other : best), null);
  if (lowest !== null && !point.inView && lowest !== point && lowest.value < point.value)
    return `a deeper minimum lies at ${at(lowest)}, L = ${round(lowest.value)}`;
  const far = lower?.(point) ?? null;
  if (far === null) return null;
  const outside = far.w < box[0] || far.w > box[1] ? " outside the window" : "";
  return `the curve is lower${outside} at w = ${round(far.w)}, L = ${round(far.value)}`;
}

// ── on the way ───────────────────────────────────────────────────────────────────────────────────

function moving(input: InsightInput, slope: number, behaviour: Behaviour): Insight {
  const { eta, target } = input;
  switch (behaviour.kind) {
    case "ended":
      return ended(input, behaviour.reason, behaviour.step);
    case "arrival":
      return arriving(input, behaviour);
    case "cycle":
    case "wandering":
      return bouncing(input, slope, behaviour);
    case "stopped": {
      const halts = behaviour.steps === 0 ? `Stays at w = ${round(behaviour.at)}` : `Comes to a halt at w = ${round(behaviour.at)} after ${counted(behaviour.steps, "step")}`;
      const { slope: left, curvature } = input.curve.evaluate(behaviour.at);
      if (behaviour.steps > 0 && curvature > 0 && Math.abs(left) <= 1e-9 * Math.abs(slope) && (target === null || !isAt(target, behaviour.at, input.box)))
        return say("local", `${halts}: a local minimum with L″ = ${round(curvature)}, too narrow to be marked in this window${target === null ? "" : `; the one that was ahead is ${at(target)}`}.`);
      return say("flat", `${halts}: ${left === 0 ? "the slope there is zero" : "η times the slope there is too small to move the ball"}; ${stability(target, eta)}.`);
    }
    case "swinging":
      if (behaviour.factor > 1)
        return say(
          "diverges",
          `Diverges, slowly: ${stability(target, eta)}, and each swing is ${round(behaviour.factor, 3)} times the one before.`,
        );
      return say(
        "overshoots and returns",
        `Overshoots and returns, but slowly: ${stability(target, eta)}, and each swing is ${round(behaviour.factor, 3)} of the one before; not at rest after ${counted(behaviour.steps, "step")}.`,
      );
    case "creeping":
      return creeping(input, slope, behaviour);
    case "unknown": {
      const length = round(Math.abs(eta * slope));
      return say(
        "unclear",
        `The next step is η·|slope| = ${length} long, and ${stability(target, eta)}; the path is too short to say more.`,
      );
    }
  }
}

/** η·L″ with three digits, and with more where three would be one of its limits 1 and 2. */
function told(product: number): string {
  const words = round(product, 3);
  return words === "1" || words === "2" ? round(product, 8) : words;
}

/** η·L″ at the minimum, against 2. */
function stability(target: Point | null, eta: number): string {
  if (target === null) return "no minimum is known downhill";
  if (target.kind === "corner minimum") return `the minimum ${at(target)} is a corner`;
  if (target.kind === "jump minimum") return `the minimum ${at(target)} lies at a jump`;
  if (target.span !== null) return `the curve is level at the minimum, from w = ${round(target.span[0])} to ${round(target.span[1])}`;
  const product = eta * target.curvature;
  const relation = product > 2 ? " > 2" : product < 2 ? " < 2" : "";
  // Rounded to the limit itself the number must not contradict the sign.
  const shown = round(product, 3) === "2" && product !== 2 ? `close to 2 (${told(product)}${relation})` : `= ${told(product)}${relation}`;
  return `η·L″ ${shown} at the minimum ${at(target)}`;
}

function ended({ eta, target, path, points }: InsightInput, reason: "diverged" | "left the domain", step: number): Insight {
  if (reason === "left the domain")
    return say(
      "leaves",
      `Leaves the domain: step ${step} lands where the curve is not defined${step === 1 || path.w.length < 2 ? "" : `, after w = ${round(path.w[path.w.length - 1]!)}`}; a smaller η stays inside longer.`,
    );
  const start = path.ended?.overflow === true
    ? `Diverges: at step ${step} the loss is larger than float64 can hold`
    : `Diverges: after ${counted(step, "step")} the ball is far outside`;
  if (target === null || target.kind !== "minimum") return say("diverges", `${start}; ${stability(target, eta)}.`);
  const product = eta * target.curvature;
  if (product > 2)
    return say("diverges", `${start}; ${stability(target, eta)}, so each step overshoots by more than it gained.`);
  const other = points.some((point) => point.kind === "minimum" && eta * point.curvature > 2);
  const why = other ? "another valley on the way throws it out" : "further out the curve is steeper than there";
  return say("diverges", `${start}, although ${stability(target, eta)}: that holds only near the minimum, and ${why}.`);
}

function arriving(input: InsightInput, arrival: Arrival): Insight {
  const { eta, target, box } = input;
  const { point, steps } = arrival;
  const after = steps === 0 ? "it is there already" : `there after ${counted(steps, "step")}`;
  if (point.span !== null && point.faded) {
    const then = point.kind === "minimum" ? "a minimum lies somewhere in there" : "no minimum is known there";
    return say("faded", `Comes to a halt ${between(point.span, box)}, ${after}: the slope is smaller than float64 can show; ${then}.`);
  }
  if (point.span !== null && point.kind === "level")
    return say("flat", `Lands on the level stretch ${between(point.span, box)}, ${after}, and stays: the slope is zero there.`);
  if (!point.kind.endsWith("minimum"))
    return say("flat", `Comes to rest at ${at(point)}, ${after}: the slope is zero, but this is no minimum.`);
  const lower = deeper(point, input);
  const also = lower === null ? "" : ` It is only a local minimum: ${lower.replace(/^a deeper minimum lies (.*), L/, "$1 the curve is lower, L")}.`;
  if (target !== null && target !== point && !isAt(target, point.w, box))
    return say(
      "jumps over",
      `Jumps over: heading for ${at(target)}, but η = ${round(eta)} is too long a step, and the ball lands in the valley of ${at(point)}, ${after}.${also}`,
    );
  if (point.kind.startsWith("corner"))
    return say("steady", `Reaches the corner ${at(point)}, ${after}: on this side the slope fades towards it.${also}`);
  if (point.span !== null)
    return say("steady", `Reaches the level floor ${between(point.span, box)}, ${after}, and stays.${also}`);
  const { kind, words } = approach(point, eta, arrival, after, box);
  return say(kind, words + also);
}

/** The way into a smooth minimum, with what η·L″ foretells beside what was seen. */
function approach(
  point: Point,
  eta: number,
  arrival: Arrival,
  after: string,
  box: readonly [number, number],
): { kind: InsightKind; words: string } {
  const product = eta * point.curvature;
  const rate = Math.abs(1 - product);
  const outside = point.w < box[0] || point.w > box[1] ? ", outside the window" : "";
  const number = `η·L″ = ${told(product)} at the minimum ${at(point)}${outside}`;
  const seen = arrival.factor;
  // Where η·L″ is 1 up to rounding, rounding is what is left.
  const factor = rate < 1e-12 ? "0" : round(rate, 3);
  if (rate <= 1e-3 && (seen === null || seen < 0.1) && arrival.steps > 1)
    return { kind: "steady", words: `Straight in: ${number}, and at 1 a single step lands on the minimum of a parabola, to which the curve comes closer with each step; ${after}.` };
  if (product > 2 || seen === null || Math.abs(seen - rate) > 0.05 + 0.2 * rate || arrival.alternates !== product > 1) {
    const kind = arrival.alternates ? "overshoots and returns" : seen !== null && seen > 0.95 ? "crawls" : "steady";
    const found = seen === null ? "in too few steps to see a factor" : `and the last steps multiplied the distance by ${round(seen, 3)}`;
    const beside = product > 2 ? `${number} > 2 would not hold a ball near it` : `${number} foretells a factor of ${factor}`;
    if (seen === null && Math.abs(product - 1) <= 0.05)
      return { kind, words: `Straight in: ${number}, and at 1 a single step lands on the minimum; ${after}.` };
    return { kind, words: `Arrives: ${after}, ${found}; ${beside}.` };
  }
  if (product > 1)
    return {
      kind: "overshoots and returns",
      words: `Overshoots and returns: ${number} lies between 1 and 2, so each step lands on the other side at ${factor} of the distance; ${after}.`,
    };
  if (rate > 0.95)
    return {
      kind: "crawls",
      words: `Crawls: ${number}, so each step leaves ${factor} of the distance; ${after}, about ${Math.ceil(Math.log(0.1) / Math.log(rate))} for each further digit.`,
    };
  return { kind: "steady", words: `Steady approach: ${number}, so the distance shrinks to ${factor} of itself each step; ${after}.` };
}

function bouncing({ eta, target }: InsightInput, slope: number, { kind, low, high, corner, period, lengths, seen }: Bouncing): Insight {
  const between = `between w = ${round(low)} and w = ${round(high)}`;
  if (corner !== null) {
    const [least, most] = lengths;
    const own = Math.abs(eta * slope);
    const name = Math.abs(own - most) <= 0.05 * most ? "η·|slope| = " : "";
    const long = least > 0.95 * most ? `about ${name}${round(most)} long` : `between ${round(least)} and ${round(most)} long`;
    return say(
      "corner",
      `Bounces around the corner at ${at(corner)}, ${between}: the slope does not shrink towards a corner, so the steps stay ${long}; a smaller η bounces less but never rests.`,
    );
  }
  const product = target?.kind === "minimum" ? eta * target.curvature : NaN;
  const why = product > 2 ? `${stability(target, eta)}, so it cannot settle there` : stability(target, eta);
  if (kind === "wandering")
    return say("oscillates", `Oscillates without a pattern: its last ${seen} steps jump about ${between} and do not settle; ${why}.`);
  if (Math.abs(product - 2) <= 1e-6)
    return say("oscillates", `Oscillates ${between}: ${stability(target, eta)}, the very limit, so each step lands on the other side as far away.`);
  const although = product <= 2 ? `although ${why}: this path never comes near enough to it` : why;
  const turn = period === 2 ? `a jump to and fro ${between}` : `a round of ${period} places ${between}`;
  return say("oscillates", `Oscillates: ends in ${turn} without end; ${although}.`);
}

function creeping(
  { curve, eta, target, box, points, path, step }: InsightInput,
  slope: number,
  { to, steps, outside }: Extract<Behaviour, { kind: "creeping" }>,
): Insight {
  const length = `the step here is η·|slope| = ${round(Math.abs(eta * slope))} long`;
  const begins = path.w[step]!;
  const side = to < box[0] ? "left" : "right";
  if (outside)
    return say(
      "leaves",
      `${begins < box[0] || begins > box[1] ? `Walks on outside the window, to the ${to < begins ? "left" : "right"}` : `Walks out of the window on the ${side}`}: ${stability(target, eta)}, and after ${counted(steps, "step")} the ball is at w = ${round(to)}.`,
    );
  const far =
    target === null
      ? `; ${heading(curve, to, box, points).why}`
      : target.span === null
        ? `, ${round(Math.abs(target.w - to))} short of the minimum ${at(target)}`
        : `; from ${stretch(target.span, box)} the slope is ${target.faded ? "smaller than float64 can show" : "zero"}`;
  const product = target?.kind === "minimum" && target.span === null ? eta * target.curvature : NaN;
  if (target !== null && product > 0 && product < 1 && Math.abs(target.w - to) < 0.1 * Math.abs(target.w - path.w[0]!))
    return say(
      "crawls",
      `Crawls: ${stability(target, eta).replace(" < 2", "")}, so near it each step leaves ${round(1 - product, 3)} of the distance; after ${counted(steps, "step")} the ball is ${round(Math.abs(target.w - to))} short of it.`,
    );
  const degenerate = target?.kind === "minimum" && target.span === null && Math.abs(eta * target.curvature) < 1e-9;
  const because = degenerate ? "; L″ is 0 at that minimum, so the steps shrink faster than the distance" : "";
  return say("crawls", `Crawls: ${length}, and after ${counted(steps, "step")} the ball is at w = ${round(to)}${far}${because}.`);
}

/** So many steps are looked at for a break. */
const MOST_LOOKS = 8;
const WAYS = 33;
/** Steps shorter than this share of the longest before them may be rounding. */
const SHORT = 1e-6;

/** That a step crosses a break, which no slope tells of: the first one from the step shown. "" where there is none. */
function crossing({ curve, path, step }: InsightInput): string {
  let [looked, longest] = [0, 0];
  for (let k = step; k + 1 < path.w.length && looked < MOST_LOOKS; k++) {
    const [from, to] = [path.w[k]!, path.w[k + 1]!];
    const [before, after] = [path.value[k]!, path.value[k + 1]!];
    longest = Math.max(longest, Math.abs(to - from));
    if (Math.abs(to - from) < SHORT * longest) continue;
    const foretold = ((to - from) * (path.slope[k]! + path.slope[k + 1]!)) / 2;
    if (Math.abs(after - before - foretold) <= 0.5 * Math.abs(after - before)) continue;
    looked++;
    const gap = survey(curve, [Math.min(from, to), Math.max(from, to)], WAYS).breaks.find((each) => each !== null);
    if (gap == null) continue;
    const what = gap.kind === "domain" ? "gap in the domain" : gap.kind;
    const height = after > before ? "higher" : "lower";
    return ` Step ${k + 1} crosses a ${what} near w = ${round(gap.w)}, of which no slope tells, and comes out ${height}, at L = ${round(after)}.`;
  }
  return "";
}
