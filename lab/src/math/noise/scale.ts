/** How noisy the gradient of a batch is, as `surefoot.noise` says it. */

import { placesOf, type Drawing } from "./draws.ts";
import { LOSS, type Sample } from "./sample.ts";

export interface Cloud {
  readonly value: number;
  /** Gradients of the examples, p numbers each. */
  readonly gradients: Float64Array;
  readonly mean: readonly number[];
  /** ‖ḡ‖. */
  readonly length: number;
  /** tr Σ ≈ Σ ‖gᵢ − ḡ‖²/(n − 1). */
  readonly trace: number;
  /** ‖g‖² ≈ ‖ḡ‖² − tr Σ/n: without what is noise in it. */
  readonly square: number;
  /** B = tr Σ/‖g‖², ∞ where the noise hides the gradient. */
  readonly scale: number;
  /** Σ: one entry, or xx, xy, yy. */
  readonly covariance: readonly number[];
}

/** What is left of a difference of equal numbers, against them. */
const ROUNDING = 1e-14;

export function cloudAt(sample: Sample, x: readonly number[]): Cloud {
  const { count, size } = sample;
  const gradients = new Float64Array(count * size);
  const mean = new Array<number>(size).fill(0);
  let value = 0;
  for (let i = 0; i < count; i++) {
    const found = sample.slope(i, x);
    value += found[LOSS]! / count;
    for (let j = 0; j < size; j++) {
      gradients[i * size + j] = found[1 + j]!;
      mean[j]! += found[1 + j]! / count;
    }
  }
  const covariance = new Array<number>(size === 1 ? 1 : 3).fill(0);
  for (let i = 0; i < count; i++) {
    const dx = gradients[i * size]! - mean[0]!;
    const dy = size === 1 ? 0 : gradients[i * size + 1]! - mean[1]!;
    [dx * dx, dx * dy, dy * dy].slice(0, covariance.length).forEach((each, j) => (covariance[j]! += each / (count - 1)));
  }
  let trace = covariance[0]! + (covariance[2] ?? 0);
  // Of examples that all have one gradient the mean is off by rounding: that is no noise.
  const largest = gradients.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  if (trace <= (ROUNDING * largest) ** 2) {
    trace = 0;
    covariance.fill(0);
  }
  const length = Math.hypot(...mean);
  const square = length ** 2 - trace / count;
  const scale = square > 0 ? trace / square : trace === 0 && square === 0 ? NaN : Infinity;
  return { value, gradients, mean, length, trace, square, scale, covariance };
}

/** E‖g_b − ḡ‖² over tr Σ: (n − 1)/(n b) with replacement, (n − b)/(n b) without. */
export function shareOfVariance(count: number, size: number, replace: boolean): number {
  return (replace ? count - 1 : count - size) / (count * size);
}

/** √E‖g_b − ḡ‖². */
export function spreadOf(trace: number, count: number, size: number, replace: boolean): number {
  return Math.sqrt(trace * shareOfVariance(count, size, replace));
}

/** Places of batches that are drawn apart from each other: each the head of a draw of all. */
export function apart(seed: number, draws: number, { count, replace }: Omit<Drawing, "size">): Uint8Array {
  return placesOf(seed, draws, { count, size: count, replace });
}

/** The root of the mean of ‖g_b − ḡ‖² over the draws. */
export function measured({ gradients, mean }: Cloud, places: Uint8Array, count: number, size: number): number {
  const p = mean.length;
  const draws = places.length / count;
  let square = 0;
  for (let k = 0; k < draws; k++) {
    for (let i = 0; i < p; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += gradients[places[k * count + j]! * p + i]!;
      square += (sum / size - mean[i]!) ** 2 / draws;
    }
  }
  return Math.sqrt(square);
}
