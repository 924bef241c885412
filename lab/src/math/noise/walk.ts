/** Walks on minibatches: gradient descent with momentum, as the engine's `descend` takes them. */

import { LOSS, type Sample } from "./sample.ts";

/** As in math/descent.ts, and in `surefoot.descent.walk_end`. */
const FAR = 1e15;
const GREW = 1e6;

export interface Walk {
  /** Points, the start first, p numbers each. */
  readonly points: Float64Array;
  /** The last good point's number. */
  readonly last: number;
  readonly ended: "diverged" | "left the domain" | null;
}

/** Writes loss and gradient of the batch of a step into `out`. */
export type Batch = (step: number, x: Float64Array, out: Float64Array) => void;

/** The mean over the places that were drawn for a step. */
export function batchOf(sample: Sample, places: Uint8Array, size: number): Batch {
  return (step, x, out) => {
    out.fill(0);
    for (let j = step * size; j < (step + 1) * size; j++) {
      const found = sample.slope(places[j]!, x);
      for (let i = 0; i < out.length; i++) out[i]! += found[i]!;
    }
    for (let i = 0; i < out.length; i++) out[i]! /= size;
  };
}

/**
 *     m ← β m + g,   x ← x − η m
 */
export function walkOn(batch: Batch, start: readonly number[], eta: number, beta: number, steps: number): Walk {
  const size = start.length;
  const points = new Float64Array((steps + 1) * size);
  points.set(start);
  const x = Float64Array.from(start);
  const m = new Float64Array(size);
  const out = new Float64Array(1 + size);
  const reach = Math.max(1, Math.hypot(...start));
  let first = NaN;
  for (let k = 0; k <= steps; k++) {
    const far = size === 1 ? Math.abs(x[0]!) : Math.hypot(x[0]!, x[1]!);
    // The last point has no step of its own: what the batches drawn there say is not asked.
    let good = Number.isFinite(far);
    if (good && k < steps) {
      batch(k, x, out);
      if (k === 0) first = out[LOSS]!;
      good = out.every(Number.isFinite) && !(far > FAR * reach && out[LOSS]! > first);
    }
    if (!good) return { points, last: Math.max(0, k - 1), ended: far <= GREW * reach ? "left the domain" : "diverged" };
    points.set(x, k * size);
    if (k === steps) break;
    for (let i = 0; i < size; i++) {
      m[i] = beta * m[i]! + out[1 + i]!;
      x[i]! -= eta * m[i]!;
    }
  }
  return { points, last: steps, ended: null };
}

/** The mean of the points in the last half of a walk up to step k. */
export function averaged({ points, last }: Walk, size: number, k: number): number[] {
  const end = Math.min(last, k);
  const begin = Math.floor(end / 2) + (end > 0 ? 1 : 0);
  const mean = new Array<number>(size).fill(0);
  for (let j = begin; j <= end; j++) for (let i = 0; i < size; i++) mean[i]! += points[j * size + i]! / (end - begin + 1);
  return mean;
}

/** The root of the mean square distance of points from their mean; NaN for none. */
export function widthOf(points: readonly (readonly number[])[]): number {
  const size = points[0]?.length ?? 0;
  let square = 0;
  for (let i = 0; i < size; i++) {
    const mean = points.reduce((sum, point) => sum + point[i]!, 0) / points.length;
    for (const point of points) square += (point[i]! - mean) ** 2 / points.length;
  }
  return points.length === 0 ? NaN : Math.sqrt(square);
}
