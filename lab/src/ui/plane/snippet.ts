import type { Scenario } from "../../scenario.ts";
import type { PlaneDerived } from "../../tabs/plane/model.ts";
import { plain } from "../format.ts";

/** Python that walks the same paths. */
export function planeSnippet({ function: f }: Scenario, { cut, landscape, walks }: PlaneDerived): string {
  const head = f.snippet.trimEnd();
  if (cut.fixed.length > 0) return `${head}\n# shown here: the plane of ${cut.label}`;
  const [x, y] = landscape.start.map((each) => plain(each, 12));
  const start = f.formula === null ? `[${x!}, ${y!}]  # in the structure of its argument` : `{"${cut.names[0]}": ${x!}, "${cut.names[1]}": ${y!}}`;
  const rated = walks.filter((walk) => walk.rule.rate);
  const rates = rated.map((walk) => `"${walk.rule.name}": ${plain(walk.eta, 12)}`).join(", ");
  const lines = [head, `start = ${start}`];
  if (rated.length > 0) lines.push(`for rule, lr in {${rates}}.items():`, `    print(rule, sf.descend(f, start, rule, ${landscape.steps}, lr=lr))`);
  if (walks.length > rated.length) {
    lines.push("from surefoot.descent.backtracking_lbfgs import backtracking_lbfgs", `print("L-BFGS", sf.descend(f, start, backtracking_lbfgs(), ${landscape.steps}))`);
  }
  return lines.join("\n");
}
