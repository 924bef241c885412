// Stationary points and inflections: the kind is told by the shape and the words, not by colour.
import type { Frame } from "./frame.ts";
import type { Scene, ScenePoint } from "./scene.ts";
import type { Sheet } from "./sheet.ts";

interface Sign {
  words: string;
  priority: number;
  prefer: "above" | "below";
}

const LOWEST = { global: "global minimum", found: "lowest found", cut: "lowest on this cut", view: "lowest in view", local: "local minimum" };
const HIGHEST = { global: "global maximum", found: "highest found", cut: "highest on this cut", view: "highest in view", local: "local maximum" };

const CROWD = 8;

/** Among many points only the lowest and the highest have more than a word, and none is far from its mark. */
function signOf(point: ScenePoint, crowded: boolean): Sign {
  if (crowded && point.standing === "local" && !point.atEdge && /^m/.test(point.kind)) {
    const low = point.kind === "minimum";
    return { words: low ? "min" : "max", priority: low ? 2 : 4, prefer: low ? "below" : "above" };
  }
  const place = point.kind.startsWith("corner") ? ", a corner" : point.kind.startsWith("jump") ? ", at a jump" : point.atEdge && point.span === null ? ", where the domain ends" : "";
  // That it is a minimum is proved; that no other is lower is not.
  const proved = point.proved && point.standing === "local" ? ", proved" : "";
  if (point.faded && point.span !== null) return { words: "slope too small for float64", priority: 3, prefer: "above" };
  const first = point.standing === "local" ? 1 : 0;
  if (point.kind.endsWith("minimum")) return { words: LOWEST[point.standing] + place + proved, priority: 1 + first, prefer: "below" };
  if (point.kind.endsWith("maximum")) return { words: HIGHEST[point.standing] + place + proved, priority: 3 + first, prefer: "above" };
  switch (point.kind) {
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

/** ▼ the lowest minimum, ▽ another one, ▲ △ maxima alike, ○ flat, a small ring for an inflection; a level stretch has its words alone. */
function drawSign(sheet: Sheet, x: number, y: number, point: ScenePoint): void {
  const { paint, palette } = sheet;
  const rim = { color: palette.ink, width: 1.5 };
  if (point.kind.includes("minimum")) {
    // Below the curve, where neither the ball nor its arrows go.
    paint.polygon(triangle(x, y + 10, 6, true), point.standing !== "local" ? { fill: palette.ink, stroke: rim } : { fill: palette.panel, stroke: rim });
  } else if (point.kind.includes("maximum")) {
    paint.polygon(triangle(x, y - 10, 6, false), point.standing !== "local" ? { fill: palette.ink, stroke: rim } : { fill: palette.panel, stroke: rim });
  } else if (point.kind === "inflection") {
    paint.circle(x, y, 2.5, { fill: palette.panel, stroke: { color: palette.mute, width: 1.25 } });
  } else if (point.kind !== "level" && !point.faded) {
    paint.circle(x, y, 5, { fill: palette.panel, stroke: rim });
  }
}

export function drawPoints(sheet: Sheet, frame: Frame, scene: Scene): void {
  if (scene.curve === null) return;
  const { plot } = frame;
  const crowded = scene.points.filter(({ kind }) => kind !== "inflection").length > CROWD;
  for (const point of scene.points) {
    const [x, y] = [frame.x(point.w), frame.y(point.value)];
    if (x < plot.x - 1 || x > plot.x + plot.width + 1 || y < plot.y || y > plot.y + plot.height) continue;
    const rise = point.kind.includes("minimum") ? 10 : point.kind.includes("maximum") ? -10 : 0;
    if (point.proved) sheet.paint.circle(x, y + rise, 10, { stroke: { color: sheet.palette.good, width: 2 } });
    drawSign(sheet, x, y, point);
    const sign = signOf(point, crowded);
    const quiet = point.kind === "inflection";
    if (!quiet) sheet.keepClear(x, y + rise, point.proved ? 11 : 8);
    sheet.label(sign.words, x, y + rise, {
      color: quiet ? sheet.palette.mute : sheet.palette.ink,
      priority: sign.priority,
      prefer: sign.prefer,
      gap: quiet ? 6 : point.proved ? 13 : 10,
      size: quiet ? 11 : 12,
      ...(quiet || (crowded && point.standing === "local") ? { rows: 1.5 } : {}),
    });
  }
}
