// The relief on a canvas, for where there is no WebGL: facets from back to front, trails over them.
import { colourOf, methodNamed } from "../plane/methods.ts";
import type { Painter } from "../painter.ts";
import { between, type Palette } from "../palette.ts";
import type { Camera } from "./camera.ts";
import type { Ground } from "./ground.ts";

export function paintGround(paint: Painter, ground: Ground, camera: Camera, palette: Palette): void {
  const { columns, rows, nodes, shade } = ground;
  const places = new Float64Array(3 * columns * rows);
  for (let n = 0; n < columns * rows; n++) places.set(camera.project(nodes[3 * n]!, nodes[3 * n + 1]!, nodes[3 * n + 2]!), 3 * n);
  const facets: { depth: number; corners: number[]; share: number; light: number }[] = [];
  for (let j = 0; j + 1 < rows; j++) {
    for (let i = 0; i + 1 < columns; i++) {
      const four = [j * columns + i, j * columns + i + 1, (j + 1) * columns + i + 1, (j + 1) * columns + i];
      const depth = four.reduce((sum, n) => sum + places[3 * n + 2]!, 0);
      if (Number.isNaN(depth)) continue;
      const corners = four.flatMap((n) => [places[3 * n]!, places[3 * n + 1]!]);
      const share = four.reduce((sum, n) => sum + shade[n]!, 0) / 4;
      const rise = nodes[3 * four[1]! + 2]! - nodes[3 * four[0]! + 2]!;
      facets.push({ depth, corners, share, light: Math.max(-1, Math.min(1, 6 * rise)) });
    }
  }
  facets.sort((a, b) => b.depth - a.depth);
  for (const { corners, share, light } of facets) {
    const fill = between(palette.low, palette.high, Math.min(1, Math.max(0, share + 0.12 * light)));
    paint.polygon(corners, { fill, stroke: { color: palette.low === palette.high ? palette.ink : fill, width: 0.75 } });
  }
}

export interface DrapedTrail {
  rule: string;
  pieces: readonly number[][];
  chosen: boolean;
}

export function paintTrails(paint: Painter, trails: readonly DrapedTrail[], camera: Camera, palette: Palette): void {
  for (const { rule, pieces, chosen } of trails) {
    const method = methodNamed(rule);
    for (const piece of pieces) {
      const line: number[] = [];
      for (let i = 0; i + 2 < piece.length; i += 3) {
        const [x, y] = camera.project(piece[i]!, piece[i + 1]!, piece[i + 2]!);
        line.push(x, y);
      }
      const width = method.width + (chosen ? 0.5 : -0.25);
      paint.polyline(line, { color: palette.casing, width: width + 2 });
      paint.polyline(line, { color: colourOf(palette, rule), width, dash: method.dash });
    }
  }
}
