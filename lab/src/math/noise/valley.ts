/** Which minimum a point lies above: where small steps downhill from it end. */

import { cornerNear } from "./corner.ts";
import type { Machine } from "../machine.ts";
import { eigen, solve } from "./matrix.ts";

export interface Minimum {
  readonly point: readonly number[];
  readonly value: number;
  /** The slopes do not go to zero towards it, or it is level around it: no curvature tells how walks settle. */
  readonly sharp?: true;
}

const MOST = 400;
const ROUNDS = 20;
const DECREASE = 0.1;
const SMALL = 1e-7;

/**
 * Gradient steps that start small and double while the loss falls by a share of what the slope
 * promises, then Newton's method, and where there is no curvature a search for a corner; null where no minimum is reached.
 *
 * @param whole the mean loss: value, gradient, Hessian.
 * @param first length of the first step: far below the width of a valley.
 */
export function minimumBelow(whole: Machine, start: readonly number[], first: number): Minimum | null {
  const p = start.length;
  let x = [...start];
  let at = Array.from(whole.run(x));
  if (!at.every(Number.isFinite)) return null;
  const began = sizeOf(at, p);
  let step = began > 0 ? first / began : 0;
  for (let k = 0; k < MOST && sizeOf(at, p) > 1e-4 * began; k++) {
    const square = sizeOf(at, p) ** 2;
    let moved = false;
    for (let j = 0; j < 60 && !moved; j++) {
      const next = x.map((each, i) => each - step * at[1 + i]!);
      const found = Array.from(whole.run(next));
      if (found.every(Number.isFinite) && found[0]! <= at[0]! - DECREASE * step * square) {
        moved = true;
        x = next;
        at = found;
        step *= 1.6;
      } else step *= 0.5;
    }
    if (!moved) break;
  }
  return polished(whole, x, at, Math.max(began, 1e-300)) ?? (began > 0 ? cornerNear(whole, x, began, first) : null);
}

/** Newton's method from near a minimum; a step that leads away from it refuses the point. */
function polished(whole: Machine, from: number[], first: number[], began: number): Minimum | null {
  const p = from.length;
  let [x, at] = [from, first];
  for (let k = 0; k < ROUNDS; k++) {
    const hessian = at.slice(1 + p);
    if (!(Math.min(...eigen(hessian).values) > 0)) return null;
    const matrix = p === 1 ? [[hessian[0]!]] : [[hessian[0]!, hessian[1]!], [hessian[1]!, hessian[2]!]];
    const delta = solve(matrix, at.slice(1, 1 + p));
    const next = x.map((each, i) => each - delta[i]!);
    const found = Array.from(whole.run(next));
    if (!found.every(Number.isFinite) || sizeOf(found, p) >= sizeOf(at, p)) break;
    [x, at] = [next, found];
  }
  return sizeOf(at, p) <= SMALL * Math.max(began, Math.max(...at.slice(1 + p).map(Math.abs))) ? { point: x, value: at[0]! } : null;
}

function sizeOf(at: readonly number[], p: number): number {
  return p === 1 ? Math.abs(at[1]!) : Math.hypot(at[1]!, at[2]!);
}
