/** What a simulated path does, read from its numbers alone: no theory about η enters here. */

import type { Path } from "./descent.ts";
import { isAt } from "./heading.ts";
import type { Point } from "./points.ts";

type Box = readonly [number, number];

export type Behaviour =
  | { readonly kind: "ended"; readonly reason: "diverged" | "left the domain"; readonly step: number }
  | Arrival
  | { readonly kind: "cycle"; readonly low: number; readonly high: number; readonly corner: Point | null }
  | { readonly kind: "wandering"; readonly low: number; readonly high: number; readonly corner: Point | null }
  /** Back and forth, by the same factor each time: below 1 it shrinks, above 1 it grows. */
  | { readonly kind: "swinging"; readonly factor: number; readonly steps: number }
  /** One way all the time, and not there yet. */
  | { readonly kind: "creeping"; readonly to: number; readonly steps: number; readonly outside: boolean }
  /** At a place that is no point of the window. */
  | { readonly kind: "stopped"; readonly at: number; readonly steps: number }
  | { readonly kind: "unknown" };

export interface Arrival {
  readonly kind: "arrival";
  readonly point: Point;
  /** The first step from which on the ball stays within a millionth of the window. */
  readonly steps: number;
  /** Whether it changed sides on most of the last steps. */
  readonly alternates: boolean;
  /** The factor per step over the last steps before arrival, if there were enough. */
  readonly factor: number | null;
}

/** The behaviour from the step k of the path on. */
export function behaviourOf(path: Path, k: number, points: readonly Point[], box: Box): Behaviour {
  const tail = path.w.slice(k);
  const n = tail.length - 1;
  if (path.ended !== null && path.ended.reason !== "converged")
    return { kind: "ended", reason: path.ended.reason, step: path.ended.step };
  if (n < 1 && path.ended === null) return { kind: "unknown" };
  const near = 1e-6 * (box[1] - box[0]);
  const last = tail[n]!;
  const rest = points.find(
    (point) =>
      point.kind !== "inflection" && (Math.abs(point.w - last) <= near || (point.span !== null && isAt(point, last, box))),
  );
  if (rest !== undefined && !rest.kind.startsWith("corner")) {
    const from = settled(tail, rest, near);
    if (from < n || path.ended !== null) return arrival(tail, rest, from, near);
  }
  if (path.ended !== null) return { kind: "stopped", at: last, steps: n };
  if (n < 8) return { kind: "unknown" };
  return motion(tail, near, points, box);
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
  const turns = last.slice(1).filter((distance, i) => distance * last[i]! < 0).length;
  const ratio = Math.abs(last[last.length - 1]! / last[0]!);
  return {
    kind: "arrival",
    point,
    steps: from,
    alternates: last.length > 1 && turns >= (last.length - 1) / 2,
    factor: last.length >= 4 && point.span === null ? ratio ** (1 / (last.length - 1)) : null,
  };
}

/** What a path that has not come to rest is doing at its end. */
function motion(tail: readonly number[], near: number, points: readonly Point[], box: Box): Behaviour {
  const n = tail.length - 1;
  const end = tail.slice(-Math.min(64, Math.ceil(n / 2) + 1));
  const moves = end.slice(1).map((w, i) => w - end[i]!);
  const [first, final] = [Math.abs(moves[0]!), Math.abs(moves[moves.length - 1]!)];
  const turns = moves.slice(1).filter((move, i) => move * moves[i]! < 0).length;
  if (turns === 0) {
    const to = tail[n]!;
    return { kind: "creeping", to, steps: n, outside: to < box[0] || to > box[1] };
  }
  const low = Math.min(...end);
  const high = Math.max(...end);
  const corner = points.find((point) => point.kind === "corner minimum" && point.w >= low && point.w <= high) ?? null;
  const [a, b, c] = [tail[n - 2]!, tail[n - 1]!, tail[n]!];
  const alternates = turns === moves.length - 1;
  if (Math.abs(c - a) <= 1e-6 * Math.abs(c - b) && Math.abs(c - b) > near && alternates)
    return { kind: "cycle", low: Math.min(b, c), high: Math.max(b, c), corner };
  const factor = (final / first) ** (1 / (moves.length - 1));
  const even = moves.slice(1).every((move, i) => Math.abs(Math.abs(move / moves[i]!) - factor) < 0.01);
  if (alternates && (factor < 1 - 1e-4 || (even && factor > 1 + 1e-4))) return { kind: "swinging", factor, steps: n };
  return { kind: "wandering", low, high, corner };
}
