// What follows from the scenario, told about the variable that is shown. The mathematics speaks of w;
// on a cut through a function of several numbers that is one of its coordinates.
import { withVariable } from "../math/words.ts";
import type { Scenario } from "../scenario.ts";
import type { Derived } from "./derived.ts";

export function told(derived: Derived, { function: f, slice }: Scenario): Derived {
  const variable = f.slices[slice]?.variable ?? f.variable;
  if (variable === "w" && derived.names.variable === "w") return derived;
  const about = (words: string): string => withVariable(words, variable);
  const { path, convexity, insight, observed } = derived;
  return {
    ...derived,
    names: { ...derived.names, variable, slope: `d${derived.names.loss}/d${variable}` },
    path: path.ended === null ? path : { ...path, ended: { ...path.ended, words: about(path.ended.words) } },
    convexity: convexity === null ? null : { ...convexity, words: about(convexity.words) },
    insight: { ...insight, words: about(insight.words) },
    unswept: about(derived.unswept),
    observed: { ...observed, words: about(observed.words) },
    marks: derived.marks.map((mark) => ({ ...mark, words: about(mark.words), why: about(mark.why) })),
  };
}
