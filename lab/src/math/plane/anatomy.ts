/** One step taken apart: what the gradient does at once, what the memory adds, and how it is scaled. */

import { GX, GY, type Plane } from "./plane.ts";
import { Stepper, type PlaneWalk } from "./walk.ts";

export interface Anatomy {
  readonly step: number;
  readonly x: number;
  readonly y: number;
  readonly gradient: readonly [number, number];
  /** The whole update. */
  readonly update: readonly [number, number];
  /** What the update would be without momentum. */
  readonly own: readonly [number, number];
  /** What momentum adds to it; null for a rule without. */
  readonly carried: readonly [number, number] | null;
  /** How many times longer than −ηg the gradient's own part is, along x and y; null where g is 0. */
  readonly scaling: readonly [number | null, number | null];
  readonly halvings: number;
}

/** Of the step from the k-th point of a walk; the rule is walked again to know its memory there. */
export function anatomyOf(plane: Plane, walk: PlaneWalk, k: number): Anatomy {
  const step = Math.max(0, Math.min(k, walk.last));
  const { rule, eta } = walk;
  const stepper = new Stepper(plane, rule, eta);
  for (let i = 0; i < step; i++) stepper.take(walk.x[i]!, walk.y[i]!, Float64Array.from(plane.at(walk.x[i]!, walk.y[i]!)));
  const [x, y] = [walk.x[step]!, walk.y[step]!];
  const at = Float64Array.from(plane.at(x, y));
  const memory = Float64Array.from(stepper.inputs);
  stepper.take(x, y, at);
  const update = [stepper.ux, stepper.uy] as const;
  const { halvings } = stepper;
  let own = update;
  let carried: Anatomy["carried"] = null;
  if (rule.memory.length > 0) {
    stepper.inputs.set(memory);
    for (const entry of rule.memory) stepper.inputs[8 + entry] = 0;
    stepper.take(x, y, at);
    own = [stepper.ux, stepper.uy];
    carried = [update[0] - own[0], update[1] - own[1]];
  }
  const gradient = [at[GX]!, at[GY]!] as const;
  const share = (part: number, slope: number): number | null => (slope === 0 ? null : part / (-(rule.rate ? eta : 1) * slope));
  return { step, x, y, gradient, update, own, carried, scaling: [share(own[0], gradient[0]), share(own[1], gradient[1])], halvings };
}
