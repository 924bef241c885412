// Stationary points and inflections: the kind is told by the shape and the words, not by colour.
import type { Frame } from "./frame.ts";
import type { Scene, ScenePoint } from "./scene.ts";
import type { Sheet } from "./sheet.ts";

interface Sign {
  words: string;
  priority: number;
  prefer: "above" | "below";
}

function signOf(point: ScenePoint): Sign {
  const edge = point.atEdge ? ", at the edge" : "";
  switch (point.kind) {
    case "minimum":
      return { words: `${point.isGlobal ? "global" : "local"} minimum${edge}`, priority: 2, prefer: "below" };
    case "corner minimum":
      return { words: `${point.isGlobal ? "global" : "local"} minimum, a corner`, priority: 2, prefer: "below" };
    case "maximum":
      return { words: `${point.isGlobal ? "global" : "local"} maximum${edge}`, priority: 4, prefer: "above" };
    case "corner maximum":
      return { words: "maximum, a corner", priority: 4, prefer: "above" };
    case "flat":
      return { words: "flat, no minimum", priority: 3, prefer: "above" };
    case "inflection":
      return { words: "inflection", priority: 7, prefer: "above" };
    default:
      return { words: point.kind, priority: 6, prefer: "above" };
  }
}

function triangle(x: number, y: number, size: number, down: boolean): number[] {
  const tip = down ? y + size : y - size;
  const base = down ? y - size * 0.7 : y + size * 0.7;
  return [x - size, base, x + size, base, x, tip];
}

/** ▼ global minimum, ▽ local minimum, ▲ maximum, ○ flat, a small dash for an inflection. */
function drawSign(sheet: Sheet, x: number, y: number, point: ScenePoint): void {
  const { paint, palette } = sheet;
  const rim = { color: palette.ink, width: 1.5 };
  if (point.kind.includes("minimum")) {
    // Below the curve, where neither the ball nor its arrows go.
    paint.polygon(triangle(x, y + 10, 6, true), point.isGlobal ? { fill: palette.ink, stroke: rim } : { fill: palette.panel, stroke: rim });
  } else if (point.kind.includes("maximum")) {
    paint.polygon(triangle(x, y - 10, 6, false), point.isGlobal ? { fill: palette.ink, stroke: rim } : { fill: palette.panel, stroke: rim });
  } else if (point.kind === "inflection") {
    paint.circle(x, y, 2.5, { fill: palette.panel, stroke: { color: palette.mute, width: 1.25 } });
  } else {
    paint.circle(x, y, 5, { fill: palette.panel, stroke: rim });
  }
}

export function drawPoints(sheet: Sheet, frame: Frame, scene: Scene): void {
  if (scene.curve === null) return;
  const { plot } = frame;
  for (const point of scene.points) {
    const [x, y] = [frame.x(point.w), frame.y(point.value)];
    if (x < plot.x - 1 || x > plot.x + plot.width + 1 || y < plot.y || y > plot.y + plot.height) continue;
    drawSign(sheet, x, y, point);
    const sign = signOf(point);
    const quiet = point.kind === "inflection";
    const rise = point.kind.includes("minimum") ? 10 : point.kind.includes("maximum") ? -10 : 0;
    if (!quiet) sheet.keepClear(x, y + rise, 8);
    sheet.label(sign.words, x, y + rise, {
      color: quiet ? sheet.palette.mute : sheet.palette.ink,
      priority: sign.priority,
      prefer: sign.prefer,
      gap: quiet ? 6 : 10,
      size: quiet ? 11 : 12,
    });
  }
}
