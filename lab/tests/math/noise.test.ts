// Draws, walks and noise numbers against the engine's.
import { describe, expect, test } from "vitest";
import golden from "../golden/noise.json" with { type: "json" };
import { Machine } from "../../src/math/machine.ts";
import { placesOf } from "../../src/math/noise/draws.ts";
import { settling } from "../../src/math/noise/floor.ts";
import { largest, solve } from "../../src/math/noise/matrix.ts";
import { pruned } from "../../src/math/noise/pruned.ts";
import { Sample, type ExampleSet } from "../../src/math/noise/sample.ts";
import { apart, cloudAt, measured, spreadOf } from "../../src/math/noise/scale.ts";
import { minimumBelow } from "../../src/math/noise/valley.ts";
import { averaged, batchOf, walkOn, widthOf } from "../../src/math/noise/walk.ts";
import { checkTape, toNumber, type JsonNumber } from "../../src/math/tape.ts";

const items = golden.items.map((item) => {
  const { examples, tape, plane } = item.function;
  const set: ExampleSet = { ...examples, tape: checkTape(examples.tape) };
  const whole = new Machine(checkTape(plane === null ? tape : plane.tape));
  const spread = item.spread.map((each) => ({ ...each, scale: toNumber(each.scale as JsonNumber) }));
  return { ...item, spread, set, sample: new Sample(set), whole };
});

function near(found: number, wanted: number, tolerance = 1e-9): void {
  if (!Number.isFinite(wanted)) expect(found).toBe(wanted);
  else expect(Math.abs(found - wanted)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(wanted)));
}

describe.each(items)("$name", ({ draws, walks, sample, set, whole, spread, floors, noise, escapes }) => {
  test.each(draws)("the places of seed $seed, replace $replace", ({ seed, replace, size, places }) => {
    const found = placesOf(seed, places.length, { count: sample.count, size, replace });
    expect(Array.from(found)).toEqual(places.flat());
  });

  test.each(walks)("fifty steps with β $beta and batches of $size", ({ beta, eta, size, replace, seed, points }) => {
    const steps = points.length - 1;
    const places = placesOf(seed, steps, { count: sample.count, size, replace });
    const walk = walkOn(batchOf(sample, places, size), noise.start, eta, beta, steps);
    expect(walk.last).toBe(steps);
    points.flat().forEach((wanted, i) => near(walk.points[i]!, wanted));
  });

  test.each(spread)("trace, square and scale, replace $replace", ({ replace, trace, square, scale, gradient, spreads }) => {
    const cloud = cloudAt(sample, noise.start);
    near(cloud.trace, trace);
    near(cloud.square, square);
    near(cloud.scale, scale, 1e-7);
    near(cloud.length, gradient);
    for (const { size, predicted } of spreads) near(spreadOf(cloud.trace, sample.count, size, replace), predicted);
    const places = apart(5, 400, { count: sample.count, replace });
    for (const { size, predicted } of spreads) {
      if (predicted === 0) near(measured(cloud, places, sample.count, size), 0);
      else expect(measured(cloud, places, sample.count, size) / predicted).toBeCloseTo(1, 0.9);
    }
  });

  test.each(floors)("the floor at η $eta, β $beta, b $size", ({ eta, beta, size, replace, minimum, limit, floor }) => {
    const found = settling(sample, minimum, { size, replace, beta })!;
    if (limit !== null) near(found.limit!, limit);
    near(found.floor(eta), toNumber(floor as JsonNumber), 1e-8);
  });

  test("the minimum below the start", () => {
    const found = minimumBelow(whole, noise.start, 1e-4)!;
    floors[0]!.minimum.forEach((wanted, i) => near(found.point[i]!, wanted, 1e-6));
  });

  test("the mean of the examples is the whole loss", () => {
    const at = noise.start;
    const cloud = cloudAt(sample, at);
    const found = whole.run(at);
    near(cloud.value, found[0]!, 1e-12);
    cloud.mean.forEach((each, i) => near(each, found[1 + i]!, 1e-12));
  });

  test("the pruned tape says the same as the whole", () => {
    const less = pruned(set.tape, set.tape.outputs.slice(0, 1 + sample.size));
    expect(less.ops.length).toBeLessThan(set.tape.ops.length);
    for (let i = 0; i < 5; i++) expect(Array.from(sample.slope(i, noise.start))).toEqual(Array.from(sample.curvature(i, noise.start)).slice(0, 1 + sample.size));
  });

  test("as many walks leave the valley as Python counts", () => {
    const { eta, steps, replace, escaped } = escapes;
    const home = minimumBelow(whole, noise.start, 1e-4)!;
    for (const [size, wanted] of Object.entries(escaped)) {
      let count = 0;
      for (let seed = 0; seed < escapes.walks; seed++) {
        const drawing = { count: sample.count, size: Number(size), replace };
        const walk = walkOn(batchOf(sample, placesOf(seed, steps, drawing), drawing.size), noise.start, eta, 0, steps);
        const p = sample.size;
        const below = minimumBelow(whole, Array.from(walk.points.slice(walk.last * p, (walk.last + 1) * p)), 1e-4)!;
        if (below.value < home.value - 1e-9) count += 1;
      }
      expect(count).toBe(wanted);
    }
  });
});

test("a batch of all examples without replacement sees each of them once", () => {
  const places = placesOf(9, 3, { count: 20, size: 20, replace: false });
  for (let k = 0; k < 3; k++) expect(Array.from(places.slice(20 * k, 20 * k + 20)).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test("a walk that runs away says so at its last good point", () => {
  const walk = walkOn((_k, x, out) => out.set([x[0]! ** 2, 2 * x[0]!]), [1], 3, 0, 1000);
  expect(walk.ended).toBe("diverged");
  expect(walk.points.subarray(0, walk.last + 1).every(Number.isFinite)).toBe(true);
  const lost = walkOn((_k, x, out) => out.set([Math.log(x[0]!), 1 / x[0]!]), [1], 2, 0, 10);
  expect([lost.ended, lost.last]).toEqual(["left the domain", 0]);
});

test("the averaged end is the mean of the last half", () => {
  const walk = { points: Float64Array.of(0, 1, 2, 3, 4), last: 4, ended: null };
  expect(averaged(walk, 1, 4)).toEqual([3.5]);
  expect(averaged(walk, 1, 1)).toEqual([1]);
  expect(averaged(walk, 1, 0)).toEqual([0]);
  expect(widthOf([[0, 0], [2, 0]])).toBe(1);
});

test("small matrices", () => {
  expect(solve([[0, 2], [4, 1]], [2, 9])).toEqual([2, 1]);
  expect(largest([[2, 1, 0], [1, 2, 0], [0, 0, -5]])).toBeCloseTo(3, 12);
});
