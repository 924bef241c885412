// Windows in one number or more, moved and stretched; null where one would be too small or too far out.
import type { Pair } from "../scenario.ts";

function sound(box: Pair[]): Pair[] | null {
  const good = box.every(([lo, hi]) => Number.isFinite(lo) && Number.isFinite(hi) && hi - lo > 1e-9 * Math.max(Math.abs(lo), Math.abs(hi)) && hi - lo < 1e9);
  return good ? box : null;
}

export function zoomed(box: readonly Pair[], factor: number, about: readonly number[]): Pair[] | null {
  return sound(box.map(([lo, hi], i) => [about[i]! - (about[i]! - lo) * factor, about[i]! + (hi - about[i]!) * factor]));
}

export function panned(box: readonly Pair[], by: readonly number[]): Pair[] | null {
  return sound(box.map(([lo, hi], i) => [lo + by[i]!, hi + by[i]!]));
}

export function middleOf(box: readonly Pair[]): number[] {
  return box.map(([lo, hi]) => (lo + hi) / 2);
}
