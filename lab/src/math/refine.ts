/** From a change between two places to the place itself, to the last float64. */

export interface Bracket {
  /** Neighbouring float64 (or a = b on an exact zero) around the place. */
  readonly a: number;
  readonly b: number;
  readonly at: number;
}

const middleOf = (a: number, b: number): number => a + (b - a) / 2;
const inside = (a: number, x: number, b: number): boolean => a < x && x < b;

/**
 * The zero of f in [a, b], where its signs differ: Newton's step where it stays inside and shrinks the bracket
 * well, else a halving, until no float64 is left between the ends.
 *
 * @param evaluate f and its derivative (NaN where it is unknown).
 */
export function rootOf(
  evaluate: (w: number) => { readonly f: number; readonly df: number },
  a: number,
  b: number,
): Bracket {
  let [left, right] = [a, b];
  let [one, other] = [evaluate(a), evaluate(b)];
  for (let k = 0; k < 120; k++) {
    if (one.f === 0) return { a: left, b: left, at: left };
    if (other.f === 0) return { a: right, b: right, at: right };
    const middle = middleOf(left, right);
    if (!inside(left, middle, right)) break;
    const [from, sample] = Math.abs(one.f) < Math.abs(other.f) ? [left, one] : [right, other];
    const newton = from - sample.f / sample.df;
    // Newton comes from one side; a step a little too long brings the other end along.
    const longer = newton + (newton - from) * 1e-3;
    const candidate = k % 3 !== 2 && inside(left, longer, right) ? longer : middle;
    const next = evaluate(candidate);
    if (Number.isNaN(next.f)) break;
    if (next.f * one.f > 0 || (next.f !== 0 && Math.sign(next.f) === Math.sign(one.f)))
      [left, one] = [candidate, next];
    else [right, other] = [candidate, next];
  }
  return { a: left, b: right, at: Math.abs(one.f) <= Math.abs(other.f) ? left : right };
}

/**
 * Where f jumps between a and b: the half with the larger change is kept until the ends are neighbours. Null where
 * the change that is left is at most `least`: then f is steep, not broken.
 */
export function jumpIn(f: (w: number) => number, a: number, b: number, least: number): Bracket | null {
  let [left, right] = [a, b];
  let [one, other] = [f(a), f(b)];
  for (let k = 0; k < 60; k++) {
    if (!(Math.abs(other - one) > least)) return null;
    const middle = middleOf(left, right);
    if (!inside(left, middle, right)) break;
    const value = f(middle);
    if (Math.abs(value - one) > Math.abs(other - value)) [right, other] = [middle, value];
    else [left, one] = [middle, value];
  }
  // At a corner the slope may be given as a number in between on the very place: take the outer sides.
  return { a: left, b: right, at: Math.abs(left) < Math.abs(right) ? left : right };
}
