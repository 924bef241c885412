// The start, its level line and the gradient at right angles to it, and the parts of one step.
import type { Rings } from "../../math/plane/field.ts";
import type { Anatomy } from "../../math/plane/anatomy.ts";
import { plain } from "../../ui/format.ts";
import type { Sheet } from "../sheet.ts";
import { colourOf, lettersOf } from "./methods.ts";
import type { Frame } from "../frame.ts";
import { placed } from "./map.ts";
import type { MapFrame } from "./mapframe.ts";

export interface StartPicture {
  x: number;
  y: number;
  gradient: readonly [number, number];
  level: Rings;
  rule: string;
  anatomy: Anatomy | null;
}

const LONG = 74; // px of the gradient's arrow, whatever its length: its direction is what counts
const CORNER = 8;
const LONGEST = 0.42; // of the plot: longer steps are drawn in tenths

export function drawLevel(sheet: Sheet, frame: MapFrame, level: Rings): void {
  sheet.paint.clip(frame.plot, () => sheet.paint.rings(placed(level, frame), { stroke: { color: sheet.palette.ink, width: 1.25, dash: [3, 3] } }));
}

/** Pixels of a vector of the plane. */
export function pixels(frame: MapFrame, [vx, vy]: readonly [number, number]): [number, number] {
  const [[x0, x1], [y0, y1]] = frame.box;
  return [(vx / (x1 - x0)) * frame.plot.width, (-vy / (y1 - y0)) * frame.plot.height];
}

export function drawStart(sheet: Sheet, frame: MapFrame, picture: StartPicture): void {
  const { paint } = sheet;
  const { plot } = frame;
  const [x, y] = [frame.x(picture.x), frame.y(picture.y)];
  const visible = x >= plot.x && x <= plot.x + plot.width && y >= plot.y && y <= plot.y + plot.height;
  paint.clip(plot, () => {
    if (visible) drawGradient(sheet, frame, picture, x, y);
    if (picture.anatomy !== null) drawStep(sheet, frame, picture.anatomy, picture.rule);
  });
  drawDisc(sheet, frame, x, y);
}

/** The start itself, where it is in sight. */
export function drawDisc(sheet: Sheet, { plot }: Frame, x: number, y: number): void {
  const { paint, palette } = sheet;
  if (!(x >= plot.x && x <= plot.x + plot.width && y >= plot.y && y <= plot.y + plot.height)) return;
  paint.circle(x, y, 8, { fill: palette.panel, stroke: { color: palette.casing, width: 5 } });
  paint.circle(x, y, 7, { fill: palette.panel, stroke: { color: palette.accent, width: 3 } });
  paint.circle(x, y, 2, { fill: palette.accent });
  sheet.keepClear(x, y, 10);
}

function drawGradient(sheet: Sheet, frame: MapFrame, { gradient }: StartPicture, x: number, y: number): void {
  const { palette, paint } = sheet;
  const [gx, gy] = pixels(frame, gradient);
  const size = Math.hypot(gx, gy);
  if (!(size > 0) || !Number.isFinite(size)) return;
  const [ux, uy] = [gx / size, gy / size];
  sheet.arrow([x, y], [x + LONG * ux, y + LONG * uy], palette.gradient, 1.75);
  sheet.label("∇f", x + (LONG + 4) * ux, y + (LONG + 4) * uy, { color: palette.slope, priority: 0, gap: 4, bold: true });
  if (!frame.equal) return;
  // The right angle between the gradient and the level line.
  const [tx, ty] = [-uy, ux];
  const [c, o] = [CORNER, 11];
  paint.polyline([x + tx * (o + c), y + ty * (o + c), x + tx * (o + c) + ux * c, y + ty * (o + c) + uy * c, x + tx * o + ux * c, y + ty * o + uy * c], { color: palette.gradient, width: 1 });
  const tangent = 34;
  paint.polyline([x - tx * tangent, y - ty * tangent, x + tx * tangent, y + ty * tangent], { color: palette.ink, width: 1.25 });
}

/** The step of the chosen rule: the gradient's own part, what momentum adds, and both together. */
function drawStep(sheet: Sheet, frame: MapFrame, anatomy: Anatomy, rule: string): void {
  const { palette } = sheet;
  const color = colourOf(palette, rule);
  const longest = Math.max(...[anatomy.update, anatomy.own].map((each) => Math.hypot(...pixels(frame, each))));
  if (!Number.isFinite(longest) || longest < 1) return;
  const room = LONGEST * Math.min(frame.plot.width, frame.plot.height);
  const scale = longest <= room ? 1 : 10 ** Math.floor(Math.log10(room / longest));
  const [x, y] = [frame.x(anatomy.x), frame.y(anatomy.y)];
  const to = (part: readonly [number, number], from: [number, number]): [number, number] => {
    const [dx, dy] = pixels(frame, part);
    return [from[0] + scale * dx, from[1] + scale * dy];
  };
  const end = to(anatomy.update, [x, y]);
  if (anatomy.carried !== null && Math.hypot(...anatomy.carried) > 0) {
    const corner = to(anatomy.own, [x, y]);
    sheet.paint.polyline([x, y, ...corner], { color: palette.casing, width: 4 });
    sheet.paint.polyline([x, y, ...corner], { color: palette.gradient, width: 2 });
    sheet.paint.polyline([...corner, ...end], { color: palette.casing, width: 4 });
    sheet.paint.polyline([...corner, ...end], { color, width: 2, dash: [3, 2] });
  }
  sheet.arrow([x, y], end, palette.casing, 5.5);
  sheet.arrow([x, y], end, color, 3.5);
  if (scale !== 1) sheet.label(`×${plain(scale)}`, end[0], end[1], { color: lettersOf(palette, rule), priority: 0, gap: 4, bold: true });
}
