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
    .filter((limit) => limit > 1e-9 && limit < 1e9);
  const least = Math.min(eta, ...limits);
  const most = Math.max(eta, ...limits);
  return [10 ** Math.floor(Math.log10(least / 25)), 10 ** Math.ceil(Math.log10(most * 2))];
}

/** Half of the limit 2/φ″ at the start of a cut, with two digits; null where it does not bend up there. */
export function suitedRate(f: LabFunction, slice: number): number | null {
  const start = f.slices[slice]?.start;
  if (f.tape === null || start === undefined) return null;
  const { curvature } = tapeCurve(f.tape, fixedOf(f, slice)).evaluate(start);
  const eta = Number((1 / curvature).toPrecision(2));
  return curvature > 0 && eta > 0 && Number.isFinite(eta) ? eta : null;
}
