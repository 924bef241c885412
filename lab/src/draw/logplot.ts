// The frame that the two small plots share: a logarithmic height over steps or over η.
import { plain, raised, short } from "../ui/format.ts";
import type { Rect } from "./painter.ts";
import { linear, logarithmic } from "./scales.ts";
import type { Sheet } from "./sheet.ts";

export interface Plane {
  plot: Rect;
  x: (value: number) => number;
  y: (value: number) => number;
}

function decade(exponent: number): string {
  if (exponent >= -2 && exponent <= 3) return plain(10 ** exponent);
  return `10${raised(exponent)}`;
}

export function plotRect(width: number, height: number): Rect {
  return { x: 52, y: 10, width: Math.max(30, width - 64), height: Math.max(30, height - 42) };
}

function decades(lo: number, hi: number, most: number): number[] {
  const first = Math.ceil(Math.log10(lo) - 1e-9);
  const last = Math.floor(Math.log10(hi) + 1e-9);
  const stride = Math.max(1, Math.ceil((last - first + 1) / most));
  const out: number[] = [];
  for (let e = first; e <= last; e += stride) out.push(e);
  return out;
}

/** The powers of ten, and with few of them 2 and 5 times them too. */
function rungs(lo: number, hi: number, most: number): { at: number; words: string }[] {
  const tens = decades(lo, hi, most);
  if (tens.length > 1 || hi / lo > 100) return tens.map((e) => ({ at: 10 ** e, words: decade(e) }));
  const first = Math.floor(Math.log10(lo));
  return [0, 1, 2].flatMap((up) => [1, 2, 5].map((unit) => Number(`${unit}e${first + up}`))).filter((at) => at >= lo && at <= hi).map((at) => ({ at, words: short(at, 1) }));
}

export interface AxisSpec {
  domain: [number, number];
  log: boolean;
  name: string;
  /** Where ticks stand, if not at powers of ten. */
  marks?: readonly number[];
}

/** Draws grid, ticks and names; answers where values go. */
export function drawPlane(sheet: Sheet, plot: Rect, across: AxisSpec, up: [number, number]): Plane {
  const { paint, palette } = sheet;
  const bottom = plot.y + plot.height;
  const sides = [plot.x, plot.x + plot.width] as const;
  const x = across.log ? logarithmic(across.domain, sides) : linear(across.domain, sides);
  const y = logarithmic(up, [bottom, plot.y], true);
  const marks = across.marks !== undefined ? across.marks.map((at) => ({ at, words: plain(at) })) : across.log
    ? decades(...across.domain, 7).map((e) => ({ at: 10 ** e, words: decade(e) }))
    : linear(across.domain, sides).ticks(Math.min(6, across.domain[1] - across.domain[0], plot.width / 50)).map((at) => ({ at, words: plain(at) }));
  for (const { at, words } of marks) {
    paint.polyline([x(at), plot.y, x(at), bottom], { color: palette.grid, width: 1 });
    paint.text(x(at), bottom + 11, words, { size: 11, color: palette.mute, align: "center" });
  }
  for (const { at: value, words } of rungs(...up, Math.max(2, Math.floor(plot.height / 26)))) {
    const at = y(value);
    paint.polyline([plot.x, at, plot.x + plot.width, at], { color: palette.grid, width: 1 });
    paint.text(plot.x - 6, at, words, { size: 11, color: palette.mute, align: "right" });
  }
  paint.polyline([plot.x, plot.y, plot.x, bottom, plot.x + plot.width, bottom], { color: palette.line, width: 1 });
  paint.text(plot.x + plot.width, bottom + 25, across.name, { size: 11, color: palette.mute, align: "right" });
  return { plot, x, y };
}
