// From the state to what the noise shows. While the hand moves as many walks as a frame has time for; the
// others, and which valleys they end in, when it rests.
import { tapeCurve, type Curve } from "../../math/curve.ts";
import { Machine } from "../../math/machine.ts";
import { Fan, Lots, type Course } from "../../math/noise/fan.ts";
import { settling, type Settling } from "../../math/noise/floor.ts";
import { Sample } from "../../math/noise/sample.ts";
import { apart, cloudAt, measured, spreadOf, type Cloud } from "../../math/noise/scale.ts";
import { minimumBelow, type Minimum } from "../../math/noise/valley.ts";
import { averaged, widthOf } from "../../math/noise/walk.ts";
import type { Box, Field } from "../../math/plane/field.ts";
import { Plane } from "../../math/plane/plane.ts";
import { sampleCurve, type SampledCurve } from "../../math/sampling.ts";
import type { LabFunction, NoiseView, Scenario } from "../../scenario.ts";
import { Memo } from "../memo.ts";
import { Fields } from "../plane/fields.ts";
import { insightOf } from "./insight.ts";

const DRAWS = 200; // batches of each size whose spread is measured
const MOVING = 8e5; // operations on walks in a frame of a drag
const OVERHEAD = 8; // operations that a run of a tape costs besides its own
const NEAR = 1e-4; // the first step downhill, as a share of the window

export interface Spreads {
  sizes: readonly number[];
  predicted: readonly number[];
  measured: readonly number[];
}

export interface NoiseDerived {
  view: NoiseView;
  f: LabFunction;
  names: readonly string[];
  count: number;
  of: number;
  cloud: Cloud;
  spreads: Spreads;
  /** √E‖g_b − ḡ‖² for the batches that are drawn. */
  spread: number;
  fan: Fan;
  last: number;
  /** The step that is shown. */
  at: number;
  /** Where the walks stand that have not ended before; and the mean of the last half of each. */
  ends: readonly (readonly number[])[];
  averages: readonly (readonly number[])[];
  /** Walks that diverged or left the domain by now. */
  lost: number;
  width: number;
  averagedWidth: number;
  home: Minimum | null;
  settling: Settling | null;
  floor: number | null;
  /** How far the mean loss is above the minimum: over the walks, over their averages. */
  excess: number | null;
  averagedExcess: number | null;
  /** Walks whose end is in a deeper valley than that of the start; null where that is not known. */
  escaped: number | null;
  insight: { words: string; tag: string };
}

export class NoiseModel {
  readonly #sample = new Memo<Sample>();
  readonly #whole = new Memo<Machine>();
  readonly #plane = new Memo<Plane | null>();
  readonly #curve = new Memo<Curve | null>();
  readonly #sampled = new Memo<SampledCurve>();
  readonly #fields = new Fields();
  readonly #lots = new Memo<Lots>();
  readonly #fan = new Memo<Fan>();
  readonly #cloud = new Memo<Cloud>();
  readonly #apart = new Memo<Uint8Array>();
  readonly #spreads = new Memo<Spreads>();
  readonly #home = new Memo<Minimum | null>();
  readonly #settling = new Memo<Settling | null>();
  readonly #valleys = new WeakMap<Fan, (Minimum | null)[]>();
  #scenario: Scenario | null = null;
  #settled = false;
  derived: NoiseDerived | null = null;

  update(scenario: Scenario, settled: boolean, until: number): NoiseDerived | null {
    this.#scenario = scenario;
    this.#settled = settled;
    const { function: f, noise: view } = scenario;
    const { examples } = f;
    const tape = examples?.names.length === 2 ? (f.plane?.tape ?? null) : f.tape;
    if (examples === null || view === null || tape === null) return (this.derived = null);
    const sample = this.#sample.get([examples], () => new Sample(examples));
    const whole = this.#whole.get([tape], () => new Machine(tape));
    const fan = this.#walk(sample, whole, view, settled, until);
    const { start, size, replace, beta, eta, seed } = view;
    const { count } = sample;
    const cloud = this.#cloud.get([sample, ...start], () => cloudAt(sample, start));
    const apartPlaces = this.#apart.get([sample, seed, replace], () => apart(seed, DRAWS, { count, replace }));
    const spreads = this.#spreads.get([cloud, apartPlaces], () => spreadsOf(cloud, apartPlaces, count, replace));
    const first = NEAR * Math.max(...view.box.map(([lo, hi]) => hi - lo));
    const home = this.#home.get([whole, first, ...start], () => minimumBelow(whole, start, first));
    const settles = this.#settling.get([sample, home, size, replace, beta], () => (home === null || home.sharp === true ? null : settling(sample, home.point, { size, replace, beta })));
    const at = Math.min(view.at ?? view.steps, view.steps);
    const good = fan.walks.filter((walk) => walk.ended === null || walk.last >= at);
    const ends = good.map((walk) => fan.at(walk, at));
    const averages = view.average ? good.map((walk) => averaged(walk, sample.size, at)) : [];
    const known: Omit<NoiseDerived, "insight"> = {
      view, f, names: examples.names, count, of: examples.of, cloud, spreads, fan, last: view.steps, at, ends, averages, home,
      spread: spreadOf(cloud.trace, count, size, replace),
      lost: fan.walks.length - good.length,
      width: widthOf(ends), averagedWidth: widthOf(averages),
      settling: settles, floor: settles === null ? null : settles.floor(eta),
      excess: excessOf(whole, ends, home), averagedExcess: excessOf(whole, averages, home),
      escaped: at === view.steps ? this.#escaped(fan, whole, home, first, settled, until) : null,
    };
    this.derived = { ...known, insight: insightOf(known) };
    return this.derived;
  }

