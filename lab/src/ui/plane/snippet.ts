import type { PlaneCut, Scenario } from "../../scenario.ts";
import type { PlaneDerived } from "../../tabs/plane/model.ts";
import { plain } from "../format.ts";
import { below, defines } from "../snippet.ts";

/** Python that walks the same paths. */
export function planeSnippet({ function: f }: Scenario, { cut, landscape, walks }: PlaneDerived): string {
  const start = `[${landscape.start.map((each) => plain(each, 12)).join(", ")}]`;
  const rated = walks.filter((walk) => walk.rule.rate);
  const rates = rated.map((walk) => `"${walk.rule.name}": ${plain(walk.eta, 12)}`).join(", ");
  const name = defines(f.snippet) ? "flat" : "f";
  const lines = [`def plane(v):  # ${cut.label}`, `    return ${name}(${coordinates(cut)})`, "", `start = ${start}`];
  if (cut.recorded !== null) lines.unshift(`# what is drawn as recorded is a walk of ${cut.recorded.label}`);
  if (rated.length > 0) lines.push(`for rule, lr in {${rates}}.items():`, `    print(rule, sf.descend(plane, start, rule, ${landscape.steps}, lr=lr))`);
  if (walks.length > rated.length) {
    lines.push("from surefoot.descent.backtracking_lbfgs import backtracking_lbfgs", `print("L-BFGS", sf.descend(plane, start, backtracking_lbfgs(), ${landscape.steps}))`);
  }
  return below(f.snippet, lines);
}

/** The list of all coordinates of the plane: some move, the others are held. */
function coordinates({ fixed }: PlaneCut): string {
  if (fixed.length === 0) return "[v[0], v[1]]";
  const n = fixed.length / 3;
  const [origin, first, second] = [0, 1, 2].map((k) => fixed.slice(k * n, (k + 1) * n)) as [number[], number[], number[]];
  const term = (x: number, name: string): string[] => (x === 0 ? [] : [x === 1 ? name : `${plain(x, 15)} * ${name}`]);
  const sums = origin.map((x, i) => {
    const moved = [...term(first[i]!, "v[0]"), ...term(second[i]!, "v[1]")];
    return [...(x === 0 && moved.length > 0 ? [] : [plain(x, 15)]), ...moved].join(" + ");
  });
  return `[${sums.join(", ")}]`;
}
