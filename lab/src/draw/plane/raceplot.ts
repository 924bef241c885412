// Loss and gradient norm of every rule over the steps, on a log scale.
import { drawPlane, plotRect } from "../logplot.ts";
import { logarithmic } from "../scales.ts";
import type { Painter } from "../painter.ts";
import type { Palette } from "../palette.ts";
import { Sheet } from "../sheet.ts";
import { colourOf, drawMark, methodNamed } from "./methods.ts";

export interface RaceLine {
  rule: string;
  /** A height for each step; what is not above zero is left out. */
  height: ArrayLike<number>;
  length: number;
  chosen: boolean;
  /** The step of each height; 0, 1, 2, … where they are missing. */
  numbers?: readonly number[];
}

/** The row of a record that is shown at a step: the last one that is not later. */
export function rowAt(numbers: readonly number[], step: number | null): number {
  const later = step === null ? -1 : numbers.findIndex((each) => each > step);
  return later < 0 ? numbers.length - 1 : Math.max(0, later - 1);
}

export interface RacePicture {
  lines: readonly RaceLine[];
  /** The last step that is drawn. */
  last: number;
  /** The step of the timeline; null: the end. */
  at: number | null;
  /** Below it a difference is rounding. */
  floor: number;
  words: string;
}

function reach({ lines, last, floor }: RacePicture): [number, number] | null {
  let [lo, hi] = [Infinity, 0];
  for (const { height, length } of lines) {
    for (let k = 0; k < Math.min(length, last + 1); k++) {
      const h = height[k]!;
      if (!(h > floor) || h > 1e250) continue;
      if (h < lo) lo = h;
      if (h > hi) hi = h;
    }
  }
  if (hi === 0) return null;
  // A walk that runs away must not press the others flat.
  const first = Math.max(...lines.map((line) => line.height[0] ?? 0));
  hi = Math.min(hi, 1e4 * Math.max(first, lo));
  return [Math.max(Math.min(lo, hi / 10) / 1.5, hi * 1e-14), hi * 1.6];
}

export function drawRace(paint: Painter, width: number, height: number, picture: RacePicture, palette: Palette): void {
  const sheet = new Sheet(paint, palette);
  const plot = plotRect(width, height);
  const range = reach(picture);
  if (range === null) {
    paint.text(width / 2, height / 2, picture.words, { size: 12, color: palette.mute, align: "center" });
    return;
  }
  const plane = drawPlane(sheet, plot, { domain: [0, Math.max(4, picture.last)], log: false, name: "step k" }, range);
  // Not clamped: what runs away leaves the picture.
  const y = logarithmic(range, [plot.y + plot.height, plot.y]);
  const room = { x: plot.x - 4, y: plot.y - 4, width: plot.width + 8, height: plot.height + 8 };
  const stride = Math.max(1, Math.floor(picture.last / plot.width));
  paint.clip(room, () => {
    for (const line of picture.lines) drawLine(paint, line, picture, { x: plane.x, y }, stride, palette, range);
    if (picture.at === null) return;
    const x = plane.x(picture.at);
    paint.polyline([x, plot.y, x, plot.y + plot.height], { color: palette.accent, width: 1 });
  });
}

function drawLine(paint: Painter, line: RaceLine, picture: RacePicture, plane: { x: (v: number) => number; y: (v: number) => number }, stride: number, palette: Palette, [floor, ceiling]: [number, number]): void {
  const method = methodNamed(line.rule);
  const color = colourOf(palette, line.rule);
  const points: number[] = [];
  const { numbers } = line;
  const index = (step: number): number => (numbers === undefined ? Math.min(line.length - 1, step) : rowAt(numbers, step));
  const x = (k: number): number => plane.x(numbers?.[k] ?? k);
  const end = index(picture.last);
  let mark: [number, number] | null = null;
  let gone = false;
  for (let k = 0; k <= end; k += k + stride > end && k < end ? end - k : stride) {
    const h = line.height[k]!;
    if (!(h > picture.floor)) {
      // One that goes on further down has not settled there.
      gone = line.height[end]! < -picture.floor;
      if (points.length > 0) points.push(x(k), plane.y(floor) + (gone ? 8 : 0));
      if (h <= picture.floor) break;
      continue;
    }
    points.push(x(k), plane.y(h));
  }
  const shown = picture.at === null ? null : Math.min(index(picture.at), end);
  const h = shown === null ? NaN : line.height[shown]!;
  if (shown !== null && h > picture.floor) mark = [x(shown), plane.y(h)];
  else if (shown === null && points.length > 1) mark = [points.at(-2)!, points.at(-1)!];
  if (mark !== null && (mark[1] < plane.y(ceiling) || (gone && shown === null))) mark = null;
  paint.polyline(points, { color, width: method.width - 0.5 + (line.chosen ? 0.75 : 0), dash: method.dash });
  if (mark !== null) drawMark(paint, method.mark, mark[0], mark[1], 3.25, color, palette.panel);
}
