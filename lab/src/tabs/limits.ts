// The limit and zoom tools at the ball, for the words below the picture and for the picture alike.
import { lens, nudge, secant } from "../math/limit.ts";
import type { LensView } from "../draw/lens.ts";
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

export function nudgeOf(derived: Derived, dw: number): { predicted: number; actual: number; missing: number } | null {
  return derived.curve === null ? null : nudge(derived.curve, derived.here.w, dw);
}
