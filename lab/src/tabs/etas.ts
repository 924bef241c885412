// How far the learning-rate slider and the sweep reach.
import type { Point } from "../math/points.ts";

/** Whole decades around the stability limits of the valleys in view. */
export function rangeOfRates(points: readonly Point[], eta: number): [number, number] {
  const limits = points
    .filter((point) => point.kind === "minimum" && point.curvature > 0)
    .map((point) => 2 / point.curvature)
    .filter((limit) => limit > 1e-9 * eta && limit < 1e9 * eta);
  const least = Math.min(eta, ...limits);
  const most = Math.max(eta, ...limits);
  return [10 ** Math.floor(Math.log10(least / 25)), 10 ** Math.ceil(Math.log10(most * 2))];
}
