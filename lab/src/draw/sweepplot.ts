// How many steps each learning rate needs, with the three marks and the present η in it.
import { drawPlane, plotRect, type Plane } from "./logplot.ts";
import type { SweepEntry } from "../math/sweep.ts";
import type { Palette } from "./palette.ts";
import type { Painter } from "./painter.ts";
import { Sheet } from "./sheet.ts";


export interface SweepPicture {
  entries: readonly SweepEntry[];
  etas: [number, number];
  limit: number;
  eta: number;
  marks: { eta: number; words: string }[];
  words: string;
}

const TOPS: Record<string, (limit: number) => string> = {
  diverges: () => "diverges",
  leaves: () => "leaves the domain",
  elsewhere: () => "ends elsewhere",
  "not within limit": (limit) => `over ${limit} steps`,
};

const SHORT = 60; // px

/** One name for each stretch of signs along the top. */
function nameTops(sheet: Sheet, picture: SweepPicture, plane: Plane): void {
  const { entries } = picture;
  let first = 0;
  for (let i = 1; i <= entries.length; i++) {
    if (entries[i]?.outcome === entries[first]?.outcome) continue;
    const [from, to] = [entries[first]!, entries[i - 1]!];
    const words = TOPS[from.outcome]?.(picture.limit);
    if (words !== undefined && i - first > 2) {
      const [left, right] = [plane.x(from.eta), plane.x(to.eta)];
      const look = { color: sheet.palette.mute, priority: 1, gap: 5, size: 11, rows: 3 } as const;
      // A short stretch of signs has its name behind it, a long one below it.
      if (right - left < SHORT) sheet.label(words, right, plane.plot.y + 6, { ...look, prefer: "right" });
      else sheet.label(words, (left + right) / 2, plane.plot.y + 6, { ...look, prefer: "below" });
    }
    first = i;
  }
}

export function drawSweep(paint: Painter, width: number, height: number, picture: SweepPicture, palette: Palette): void {
  const sheet = new Sheet(paint, palette);
  if (picture.entries.length === 0) {
    paint.text(width / 2, height / 2, picture.words, { size: 12, color: palette.mute, align: "center" });
    return;
  }
  const plot = plotRect(width, height);
  const plane = drawPlane(sheet, plot, { domain: picture.etas, log: true, name: "learning rate η" }, [0.8, picture.limit * 3]);
  const top = plot.y + 5;
  const now = plane.x(picture.eta);
  for (const mark of picture.marks) {
    const x = plane.x(mark.eta);
    if (x < plot.x || x > plot.x + plot.width) continue;
    paint.polyline([x, plot.y, x, plot.y + plot.height], { color: palette.mute, width: 1, dash: [3, 3] });
    sheet.obstacle({ x: x - 1, y: plot.y, width: 2, height: plot.height });
    sheet.label(mark.words, x, plot.y + plot.height - 12, { color: palette.mute, priority: 2, prefer: "left", gap: 3, size: 11 });
  }
  let run: number[] = [];
  const flush = (): void => {
    if (run.length === 2) paint.circle(run[0]!, run[1]!, 1.75, { fill: palette.step });
    else if (run.length > 2) paint.polyline(run, { color: palette.step, width: 2 });
    for (let i = 2; i < run.length; i += 2) {
      const [low, high] = [Math.min(run[i - 1]!, run[i + 1]!), Math.max(run[i - 1]!, run[i + 1]!)];
      sheet.obstacle({ x: run[i - 2]!, y: low - 2, width: run[i]! - run[i - 2]!, height: high - low + 4 });
    }
    run = [];
  };
  for (const entry of picture.entries) {
    const x = plane.x(entry.eta);
    if (entry.outcome === "arrives" && entry.steps !== null) {
      run.push(x, plane.y(Math.max(1, entry.steps)));
      continue;
    }
    flush();
    if (entry.outcome === "elsewhere") {
      paint.circle(x, top, 2.25, { fill: palette.panel, stroke: { color: palette.mute, width: 1.25 } });
    } else if (entry.outcome === "diverges" || entry.outcome === "leaves") {
      paint.polyline([x - 2.5, top - 2.5, x + 2.5, top + 2.5], { color: palette.warn, width: 1.5 });
      paint.polyline([x - 2.5, top + 2.5, x + 2.5, top - 2.5], { color: palette.warn, width: 1.5 });
    } else {
      paint.polygon([x - 3, top + 3, x + 3, top + 3, x, top - 3], { stroke: { color: palette.mute, width: 1 } });
    }
  }
  flush();
  for (const entry of picture.entries) if (entry.outcome !== "arrives") sheet.obstacle({ x: plane.x(entry.eta) - 3, y: top - 4, width: 6, height: 8 });
  nameTops(sheet, picture, plane);
  if (now >= plot.x && now <= plot.x + plot.width) {
    paint.polyline([now, plot.y, now, plot.y + plot.height], { color: palette.accent, width: 1.75 });
    sheet.obstacle({ x: now - 1.5, y: plot.y, width: 3, height: plot.height });
    sheet.label("η", now, plot.y + plot.height - 26, { color: palette.accent, priority: 0, prefer: "right", gap: 3, bold: true });
  }
  sheet.letter(plot);
}
