// The visible part of a path that may run far out of the picture, in pixels.
import type { Rect } from "../painter.ts";

export interface Seen {
  /** Pieces of the path inside the frame, x and y in turn. */
  pieces: number[][];
  /** Where the path leaves the frame for the last time, if it ends outside. */
  exit: [number, number] | null;
}

/** The part [t₀, t₁] of a segment inside a rectangle (Liang and Barsky); null where there is none. */
export function inside(x0: number, y0: number, x1: number, y1: number, frame: Rect): [number, number] | null {
  const [dx, dy] = [x1 - x0, y1 - y0];
  let [from, to] = [0, 1];
  const sides = [[-dx, x0 - frame.x], [dx, frame.x + frame.width - x0], [-dy, y0 - frame.y], [dy, frame.y + frame.height - y0]] as const;
  for (const [p, q] of sides) {
    if (p === 0) {
      if (q < 0) return null;
    } else if (p < 0) from = Math.max(from, q / p);
    else to = Math.min(to, q / p);
  }
  return from <= to ? [from, to] : null;
}

const NEAR = 0.7; // px: nearer points are one

/** Points k from `first` to `last` of a path. */
export function seen(x: (k: number) => number, y: (k: number) => number, first: number, last: number, frame: Rect): Seen {
  const pieces: number[][] = [];
  let piece: number[] = [];
  let exit: [number, number] | null = null;
  let [px, py] = [x(first), y(first)];
  const open = inside(px, py, px, py, frame) !== null;
  if (open) piece = [px, py];
  for (let k = first + 1; k <= last; k++) {
    const [nx, ny] = [x(k), y(k)];
    if (k < last && Math.abs(nx - px) < NEAR && Math.abs(ny - py) < NEAR) continue;
    const part = inside(px, py, nx, ny, frame);
    if (part !== null) {
      const [from, to] = part;
      if (from > 0 || piece.length === 0) {
        if (piece.length > 2) pieces.push(piece);
        piece = [px + from * (nx - px), py + from * (ny - py)];
      }
      const end: [number, number] = to < 1 ? [px + to * (nx - px), py + to * (ny - py)] : [nx, ny];
      piece.push(...end);
      exit = to < 1 ? end : null;
      if (to < 1) {
        pieces.push(piece);
        piece = [];
      }
    }
    [px, py] = [nx, ny];
  }
  if (piece.length > 2) pieces.push(piece);
  return { pieces, exit };
}
