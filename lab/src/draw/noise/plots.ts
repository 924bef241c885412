// The two small pictures: the spread of a batch against its size, and the loss along the fan.
import { drawPlane, plotRect, type Plane } from "../logplot.ts";
import type { Painter } from "../painter.ts";
import type { Palette } from "../palette.ts";
import { Sheet } from "../sheet.ts";
import { fanColour } from "./fan.ts";

export interface SpreadPicture {
  sizes: readonly number[];
  predicted: readonly number[];
  measured: readonly number[];
  /** √(tr Σ/b), without what is not drawn twice. */
  law: readonly number[];
  size: number;
}

export function drawSpreads(paint: Painter, width: number, height: number, { sizes, predicted, measured, law, size }: SpreadPicture, palette: Palette): void {
  const sheet = new Sheet(paint, palette);
  const plot = plotRect(width, height);
  const seen = [...predicted, ...measured, ...law].filter((each) => each > 0 && Number.isFinite(each));
  if (seen.length === 0) {
    paint.text(width / 2, height / 2, "the examples have one gradient", { size: 12, color: palette.mute, align: "center" });
    return;
  }
  // Without replacement nothing is left at the whole data: that end lies below the picture.
  const low = Math.max(Math.min(...seen), law.at(-1)! / 4, 1e-300);
  const plane = drawPlane(sheet, plot, { domain: [1, sizes.at(-1)!], log: true, name: "batch size b", marks: sizes }, [low / 1.3, Math.max(...seen) * 1.3]);
  const line = (heights: readonly number[]): number[] => sizes.flatMap((each, i) => (heights[i]! > 0 ? [plane.x(each), plane.y(heights[i]!)] : []));
  const x = plane.x(size);
  paint.polyline([x, plot.y, x, plot.y + plot.height], { color: palette.accent, width: 1 });
  paint.polyline(line(law), { color: palette.mute, width: 1.25, dash: [5, 3] });
  paint.polyline(line(predicted), { color: palette.slope, width: 2 });
  for (let i = 0; i < sizes.length; i++) {
    if (!(measured[i]! > low / 1.3)) continue;
    paint.circle(plane.x(sizes[i]!), plane.y(measured[i]!), 3.2, { fill: palette.panel, stroke: { color: palette.slope, width: 1.5 } });
  }
}

export interface LossPicture {
  stations: readonly number[];
  /** Heights above the minimum of each walk at the stations. */
  walks: readonly (readonly number[])[];
  mean: readonly number[];
  calm: readonly number[];
  floor: number | null;
  at: number;
  words: string;
}

export function drawFanLoss(paint: Painter, width: number, height: number, picture: LossPicture, palette: Palette): void {
  const sheet = new Sheet(paint, palette);
  const plot = plotRect(width, height);
  const { stations, walks, mean, calm, floor, at } = picture;
  const all = walks.flat().filter((each) => each > 0 && each < 1e250).sort((a, b) => a - b);
  if (all.length === 0) {
    paint.text(width / 2, height / 2, picture.words, { size: 12, color: palette.mute, align: "center" });
    return;
  }
  const high = Math.min(all.at(-1)!, 1e4 * Math.max(walks[0]?.[0] ?? 0, all[Math.floor(all.length / 2)]!));
  // A walk that happens to touch the minimum must not press the others flat.
  const floors = [all[Math.floor(0.02 * all.length)]!, ...(floor !== null && floor > 0 && floor < high ? [floor / 3] : [])];
  const plane = drawPlane(sheet, plot, { domain: [0, Math.max(1, stations.at(-1)!)], log: false, name: "step k" }, [Math.min(...floors, high / 10), high * 1.5]);
  const room = { x: plot.x - 4, y: plot.y - 4, width: plot.width + 8, height: plot.height + 8 };
  paint.clip(room, () => {
    for (const heights of walks) drawLine(paint, plane, stations, heights, fanColour(palette), 0.6);
    drawLine(paint, plane, stations, calm, palette.ink, 1.5, [2, 3]);
    drawLine(paint, plane, stations, mean, palette.casing, 5);
    drawLine(paint, plane, stations, mean, palette.ink, 2.5);
    if (floor !== null && floor > 0 && Number.isFinite(floor)) {
      const y = plane.y(floor);
      paint.polyline([plot.x, y, plot.x + plot.width, y], { color: palette.casing, width: 3.5 });
      paint.polyline([plot.x, y, plot.x + plot.width, y], { color: palette.good, width: 1.75, dash: [6, 3] });
      sheet.label("theory", plot.x + 30, y, { color: palette.good, priority: 1, gap: 3 });
    }
    const x = plane.x(at);
    paint.polyline([x, plot.y, x, plot.y + plot.height], { color: palette.accent, width: 1 });
  });
  sheet.letter(plot);
}

function drawLine(paint: Painter, plane: Plane, stations: readonly number[], heights: readonly number[], color: string, width: number, dash: readonly number[] = []): void {
  const points: number[] = [];
  stations.forEach((k, i) => {
    if (heights[i]! > 0) points.push(plane.x(k), plane.y(heights[i]!));
  });
  paint.polyline(points, { color, width, dash });
}
