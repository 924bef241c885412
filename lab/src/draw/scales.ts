// From values to pixels and back. d3's own scales would bring its colours and their names along.
import { ticks } from "d3-array";
import { tickFormat } from "d3-scale";

export interface Axis {
  (x: number): number;
  invert(pixel: number): number;
  ticks(count: number): number[];
  format(count: number): (x: number) => string;
}

type Span = readonly [number, number];

export function linear([lo, hi]: Span, [from, to]: Span): Axis {
  const axis = (x: number): number => {
    const share = (x - lo) / (hi - lo);
    return from * (1 - share) + to * share;
  };
  return Object.assign(axis, {
    invert(pixel: number): number {
      const share = (pixel - from) / (to - from);
      return lo * (1 - share) + hi * share;
    },
    ticks: (count: number) => ticks(lo, hi, count),
    format: (count: number) => tickFormat(lo, hi, count),
  });
}

/** @param clamped whether values beyond the domain lie at its ends. */
export function logarithmic(domain: Span, range: Span, clamped = false): (x: number) => number {
  const axis = linear([Math.log(domain[0]), Math.log(domain[1])], range);
  return (x) => axis(Math.log(clamped ? Math.min(domain[1], Math.max(domain[0], x)) : x));
}
