import type { Scenario, Slice } from "../scenario.ts";
import { plain } from "./format.ts";

/** Whether the text defines the function; where it cannot be given it is comments alone. */
export function defines(snippet: string): boolean {
  return !snippet.startsWith("#");
}

/** Lines below the definition; comments where there is none, since they would not run. */
export function below(snippet: string, lines: readonly string[]): string {
  const head = snippet.trimEnd();
  return [head, ...(defines(snippet) ? ["", ...lines] : lines.map((line) => (line === "" ? "#" : `# ${line}`)))].join("\n");
}

/** The list of all coordinates of a cut, with "t" for the one that moves. */
function listed({ fixed }: Slice): string {
  const n = (fixed.length - 1) / 2;
  const [point, direction] = [fixed.slice(1, 1 + n), fixed.slice(1 + n)];
  return `[${point.map((x, i) => (direction[i] === 1 ? "t" : plain(x, 12))).join(", ")}]`;
}

/** Python that repeats what the page shows. */
export function snippetOf(scenario: Scenario): string {
  const { function: f, start, eta, steps, recorded } = scenario;
  const slice = f.slices[scenario.slice];
  const call = (what: string): string => `path = sf.descend(${what}, ${plain(start, 12)}, "gd", steps=${Math.max(1, steps)}, lr=${plain(eta, 12)})`;
  const also = recorded === null ? [] : [`# the ball; what is drawn as recorded is a walk of ${recorded.label}`];
  // A dict of one number and the like: `flat` takes the list of all.
  const single = f.snippet.includes("def flat(v):") ? "lambda w: flat([w])" : "f";
  if (slice === undefined) return below(f.snippet, [...also, call(single), "print(path)"]);
  const name = defines(f.snippet) ? "flat" : "f";
  return below(f.snippet, [`def cut(t):  # ${slice.label}`, `    return ${name}(${listed(slice)})`, "", ...also, call("cut"), "print(path)"]);
}
