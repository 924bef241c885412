/**
 * Special functions that JavaScript lacks, in float64, to a few units in the last place.
 *
 * Each is reduced to a Chebyshev or asymptotic series of something without zeros, so that the relative
 * error stays small where the function itself is tiny. tools/special_coefficients.py computes the series.
 */

import {
  BERNOULLI, DIGAMMA, DIGAMMA_ZERO, ERF, LGAMMA, SCALED_ERFC, SCALED_ERFC_CENTRE, STIRLING,
} from "./coefficients.ts"; // prettier-ignore

const HALF_ROOT_PI = Math.sqrt(Math.PI) / 2;
const LOG_PI = Math.log(Math.PI);
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
/** From here on the ten terms of the asymptotic series leave less than 2⁻⁵⁶. */
const ASYMPTOTIC = 10;

/** Σ cₙ Tₙ(t) by Clenshaw's recurrence. */
function chebyshev(series: readonly number[], t: number): number {
  let before = 0;
  let last = 0;
  for (let n = series.length - 1; n > 0; n--) {
    const next = 2 * t * last - before + series[n]!;
    before = last;
    last = next;
  }
  return t * last - before + series[0]!;
}

function polynomial(series: readonly number[], t: number): number {
  let sum = 0;
  for (let n = series.length - 1; n >= 0; n--) sum = sum * t + series[n]!;
  return sum;
}

// ── error function ───────────────────────────────────────────────────────────────────────────────

/** erfc for x ≥ ½. */
function erfcPositive(x: number): number {
  if (x > 27.3) return 0; // below the smallest float64
  const scaled = chebyshev(SCALED_ERFC, (x - SCALED_ERFC_CENTRE) / (x + SCALED_ERFC_CENTRE));
  // exp(−x²) alone would lose x² ulps: the square of a float32 is exact, and the rest is small.
  const head = Math.fround(x);
  const gauss = Math.exp(-head * head) * Math.exp(-(x - head) * (x + head));
  return (gauss * scaled) / (1 + 2 * x);
}

/** 2/√π ∫₀ˣ exp(−t²) dt */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size <= 1) return x * chebyshev(ERF, 2 * x * x - 1);
  const value = size > 6 ? 1 : 1 - erfcPositive(size); // NaN takes this way and stays NaN
  return x < 0 ? -value : value;
}

/** 1 − erf(x), to full relative accuracy in the tail. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < 0.5) return 1 - erf(x);
  return erfcPositive(x);
}

/** The x with erf(x) = y. */
export function erfinv(y: number): number {
  const size = Math.abs(y);
  if (!(size <= 1)) return NaN;
  if (size === 1) return y * Infinity;
  if (size < 1e-8) return y * HALF_ROOT_PI; // the next term is below an ulp
  // Winitzki's closed form is right to 2e-3; Halley cubes the error each time.
  const a = 0.147;
  const log = Math.log1p(-size * size);
  const half = 2 / (Math.PI * a) + log / 2;
  let x = Math.sqrt(Math.sqrt(half * half - log / a) - half);
  const tail = 1 - size; // exact for size ≥ ½
  for (let k = 0; k < 3; k++) {
    const error = size < 0.5 ? erf(x) - size : tail - erfc(x);
    const newton = error * HALF_ROOT_PI * Math.exp(x * x);
    x -= newton / (1 + x * newton);
  }
  return y < 0 ? -x : x;
}

// ── gamma function ───────────────────────────────────────────────────────────────────────────────

/** sin(πx), with the reduction done before the multiplication by π. */
function sinPi(x: number): number {
  const rest = x - 2 * Math.round(x / 2); // exact, in [−1, 1]
  const size = Math.abs(rest);
  const sine = Math.sin(Math.PI * (size > 0.5 ? 1 - size : size));
  return rest < 0 ? -sine : sine;
}

/** π cot(πx) */
function cotPi(x: number): number {
  const rest = x - Math.round(x); // in [−½, ½]
  const size = Math.abs(rest);
  // Near ½ the cotangent is a small number; take it as a tangent of the exact distance.
  const cot = size > 0.25 ? Math.tan(Math.PI * (0.5 - size)) : 1 / Math.tan(Math.PI * size);
  return Math.PI * (rest < 0 ? -cot : cot);
}

/** log Γ(x) for x > 0. */
function lgammaPositive(x: number): number {
  if (x >= ASYMPTOTIC) {
    if (x > 1e300) return x * (Math.log(x) - 1);
    const series = polynomial(STIRLING, 1 / (x * x)) / x;
    return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_TWO_PI - 0.5) + series;
  }
  if (x < 0.5) return x * chebyshev(LGAMMA, 2 * x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) {
    const u = x - 1;
    return u * chebyshev(LGAMMA, 2 * u) - Math.log1p(u);
  }
  let product = 1;
  let base = x;
  while (base >= 2.5) product *= --base;
  const u = base - 2;
  const rest = u * chebyshev(LGAMMA, 2 * u);
  return product === 1 ? rest : Math.log(product) + rest;
}

/** log |Γ(x)|; +∞ at 0, −1, −2, … and at both infinities, as JAX answers. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x > 0) return x === Infinity ? Infinity : lgammaPositive(x);
  if (x === Math.floor(x)) return Infinity;
  // Γ(x)Γ(1 − x) = π/sin(πx)
  return LOG_PI - Math.log(Math.abs(sinPi(x))) - lgammaPositive(1 - x);
}

const DIGAMMA_SERIES = BERNOULLI.map((number, k) => number / (2 * (k + 1)));

function digammaPositive(x: number): number {
  if (x >= ASYMPTOTIC) {
    const inverse = 1 / (x * x);
    return Math.log(x) - 0.5 / x - inverse * polynomial(DIGAMMA_SERIES, inverse);
  }
  if (x < 1) return digammaPositive(x + 1) - 1 / x;
  let sum = 0;
  let base = x;
  while (base > 2) {
    base -= 1;
    sum += 1 / base;
  }
  const distance = base - DIGAMMA_ZERO[0] - DIGAMMA_ZERO[1];
  return sum + distance * chebyshev(DIGAMMA, 2 * base - 3);
}

/** ψ(x) = d/dx log Γ(x); NaN at 0, −1, −2, … and −∞. */
export function digamma(x: number): number {
  if (x > 0) return digammaPositive(x);
  if (Number.isNaN(x) || x === Math.floor(x)) return NaN;
  return digammaPositive(1 - x) - cotPi(x);
}

function trigammaPositive(x: number): number {
  let sum = 0;
  let base = x;
  while (base < ASYMPTOTIC) {
    sum += 1 / (base * base);
    base += 1;
  }
  const inverse = 1 / (base * base);
  return sum + (1 + 0.5 / base + inverse * polynomial(BERNOULLI, inverse)) / base;
}

/** ψ′(x) = Σ 1/(x + k)²; +∞ at 0, −1, −2, … and −∞. */
export function trigamma(x: number): number {
  if (x > 0) return x === Infinity ? 0 : trigammaPositive(x);
  if (Number.isNaN(x)) return NaN;
  if (x === Math.floor(x)) return Infinity;
  const sine = sinPi(x);
  return (Math.PI * Math.PI) / (sine * sine) - trigammaPositive(1 - x);
}
