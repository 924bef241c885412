// How numbers look. No "NaN", no "Infinity" and no ASCII minus ever reaches the screen.

const SUPERSCRIPT: Record<string, string> = {
  "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴",
  "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
};

function odd(x: number): string | null {
  if (Number.isNaN(x)) return "undefined";
  if (x === Infinity) return "∞";
  if (x === -Infinity) return "−∞";
  return null;
}

function minus(text: string): string {
  return text.replace("-", "−");
}

/** A whole number as an exponent is set. */
export function raised(exponent: number): string {
  return String(exponent).replaceAll(/[-0-9]/g, (c) => SUPERSCRIPT[c] ?? c);
}

function power(x: number, digits: number): string {
  const [mantissa = "", exponent = ""] = x.toExponential(digits).split("e");
  return `${minus(mantissa)}×10${raised(Number(exponent))}`;
}

/** Fixed decimals, so that a read-out does not jitter; powers of ten only where they would lie. */
export function fixed(x: number, decimals = 4): string {
  const strange = odd(x);
  if (strange !== null) return strange;
  const size = Math.abs(x);
  if (size >= 1e6 || (size !== 0 && size < 0.5 * 10 ** -decimals)) return power(x, 2);
  const text = x.toFixed(decimals);
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
}

/** A place in a window: five decimals, or as many as tell a hundred-thousandth of a small window. */
export function coordinate(x: number, [lo, hi]: readonly [number, number]): string {
  const decimals = Math.max(5, 5 - Math.floor(Math.log10(hi - lo)));
  if (decimals <= 8 || x === 0 || !Number.isFinite(x)) return fixed(x, Math.min(decimals, 8));
  return power(x, Math.max(2, Math.min(8, decimals + Math.floor(Math.log10(Math.abs(x))))));
}

/** About three significant digits, for marks, labels and sentences. */
export function short(x: number, digits = 3): string {
  const strange = odd(x);
  if (strange !== null) return strange;
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e5 || size < 1e-3) return power(x, Math.max(0, digits - 2));
  const text = x.toPrecision(digits);
  const plain = text.includes("e") ? String(Number(text)) : text;
  return minus(plain);
}

/** A number as people type it, without idle zeros: "0.5" and "0.667". The largest stay finite. */
export function plain(x: number, digits = 4): string {
  const rounded = x.toPrecision(digits);
  return Number.isFinite(Number(rounded)) ? String(Number(rounded)) : rounded;
}

/** With a power of ten, and no idle zeros: "−1.6×10⁻⁷". */
export function withPower(x: number): string {
  const [mantissa = "", exponent = ""] = x.toExponential(3).split("e");
  return x === 0 ? "0" : `${minus(String(Number(mantissa)))}×10${raised(Number(exponent))}`;
}

/** A step size in a sentence; `stepSize` is the same as it can be typed. */
export function stepWords(eta: number): string {
  const typed = stepSize(eta);
  return typed.includes("e") ? withPower(eta) : typed;
}

/** A step size as a read-out: two decimals or more. */
export function stepSize(eta: number): string {
  const digits = plain(eta);
  const decimals = digits.includes("e") ? 2 : (digits.split(".")[1]?.length ?? 0);
  return decimals >= 2 || digits.includes("e") ? digits : eta.toFixed(2);
}

/** A number for a speech synthesiser, which may drop a bare minus sign. */
export function spoken(x: number): string {
  const strange = odd(x);
  if (strange !== null) return x === Infinity ? "infinity" : x === -Infinity ? "minus infinity" : strange;
  const [mantissa = "", exponent] = plain(x).replaceAll("-", "minus ").split("e");
  return exponent === undefined ? mantissa : `${mantissa} times ten to the ${exponent.replace("+", "")}`;
}
