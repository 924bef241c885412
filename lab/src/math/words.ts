/** Numbers in sentences. */

/** A number with so many significant digits, a true minus sign, and no trailing zeros. */
export function round(x: number, digits = 4): string {
  if (Number.isNaN(x)) return "undefined";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const near = Number(x.toPrecision(digits));
  if (near === 0) return "0";
  const size = Math.abs(near);
  const text = size < 1e-4 || size >= 1e6 ? near.toExponential() : String(near);
  return text.replaceAll("-", "−").replace("e+", "e");
}

/** A sentence about w told about another variable. */
export function withVariable(words: string, variable: string): string {
  return variable === "w" ? words : words.replaceAll(/(?<![\p{L}\p{N}_])w(?= = )/gu, () => variable);
}

/** "1 step", "2 steps". */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
