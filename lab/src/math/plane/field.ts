/** The height of a window on a grid, and its level lines. */

import { contours } from "d3-contour";
import { VALUE, type Plane } from "./plane.ts";
import type { Making } from "../spread.ts";

export type Box = readonly [readonly [number, number], readonly [number, number]];

/** Closed rings of x, y in turn; even-odd: holes are rings too. */
export type Rings = readonly Float64Array[];

export interface Level {
  readonly value: number;
  /** Where the function is at least that high. */
  readonly rings: Rings;
}

export interface Field {
  readonly box: Box;
  readonly columns: number;
  readonly rows: number;
  /** Samples of f, row by row from below; they reach half a cell beyond the window. */
  readonly values: Float64Array;
  readonly sparse: { columns: number; rows: number; values: number[] };
  readonly range: readonly [number, number];
  /** Height for the eye, 0 to 1: logarithmic above the lowest where valleys span decades. */
  readonly shade: (value: number) => number;
  readonly logarithmic: boolean;
  readonly levels: readonly Level[];
  /** Where the function has no finite value. */
  readonly missing: Rings;
}

const CELLS = 151; // odd, as FEWEST: every other sample then reaches both ends
const FEWEST = 49;
const LEVELS = 18;
/** From this ratio between high and low parts of the window on heights are shown by their logarithm. */
const DECADES = 12;

/** In pieces: a few rows of samples, or one level, at a time. */
export function* makingField(plane: Plane, box: Box): Making<Field> {
  const [[x0, x1], [y0, y1]] = box;
  const columns = plane.work > 1500 ? FEWEST : CELLS;
  const rows = columns;
  const values = new Float64Array(columns * rows);
  const [dx, dy] = [(x1 - x0) / (columns - 1), (y1 - y0) / (rows - 1)];
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) values[j * columns + i] = plane.at(x0 + i * dx, y0 + j * dy)[VALUE]!;
    if (j % 8 === 7) yield;
  }
  const seen = values.filter(Number.isFinite).sort();
  const low = seen[0] ?? 0;
  const high = seen.at(-1) ?? 1;
  const quantile = (share: number): number => seen[Math.floor(share * (seen.length - 1))] ?? low;
  const unit = quantile(0.02) - low;
  const top = quantile(0.985) - low;
  const logarithmic = unit > 0 && top > DECADES * unit;
  const bend = logarithmic ? unit : Math.max(top, 1e-300) * 4;
  const full = Math.log1p(top / bend) || 1;
  const shade = (value: number): number => Math.log1p(Math.max(0, value - low) / bend) / full;
  const lift = (share: number): number => low + bend * Math.expm1(share * full);
  const at = (i: number, j: number): [number, number] => [x0 + (i - 0.5) * dx, y0 + (j - 0.5) * dy];
  const trace = contours().size([columns, rows]);
  const grid = Array.from(values, (v) => (Number.isFinite(v) ? v : v === Infinity ? high : NaN));
  const levels: Level[] = [];
  if (high > low) {
    for (let i = 1; i <= LEVELS; i++) {
      const value = lift((i - 0.5) / LEVELS);
      levels.push({ value, rings: ringsOf(trace.contour(grid, value).coordinates, at) });
      yield;
    }
  }
  const holes = seen.length === values.length ? [] : ringsOf(trace.contour(Array.from(values, (v) => (Number.isFinite(v) ? 0 : 1)), 0.5).coordinates, at);
  return { box, columns, rows, values, sparse: sparseOf(values, columns, rows), range: [low, high], shade, logarithmic, levels, missing: holes };
}

function ringsOf(polygons: readonly (readonly (readonly number[][])[] | readonly number[][][])[], at: (i: number, j: number) => [number, number]): Rings {
  const rings: Float64Array[] = [];
  for (const polygon of polygons) {
    for (const ring of polygon as readonly number[][][]) {
      const flat = new Float64Array(2 * ring.length);
      ring.forEach((point, k) => {
        const [x, y] = at(point[0]!, point[1]!);
        flat[2 * k] = x;
        flat[2 * k + 1] = y;
      });
      rings.push(flat);
    }
  }
  return rings;
}

/** The level line through one value: made anew for each place of the start, so on every other sample. */
export function levelLine(field: Field, value: number): Rings {
  if (!Number.isFinite(value)) return [];
  const { box, sparse } = field;
  const [[x0, x1], [y0, y1]] = box;
  const [dx, dy] = [(x1 - x0) / (sparse.columns - 1), (y1 - y0) / (sparse.rows - 1)];
  const { coordinates } = contours().size([sparse.columns, sparse.rows]).contour(sparse.values, value);
  return ringsOf(coordinates, (i, j) => [x0 + (i - 0.5) * dx, y0 + (j - 0.5) * dy]);
}

/** Every other sample; the last row and column are those of the field. */
function sparseOf(values: Float64Array, columns: number, rows: number): Field["sparse"] {
  const [w, hgt] = [(columns + 1) / 2, (rows + 1) / 2];
  const out: number[] = [];
  for (let j = 0; j < hgt; j++) for (let i = 0; i < w; i++) out.push(values[2 * j * columns + 2 * i]!);
  return { columns: w, rows: hgt, values: out };
}
