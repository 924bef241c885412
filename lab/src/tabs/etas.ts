// How far the learning-rate slider and the sweep reach.
import { tapeCurve } from "../math/curve.ts";
import type { Point } from "../math/points.ts";
import type { LabFunction } from "../scenario.ts";
import { fixedOf } from "./machines.ts";

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

/**
 * Half of the limit 2/φ″ where a cut bends up, with two digits: at its start and, if that is smaller,
 * at the point that the cuts go through, often a minimum. Null where it bends up at neither.
 */
export function suitedRate(f: LabFunction, slice: number): number | null {
  const cut = f.slices[slice];
  if (f.tape === null || cut === undefined) return null;
  const curve = tapeCurve(f.tape, fixedOf(f, slice));
  const etas = [cut.start, cut.fixed[0] ?? cut.start]
    .map((w) => curve.evaluate(w).curvature)
    .filter((curvature) => curvature > 0)
    .map((curvature) => Number((1 / curvature).toPrecision(2)));
  const eta = Math.min(...etas);
  return eta > 0 && Number.isFinite(eta) ? eta : null;
}
