import type { Scenario } from "../scenario.ts";
import { plain } from "./format.ts";

/** Python that repeats what the page shows. */
export function snippetOf(scenario: Scenario): string {
  const { function: f, start, eta, steps } = scenario;
  const from = plain(start, 12);
  const lines = [
    f.snippet.trimEnd(),
    `path = sf.descend(f, ${from}, sf.gradient_descent(${plain(eta, 12)}), steps=${Math.max(1, steps)})`,
    "print(path)",
  ];
  return lines.join("\n");
}
