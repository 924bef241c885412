// The few strokes that the pictures are made of. Two painters speak it, one on a canvas and one in
// SVG, so that an export is the same picture as the screen. Lengths are CSS pixels, y points down.

export interface Stroke {
  color: string;
  width: number;
  dash?: readonly number[];
}

export interface Shape {
  fill?: string;
  stroke?: Stroke;
}

export interface Lettering {
  size: number;
  color: string;
  align?: "left" | "center" | "right";
  bold?: boolean;
  mono?: boolean;
  /** Painted around the letters, so that they can be read on a line. */
  halo?: string;
  /** Radians, clockwise. */
  turn?: number;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Pixel coordinates, x and y in turn. */
export type Points = ArrayLike<number>;

export interface Painter {
  polyline(points: Points, stroke: Stroke): void;
  polygon(points: Points, shape: Shape): void;
  /** Closed rings as one area: what lies in an even number of them is outside. */
  rings(rings: readonly Points[], shape: Shape): void;
  circle(x: number, y: number, radius: number, shape: Shape): void;
  rect(rect: Rect, shape: Shape, radius?: number): void;
  /** `y` is the middle of the letters. */
  text(x: number, y: number, words: string, style: Lettering): void;
  clip(rect: Rect, inside: () => void): void;
  clipCircle(x: number, y: number, radius: number, inside: () => void): void;
  measure(words: string, style: Lettering): number;
}

export const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
export const MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';

export function fontOf(style: Lettering): string {
  return `${style.bold === true ? "600 " : ""}${style.size}px ${style.mono === true ? MONO : SANS}`;
}
