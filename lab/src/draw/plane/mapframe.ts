// Where the map lies in its canvas. The scales of x and y are the same wherever the window allows it,
// because only then does a right angle look like one.
import type { Rect } from "../painter.ts";
import { linear, type Axis } from "../scales.ts";

export type Box = readonly [readonly [number, number], readonly [number, number]];

export interface MapFrame {
  width: number;
  height: number;
  plot: Rect;
  /** The window as drawn, wider than what was asked for along one side. */
  box: Box;
  x: Axis;
  y: Axis;
  /** Whether a unit is as long along x as along y. */
  equal: boolean;
}

const LOPSIDED = 6; // beyond it equal scales would leave most of the picture empty

function widened([lo, hi]: readonly [number, number], factor: number): [number, number] {
  const [middle, half] = [(lo + hi) / 2, ((hi - lo) / 2) * factor];
  return [middle - half, middle + half];
}

export function mapFrame(width: number, height: number, box: Box): MapFrame {
  const plot = { x: 46, y: 8, width: Math.max(40, width - 58), height: Math.max(40, height - 8 - 34) };
  const [wx, wy] = [box[0][1] - box[0][0], box[1][1] - box[1][0]];
  const ratio = wx / plot.width / (wy / plot.height);
  const equal = ratio < LOPSIDED && ratio > 1 / LOPSIDED;
  const shown: Box = !equal ? box : ratio > 1 ? [box[0], widened(box[1], ratio)] : [widened(box[0], 1 / ratio), box[1]];
  return {
    width, height, plot, box: shown, equal,
    x: linear(shown[0], [plot.x, plot.x + plot.width]),
    y: linear(shown[1], [plot.y + plot.height, plot.y]),
  };
}
