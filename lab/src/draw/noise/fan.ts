// The walks: on the map as lines, on the curve as a heap of ends, over the steps as a fan.
import type { Walk } from "../../math/noise/walk.ts";
import { drawAxes } from "../axes.ts";
import { frameOf, type Frame } from "../frame.ts";
import type { Painter } from "../painter.ts";
import type { Palette } from "../palette.ts";
import { seen } from "../plane/lines.ts";
import type { MapFrame } from "../plane/mapframe.ts";
import { colourOf, drawMark } from "../plane/methods.ts";
import { Sheet } from "../sheet.ts";

export interface FanPicture {
  walks: readonly Walk[];
  calm: Walk;
  /** The step up to which they are drawn. */
  at: number;
  ends: readonly (readonly number[])[];
  averages: readonly (readonly number[])[];
  /** The minimum of the valley of the start. */
  minimum: readonly number[] | null;
}

const HEAP = 7; // px of a dot in a heap

export function fanColour(palette: Palette): string {
  return colourOf(palette, "gd");
}

/** The lines of two parameters, under the cloud. */
export function drawFan(sheet: Sheet, frame: MapFrame, { walks, calm, at }: FanPicture): void {
  const { paint, palette } = sheet;
  const lines = (walk: Walk): number[][] => seen((k) => frame.x(walk.points[2 * k]!), (k) => frame.y(walk.points[2 * k + 1]!), 0, Math.min(at, walk.last), frame.plot).pieces;
  for (const walk of walks) for (const piece of lines(walk)) paint.polyline(piece, { color: fanColour(palette), width: 0.75 });
  const quiet = lines(calm);
  for (const piece of quiet) paint.polyline(piece, { color: palette.casing, width: 5 });
  for (const piece of quiet) paint.polyline(piece, { color: palette.ink, width: 2.5 });
}

/** Where walks stand now, over the cloud. `place` answers with pixels. */
export function drawEnds(sheet: Sheet, frame: Frame, picture: FanPicture, place: (point: readonly number[]) => [number, number]): void {
  const { paint, palette } = sheet;
  const { plot } = frame;
  const visible = ([x, y]: [number, number]): boolean => x >= plot.x && x <= plot.x + plot.width && y >= plot.y && y <= plot.y + plot.height;
  const heaped = picture.calm.points.length === picture.calm.last + 1 ? heaps(picture.ends.map(place)) : picture.ends.map(place);
  const shown = heaped.filter(visible);
  for (const [x, y] of shown) paint.circle(x, y, 3.2, { fill: fanColour(palette), stroke: { color: palette.casing, width: 1 } });
  const means = picture.averages.map(place).filter(visible);
  for (const [x, y] of means) drawMark(paint, "diamond", x, y, 4, palette.secant, palette.casing);
  const labelled: [string, [number, number] | undefined, string][] = [
    ["walks", extreme(shown, 1), fanColour(palette)],
    ["averaged", extreme(means, -1), palette.secant],
  ];
  for (const [words, at, color] of labelled) if (at !== undefined) sheet.label(words, ...at, { color, priority: 2, prefer: "right", gap: 9 });
  if (picture.minimum === null) return;
  const at = place(picture.minimum);
  if (visible(at)) drawMark(paint, "down", ...at, 4.5, palette.good, palette.casing);
}

/** The one furthest to the right (1) or lowest (−1), for a label beside it. */
function extreme(points: readonly [number, number][], side: 1 | -1): [number, number] | undefined {
  return points.reduce<[number, number] | undefined>((best, point) => (best === undefined || (side === 1 ? point[0] > best[0] : point[1] > best[1]) ? point : best), undefined);
}

/** Dots that would lie on each other, one over the other. */
function heaps(points: readonly [number, number][]): [number, number][] {
  const heights = new Map<number, number>();
  return points.map(([x, y]) => {
    const heap = Math.round(x / HEAP);
    const height = heights.get(heap) ?? 0;
    heights.set(heap, height + 1);
    return [heap * HEAP, y - HEAP * height];
  });
}

/** One parameter over the steps. */
export function drawOverSteps(paint: Painter, width: number, height: number, { walks, calm, at, averages, minimum }: FanPicture, window: readonly [number, number], name: string, palette: Palette): void {
  const sheet = new Sheet(paint, palette);
  const frame = frameOf(width, height, [0, Math.max(1, calm.points.length - 1)], [0, 1], [...window]);
  drawAxes(sheet, frame, "step k", name);
  const line = (walk: Walk): number[][] => seen((k) => frame.x(k), (k) => frame.y(walk.points[k]!), 0, Math.min(at, walk.last), frame.plot).pieces;
  if (minimum !== null) {
    const y = frame.y(minimum[0]!);
    paint.clip(frame.plot, () => paint.polyline([frame.plot.x, y, frame.plot.x + frame.plot.width, y], { color: palette.good, width: 1.25, dash: [6, 3] }));
    sheet.label("minimum", frame.plot.x + frame.plot.width, y, { color: palette.good, priority: 2, gap: 3 });
  }
  for (const walk of walks) for (const piece of line(walk)) paint.polyline(piece, { color: fanColour(palette), width: 0.75 });
  for (const piece of line(calm)) paint.polyline(piece, { color: palette.casing, width: 4.5 });
  for (const piece of line(calm)) paint.polyline(piece, { color: palette.ink, width: 2.25 });
  paint.clip(frame.plot, () => {
    for (const [w] of averages) drawMark(paint, "diamond", frame.x(at), frame.y(w!), 3.5, palette.secant, palette.casing);
  });
  sheet.letter(frame.plot);
}
