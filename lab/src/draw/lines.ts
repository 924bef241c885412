import type { Frame } from "./frame.ts";
import type { Scene, Sloped } from "./scene.ts";
import type { Sheet } from "./sheet.ts";

/** A line through (w, value) with this slope, `reach` pixels to either side along it. */
function along(frame: Frame, at: Sloped, reach: number): number[] | null {
  if (!Number.isFinite(at.slope) || !Number.isFinite(at.value)) return null;
  const [x, y] = [frame.x(at.w), frame.y(at.value)];
  const dx = frame.x(at.w + 1) - x;
  const dy = frame.y(at.value + at.slope) - y;
  const length = Math.hypot(dx, dy);
  if (length === 0 || !Number.isFinite(length)) return null;
  const [ux, uy] = [(dx / length) * reach, (dy / length) * reach];
  return [x - ux, y - uy, x + ux, y + uy];
}

export function drawTangent(sheet: Sheet, frame: Frame, scene: Scene): void {
  const line = along(frame, scene.ball, Math.min(170, frame.plot.width * 0.22));
  if (line !== null) sheet.paint.polyline(line, { color: sheet.palette.slope, width: 1.5 });
}

/** Blindfold: a short piece of every tangent that was felt. */
export function drawStubs(sheet: Sheet, frame: Frame, scene: Scene): void {
  for (const felt of scene.stubs) {
    const line = along(frame, felt, 16);
    if (line !== null) sheet.paint.polyline(line, { color: sheet.palette.mute, width: 2 });
  }
}

export function drawSecant(sheet: Sheet, frame: Frame, scene: Scene): void {
  if (scene.secant === null) return;
  const { near, far } = scene.secant;
  const h = far.w - near.w;
  if (h === 0 || !Number.isFinite(far.value) || !Number.isFinite(near.value)) return;
  const { palette, paint } = sheet;
  const slope = (far.value - near.value) / h;
  const middle = { w: near.w + h / 2, value: near.value + (slope * h) / 2, slope };
  const span = Math.hypot(frame.x(far.w) - frame.x(near.w), frame.y(far.value) - frame.y(near.value));
  const line = along(frame, middle, span / 2 + 60);
  if (line !== null) paint.polyline(line, { color: palette.secant, width: 1.75, dash: [8, 3] });
  const [x, y] = [frame.x(far.w), frame.y(far.value)];
  paint.circle(x, y, 4.5, { fill: palette.panel, stroke: { color: palette.secant, width: 2 } });
  sheet.keepClear(x, y, 6);
  if (span > 24) sheet.label(`${scene.variable} + h`, x, y, { color: palette.secant, priority: 3, prefer: "right", gap: 9 });
}
