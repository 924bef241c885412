/**
 * The live sentence: what gradient descent does from here, and why.
 *
 * What it says happens is read from the simulated path; why is η·L″ at the minimum. Where the two
 * differ the sentence says so instead of trusting either.
 */

import { behaviourOf, type Arrival, type Behaviour } from "./behaviour.ts";
import type { Curve } from "./curve.ts";
import type { Path } from "./descent.ts";
import { heading, isAt } from "./heading.ts";
import type { Point } from "./points.ts";
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
}

const say = (kind: InsightKind, words: string): Insight => ({ kind, words, tag: "found numerically" });
const at = (point: Point): string => `w = ${round(point.w)}`;

export function insight(input: InsightInput): Insight {
  const { curve, path, step, points, box } = input;
  const w = path.w[step];
  if (w === undefined)
    return say("undefined", "The curve has no value or no slope here, so there is no step to take.");
  const { slope } = curve.evaluate(w);
  const here = points.find(
    (point) => point.kind !== "inflection" && !point.kind.startsWith("corner") && isAt(point, w, box),
  );
  if (here !== undefined && (!here.atEdge || here.span !== null)) return resting(here, points);
  if (slope === 0) return say("flat", `Flat: the slope at w = ${round(w)} is zero, so the ball does not move.`);
  return moving(input, slope, behaviourOf(path, step, points, box));
}

// ── at rest ──────────────────────────────────────────────────────────────────────────────────────

function resting(point: Point, points: readonly Point[]): Insight {
  const place = at(point);
  if (point.faded)
    return say(
      "faded",
      `Flat: from w = ${round(point.span![0])} to ${round(point.span![1])} the slope is smaller than float64 can show, so no step leaves this place, though it is no minimum.`,
    );
  if (point.kind === "maximum")
    return say(
      "maximum",
      `On top: at ${place} the slope is zero, so the ball stays, but the curve falls on both sides.`,
    );
  if (point.kind !== "minimum")
    return say("flat", `Flat: at ${place} the slope is zero, but this is no minimum; gradient descent cannot tell and stays.`);
  const deeper = deeperThan(point, points);
  if (deeper !== null)
    return say(
      "local",
      `Stuck in a local minimum at ${place}, L = ${round(point.value)}: the slope is zero, and a deeper minimum lies at ${at(deeper)}, L = ${round(deeper.value)}.`,
    );
  const floor = point.span === null ? "" : ` (the slope is zero from w = ${round(point.span[0])} to ${round(point.span[1])})`;
  return say("arrived", `At the lowest minimum in view, ${place}, L = ${round(point.value)}${floor}: the slope is zero and nothing moves.`);
}

