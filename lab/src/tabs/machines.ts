// The machines that a scenario's function needs: the numbers that a slice fixes, and one step.
import type { Curve } from "../math/curve.ts";
import { gradientStep, tapeStep, type Step } from "../math/descent.ts";
import type { LabFunction } from "../scenario.ts";

/** The inputs after the first, for the slice that is shown. */
export function fixedOf(f: LabFunction, slice: number): readonly number[] {
  return f.slices[slice]?.fixed ?? [];
}

/** One step of the rule; null where only the engine can take it. */
export function stepOf(f: LabFunction, rule: string, fixed: readonly number[], curve: Curve | null): Step | null {
  const found = f.steps[rule];
  if (found !== undefined) return tapeStep(found.tape, found.state, fixed);
  return curve?.exact === true ? gradientStep(curve) : null;
}
