// The lens: the curve at the ball, enlarged alike in both directions, so that what straightens is
// the curve and not the scale.
import { short } from "../ui/format.ts";
import type { Frame } from "./frame.ts";
import type { Scene } from "./scene.ts";
import type { Sheet } from "./sheet.ts";

export interface LensView {
  zoom: number;
  /** The curve around the ball. */
  w: ArrayLike<number>;
  value: ArrayLike<number>;
  half: number; // half the width that is looked at, in w
  deviation: number; // largest distance between the curve and its tangent there
  share: number; // the same as a share of the lens's height
}

export function lensRadius(frame: Frame): number {
  return Math.min(104, Math.max(54, 0.21 * Math.min(frame.plot.width, frame.plot.height)));
}

export function drawLens(sheet: Sheet, frame: Frame, scene: Scene): void {
  const { lens, ball } = scene;
  if (lens === null || !Number.isFinite(ball.value) || !Number.isFinite(ball.slope)) return;
  const { palette, paint } = sheet;
  const { plot } = frame;
  const radius = lensRadius(frame);
  const toLeft = frame.x(ball.w) > plot.x + plot.width / 2;
  const cx = toLeft ? plot.x + radius + 16 : plot.x + plot.width - radius - 16;
  const cy = plot.y + radius + 10;
  const perW = radius / lens.half;
  const perValue = (perW * Math.abs(frame.y(1) - frame.y(0))) / Math.abs(frame.x(1) - frame.x(0));
  const px = (w: number): number => cx + (w - ball.w) * perW;
  const py = (value: number): number => cy - Math.min(4 * radius, Math.max(-4 * radius, (value - ball.value) * perValue));
  paint.circle(cx, cy, radius, { fill: palette.page, stroke: { color: palette.line, width: 1.5 } });
  paint.clipCircle(cx, cy, radius - 1, () => {
    const run = lens.half * 1.2;
    const rise = ball.slope * run;
    paint.polyline([px(ball.w - run), py(ball.value - rise), px(ball.w + run), py(ball.value + rise)], {
      color: palette.slope, width: 1.5,
    });
    if (scene.curve !== null) {
      const points: number[] = [];
      for (let i = 0; i < lens.w.length; i++) {
        if (Number.isFinite(lens.value[i])) points.push(px(lens.w[i]!), py(lens.value[i]!));
      }
      paint.polyline(points, { color: palette.curve, width: 2.25 });
    }
    paint.circle(cx, cy, 4, { fill: palette.accent });
  });
  paint.text(cx, cy - radius + 14, `×${lens.zoom}`, { size: 11, color: palette.mute, align: "center", halo: palette.page });
  const words = `off the line by ${short(lens.deviation)}`;
  paint.text(cx, cy + radius + 11, words, { size: 11, color: palette.ink, align: "center", halo: palette.panel });
  const width = Math.max(2 * radius, paint.measure(words, { size: 11, color: palette.ink }));
  sheet.obstacle({ x: cx - width / 2, y: cy - radius, width, height: 2 * radius + 20 });
}
