/** Walks from one start with seeds of their own, made one after the other, and the walk without noise. */

import type { Machine } from "../machine.ts";
import { placesOf } from "./draws.ts";
import type { Sample } from "./sample.ts";
import { batchOf, walkOn, type Walk } from "./walk.ts";

export interface Course {
  readonly start: readonly number[];
  readonly eta: number;
  readonly beta: number;
  readonly steps: number;
  readonly size: number;
  readonly replace: boolean;
  readonly seed: number;
  readonly walks: number;
}

const STATIONS = 50; // steps at which the loss on all the data is worked out

/** The batches of each walk: they do not depend on where it goes. */
export class Lots {
  readonly #made = new Map<number, Uint8Array>();
  readonly #course: Course;
  readonly #count: number;

  constructor(count: number, course: Course) {
    this.#count = count;
    this.#course = course;
  }

  of(walk: number): Uint8Array {
    let places = this.#made.get(walk);
    if (places === undefined) {
      const { seed, steps, size, replace } = this.#course;
      places = placesOf(seed + walk, steps, { count: this.#count, size, replace });
      this.#made.set(walk, places);
    }
    return places;
  }
}

/** Steps from 0 to the last, evenly spaced, all of them where they are few. */
export function stationsOf(steps: number): number[] {
  const gaps = Math.min(steps, STATIONS);
  return Array.from({ length: gaps + 1 }, (_, i) => Math.round((i * steps) / gaps));
}

export class Fan {
  readonly course: Course;
  readonly stations: readonly number[];
  readonly walks: Walk[] = [];
  /** The loss on all the data of each walk at the stations; NaN behind its end. */
  readonly losses: Float64Array[] = [];
  /** The same steps with the gradient of all the data. */
  readonly calm: Walk;
  readonly calmLoss: Float64Array;
  readonly #sample: Sample;
  readonly #whole: Machine;
  readonly #lots: Lots;

  constructor(sample: Sample, whole: Machine, course: Course, lots: Lots) {
    this.course = course;
    this.#sample = sample;
    this.#whole = whole;
    this.#lots = lots;
    this.stations = stationsOf(course.steps);
    const { start, eta, beta, steps } = course;
    const p = sample.size;
    this.calm = walkOn((_k, x, out) => out.set(whole.run(x).subarray(0, 1 + p)), start, eta, beta, steps);
    this.calmLoss = this.#lossOf(this.calm);
  }

  get done(): boolean {
    return this.walks.length >= this.course.walks;
  }

  /** One more walk. */
  advance(): void {
    const { start, eta, beta, steps, size } = this.course;
    const walk = walkOn(batchOf(this.#sample, this.#lots.of(this.walks.length), size), start, eta, beta, steps);
    this.walks.push(walk);
    this.losses.push(this.#lossOf(walk));
  }

  /** Where a walk stands at step k. */
  at(walk: Walk, k: number): number[] {
    const p = this.#sample.size;
    const from = Math.min(k, walk.last) * p;
    return Array.from(walk.points.subarray(from, from + p));
  }

  #lossOf(walk: Walk): Float64Array {
    return Float64Array.from(this.stations, (k) => (k > walk.last ? NaN : this.#whole.run(this.at(walk, k))[0]!));
  }
}
