// The seven methods as they are drawn: colour, dash and end mark together, so that none of them alone
// has to tell them apart.
import type { Painter } from "../painter.ts";
import { between, type Palette } from "../palette.ts";

export type Mark = "circle" | "square" | "diamond" | "triangle" | "star" | "plus" | "down" | "open";

export interface Method {
  name: string;
  short: string;
  sign: string; // the mark as a letter
  mark: Mark;
  dash: readonly number[];
  width: number;
}

export const METHODS: readonly Method[] = [
  { name: "gd", short: "GD", sign: "●", mark: "circle", dash: [], width: 2 },
  { name: "momentum", short: "Momentum", sign: "■", mark: "square", dash: [8, 4], width: 2 },
  { name: "nesterov", short: "Nesterov", sign: "◆", mark: "diamond", dash: [2, 3], width: 2.25 },
  { name: "rmsprop", short: "RMSProp", sign: "▲", mark: "triangle", dash: [10, 3, 2, 3], width: 2 },
  { name: "adam", short: "Adam", sign: "★", mark: "star", dash: [], width: 3 },
  { name: "newton", short: "Newton", sign: "✚", mark: "plus", dash: [6, 3], width: 2 },
  { name: "l-bfgs", short: "L-BFGS", sign: "▼", mark: "down", dash: [1, 3], width: 2.5 },
];

/** What an engine walked: no rule of the page's. */
export const RECORDED: Method = { name: "recorded", short: "recorded", sign: "□", mark: "open", dash: [6, 3], width: 1.5 };

export function methodNamed(name: string): Method {
  if (name === RECORDED.name) return RECORDED;
  return METHODS.find((method) => method.name === name) ?? METHODS[0]!;
}

export function colourOf(palette: Palette, name: string): string {
  if (name === RECORDED.name) return palette.mute;
  const index = METHODS.findIndex((method) => method.name === name);
  return palette.methods[Math.max(0, index)] ?? palette.ink;
}

/** Its colour for letters, which need more contrast than lines do. */
export function lettersOf(palette: Palette, name: string): string {
  return between(colourOf(palette, name), palette.ink, 0.45);
}

function corners(mark: Mark, x: number, y: number, r: number): number[] {
  const around = (count: number, turn: number, radius: (i: number) => number): number[] =>
    Array.from({ length: count }, (_, i) => [x + radius(i) * Math.cos(turn + (2 * Math.PI * i) / count), y + radius(i) * Math.sin(turn + (2 * Math.PI * i) / count)]).flat();
  switch (mark) {
    case "open":
    case "square": return around(4, Math.PI / 4, () => 1.2 * r);
    case "diamond": return around(4, 0, () => 1.3 * r);
    case "triangle": return around(3, -Math.PI / 2, () => 1.3 * r);
    case "down": return around(3, Math.PI / 2, () => 1.3 * r);
    case "star": return around(10, -Math.PI / 2, (i) => (i % 2 === 0 ? 1.55 * r : 0.65 * r));
    case "plus": {
      const [a, b] = [1.3 * r, 0.45 * r];
      return [-b, -a, b, -a, b, -b, a, -b, a, b, b, b, b, a, -b, a, -b, b, -a, b, -a, -b, -b, -b].map((each, i) => each + (i % 2 === 0 ? x : y));
    }
    default: return [];
  } // prettier-ignore
}

export function drawMark(paint: Painter, mark: Mark, x: number, y: number, r: number, fill: string, casing: string): void {
  const shape = mark === "open" ? { fill: casing, stroke: { color: fill, width: 1.75 } } : { fill, stroke: { color: casing, width: 1.5 } };
  if (mark === "circle") paint.circle(x, y, r, shape);
  else paint.polygon(corners(mark, x, y, r), shape);
}
