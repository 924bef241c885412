/** Walking down on a plane: the path of a rule, as the engine's `descend` makes it. */

import { FAR, GREW, overflows } from "../descent.ts";
import { GX, GY, HXX, HXY, HYY, VALUE, type Plane } from "./plane.ts";
import type { PlaneRule } from "./rules.ts";

/** As in `surefoot.descent.backtracking_lbfgs`. */
const HALVINGS = 30;
const DECREASE = 1e-4;
const FIRST = 8; // inputs before the state: x, y, η, two of the gradient, three of the Hessian

export interface PlaneEnd {
  readonly reason: "diverged" | "left the domain" | "stands still";
  readonly step: number;
}

/** One step of a rule from a point: the update, the state after it in `inputs`. */
export class Stepper {
  readonly rule: PlaneRule;
  readonly #plane: Plane;
  readonly inputs: Float64Array;
  /** How often the last step was halved. */
  halvings = 0;
  ux = 0;
  uy = 0;

  constructor(plane: Plane, rule: PlaneRule, eta: number) {
    this.#plane = plane;
    this.rule = rule;
    this.inputs = Float64Array.of(0, 0, eta, 0, 0, 0, 0, 0, ...rule.state);
  }

  restart(): void {
    this.inputs.set(this.rule.state, FIRST);
  }

  /** From a point with these derivatives (of `Plane.at`, read before anything is overwritten). */
  take(x: number, y: number, at: Float64Array): void {
    const { inputs, rule } = this;
    const value = at[VALUE]!;
    const [gx, gy] = [at[GX]!, at[GY]!];
    inputs[0] = x;
    inputs[1] = y;
    inputs[3] = gx;
    inputs[4] = gy;
    inputs[5] = at[HXX]!;
    inputs[6] = at[HXY]!;
    inputs[7] = at[HYY]!;
    const out = rule.machine.run(inputs);
    this.ux = out[0]!;
    this.uy = out[1]!;
    for (let i = 2; i < out.length; i++) inputs[FIRST + i - 2] = out[i]!;
    if (rule.searches) this.#search(x, y, value, gx * this.ux + gy * this.uy);
  }

  /** Halve the step until the function falls enough; the tape gave the direction. */
  #search(x: number, y: number, value: number, slope: number): void {
    let t = 1;
    for (let k = 0; k <= HALVINGS; k++, t *= 0.5) {
      if (this.#plane.value(x + t * this.ux, y + t * this.uy) <= value + DECREASE * t * slope) {
        this.halvings = k;
        this.ux *= t;
        this.uy *= t;
        return;
      }
    }
    this.halvings = HALVINGS + 1;
    this.ux = this.uy = 0;
  }
}

export class PlaneWalk {
  readonly rule: PlaneRule;
  readonly eta: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly value: Float64Array;
  /** ‖∇f‖. */
  readonly size: Float64Array;
  /** Points so far; the start is the first. */
  length = 0;
  ended: PlaneEnd | null = null;
  readonly #plane: Plane;
  readonly #stepper: Stepper;
  readonly #at = new Float64Array(6);
  readonly #before: Float64Array;
  #reach = 1;

  constructor(plane: Plane, rule: PlaneRule, start: readonly [number, number], eta: number, most: number) {
    this.rule = rule;
    this.eta = eta;
    this.#plane = plane;
    this.#stepper = new Stepper(plane, rule, eta);
    this.#before = new Float64Array(this.#stepper.inputs.length);
    const room = (): Float64Array => new Float64Array(most + 1);
    [this.x, this.y, this.value, this.size] = [room(), room(), room(), room()];
    this.#arrive(start[0], start[1]);
  }

  /** The last point's number. */
  get last(): number {
    return this.length - 1;
  }

  get done(): boolean {
    return this.ended !== null || this.length === this.x.length;
  }

  /** Go on until so many steps are taken or the walk has ended. */
  advance(steps = Infinity): this {
    while (!this.done && this.length <= steps) this.#take();
    return this;
  }

  #take(): void {
    const k = this.length - 1;
    const stepper = this.#stepper;
    const [x, y] = [this.x[k]!, this.y[k]!];
    this.#before.set(stepper.inputs);
    stepper.take(x, y, this.#at);
    const [nx, ny] = [x + stepper.ux, y + stepper.uy];
    if (nx === x && ny === y && this.#sameState()) this.ended = { reason: "stands still", step: k };
    else this.#arrive(nx, ny);
  }

  #sameState(): boolean {
    if (this.#stepper.rule.searches) return true; // the memory turns over, but where no step falls none will
    for (let i = FIRST; i < this.#before.length; i++) if (this.#before[i] !== this.#stepper.inputs[i]) return false;
    return true;
  }

  #arrive(x: number, y: number): void {
    const k = this.length;
    this.#at.set(this.#plane.at(x, y));
    const value = this.#at[VALUE]!;
    const size = Math.hypot(this.#at[GX]!, this.#at[GY]!);
    const far = Math.hypot(x, y);
    if (k === 0) this.#reach = Math.max(1, far);
    const first = k === 0 ? value : this.value[0]!;
    const finite = Number.isFinite(far) && Number.isFinite(value) && Number.isFinite(size);
    if (!finite || (far > FAR * this.#reach && value > first)) {
      this.ended = { reason: far <= GREW * this.#reach && !overflows({ value, slope: size }) ? "left the domain" : "diverged", step: k };
      if (k > 0) return;
    }
    this.x[k] = x;
    this.y[k] = y;
    this.value[k] = value;
    this.size[k] = size;
    this.length = k + 1;
  }
}

/** So small, as a share of the start's, a gradient counts as zero. */
export const ACCURACY = 1e-6;

/** The first step from which on ‖∇f‖ ≤ 10⁻⁶ ‖∇f(start)‖: who passes through is not there. Null where there is none. */
export function arrival(walk: PlaneWalk): number | null {
  const bound = ACCURACY * walk.size[0]!;
  let k = walk.length;
  while (k > 1 && walk.size[k - 1]! <= bound) k--;
  return k < walk.length ? k : null;
}
