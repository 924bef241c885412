/** The minimum that a walk has come to outside the window, where nobody has looked for it. */

import { arrivalRadius } from "./behaviour.ts";
import type { Curve } from "./curve.ts";
import type { Path } from "./descent.ts";
import type { Point } from "./points.ts";
import { rootOf } from "./refine.ts";
import { opposite } from "./signs.ts";

/** A minimum at the end of a path that has come to rest, if none of the points is it and the slopes show one. */
export function restingPlace(curve: Curve, path: Path, points: readonly Point[]): Point | null {
  const [start, end, before] = [path.w[0], path.w.at(-1), path.w.at(-2)];
  if (start === undefined || end === undefined || before === undefined || !curve.exact) return null;
  if (path.ended !== null && path.ended.reason !== "converged") return null;
  const way = Math.abs(start - end);
  if (path.ended === null && !(Math.abs(end - before) <= 1e-6 * way)) return null;
  const known = (point: Point): boolean =>
    Math.abs(point.w - end) <= arrivalRadius(start, point) || (point.span !== null && end >= point.span[0] && end <= point.span[1]);
  if (points.some(known)) return null;
  const reach = 1e-4 * way;
  const [left, right] = [curve.evaluate(end - reach), curve.evaluate(end + reach)];
  if (!(left.slope < 0) || !opposite(left.slope, right.slope)) return null;
  const pair = (at: number): { f: number; df: number } => {
    const sample = curve.evaluate(at);
    return { f: sample.slope, df: sample.curvature };
  };
  const { at: w } = rootOf(pair, end - reach, end + reach);
  const { value, curvature } = curve.evaluate(w);
  if (Math.abs(w - end) > arrivalRadius(start, { w }) || !(left.value >= value && right.value >= value)) return null;
  return { w, value, curvature, kind: "minimum", inView: false, atEdge: false, span: null, faded: false };
}
