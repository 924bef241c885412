/** Where the ball is heading: the first place of interest downhill. */

import type { Curve } from "./curve.ts";
import type { Point } from "./points.ts";
import { round } from "./words.ts";

export interface Heading {
  /** The minimum that a walk downhill in tiny steps reaches, or null. */
  readonly point: Point | null;
  /** Why there is none. */
  readonly why: string;
}

const isMinimum = (point: Point): boolean => point.kind.endsWith("minimum");
const none = (why: string): Heading => ({ point: null, why });

/** Whether w is at the point, or on its level stretch, to within float64 and the search that found it. */
export function isAt(point: Point, w: number, box: readonly [number, number]): boolean {
  if (point.span !== null && w >= point.span[0] && w <= point.span[1]) return true;
  return Math.abs(point.w - w) <= 1e-9 * (box[1] - box[0]);
}

/** The point, of those that the filter lets pass, that w is at. Two level stretches may share an end: the height there says whose it is. */
export function placeAt(points: readonly Point[], w: number, value: number, box: readonly [number, number]): Point | undefined {
  const off = (point: Point): number => Math.abs(point.value - value);
  return points.filter((point) => isAt(point, w, box)).sort((one, other) => off(one) - off(other))[0];
}

/** Follow the slope downhill from w to the first point where it ends. */
export function heading(
  curve: Curve,
  w: number,
  box: readonly [number, number],
  points: readonly Point[],
): Heading {
  const { value, slope } = curve.evaluate(w);
  if (!Number.isFinite(value) || Number.isNaN(slope))
    return none(`the curve has no value or no slope at w = ${round(w)}`);
  const here = placeAt(points.filter((point) => point.kind !== "inflection" && !point.atEdge), w, value, box);
  if (here !== undefined && isMinimum(here)) return { point: here, why: "" };
  const level = placeAt(points.filter((point) => point.span !== null), w, value, box);
  if (level !== undefined && isMinimum(level)) return { point: level, why: "" };
  if (level?.kind === "level") return none("the curve is level here, so the ball heads nowhere");
  if (slope === 0 && level?.faded !== true && here?.span == null)
    return none("the slope is zero here and this is no minimum, so the ball heads nowhere");
  if (slope === 0) return none("the slope is smaller than float64 can show, so the ball heads nowhere");
  const right = slope < 0;
  const ahead = points
    .filter((point) => (right ? point.w > w : point.w < w) && point.kind !== "inflection")
    .filter((point) => point.kind !== "corner" && !isAt(point, w, box));
  const first = right ? ahead[0] : ahead[ahead.length - 1];
  const side = right ? "right" : "left";
  // From outside the window the way may lead through what nobody has looked at.
  if ((w < box[0] || w > box[1]) && (first === undefined || !unbroken(curve, w, first.w)))
    return none("the ball is outside the window, and what lies downhill from there is not known");
  if (first === undefined)
    return none(
      unbroken(curve, w, box[right ? 1 : 0])
        ? `the curve still falls at the end of the window on the ${side}: no minimum lies between`
        : `downhill to the ${side} there is no minimum in the window`,
    );
  if (!unbroken(curve, w, first.w))
    return none(`the curve breaks between the ball and the next place to the ${side}`);
  if (first.atEdge && first.span === null)
    return none(`the curve falls to the end of its domain at w = ${round(first.w)}, where the slope is not zero`);
  if (first.kind === "level")
    return none(`from w = ${round(first.span![0])} to ${round(first.span![1])} the curve is level, and lower elsewhere`);
  if (!isMinimum(first))
    return none(
      first.faded
        ? `the slope fades to zero around w = ${round(first.w)}: the ball stops there, and no minimum holds it`
        : `the next place to the ${side} with slope zero, w = ${round(first.w)}, is no minimum`,
    );
  return { point: first, why: "" };
}

/** Whether the curve goes down all the way, as far as 64 samples show, or fewer where each costs much. */
function unbroken(curve: Curve, from: number, to: number): boolean {
  const n = Math.min(64, curve.pieces ?? 64);
  let before = curve.evaluate(from).value;
  const spare = 1e-9 * Math.abs(curve.evaluate(to).value - before);
  for (let k = 1; k <= n; k++) {
    const { value } = curve.evaluate(k === n ? to : from + ((to - from) * k) / n);
    // Each of the two values carries rounding errors of its own size.
    if (!(value <= before + spare + 1e-13 * Math.max(Math.abs(value), Math.abs(before)))) return false;
    before = value;
  }
  return true;
}
