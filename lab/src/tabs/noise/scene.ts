// What the pictures of the noise are drawn from.
import type { FanPicture } from "../../draw/noise/fan.ts";
import type { LossPicture, SpreadPicture } from "../../draw/noise/plots.ts";
import type { NoiseDerived } from "./model.ts";

export function fanOf({ fan, at, ends, averages, home }: NoiseDerived): FanPicture {
  return { walks: fan.walks, calm: fan.calm, at, ends, averages, minimum: home?.point ?? null };
}

export function spreadPicture({ spreads, cloud, view }: NoiseDerived): SpreadPicture {
  return { ...spreads, law: spreads.sizes.map((size) => Math.sqrt(cloud.trace / size)), size: view.size };
}

/** Heights above the lowest that is known: the minimum of the start's valley, or what a walk met below it. */
export function lossPicture({ fan, home, floor, at }: NoiseDerived): LossPicture {
  let base = home?.value ?? Infinity;
  const tolerance = home === null ? 0 : 1e-9 * Math.max(1, Math.abs(home.value));
  for (const losses of [...fan.losses, fan.calmLoss]) for (const each of losses) if (each < base - tolerance) base = each;
  const walks = fan.losses.map((losses) => Array.from(losses, (each) => each - base));
  const mean = fan.stations.map((_, i) => {
    const heights = walks.map((walk) => walk[i]!).filter(Number.isFinite);
    return heights.reduce((sum, each) => sum + each / heights.length, 0);
  });
  const theory = floor === null || home === null || !(floor > 0) ? null : home.value - base + floor;
  return { stations: fan.stations, walks, mean, calm: Array.from(fan.calmLoss, (each) => each - base), floor: theory, at, words: "no walk is above the minimum" };
}