  get pending(): boolean {
    const fan = this.derived?.fan;
    return this.#fields.spread.pending || (fan !== undefined && (!fan.done || this.#left(fan)));
  }

  /** Go on until then; true when there is something new to show. */
  work(until: number): boolean {
    if (this.#fields.spread.pending) {
      this.#fields.spread.work(until);
      return !this.#fields.spread.pending;
    }
    if (this.#scenario !== null) this.update(this.#scenario, this.#settled, until);
    return true;
  }

  /** The map of a window of two parameters; the last one while a new one is made. */
  field(box: Box, until: number): Field | null {
    const plane = this.#planeOf(this.#scenario?.function);
    return plane === null ? null : this.#fields.get(plane, box, until);
  }

  /** The curve of the mean loss of one parameter. */
  sampled(pixels: number): SampledCurve | null {
    const { function: f, noise } = this.#scenario ?? {};
    const tape = f?.tape ?? null;
    const box = noise?.box[0];
    const curve = this.#curve.get([tape], () => (tape === null ? null : tapeCurve(tape)));
    return curve === null || box === undefined ? null : this.#sampled.get([curve, box, pixels], () => sampleCurve(curve, box, pixels));
  }

  /** The mean loss at a point. */
  height(point: readonly number[]): number {
    const f = this.#scenario?.function;
    const tape = f?.examples?.names.length === 2 ? f.plane?.tape : f?.tape;
    return tape == null ? NaN : this.#whole.get([tape], () => new Machine(tape)).run(point)[0]!;
  }

  #planeOf(f: LabFunction | undefined): Plane | null {
    const tape = f?.plane?.tape ?? null;
    return this.#plane.get([tape], () => (tape === null ? null : new Plane(tape)));
  }

  #walk(sample: Sample, whole: Machine, view: NoiseView, settled: boolean, until: number): Fan {
    const { start, eta, beta, steps, size, replace, seed, walks } = view;
    const course: Course = { start, eta, beta, steps, size, replace, seed, walks };
    const lots = this.#lots.get([sample, steps, size, replace, seed], () => new Lots(sample.count, course));
    const fan = this.#fan.get([sample, whole, lots, ...start, eta, beta, walks], () => new Fan(sample, whole, course, lots));
    const most = Math.max(1, Math.floor(MOVING / (steps * size * (sample.work + OVERHEAD))));
    while (fan.walks.length < Math.min(most, walks)) fan.advance();
    while (settled && !fan.done && performance.now() < until) fan.advance();
    return fan;
  }

  /** Ends whose valley is not known yet. */
  #left(fan: Fan): boolean {
    const { at, view, home } = this.derived!;
    return home !== null && at === view.steps && (this.#valleys.get(fan)?.length ?? 0) < fan.walks.length;
  }

  #escaped(fan: Fan, whole: Machine, home: Minimum | null, first: number, settled: boolean, until: number): number | null {
    if (home === null) return null;
    const found = this.#valleys.get(fan) ?? [];
    this.#valleys.set(fan, found);
    while (settled && fan.done && found.length < fan.walks.length && performance.now() < until) {
      const walk = fan.walks[found.length]!;
      found.push(walk.ended === null ? minimumBelow(whole, fan.at(walk, fan.course.steps), first) : null);
    }
    if (!fan.done || found.length < fan.walks.length) return null;
    const tolerance = 1e-9 * Math.max(1, Math.abs(home.value));
    return found.filter((each) => each !== null && each.value < home.value - tolerance).length;
  }
}

function spreadsOf(cloud: Cloud, places: Uint8Array, count: number, replace: boolean): Spreads {
  const sizes = batchSizes(count);
  return {
    sizes,
    predicted: sizes.map((size) => spreadOf(cloud.trace, count, size, replace)),
    measured: sizes.map((size) => measured(cloud, places, count, size)),
  };
}

/** Powers of two, and all examples. */
export function batchSizes(count: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size < count; size *= 2) sizes.push(size);
  return [...sizes, count];
}

function excessOf(whole: Machine, points: readonly (readonly number[])[], home: Minimum | null): number | null {
  if (home === null || points.length === 0) return null;
  return points.reduce((sum, point) => sum + (whole.run(point)[0]! - home.value) / points.length, 0);
}
