// The sentence about what the picture shows, with its numbers in it.
import { methodNamed } from "../../draw/plane/methods.ts";
import { eigenvalues, HXX, HXY, HYY, type Plane } from "../../math/plane/plane.ts";
import type { Row } from "../../math/plane/race.ts";
import type { StationarySet } from "../../math/plane/stationary.ts";
import { counted } from "../../math/words.ts";
import type { Landscape, PlaneCut, RecordedWalk } from "../../scenario.ts";
import { plain, short } from "../../ui/format.ts";

const NUMERIC = "found numerically";

function named(rows: readonly Row[]): string {
  const names = rows.map((row) => methodNamed(row.walk.rule.name).short);
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)!}`;
}

function curvatures(plane: Plane, x: number, y: number): [number, number] {
  const at = plane.at(x, y);
  return eigenvalues(at[HXX]!, at[HXY]!, at[HYY]!);
}

/** Gradient descent with a step too long for the curvature that it meets at the start. */
function blowUp(plane: Plane, landscape: Landscape, lost: readonly Row[]): string {
  const row = lost.find((each) => each.walk.rule.name === "gd") ?? lost[0]!;
  const name = methodNamed(row.walk.rule.name).short;
  const { step, reason } = row.walk.ended!;
  const words = reason === "diverged" ? `${name} diverges at step ${step}` : `Step ${step} of ${name} leaves the domain of the function`;
  if (row.walk.rule.name !== "gd" || reason !== "diverged") return `${words}; the others go on.`;
  const [, top] = curvatures(plane, ...landscape.start);
  const product = row.walk.eta * top;
  const why = product > 2 ? `: at the start η·λ = ${short(row.walk.eta)} · ${short(top)} = ${short(product)}, above 2, so its steps overshoot further and further` : "";
  return `${words}${why}.`;
}

function differentEnds(arrived: readonly Row[]): string {
  const ends: { x: number; y: number; rows: Row[] }[] = [];
  for (const row of arrived) {
    const { walk } = row;
    const [x, y] = [walk.x[row.steps!]!, walk.y[row.steps!]!];
    const known = ends.find((end) => Math.hypot(end.x - x, end.y - y) < 0.02 * (1 + Math.hypot(x, y)));
    if (known === undefined) ends.push({ x, y, rows: [row] });
    else known.rows.push(row);
  }
  if (ends.length < 2) return "";
  const groups = ends.map((end) => `${named(end.rows)} at (${short(end.x)}, ${short(end.y)})`);
  return `One start, ${ends.length} ends: ${groups.join("; ")}.`;
}

function stuck(plane: Plane, rows: readonly Row[]): string {
  const row = rows.find((each) => each.outcome === "saddle" || each.outcome === "maximum");
  if (row === undefined) return "";
  const { walk } = row;
  const [low, high] = curvatures(plane, walk.x[row.steps!]!, walk.y[row.steps!]!);
  const name = methodNamed(walk.rule.name).short;
  return `${name} has come to a ${row.outcome}, where the curvatures are ${short(low)} and ${short(high)}: zero slope is not yet a minimum.`;
}

function valley(plane: Plane, arrived: readonly Row[], rows: readonly Row[], set: StationarySet | null): string {
  const first = arrived[0];
  if (first === undefined) {
    const best = rows.find((row) => row.outcome === "on the way");
    if (best === undefined) return "";
    const none = set !== null && !set.points.some((point) => point.kind === "minimum");
    return `None has arrived after ${best.walk.last} steps; ${methodNamed(best.walk.rule.name).short} is lowest, at ${short(best.value)}.${none ? " There is no place of zero slope that is a minimum in this window." : ""}`;
  }
  const { walk } = first;
  const [low, high] = curvatures(plane, walk.x[first.steps!]!, walk.y[first.steps!]!);
  const name = methodNamed(walk.rule.name).short;
  const gd = rows.find((row) => row.walk.rule.name === "gd" && row !== first && (row.outcome === "minimum" || row.outcome === "on the way"));
  const against = gd === undefined ? "" : gd.steps === null ? `; GD has not arrived after ${gd.walk.last}` : `, GD ${gd.steps}`;
  if (!(low > 0)) return `${name} arrives first, in ${counted(first.steps!, "step")}${against}.`;
  const ratio = high / low;
  const shape = ratio < 1.5 ? "as steep in all directions" : `${plain(ratio, 3)} times steeper across than along`;
  return `The valley is ${shape} at its minimum. ${name} needs ${counted(first.steps!, "step")}${against}.`;
}

/** What a record shows, and how much of it. */
export function recordedWords({ label, numbers, value, share, ended }: RecordedWalk): string {
  const steps = counted(numbers.at(-1)!, "step");
  const percent = share > 0.999 ? "more than 99.9" : plain(100 * share, 3);
  const laid = share === 1 ? "" : ` This plane holds ${percent} % of its movement: the path is drawn laid down on it, its losses are those of the path itself.`;
  return `Recorded: ${steps} of ${label}, walked by Python, from loss ${short(value[0]!)} to ${short(value.at(-1)!)}.${laid}${ended === "" ? "" : ` ${ended}`}`;
}

export function insightOf(plane: Plane, landscape: Landscape, rows: readonly Row[], set: StationarySet | null, { names, recorded }: PlaneCut): { words: string; tag: string } {
  if (rows.length === 0 && recorded !== null) return { words: `${recordedWords(recorded)} Tick a rule in the leaderboard, and it walks from the start${recorded.share === 1 ? "" : ", laid down on this plane, and only within it"}.`, tag: "recorded" };
  if (rows.length === 0) return { words: `No rule is chosen: tick one in the leaderboard, and it walks from (${names[0]}, ${names[1]}) = (${landscape.start.map((each) => short(each)).join(", ")}).`, tag: "" };
  const lost = rows.filter((row) => row.outcome === "diverged" || row.outcome === "left the domain");
  const arrived = rows.filter((row) => row.outcome === "minimum");
  const slope = " The slope leads down from where a rule stands, not to the lowest place.";
  const parts = [lost.length > 0 ? blowUp(plane, landscape, lost) : "", stuck(plane, rows), differentEnds(arrived)].filter((each) => each !== "");
  if (parts.length === 1 && parts[0]!.startsWith("One start")) parts.push(slope.trim());
  else if (parts.length < 2) parts.push(valley(plane, arrived, rows, set));
  return { words: parts.filter((each) => each !== "").slice(0, 2).join(" "), tag: NUMERIC };
}
