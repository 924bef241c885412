// Where labels go: next to their anchors, never on one another, never outside, and where there is
// no room the least important one is left out.
import type { Rect } from "./painter.ts";

export interface LabelRequest {
  /** What it names. */
  x: number;
  y: number;
  width: number;
  height: number;
  /** Free space to keep from the anchor. */
  gap: number;
  /** Lower goes first. */
  priority: number;
  /** Which side is tried first. */
  prefer: "above" | "below" | "left" | "right";
  /** So many rows away from the anchor at most: a label that is further off names nothing. */
  rows?: number;
  /** Where there is no room beside x, the other end of what it names. */
  also?: number;
}

export interface Placed {
  index: number;
  rect: Rect;
}

export function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function inside(rect: Rect, frame: Rect): boolean {
  return (
    rect.x >= frame.x &&
    rect.y >= frame.y &&
    rect.x + rect.width <= frame.x + frame.width &&
    rect.y + rect.height <= frame.y + frame.height
  );
}

function candidates(want: LabelRequest): Rect[] {
  const { x, y, width, height, gap } = want;
  const at = (left: number, top: number): Rect => ({ x: left, y: top, width, height });
  const rows = [1, 1.5, 2, 3, 4].filter((row) => row <= (want.rows ?? 4));
  const shifts = [0, -0.35, 0.35, -0.55, 0.55];
  const level = (sign: number): Rect[] =>
    rows.flatMap((row) =>
      shifts.map((shift) =>
        at(
          x - width / 2 + shift * width,
          sign < 0 ? y - gap - height - (row - 1) * height : y + gap + (row - 1) * height,
        ),
      ),
    );
  const sides = {
    above: level(-1),
    below: level(1),
    left: [at(x - gap - width, y - height / 2)],
    right: [at(x + gap, y - height / 2)],
  };
  const order = [want.prefer, "above", "below", "right", "left"] as const;
  const { also, ...other } = want;
  return [...order.flatMap((side) => sides[side]), ...(also === undefined ? [] : candidates({ ...other, x: also }))];
}

/** Moved back into the frame where it sticks out at a side, as long as it stays over or under its anchor. */
function drawnIn(rect: Rect, { x, also = x }: LabelRequest, frame: Rect): Rect {
  const left = Math.max(frame.x, Math.min(frame.x + frame.width - rect.width, rect.x));
  return left === rect.x || Math.max(x, also) < left || Math.min(x, also) > left + rect.width ? rect : { ...rect, x: left };
}

/** The places of the labels that fit in `frame`, clear of `obstacles` and of one another. */
export function placeLabels(wanted: readonly LabelRequest[], obstacles: readonly Rect[], frame: Rect): Placed[] {
  const order = wanted.map((_, index) => index);
  order.sort((a, b) => wanted[a]!.priority - wanted[b]!.priority || a - b);
  const taken: Rect[] = [...obstacles];
  const placed: Placed[] = [];
  for (const index of order) {
    const rect = candidates(wanted[index]!)
      .map((place) => drawnIn(place, wanted[index]!, frame))
      .find((place) => inside(place, frame) && !taken.some((other) => overlap(place, other)));
    if (rect === undefined) continue;
    taken.push(rect);
    placed.push({ index, rect });
  }
  return placed;
}
