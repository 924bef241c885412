/** The little linear algebra of two parameters: matrices up to 4 × 4, row by row. */

/** The unit vectors and eigenvalues of [[a, b], [b, c]], or of [[a]]. */
export function eigen(entries: readonly number[]): { values: number[]; vectors: number[][] } {
  const [a, b, c] = entries as [number, number?, number?];
  if (b === undefined || c === undefined) return { values: [a], vectors: [[1]] };
  const angle = 0.5 * Math.atan2(2 * b, a - c);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const along = (x: number, y: number): number => a * x * x + 2 * b * x * y + c * y * y;
  return { values: [along(cos, sin), along(-sin, cos)], vectors: [[cos, sin], [-sin, cos]] };
}

/** x with M x = b, by elimination with pivots. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length;
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let j = i + 1; j < n; j++) if (Math.abs(rows[j]![i]!) > Math.abs(rows[pivot]![i]!)) pivot = j;
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    for (let j = i + 1; j < n; j++) {
      const factor = rows[j]![i]! / rows[i]![i]!;
      for (let k = i; k <= n; k++) rows[j]![k]! -= factor * rows[i]![k]!;
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i]![n]!;
    for (let k = i + 1; k < n; k++) sum -= rows[i]![k]! * x[k]!;
    x[i] = sum / rows[i]![i]!;
  }
  return x;
}

const SWEEPS = 30;

/** The largest eigenvalue of a symmetric matrix, by Jacobi's rotations. */
export function largest(matrix: readonly (readonly number[])[]): number {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const b = a[p]![q]!;
        off += b * b;
        if (b === 0) continue;
        const angle = 0.5 * Math.atan2(2 * b, a[p]![p]! - a[q]![q]!);
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < n; k++) [a[k]![p], a[k]![q]] = [cos * a[k]![p]! + sin * a[k]![q]!, cos * a[k]![q]! - sin * a[k]![p]!];
        for (let k = 0; k < n; k++) [a[p]![k], a[q]![k]] = [cos * a[p]![k]! + sin * a[q]![k]!, cos * a[q]![k]! - sin * a[p]![k]!];
      }
    }
    if (off === 0) break;
  }
  return Math.max(...a.map((row, i) => row[i]!));
}
