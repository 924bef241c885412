// Stationary points by shape: ▼ lowest minimum, ▽ other minimum, ▲ maximum, ✕ saddle, ○ degenerate.
import type { Stationary } from "../../math/plane/stationary.ts";
import type { Sheet } from "../sheet.ts";
import type { MapFrame } from "./mapframe.ts";

const SIZE = 5.5;

export function drawPlaces(sheet: Sheet, frame: MapFrame, points: readonly Stationary[], marked: number | null): void {
  const { paint, palette } = sheet;
  paint.clip(frame.plot, () => {
    points.forEach((point, i) => {
      const [x, y] = [frame.x(point.x), frame.y(point.y)];
      if (point.proved) for (const [color, width] of [[palette.casing, 4.5], [palette.good, 2]] as const) paint.circle(x, y, 9, { stroke: { color, width } });
      drawPlace(sheet, x, y, point);
      if (i === marked) paint.circle(x, y, 13, { stroke: { color: palette.accent, width: 2 } });
    });
  });
}

function drawPlace(sheet: Sheet, x: number, y: number, point: Stationary): void {
  const { paint, palette } = sheet;
  const triangle = (down: boolean): number[] => {
    const tip = down ? SIZE : -SIZE;
    return [x - SIZE, y - 0.75 * tip, x + SIZE, y - 0.75 * tip, x, y + tip];
  };
  const line = { color: palette.ink, width: 1.5 };
  switch (point.kind) {
    case "minimum":
      paint.polygon(triangle(true), { fill: point.lowest ? palette.ink : palette.panel, stroke: line });
      break;
    case "maximum":
      paint.polygon(triangle(false), { fill: palette.ink, stroke: line });
      break;
    case "saddle":
      for (const color of [palette.casing, palette.ink]) {
        const width = color === palette.ink ? 2 : 4.5;
        paint.polyline([x - 4.5, y - 4.5, x + 4.5, y + 4.5], { color, width });
        paint.polyline([x - 4.5, y + 4.5, x + 4.5, y - 4.5], { color, width });
      }
      break;
    default:
      paint.circle(x, y, SIZE, { fill: palette.panel, stroke: line });
  }
}
