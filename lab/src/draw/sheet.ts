// A picture in the making: the painter, its colours, and the labels, which are placed last and
// together so that none lies on another.
import { placeLabels, type LabelRequest } from "./labels.ts";
import type { Palette } from "./palette.ts";
import type { Lettering, Painter, Points, Rect } from "./painter.ts";

export const LETTERS = 12;

interface Label {
  words: string;
  style: Lettering;
  request: LabelRequest;
}

export class Sheet {
  readonly paint: Painter;
  readonly palette: Palette;
  readonly #labels: Label[] = [];
  readonly obstacles: Rect[];

  constructor(paint: Painter, palette: Palette, obstacles: readonly Rect[] = []) {
    this.paint = paint;
    this.palette = palette;
    this.obstacles = [...obstacles];
  }

  label(
    words: string,
    x: number,
    y: number,
    options: { color: string; priority: number; prefer?: LabelRequest["prefer"]; gap?: number; bold?: boolean; size?: number; rows?: number; also?: number },
  ): void {
    const size = options.size ?? LETTERS;
    const style: Lettering = { size, color: options.color, halo: this.palette.panel, bold: options.bold ?? false };
    const request: LabelRequest = {
      x,
      y,
      width: this.paint.measure(words, style) + 8,
      height: Math.round(size * 1.35),
      gap: options.gap ?? 8,
      priority: options.priority,
      prefer: options.prefer ?? "above",
      ...(options.rows === undefined ? {} : { rows: options.rows }),
      ...(options.also === undefined ? {} : { also: options.also }),
    };
    this.#labels.push({ words, style, request });
  }

  obstacle(rect: Rect): void {
    this.obstacles.push(rect);
  }

  keepClear(x: number, y: number, radius: number): void {
    this.obstacle({ x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius });
  }

  /** Letter all labels that have room in `frame`. */
  letter(frame: Rect): void {
    const placed = placeLabels(this.#labels.map((each) => each.request), this.obstacles, frame);
    for (const { index, rect } of placed) {
      const { words, style } = this.#labels[index]!;
      this.paint.text(rect.x + 4, rect.y + rect.height / 2, words, style);
    }
  }

  arrow(from: [number, number], to: [number, number], color: string, width: number): void {
    const [x0, y0] = from;
    const [x1, y1] = to;
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length < 0.5) return;
    const head = Math.min(length, 4 + 2.4 * width);
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
    const [bx, by] = [x1 - ux * head, y1 - uy * head];
    const half = head * 0.5;
    this.paint.polyline([x0, y0, bx, by], { color, width });
    const wings: Points = [x1, y1, bx - uy * half, by + ux * half, bx + uy * half, by - ux * half];
    this.paint.polygon(wings, { fill: color });
  }
}