/** The lowest minimum of the window, if it is lower than this one. */
function deeperThan(point: Point, points: readonly Point[]): Point | null {
  const minima = points.filter((other) => other.kind.endsWith("minimum"));
  const lowest = minima.reduce<Point | null>((best, other) => (best === null || other.value < best.value ? other : best), null);
  if (lowest === null || point.isGlobal || lowest === point) return null;
  return lowest.value < point.value ? lowest : null;
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
    case "stopped":
      return say(
        "flat",
        `Comes to a halt at w = ${round(behaviour.at)} after ${counted(behaviour.steps, "step")}: the slope there is too small to move the ball; ${stability(target, eta)}.`,
      );
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

/** η·L″ at the minimum, against 2. */
function stability(target: Point | null, eta: number): string {
  if (target === null) return "no minimum lies downhill in the window";
  if (target.kind === "corner minimum") return `the minimum ${at(target)} is a corner`;
  const product = eta * target.curvature;
  const relation = product > 2 ? " > 2" : product < 2 ? " < 2" : " = 2";
  const number = round(product, 3);
  // Rounded to the limit itself the number must not contradict the sign.
  const shown = number === "2" && product !== 2 ? `close to 2 (${round(product, 8)}${relation})` : `= ${number}${product === 2 ? "" : relation}`;
  return `η·L″ ${shown} at the minimum ${at(target)}`;
}

function ended({ eta, target, path, points }: InsightInput, reason: "diverged" | "left the domain", step: number): Insight {
  if (reason === "left the domain")
    return say(
      "leaves",
      `Leaves the domain: step ${step} lands where the curve is not defined${step === 1 || path.w.length < 2 ? "" : `, after w = ${round(path.w[path.w.length - 1]!)}`}; a smaller η stays inside longer.`,
    );
  const start = `Diverges: after ${counted(step, "step")} the ball is far outside`;
  if (target === null || target.kind !== "minimum") return say("diverges", `${start}; ${stability(target, eta)}.`);
  const product = eta * target.curvature;
  if (product > 2)
    return say("diverges", `${start}; ${stability(target, eta)}, so each step overshoots by more than it gained.`);
  const other = points.some((point) => point.kind === "minimum" && eta * point.curvature > 2);
  const why = other ? "another valley on the way throws it out" : "further out the curve is steeper than there";
  return say("diverges", `${start}, although ${stability(target, eta)}: that holds only near the minimum, and ${why}.`);
}

function arriving({ eta, target, points, box }: InsightInput, arrival: Arrival): Insight {
  const { point, steps } = arrival;
  const after = steps === 0 ? "it is within a millionth of the window already" : `there after ${counted(steps, "step")}`;
  if (point.faded)
    return say("faded", `Drifts onto a plateau around ${at(point)}, ${after}: the slope fades to zero there, and this is no minimum.`);
  if (point.kind === "flat" || point.kind === "maximum")
    return say("flat", `Comes to rest at ${at(point)}, ${after}: the slope is zero, but this is no minimum.`);
  const deeper = deeperThan(point, points);
  const lower = deeper === null ? "" : ` It is only a local minimum: at ${at(deeper)} the curve is lower, L = ${round(deeper.value)}.`;
  if (target !== null && target !== point && !isAt(target, point.w, box))
    return say(
      "jumps over",
      `Jumps over: heading for ${at(target)}, but η = ${round(eta)} is too long a step, and the ball lands in the valley of ${at(point)}, ${after}.${lower}`,
    );
  if (point.span !== null)
    return say("steady", `Reaches the level floor between w = ${round(point.span[0])} and ${round(point.span[1])}, ${after}, and stays.${lower}`);
  const { kind, words } = approach(point, eta, arrival, after);
  return say(kind, words + lower);
}

/** The way into a smooth minimum, with what η·L″ foretells beside what was seen. */
function approach(point: Point, eta: number, arrival: Arrival, after: string): { kind: InsightKind; words: string } {
  const product = eta * point.curvature;
  const rate = Math.abs(1 - product);
  const number = `η·L″ = ${round(product, 3)} at the minimum ${at(point)}`;
  const seen = arrival.factor;
  const factor = round(rate, 3);
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

function bouncing(
  { eta, target }: InsightInput,
  slope: number,
  behaviour: Extract<Behaviour, { kind: "cycle" | "wandering" }>,
): Insight {
  const { low, high, corner } = behaviour;
  const between = `between w = ${round(low)} and w = ${round(high)}`;
  if (corner !== null)
{
    const length = eta * Math.abs(slope);
    const fits = Math.abs(high - low - length) <= 0.2 * length;
    const long = fits ? `about η·|slope| = ${round(length)} long` : `up to ${round(high - low)} long`;
    return say(
      "corner",
      `Bounces around the corner at ${at(corner)}, ${between}: the slope does not shrink towards a corner, so the steps stay ${long}; a smaller η bounces less but never rests.`,
    );
  }
  const product = target?.kind === "minimum" ? eta * target.curvature : NaN;
  const why = product > 2 ? `${stability(target, eta)}, so it cannot settle there` : stability(target, eta);
  if (behaviour.kind === "cycle") {
    if (Math.abs(product - 2) <= 1e-6)
      return say("oscillates", `Oscillates ${between}: ${stability(target, eta)}, the very limit, so each step lands on the other side as far away.`);
    const although = product <= 2 ? `although ${why}: this path never comes near enough to it` : why;
    return say("oscillates", `Oscillates: ends in a jump to and fro ${between} without end; ${although}.`);
  }
  return say("oscillates", `Oscillates: keeps jumping ${between} and does not settle; ${why}.`);
}

function creeping(
  { curve, eta, target, box, points }: InsightInput,
  slope: number,
  { to, steps, outside }: Extract<Behaviour, { kind: "creeping" }>,
): Insight {
  const length = `the step here is η·|slope| = ${round(Math.abs(eta * slope))} long`;
  if (outside)
    return say(
      "leaves",
      `Walks out of the window on the ${to < box[0] ? "left" : "right"}: ${stability(target, eta)}, and after ${counted(steps, "step")} the ball is at w = ${round(to)}.`,
    );
  const far = target === null ? `; ${heading(curve, to, box, points).why}` : `, ${round(Math.abs(target.w - to))} short of the minimum ${at(target)}`;
  const degenerate = target?.kind === "minimum" && Math.abs(eta * target.curvature) < 1e-9;
  const because = degenerate ? "; L″ is 0 at that minimum, so the steps shrink faster than the distance" : "";
  return say("crawls", `Crawls: ${length}, and after ${counted(steps, "step")} the ball is at w = ${round(to)}${far}${because}.`);
}
