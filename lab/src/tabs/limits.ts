// The limit and zoom tools at the ball, for the words below the picture and for the picture alike.
import { lens, nudge, secant } from "../math/limit.ts";
import type { LensView } from "../draw/lens.ts";
import type { Scenario } from "../scenario.ts";
import type { State } from "../store.ts";
import type { Derived } from "./derived.ts";

export function secantOf(derived: Derived, h: number): { slope: number; error: number } | null {
  return derived.curve === null ? null : secant(derived.curve, derived.here.w, h);
}

export function lensOf(state: State, derived: Derived): LensView | null {
  if (derived.curve === null) return null;
  const [lo, hi] = state.scenario.box;
  const zoom = state.lensZoom;
  const half = (0.14 * (hi - lo)) / zoom;
  const seen = lens(derived.curve, derived.here.w, 2 * half);
  return { zoom, half, w: seen.samples.w, value: seen.samples.value, deviation: seen.gap, share: seen.deviation };
}

/** The nudge that was typed, or else one that is about a hundredth of the window: 1, 2 or 5 of a decade. */
export function nudgeIn({ view, box: [lo, hi] }: Scenario): number {
  if (view.nudge !== null) return view.nudge;
  const share = (hi - lo) / 100;
  const decade = 10 ** Math.floor(Math.log10(share));
  const digit = [1, 2, 5, 10].reduce((best, each) => (Math.abs(each * decade - share) < Math.abs(best * decade - share) ? each : best));
  return Number((digit * decade).toPrecision(1));
}

export function nudgeOf(derived: Derived, dw: number): { predicted: number; actual: number; missing: number } | null {
  return derived.curve === null ? null : nudge(derived.curve, derived.here.w, dw);
}
