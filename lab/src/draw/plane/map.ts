// What lies still under the trails: bands of height, level lines, basins, axes.
import type { Basins } from "../../math/plane/basins.ts";
import type { Field, Rings } from "../../math/plane/field.ts";
import type { Painter, Points } from "../painter.ts";
import { between, type Palette } from "../palette.ts";
import type { MapFrame } from "./mapframe.ts";

const TICK = 11;

export function placed(rings: Rings, frame: MapFrame): Points[] {
  return rings.map((ring) => {
    const out = new Float64Array(ring.length);
    for (let i = 0; i < ring.length; i += 2) {
      out[i] = frame.x(ring[i]!);
      out[i + 1] = frame.y(ring[i + 1]!);
    }
    return out;
  });
}

function drawBands(paint: Painter, frame: MapFrame, field: Field, palette: Palette, basins: boolean): void {
  const flat = palette.low === palette.high;
  paint.rect(frame.plot, { fill: palette.low });
  field.levels.forEach((level, i) => {
    const rings = placed(level.rings, frame);
    if (!flat && !basins) paint.rings(rings, { fill: between(palette.low, palette.high, (i + 1) / field.levels.length) });
  });
}

function drawIsolines(paint: Painter, frame: MapFrame, field: Field, palette: Palette): void {
  for (const level of field.levels) paint.rings(placed(level.rings, frame), { stroke: { color: palette.isoline, width: 1 } });
  if (field.missing.length > 0) paint.rings(placed(field.missing, frame), { fill: palette.page, stroke: { color: palette.line, width: 1 } });
}

/** Where there are no tints: the lines between basins. */
function drawBorders(paint: Painter, frame: MapFrame, { box: [[x0, x1], [y0, y1]], columns, rows, ends }: Basins, color: string): void {
  const [x, y] = [(i: number): number => frame.x(x0 + (i / columns) * (x1 - x0)), (j: number): number => frame.y(y0 + (j / rows) * (y1 - y0))];
  for (let k = 0; k < ends.length; k++) {
    const [i, j] = [k % columns, Math.floor(k / columns)];
    if (i > 0 && ends[k] !== ends[k - 1]) paint.polyline([x(i), y(j), x(i), y(j + 1)], { color, width: 2 });
    if (j > 0 && ends[k] !== ends[k - columns]) paint.polyline([x(i), y(j), x(i + 1), y(j)], { color, width: 2 });
  }
}

/** Each basin in a tint of its own; equal neighbours of a row are one rectangle. */
function drawBasins(paint: Painter, frame: MapFrame, found: Basins, palette: Palette): void {
  const [[x0, x1], [y0, y1]] = found.box;
  const { columns, rows, ends } = found;
  if (palette.basins.length === 0) { drawBorders(paint, frame, found, palette.ink); return; }
  for (let j = 0; j < rows; j++) {
    const [top, bottom] = [frame.y(y0 + ((j + 1) / rows) * (y1 - y0)), frame.y(y0 + (j / rows) * (y1 - y0))];
    for (let i = 0; i < columns; ) {
      const end = ends[j * columns + i]!;
      const from = i;
      while (i < columns && ends[j * columns + i] === end) i += 1;
      const fill = end < 0 ? palette.page : palette.basins[end % palette.basins.length];
      if (fill === undefined) continue;
      const [left, right] = [frame.x(x0 + (from / columns) * (x1 - x0)), frame.x(x0 + (i / columns) * (x1 - x0))];
      paint.rect({ x: left, y: top, width: right - left + 0.5, height: bottom - top + 0.5 }, { fill });
    }
  }
}

function drawTicks(paint: Painter, frame: MapFrame, palette: Palette, names: readonly [string, string]): void {
  const { plot } = frame;
  const bottom = plot.y + plot.height;
  const across = Math.max(2, Math.floor(plot.width / 80));
  const up = Math.max(2, Math.floor(plot.height / 60));
  const [wordsX, wordsY] = [frame.x.format(across), frame.y.format(up)];
  for (const at of frame.x.ticks(across)) {
    const x = frame.x(at);
    paint.polyline([x, bottom, x, bottom + 4], { color: palette.line, width: 1 });
    if (x < plot.x + plot.width - 22) paint.text(x, bottom + 13, wordsX(at), { size: TICK, color: palette.mute, align: "center" });
  }
  for (const at of frame.y.ticks(up)) {
    const y = frame.y(at);
    paint.polyline([plot.x - 4, y, plot.x, y], { color: palette.line, width: 1 });
    if (y > plot.y + 22) paint.text(plot.x - 7, y, wordsY(at), { size: TICK, color: palette.mute, align: "right" });
  }
  paint.rect(plot, { stroke: { color: palette.line, width: 1 } });
  paint.text(plot.x + plot.width, bottom + 14, names[0], { size: 12, color: palette.ink, align: "right", bold: true });
  // A name too long for the margin stands in the map.
  const name = { size: 12, color: palette.ink, bold: true, halo: palette.panel };
  const wide = paint.measure(names[1], name) > plot.x - 8;
  paint.text(plot.x + (wide ? 7 : -7), plot.y + (wide ? 12 : 8), names[1], { ...name, align: wide ? "left" : "right" });
}

export function drawMapBack(paint: Painter, frame: MapFrame, field: Field | null, basins: Basins | null, names: readonly [string, string], palette: Palette): void {
  paint.clip(frame.plot, () => {
    paint.rect(frame.plot, { fill: palette.page });
    if (field === null) return;
    drawBands(paint, frame, field, palette, basins !== null);
    if (basins !== null) drawBasins(paint, frame, basins, palette);
    drawIsolines(paint, frame, field, palette);
  });
  drawTicks(paint, frame, palette, names);
}
