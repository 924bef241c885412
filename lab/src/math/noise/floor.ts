/**
 * Where a walk on minibatches settles about a minimum, as `learning_rate(…).noise` says it.
 *
 * In the eigenvectors of the Hessian H, with C the covariance of a batch's gradient and X that of the
 * place, gradient descent has
 *
 *     X = (I − ηH) X (I − ηH) + η² E[(H_b − H) X (H_b − H)] + η² C,   excess ½ tr HX,
 *
 * bounded below the limit in mean square; with momentum, where examples are taken to curve alike,
 *
 *     E xᵢ² = η cᵢ (1 + β) / (hᵢ (1 − β) (2 (1 + β) − η hᵢ)).
 */

import { eigen, largest, solve } from "./matrix.ts";
import type { Sample } from "./sample.ts";

export interface Settling {
  /** The η below which E‖x − x*‖² stays bounded; null where it is not known. */
  readonly limit: number | null;
  /** How far above the minimum the mean loss settles; ∞ where it does not. */
  floor(eta: number): number;
}

export interface Drawn {
  readonly size: number;
  readonly replace: boolean;
  readonly beta: number;
}

const FLAT = 1e-10;

/** The noise about a minimum; null where it is none, or is flat along a direction. */
export function settling(sample: Sample, minimum: readonly number[], { size: batch, replace, beta }: Drawn): Settling | null {
  const { count, size } = sample;
  const entries = size === 1 ? 1 : 3;
  const rows = Array.from({ length: count }, (_, i) => Array.from(sample.curvature(i, minimum)));
  const mean = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / count);
  if (!mean.every(Number.isFinite)) return null;
  const { values, vectors } = eigen(mean.slice(1 + size, 1 + size + entries));
  const top = Math.max(...values.map(Math.abs));
  if (!(Math.min(...values) > FLAT * top)) return null;
  const share = replace || count === 1 ? 1 / batch : (count - batch) / (batch * (count - 1));
  const turned = rows.map((row) => inEigenvectors(row, size, vectors, mean));
  const covariance = product(turned.map((each) => each.gradient)).map((row) => row.map((each) => (each * share) / count));
  return beta > 0 ? heavy(values, covariance, beta) : plain(values, covariance, turned, share);
}

function heavy(values: readonly number[], covariance: readonly (readonly number[])[], beta: number): Settling {
  return {
    limit: null,
    floor(eta) {
      let total = 0;
      for (const [i, h] of values.entries()) {
        const room = 2 * (1 + beta) - eta * h;
        if (!(room > 0)) return Infinity;
        total += (0.5 * eta * covariance[i]![i]! * (1 + beta)) / ((1 - beta) * room);
      }
      return total;
    },
  };
}

function plain(values: readonly number[], covariance: readonly (readonly number[])[], turned: readonly Turned[], share: number): Settling {
  const p = values.length;
  // E[H_b ⊗ H_b], its rows and columns numbered by pairs of directions.
  const squares = Array.from({ length: p * p }, (_, r) => Array.from({ length: p * p }, (__, c) => {
    const [i, k, j, l] = [Math.floor(r / p), r % p, Math.floor(c / p), c % p];
    const whole = i === j && k === l ? values[i]! * values[k]! : 0;
    const found = turned.reduce((sum, { hessian }) => sum + hessian[i]![j]! * hessian[k]![l]!, 0) / turned.length;
    return whole + share * (found - whole);
  }));
  const both = Array.from({ length: p * p }, (_, r) => values[Math.floor(r / p)]! + values[r % p]!);
  const scaled = squares.map((row, r) => row.map((each, c) => each / Math.sqrt(both[r]! * both[c]!)));
  const limit = 1 / largest(scaled);
  return {
    limit,
    floor(eta) {
      if (!(eta < limit)) return Infinity;
      const matrix = squares.map((row, r) => row.map((each, c) => (r === c ? both[r]! : 0) - eta * each));
      const x = solve(matrix, covariance.flat().map((each) => eta * each));
      return 0.5 * values.reduce((sum, h, i) => sum + h * x[i * p + i]!, 0);
    },
  };
}

interface Turned {
  readonly gradient: number[];
  readonly hessian: number[][];
}

/** An example's gradient, less the mean, and its Hessian, in the eigenvectors. */
function inEigenvectors(row: readonly number[], size: number, vectors: readonly (readonly number[])[], mean: readonly number[]): Turned {
  const entry = (i: number, j: number): number => row[1 + size + i + j]!; // xx, xy, yy; xx alone for one
  const apart = Array.from({ length: size }, (_, i) => row[1 + i]! - mean[1 + i]!);
  const gradient = vectors.map((v) => v.reduce((sum, each, i) => sum + each * apart[i]!, 0));
  const hessian = vectors.map((v) => vectors.map((u) => {
    let sum = 0;
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) sum += v[i]! * entry(i, j) * u[j]!;
    return sum;
  }));
  return { gradient, hessian };
}

/** Σ g gᵀ. */
function product(gradients: readonly (readonly number[])[]): number[][] {
  const p = gradients[0]!.length;
  return Array.from({ length: p }, (_, i) => Array.from({ length: p }, (__, j) => gradients.reduce((sum, g) => sum + g[i]! * g[j]!, 0)));
}
