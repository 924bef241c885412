/** All three marks at once, as the model puts them together. */
import type { Curve } from "../../src/math/curve.ts";
import { heading } from "../../src/math/heading.ts";
import type { Point } from "../../src/math/points.ts";
import { sureMark, valleyMark, viewMark } from "../../src/math/rates.ts";

export function marks(curve: Curve, w: number, box: readonly [number, number], points: readonly Point[]) {
  const ahead = heading(curve, w, box, points);
  return {
    sure: sureMark(curve, w),
    valley: valleyMark(curve, box, ahead),
    view: viewMark(curve, box, points),
    target: ahead.point,
  };
}
