// Where the plot lies in its canvas, and what a pixel means.
import type { Rect } from "./painter.ts";
import { linear, type Axis } from "./scales.ts";

export interface Frame {
  width: number;
  height: number;
  plot: Rect;
  x: Axis;
  y: Axis;
}

const BELOW = 48; // px under the lowest place: for a mark and its label
const ABOVE = 28;

/** Room above and below the curve, and a range that is one even where the curve is level. */
export function padded(range: [number, number], height: number): [number, number] {
  let [lo, hi] = range;
  if (!Number.isFinite(lo) || !Number.isFinite(hi)) [lo, hi] = [-1, 1];
  if (!(hi > lo)) {
    const room = Math.max(1e-9, Math.abs(hi) / 2);
    [lo, hi] = [lo - room, hi + room];
  }
  const perPixel = (hi - lo) / Math.max(height - BELOW - ABOVE, height / 3);
  return [lo - BELOW * perPixel, hi + ABOVE * perPixel];
}

/** @param up the heights at the bottom and the top; by default the range with room for marks. */
export function frameOf(width: number, height: number, box: [number, number], range: [number, number], up?: [number, number]): Frame {
  const left = 56;
  const plot = { x: left, y: 12, width: Math.max(40, width - left - 14), height: Math.max(40, height - 12 - 34) };
  return {
    width,
    height,
    plot,
    x: linear(box, [plot.x, plot.x + plot.width]),
    y: linear(up ?? padded(range, plot.height), [plot.y + plot.height, plot.y]),
  };
}

/** The pixel of `value`, kept inside the plot's height; what is not a number has none. */
export function clampedY(frame: Frame, value: number): number | null {
  if (Number.isNaN(value)) return null;
  const { y, height } = frame.plot;
  if (value === Infinity) return y;
  if (value === -Infinity) return y + height;
  return Math.min(y + height, Math.max(y, frame.y(value)));
}
