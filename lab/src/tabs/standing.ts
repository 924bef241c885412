// What a minimum or maximum may be called: the words have to be true of the function, not of the window.
import type { Point } from "../math/points.ts";
import type { Scenario } from "../scenario.ts";

/**
 * "global": nothing lower (higher, for a maximum) was found far outside the window either. "found": the same, where
 * Surefoot's own answer does not go as far as to call it global. "cut": of a cut through a function of several
 * numbers. "view": in the window, and nobody has looked outside it. "local": something lower is known.
 */
export type Standing = "global" | "found" | "cut" | "view" | "local";

/** @param outside what a look far outside the window has shown, for a point that leads in the window. */
export function standingOf(point: Point, outside: "none" | "lower" | "unknown", { function: f, answer }: Scenario): Standing {
  if (!point.inView || outside === "lower") return "local";
  if (outside === "unknown") return "view";
  if (f.slices.length > 0) return "cut";
  return answer === null || answer.kind.startsWith("GLOBAL") ? "global" : "found";
}
