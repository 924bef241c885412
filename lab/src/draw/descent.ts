import type { Frame } from "./frame.ts";
import { clampedY } from "./frame.ts";
import { raised, short } from "../ui/format.ts";
import type { Scene, Spot } from "./scene.ts";
import type { Sheet } from "./sheet.ts";

export const BALL = 8;

function place(frame: Frame, spot: Spot): [number, number] | null {
  const y = clampedY(frame, spot.value);
  return y === null || !Number.isFinite(spot.w) ? null : [frame.x(spot.w), y];
}

function drawRun(sheet: Sheet, frame: Frame, spots: readonly Spot[], done: boolean): void {
  const { paint, palette } = sheet;
  const places = spots.map((spot) => place(frame, spot)).filter((each) => each !== null);
  if (places.length < 2) return;
  paint.polyline(places.flat(), done ? { color: palette.step, width: 1.25 } : { color: palette.step, width: 1, dash: [2, 4] });
  for (const [x, y] of places.slice(0, done ? -1 : undefined)) {
    paint.circle(x, y, done ? 3.25 : 2, {
      fill: done ? palette.step : palette.panel,
      stroke: { color: done ? palette.panel : palette.step, width: 1 },
    });
  }
}

export function drawTrail(sheet: Sheet, frame: Frame, scene: Scene): void {
  drawRun(sheet, frame, scene.ahead, false);
  drawRun(sheet, frame, scene.trail, true);
  if (scene.hover !== null) {
    const at = place(frame, scene.hover);
    if (at !== null) sheet.paint.circle(at[0], at[1], 7, { stroke: { color: sheet.palette.accent, width: 2 } });
  }
}

/** Where one step of each marked size would land. */
export function drawGhosts(sheet: Sheet, frame: Frame, scene: Scene): void {
  const { plot } = frame;
  for (const ghost of scene.ghosts) {
    const at = place(frame, ghost);
    if (at === null || at[0] < plot.x || at[0] > plot.x + plot.width) continue;
    const [x, y] = at;
    sheet.paint.polygon([x - 5, y, x, y - 5, x + 5, y, x, y + 5], {
      fill: sheet.palette.panel, stroke: { color: sheet.palette.mute, width: 1.5 },
    });
    sheet.keepClear(x, y, 6);
    sheet.label(ghost.words, x, y, { color: sheet.palette.mute, priority: 3, prefer: "above", gap: 8, size: 11 });
  }
}

/** How often a length has to be divided by ten to fit, and the sign that says so. */
function shrink(length: number, room: number): { factor: number; words: string } {
  let factor = 1;
  let words = "";
  while (length * factor > room && factor > 1e-300) {
    factor /= 10;
    words = factor > 5e-4 ? ` (×${factor.toPrecision(1)})` : ` (×10${raised(Math.round(Math.log10(factor)))})`;
  }
  return { factor, words };
}

const LEAST = 16; // px: a shorter arrow is hidden by the ball

function drawArrow(sheet: Sheet, frame: Frame, ball: [number, number], dw: number, look: { color: string; width: number; words: string; priority: number }): void {
  const [x, y] = ball;
  const { plot } = frame;
  if (!Number.isFinite(dw) || dw === 0) return;
  const length = Math.abs(frame.x(dw) - frame.x(0));
  if (length < 0.75) return; // nothing that could be seen
  const room = dw > 0 ? plot.x + plot.width - x : x - plot.x;
  const lettering = { color: look.color, priority: look.priority, prefer: "above", gap: 8, bold: true, also: x } as const;
  if (room < LEAST && length > room) {
    // At the edge there is no room for it: the words point where it would.
    sheet.label(dw > 0 ? `${look.words} →` : `← ${look.words}`, x, y, lettering);
    return;
  }
  const scaled = shrink(length, room - 4);
  const tip = x + Math.sign(dw) * length * scaled.factor;
  sheet.arrow([x, y], [tip, y], look.color, look.width);
  sheet.obstacle({ x: Math.min(x, tip), y: y - 4, width: Math.abs(tip - x), height: 8 });
  sheet.label(`${look.words}${scaled.words}`, (x + tip) / 2 + Math.sign(dw) * 14, y, lettering);
}

export function drawBall(sheet: Sheet, frame: Frame, scene: Scene): void {
  const { ball, next } = scene;
  const { palette, paint } = sheet;
  const at = place(frame, ball);
  if (at === null) return;
  const [x, y] = at;
  const { plot } = frame;
  if (x < plot.x - 1 || x > plot.x + plot.width + 1) return;
  sheet.keepClear(x, y, BALL + 3);
  if (next !== null && Number.isFinite(next.w)) {
    const landing = place(frame, next);
    if (landing !== null && landing[0] >= plot.x && landing[0] <= plot.x + plot.width && scene.curve !== null) {
      const [lx, ly] = landing;
      paint.polyline([lx, y, lx, ly], { color: palette.step, width: 1, dash: [2, 3] });
      paint.circle(lx, ly, 4.5, { fill: palette.panel, stroke: { color: palette.step, width: 2 } });
      sheet.keepClear(lx, ly, 6);
    }
    drawArrow(sheet, frame, at, next.w - ball.w, {
      color: palette.step, width: 3.5, words: `step ${short(next.w - ball.w)}`, priority: 0,
    });
  }
  drawArrow(sheet, frame, at, ball.slope, {
    color: palette.gradient, width: 1.5, words: `gradient ${short(ball.slope)}`, priority: 1,
  });
  paint.circle(x, y, BALL, { fill: palette.accent, stroke: { color: palette.panel, width: 2 } });
}

/** Where the run leaves the picture, and why. */
export function drawExit(sheet: Sheet, frame: Frame, scene: Scene): void {
  const { exit } = scene;
  if (exit === null) return;
  const { plot } = frame;
  const { palette, paint } = sheet;
  const x = Math.min(plot.x + plot.width, Math.max(plot.x, Number.isFinite(exit.w) ? frame.x(exit.w) : plot.x + plot.width));
  const y = clampedY(frame, exit.value) ?? plot.y + 14;
  const style = { size: 12, color: palette.warn, bold: true } as const;
  const width = paint.measure(exit.words, style) + 20;
  const left = Math.min(plot.x + plot.width - width, Math.max(plot.x, x - width / 2));
  // The ball stands where the run ended: beside it, not under it.
  const above = y - BALL - 30;
  const top = Math.min(plot.y + plot.height - 24, above >= plot.y + 2 ? above : y + BALL + 8);
  const rect = { x: left, y: top, width, height: 22 };
  paint.rect(rect, { fill: palette.panel, stroke: { color: palette.warn, width: 1.25 } }, 4);
  paint.text(left + width / 2, top + 11, exit.words, { ...style, align: "center" });
  sheet.obstacle(rect);
}
