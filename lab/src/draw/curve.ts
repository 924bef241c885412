import type { Frame } from "./frame.ts";
import { clampedY } from "./frame.ts";
import type { Scene } from "./scene.ts";
import type { Sheet } from "./sheet.ts";

/** Values far outside the window stay a little outside it: a canvas draws no line to 1e300. */
function pixels(frame: Frame, w: ArrayLike<number>, value: ArrayLike<number>): Float64Array {
  const { y, height } = frame.plot;
  const out = new Float64Array(2 * w.length);
  for (let i = 0; i < w.length; i++) {
    out[2 * i] = frame.x(w[i]!);
    out[2 * i + 1] = Math.min(y + 2 * height, Math.max(y - height, frame.y(value[i]!)));
  }
  return out;
}

const STRETCH = 8; // px

/** Labels stay off the curve: it is covered with boxes a few pixels wide. */
function keepOff(sheet: Sheet, points: Float64Array): void {
  let [from, top, bottom] = [points[0]!, points[1]!, points[1]!];
  for (let i = 2; i < points.length; i += 2) {
    const [x, y] = [points[i]!, points[i + 1]!];
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
    if (x - from < STRETCH && i + 2 < points.length) continue;
    sheet.obstacle({ x: from, y: top - 2, width: x - from, height: bottom - top + 4 });
    [from, top, bottom] = [x, y, y];
  }
}

export function drawCurve(sheet: Sheet, frame: Frame, scene: Pick<Scene, "curve">): void {
  if (scene.curve === null) return;
  for (const segment of scene.curve.segments) {
    const points = pixels(frame, segment.w, segment.value);
    if (points.length === 2) {
      sheet.paint.circle(points[0]!, points[1]!, 1.5, { fill: sheet.palette.curve });
    } else {
      sheet.paint.polyline(points, { color: sheet.palette.curve, width: 2.25 });
      keepOff(sheet, points);
    }
  }
}

const BREAKS: Record<string, string> = { pole: "pole", domain: "domain ends", jump: "jump" };

export function drawBreaks(sheet: Sheet, frame: Frame, scene: Scene): void {
  const { plot } = frame;
  for (const each of scene.curve?.breaks ?? []) {
    const x = frame.x(each.w);
    if (x < plot.x || x > plot.x + plot.width) continue;
    sheet.paint.polyline([x, plot.y, x, plot.y + plot.height], {
      color: sheet.palette.mute, width: 1, dash: each.kind === "jump" ? [2, 4] : [6, 4],
    });
    sheet.obstacle({ x: x - 1, y: plot.y, width: 2, height: plot.height });
    sheet.label(BREAKS[each.kind] ?? each.kind, x, plot.y + 14, {
      color: sheet.palette.mute, priority: 6, prefer: "right", gap: 4, size: 11,
    });
  }
}

/** The chord that lies below the curve somewhere: what shows that the function is not convex. */
export function drawWitness(sheet: Sheet, frame: Frame, scene: Scene): void {
  const { witness } = scene;
  if (witness === null || scene.curve === null) return;
  const { palette, paint } = sheet;
  const x = frame.x(witness.mid);
  const ends = [witness.a, witness.b].flatMap((end) => [frame.x(end.w), frame.y(end.value)]);
  paint.polyline(ends, { color: palette.warn, width: 1.5, dash: [7, 4] });
  paint.polyline([x, frame.y(witness.chord), x, frame.y(witness.value)], { color: palette.warn, width: 1.5 });
  paint.circle(x, frame.y(witness.chord), 3, { fill: palette.panel, stroke: { color: palette.warn, width: 1.5 } });
  paint.circle(x, frame.y(witness.value), 3, { fill: palette.warn });
  for (const end of [witness.a, witness.b]) {
    paint.circle(frame.x(end.w), frame.y(end.value), 3, { fill: palette.warn });
  }
  sheet.label("the curve lies above this chord: not convex", x, frame.y(witness.chord), {
    color: palette.warn, priority: 4, prefer: "below",
  });
}

export function drawRecorded(sheet: Sheet, frame: Frame, scene: Scene): void {
  if (scene.recorded === null) return;
  const { palette, paint } = sheet;
  const spots = scene.recorded.spots.filter((spot) => clampedY(frame, spot.value) !== null);
  const points = spots.flatMap((spot) => [frame.x(spot.w), clampedY(frame, spot.value) ?? 0]);
  paint.polyline(points, { color: palette.mute, width: 1.25, dash: [6, 3] });
  for (let i = 0; i < points.length; i += 2) {
    paint.rect({ x: points[i]! - 2.5, y: points[i + 1]! - 2.5, width: 5, height: 5 }, { fill: palette.mute });
  }
  if (points.length < 2) return;
  sheet.label(`recorded: ${scene.recorded.label}`, points.at(-2)!, points.at(-1)!, {
    color: palette.mute, priority: 5, prefer: "above", gap: 12,
  });
}

export function drawFlag(sheet: Sheet, frame: Frame, scene: Scene): void {
  if (scene.flag === null) return;
  const { plot } = frame;
  const { palette, paint } = sheet;
  const x = frame.x(scene.flag.w);
  const foot = plot.y + plot.height;
  const top = plot.y + plot.height * 0.62;
  paint.polyline([x, foot, x, top], { color: palette.accent, width: 2 });
  paint.polygon([x, top, x + 20, top + 7, x, top + 14], { fill: palette.accent });
  sheet.obstacle({ x: x - 2, y: top, width: 24, height: foot - top });
  sheet.label(scene.flag.words, x, top, { color: palette.accent, priority: 1, prefer: "above", gap: 4, bold: true });
}
