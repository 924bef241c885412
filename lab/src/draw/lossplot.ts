// The loss over the steps, on a log scale, where steady convergence is a straight line.
import { drawPlane, plotRect } from "./logplot.ts";
import type { Palette } from "./palette.ts";
import type { Painter } from "./painter.ts";
import { Sheet } from "./sheet.ts";

export interface LossPicture {
  /** The loss above the minimum's, or the loss itself where the run is not heading to one. */
  height: number[];
  now: number; // steps taken
  predicted: { height: number[]; from: number } | null;
  hover: number | null;
  words: string; // what is missing, where there is nothing to draw
}

/** Below this share of the largest the heights are what rounding leaves. */
const FLOOR = 1e-18;

function floorOf(heights: readonly number[]): number {
  return FLOOR * heights.reduce((most, h) => (h < Infinity ? Math.max(most, h) : most), 0);
}

function reach(heights: readonly number[]): [number, number] | null {
  let lo = Infinity;
  let hi = 0;
  const floor = floorOf(heights);
  for (const h of heights) {
    if (!(h > floor) || h === Infinity) continue;
    lo = Math.min(lo, h);
    hi = Math.max(hi, h);
  }
  if (hi === 0) return null;
  return [Math.min(lo, hi / 10) / 1.5, hi * 1.6];
}

export function drawLoss(paint: Painter, width: number, height: number, picture: LossPicture, palette: Palette): void {
  const sheet = new Sheet(paint, palette);
  const plot = plotRect(width, height);
  const range = reach(picture.height);
  if (range === null) {
    paint.text(width / 2, height / 2, picture.words, { size: 12, color: palette.mute, align: "center" });
    return;
  }
  const last = Math.max(4, picture.height.length - 1);
  const plane = drawPlane(sheet, plot, { domain: [0, last], log: false, name: "step k" }, range);
  paint.clip({ x: plot.x - 4, y: plot.y - 4, width: plot.width + 8, height: plot.height + 8 }, () => {
    if (picture.predicted !== null) {
      const line: number[] = [];
      picture.predicted.height.forEach((h, i) => {
        if (h > range[0]) line.push(plane.x(picture.predicted!.from + i), plane.y(h));
      });
      paint.polyline(line, { color: palette.curvature, width: 2, dash: [7, 4] });
    }
    const floor = floorOf(picture.height);
    const ahead: number[] = [];
    const done: number[] = [];
    picture.height.forEach((h, k) => {
      if (!(h > floor) || h === Infinity) return;
      const at = [plane.x(k), plane.y(h)];
      if (k <= picture.now) done.push(...at);
      if (k >= picture.now) ahead.push(...at);
    });
    paint.polyline(ahead, { color: palette.step, width: 1.25, dash: [2, 3] });
    paint.polyline(done, { color: palette.step, width: 2 });
    const sparse = picture.height.length <= 60;
    picture.height.forEach((h, k) => {
      if (!(h > floor) || h === Infinity) return;
      const [x, y] = [plane.x(k), plane.y(h)];
      if (k === picture.now) paint.circle(x, y, 4.5, { fill: palette.accent, stroke: { color: palette.panel, width: 1.5 } });
      else if (k === picture.hover) paint.circle(x, y, 5, { stroke: { color: palette.accent, width: 2 } });
      else if (sparse && k < picture.now) paint.circle(x, y, 2.25, { fill: palette.step });
    });
  });
}
