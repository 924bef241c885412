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

const ROWS = [1, 1.5, 2, 3, 4];
const SHIFTS = [0, -0.35, 0.35, -0.55, 0.55];

/** The places to try, best first; made one by one, since the first is mostly free. */
function* candidates(want: LabelRequest): Generator<Rect> {
  const { y, width, height, gap, also } = want;
  for (const x of also === undefined ? [want.x] : [want.x, also]) {
    for (const side of [want.prefer, "above", "below", "right", "left"]) {
      if (side === "left" || side === "right") {
        yield { x: side === "left" ? x - gap - width : x + gap, y: y - height / 2, width, height };
        continue;
      }
      for (const row of ROWS) {
        if (row > (want.rows ?? 4)) break;
        const off = gap + (row - 1) * height;
        const top = side === "above" ? y - off - height : y + off;
        for (const shift of SHIFTS) yield { x: x - width / 2 + shift * width, y: top, width, height };
      }
    }
  }
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
    for (const place of candidates(wanted[index]!)) {
      const rect = drawnIn(place, wanted[index]!, frame);
      if (!inside(rect, frame) || taken.some((other) => overlap(rect, other))) continue;
      taken.push(rect);
      placed.push({ index, rect });
      break;
    }
  }
  return placed;
}
