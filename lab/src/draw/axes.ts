import { withPower } from "../ui/format.ts";
import type { Frame } from "./frame.ts";
import type { Axis } from "./scales.ts";
import type { Sheet } from "./sheet.ts";

const TICK = 11;
const LONGEST = 9; // letters of a tick; longer ones run into each other

function distinct(axis: Axis, count: number): { at: number; words: string }[] {
  const format = axis.format(count);
  const ticks = axis.ticks(count).map((at) => ({ at, words: format(at) }));
  if (ticks.every(({ words }) => words.length <= LONGEST)) return ticks;
  return ticks.map(({ at }) => ({ at, words: withPower(at) }));
}

export function drawAxes(sheet: Sheet, frame: Frame, variable: string, loss: string): void {
  const { paint, palette } = sheet;
  const { plot } = frame;
  const bottom = plot.y + plot.height;
  const across = Math.max(2, Math.floor(plot.width / 90));
  const up = Math.max(2, Math.floor(plot.height / 60));
  for (const { at, words } of distinct(frame.x, across)) {
    const x = frame.x(at);
    paint.polyline([x, plot.y, x, bottom], { color: at === 0 ? palette.line : palette.grid, width: 1 });
    paint.text(x, bottom + 13, words, { size: TICK, color: palette.mute, align: "center" });
  }
  for (const { at, words } of distinct(frame.y, up)) {
    const y = frame.y(at);
    paint.polyline([plot.x, y, plot.x + plot.width, y], { color: at === 0 ? palette.line : palette.grid, width: 1 });
    paint.text(plot.x - 7, y, words, { size: TICK, color: palette.mute, align: "right" });
  }
  paint.polyline([plot.x, plot.y, plot.x, bottom, plot.x + plot.width, bottom], { color: palette.line, width: 1 });
  paint.text(plot.x + plot.width, bottom + 26, variable, { size: 12, color: palette.accent, align: "right", bold: true });
  paint.text(plot.x - 42, plot.y + plot.height / 2, loss, {
    size: 12, color: palette.ink, align: "center", bold: true, turn: -Math.PI / 2,
  });
}
