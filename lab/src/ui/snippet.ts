import type { Scenario } from "../scenario.ts";
import { plain } from "./format.ts";

/** Python that repeats what the page shows. */
export function snippetOf(scenario: Scenario): string {
  const { function: f, start, eta, steps } = scenario;
  const slice = f.slices[scenario.slice];
  if (slice !== undefined) return `${f.snippet.trimEnd()}\n# shown here: ${slice.label}`;
  const from = plain(start, 12);
  const lines = [
    f.snippet.trimEnd(),
    `path = sf.descend(f, ${from}, "gd", steps=${Math.max(1, steps)}, lr=${plain(eta, 12)})`,
    "print(path)",
  ];
  return lines.join("\n");
}
