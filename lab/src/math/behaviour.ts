/** What a simulated path does, read from its numbers alone: no theory about η enters here. */

import type { Path } from "./descent.ts";
import { isAt, placeAt } from "./heading.ts";
import type { Point } from "./points.ts";
import { opposite } from "./signs.ts";

type Box = readonly [number, number];

export type Behaviour =
  | { readonly kind: "ended"; readonly reason: "diverged" | "left the domain"; readonly step: number }
  | Arrival
  | Bouncing
  /** Back and forth, by the same factor each time: below 1 it shrinks, above 1 it grows. */
  | { readonly kind: "swinging"; readonly factor: number; readonly steps: number }
  /** One way all the time, and not there yet. */
  | { readonly kind: "creeping"; readonly to: number; readonly steps: number; readonly outside: boolean }
  /** At a place that is no point of the window. */
  | { readonly kind: "stopped"; readonly at: number; readonly steps: number }
  | { readonly kind: "unknown" };

/** Between two places and back, over and over, or without a pattern. */
export interface Bouncing {
  readonly kind: "cycle" | "wandering";
  /** How many places the cycle has; 0 without a pattern. */
  readonly period: number;
  readonly low: number;
  readonly high: number;
  /** The shortest and the longest step of those looked at. */
  readonly lengths: readonly [number, number];
  /** So many of the last steps were looked at. */
  readonly seen: number;
  readonly corner: Point | null;
}

export interface Arrival {
  readonly kind: "arrival";
  readonly point: Point;
  /** The first step from which on the ball stays within `arrivalRadius` of the point. */
  readonly steps: number;
  /** Whether it changed sides on most of the last steps. */
  readonly alternates: boolean;
  /** The factor per step over the last steps before arrival, if there were enough. */
  readonly factor: number | null;
}

/**
 * Within this the ball has arrived: a millionth of the distance that the walk began with, whatever window it is
 * watched through, and no less than the digits of float64 that are left after a walk.
 */
export function arrivalRadius(start: number, point: Target): number {
  return Math.max(1e-6 * distanceTo(point, start), 1e-12 * Math.max(Math.abs(start), Math.abs(point.w)));
}

type Target = Pick<Point, "w"> & Partial<Pick<Point, "span">>;

/** How far w is from a point, or from its level stretch. */
export function distanceTo({ w: at, span }: Target, w: number): number {
  return span == null ? Math.abs(at - w) : Math.max(0, span[0] - w, w - span[1]);
}

/** The behaviour from the step k of the path on. */
export function behaviourOf(path: Path, k: number, points: readonly Point[], box: Box): Behaviour {
  const tail = path.w.slice(k);
  const n = tail.length - 1;
  if (path.ended !== null && path.ended.reason !== "converged")
    return { kind: "ended", reason: path.ended.reason, step: path.ended.step };
  if (n < 1 && path.ended === null) return { kind: "unknown" };
  const start = path.w[0]!;
  const last = tail[n]!;
  const near = points.filter((point) => point.kind !== "inflection" && (Math.abs(point.w - last) <= arrivalRadius(start, point) || (point.span !== null && isAt(point, last, box))));
  const rest = placeAt(near, last, path.value.at(-1)!, box) ?? near[0];
  if (rest !== undefined) {
    const radius = arrivalRadius(start, rest);
    const from = settled(tail, rest, radius);
    if (from < n || path.ended !== null) return arrival(tail, rest, from, radius);
  }
  if (path.ended !== null) return { kind: "stopped", at: last, steps: n };
  if (n < 8) return { kind: "unknown" };
  return motion(tail, points, box);
}

/** The index from which on all places are near the point. */
function settled(tail: readonly number[], { w, span }: Point, near: number): number {
  let from = tail.length;
  const [low, high] = span ?? [w, w];
  while (from > 0 && tail[from - 1]! >= low - near && tail[from - 1]! <= high + near) from--;
  return from;
}

function arrival(tail: readonly number[], point: Point, from: number, near: number): Arrival {
  // Distances below the grain of the search that found the point say nothing.
  const distances = tail.map((w) => w - point.w).filter((distance) => Math.abs(distance) > 1e-3 * near);
  const last = distances.slice(-8);
  const turns = last.slice(1).filter((distance, i) => opposite(distance, last[i]!)).length;
  const ratio = Math.abs(last[last.length - 1]! / last[0]!);
  return {
    kind: "arrival",
    point,
    steps: from,
    alternates: last.length > 1 && turns >= (last.length - 1) / 2,
    factor: last.length >= 4 && point.span === null ? ratio ** (1 / (last.length - 1)) : null,
  };
}

/** Longer cycles than this are told as having no pattern. */
const LONGEST_CYCLE = 16;

/** What a path that has not come to rest is doing at its end. */
function motion(tail: readonly number[], points: readonly Point[], box: Box): Behaviour {
  const n = tail.length - 1;
  const end = tail.slice(-(Math.ceil(n / 2) + 1));
  const moves = end.slice(1).map((w, i) => w - end[i]!);
  const [first, final] = [Math.abs(moves[0]!), Math.abs(moves[moves.length - 1]!)];
  const turns = moves.slice(1).filter((move, i) => opposite(move, moves[i]!)).length;
  if (turns === 0) {
    const to = tail[n]!;
    return { kind: "creeping", to, steps: n, outside: to < box[0] || to > box[1] };
  }
  const reach = Math.max(...tail) - Math.min(...tail);
  const period = periodOf(tail, 1e-6 * reach);
  if (period > 0) return bouncing("cycle", period, tail.slice(-period - 1), points);
  const alternates = turns === moves.length - 1;
  const factor = (final / first) ** (1 / (moves.length - 1));
  const even = moves.slice(1).every((move, i) => Math.abs(Math.abs(move / moves[i]!) - factor) < 0.01);
  if (alternates && (factor < 1 - 1e-4 || (even && factor > 1 + 1e-4))) return { kind: "swinging", factor, steps: n };
  return bouncing("wandering", 0, end, points);
}

/** After how many steps the end of the path repeats itself; 0 if it does not. */
function periodOf(tail: readonly number[], near: number): number {
  const n = tail.length - 1;
  const again = (k: number, p: number): boolean => {
    const move = Math.abs(tail[k]! - tail[k - 1]!);
    return Math.abs(tail[k]! - tail[k - p]!) <= 1e-6 * move;
  };
  if (!(Math.abs(tail[n]! - tail[n - 1]!) > near)) return 0;
  for (let p = 2; p <= LONGEST_CYCLE && 2 * p <= n; p++) {
    if (Array.from({ length: p }, (_, i) => n - i).every((k) => again(k, p))) return p;
  }
  return 0;
}

function bouncing(kind: Bouncing["kind"], period: number, end: readonly number[], points: readonly Point[]): Bouncing {
  const [low, high] = [Math.min(...end), Math.max(...end)];
  const corner = points.find((point) => point.kind === "corner minimum" && point.w >= low && point.w <= high) ?? null;
  const lengths = end.slice(1).map((w, i) => Math.abs(w - end[i]!));
  return { kind, period, low, high, corner, seen: lengths.length, lengths: [Math.min(...lengths), Math.max(...lengths)] };
}
