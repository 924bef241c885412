// The surface and the trails on it, in the relief's own space.
import type { Field } from "../../math/plane/field.ts";
import type { Plane } from "../../math/plane/plane.ts";
import { seen } from "../plane/lines.ts";
import type { Trail } from "../plane/trails.ts";
import { HEIGHT } from "./camera.ts";

/** How far over the surface the trails run, so that they do not sink into its facets. */
const LIFT = 0.012;
const MOST = 1.12; // heights above it are cut off
const SPAN = 400; // of the window, in units in which trails are cut and divided
const PIECE = 5;
const BUDGET = 5000; // heights in one frame

export interface Ground {
  /** Half-widths in x and in y. */
  half: [number, number];
  columns: number;
  rows: number;
  /** x, y, z of each node; NaN in z where there is no height. */
  nodes: Float32Array;
  /** Height for the eye of each node, 0 to 1. */
  shade: Float32Array;
}

export function groundOf(field: Field, most: number): Ground {
  const [[x0, x1], [y0, y1]] = field.box;
  const stride = Math.max(1, Math.ceil(field.columns / most));
  const columns = Math.floor((field.columns - 1) / stride) + 1;
  const rows = Math.floor((field.rows - 1) / stride) + 1;
  const half = halves(x1 - x0, y1 - y0);
  const nodes = new Float32Array(3 * columns * rows);
  const shade = new Float32Array(columns * rows);
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const at = j * columns + i;
      const value = field.values[j * stride * field.columns + i * stride]!;
      shade[at] = Math.min(MOST, field.shade(value));
      nodes[3 * at] = half[0] * ((2 * i * stride) / (field.columns - 1) - 1);
      nodes[3 * at + 1] = half[1] * ((2 * j * stride) / (field.rows - 1) - 1);
      nodes[3 * at + 2] = Number.isNaN(value) ? NaN : HEIGHT * shade[at];
    }
  }
  return { half, columns, rows, nodes, shade };
}

function halves(wx: number, wy: number): [number, number] {
  // Windows in other units are shown square.
  const ratio = wy / wx;
  if (ratio > 3 || ratio < 1 / 3) return [1, 1];
  return ratio > 1 ? [1 / ratio, 1] : [1, ratio];
}

/** A place of the plane on the surface; null outside the window or where there is no height. */
export function onGround(field: Field, plane: Plane, x: number, y: number): [number, number, number] | null {
  const [[x0, x1], [y0, y1]] = field.box;
  if (!(x >= x0 && x <= x1 && y >= y0 && y <= y1)) return null;
  const half = halves(x1 - x0, y1 - y0);
  const value = plane.value(x, y);
  if (Number.isNaN(value)) return null;
  return [half[0] * ((2 * (x - x0)) / (x1 - x0) - 1), half[1] * ((2 * (y - y0)) / (y1 - y0) - 1), HEIGHT * Math.min(MOST, field.shade(value)) + LIFT];
}

/** The visible parts of a trail, divided so finely that they lie on the surface: x, y, z in turn. */
export function draped(field: Field, plane: Plane, trail: Trail, share: number): number[][] {
  const [[x0, x1], [y0, y1]] = field.box;
  const [wx, wy] = [x1 - x0, y1 - y0];
  const half = halves(wx, wy);
  const frame = { x: 0, y: 0, width: SPAN, height: SPAN };
  const { pieces } = seen((k) => ((trail.x[k]! - x0) / wx) * SPAN, (k) => ((trail.y[k]! - y0) / wy) * SPAN, 0, trail.last, frame);
  let length = 0;
  for (const piece of pieces) for (let i = 2; i < piece.length; i += 2) length += Math.hypot(piece[i]! - piece[i - 2]!, piece[i + 1]! - piece[i - 1]!);
  const step = Math.max(PIECE, length / (share * BUDGET));
  return pieces.map((piece) => {
    const out: number[] = [];
    const put = (u: number, v: number): void => {
      const value = plane.value(x0 + (u / SPAN) * wx, y0 + (v / SPAN) * wy);
      out.push(half[0] * ((2 * u) / SPAN - 1), half[1] * ((2 * v) / SPAN - 1), HEIGHT * Math.min(MOST, field.shade(value)) + LIFT);
    };
    put(piece[0]!, piece[1]!);
    for (let i = 2; i < piece.length; i += 2) {
      const [u, v, nu, nv] = [piece[i - 2]!, piece[i - 1]!, piece[i]!, piece[i + 1]!];
      const parts = Math.max(1, Math.ceil(Math.hypot(nu - u, nv - v) / step));
      for (let k = 1; k <= parts; k++) put(u + ((nu - u) * k) / parts, v + ((nv - v) * k) / parts);
    }
    return out;
  });
}
