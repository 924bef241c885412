/** Basins of attraction: to which minimum a rule comes from each place of a window. */

import type { Making } from "../spread.ts";
import type { Plane } from "./plane.ts";
import type { PlaneRule } from "./rules.ts";
import type { Stationary } from "./stationary.ts";
import { PlaneWalk } from "./walk.ts";

export interface Basins {
  readonly box: Box;
  readonly columns: number;
  readonly rows: number;
  /** For each cell, row by row from below, the number of its minimum; −1: none within the steps. */
  readonly ends: Int8Array;
}

type Box = readonly [readonly [number, number], readonly [number, number]];

const COLUMNS = 96;
const STEPS = 300;
const STRIDE = 20; // steps between two looks

/** Coarse first, so that something can be shown soon: `show` is given each finer picture. */
export function* findingBasins(plane: Plane, rule: PlaneRule, eta: number, box: Box, minima: readonly Stationary[], show: (basins: Basins) => void): Making<Basins> {
  const [[x0, x1], [y0, y1]] = box;
  const columns = COLUMNS;
  const rows = Math.max(8, Math.min(128, Math.round((COLUMNS * (y1 - y0)) / (x1 - x0))));
  const ends = new Int8Array(columns * rows).fill(-2);
  const basins = (): Basins => ({ box, columns, rows, ends: ends.map((each) => (each === -2 ? -1 : each)) });
  for (const block of [8, 4, 2, 1]) {
    for (let j = 0; j < rows; j += block) {
      for (let i = 0; i < columns; i += block) {
        if (block < 8 && i % (2 * block) === 0 && j % (2 * block) === 0) continue; // known already
        const x = x0 + ((i + 0.5) / columns) * (x1 - x0);
        const y = y0 + ((j + 0.5) / rows) * (y1 - y0);
        const end = endOf(plane, rule, eta, [x, y], box, minima);
        for (let v = j; v < Math.min(rows, j + block); v++) ends.fill(end, v * columns + i, v * columns + Math.min(columns, i + block));
        yield;
      }
    }
    show(basins());
  }
  return basins();
}

function endOf(plane: Plane, rule: PlaneRule, eta: number, start: [number, number], [[x0, x1], [y0, y1]]: Box, minima: readonly Stationary[]): number {
  const walk = new PlaneWalk(plane, rule, start, eta, STEPS);
  for (let steps = STRIDE; ; steps += STRIDE) {
    walk.advance(steps);
    const [x, y] = [walk.x[walk.last]!, walk.y[walk.last]!];
    if (walk.ended !== null && walk.ended.reason !== "stands still") return -1;
    const near = minima.findIndex((each) => Math.hypot((each.x - x) / (x1 - x0), (each.y - y) / (y1 - y0)) < 0.004);
    // Momentum may still carry it through: only where it is slow it has come to stay.
    if (near >= 0 && (walk.done || walk.size[walk.last]! < 0.02 * walk.size[0]!)) return near;
    if (walk.done) return -1;
  }
}
