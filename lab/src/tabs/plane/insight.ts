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

/** Gradient descent with a step too long for the curvature that it meets at the start. */
function overshoot(plane: Plane, landscape: Landscape, { walk }: Row): string {
  if (walk.rule.name !== "gd" || walk.ended!.reason !== "diverged") return "";
  const at = plane.at(...landscape.start);
  const [, top] = eigenvalues(at[HXX]!, at[HXY]!, at[HYY]!);
  const product = walk.eta * top;
  return product > 2 ? `: at the start η·λ = ${short(walk.eta)} · ${short(top)} = ${short(product)}, above 2, so its steps overshoot further and further` : "";
}

/** Who ran away, each reason with its names. */
function blowUp(plane: Plane, landscape: Landscape, lost: readonly Row[], all: boolean): string {
  const row = lost.find((each) => each.walk.rule.name === "gd") ?? lost[0]!;
  const told = (["diverged", "left the domain"] as const).flatMap((reason) => {
    const rows = lost.filter((each) => each.outcome === reason);
    if (rows.length === 0) return [];
    const one = rows.length === 1;
    const verb = reason === "diverged" ? (one ? "diverges" : "diverge") : `${one ? "leaves" : "leave"} the domain of the function`;
    const when = one ? ` at step ${rows[0]!.walk.ended!.step}` : rows.includes(row) ? `, ${named([row])} at step ${row.walk.ended!.step}` : "";
    return [`${named(rows)} ${verb}${when}`];
  });
  const why = overshoot(plane, landscape, row);
  return `${told.join("; ")}${why}${why === "" && !all ? "; the others go on" : ""}.`;
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

function stuck(rows: readonly Row[]): string {
  const row = rows.find((each) => each.outcome === "saddle" || each.outcome === "maximum");
  if (row?.place == null) return "";
  const [low, high] = row.place.eigenvalues;
  return `${named([row])} has come to a ${row.outcome}, where the curvatures are ${short(low)} and ${short(high)}: zero slope is not yet a minimum.`;
}

/** Where none has come to a minimum: who has hardly any slope left, and who is lowest. */
function without(rows: readonly Row[], lost: boolean, set: StationarySet | null): string {
  const going = rows.filter((row) => row.outcome !== "diverged" && row.outcome !== "left the domain");
  if (going.length === 0) return "";
  const height = ({ walk }: Row): number => walk.value[walk.last]!;
  const best = going.reduce((low, row) => (height(row) < height(low) ? row : low));
  const steps = counted(Math.max(...going.map(({ walk }) => walk.last)), "step");
  const flat = going.filter((row) => row.outcome === "flat");
  const level = flat.some((row) => row.place !== null);
  const have = flat.length === 1 ? "has" : "have";
  const arrived = flat.length === 0
    ? going.some((row) => row.steps !== null) ? "" : `None${lost ? " of the others" : ""} has arrived after ${steps}`
    : `${named(flat)} ${have} next to no slope left${level ? ", at a place whose curvatures do not tell whether it is a minimum" : ""}`;
  const lows = going.filter((row) => height(row) === height(best));
  const lowest = height(best) < best.walk.value[0]! ? `${named(lows)} ${lows.length === 1 ? "is" : "are"} lowest${lost ? " of these" : ""}, at ${short(height(best))}` : "none is below the start";
  const words = arrived === "" ? `After ${steps} ${lowest}` : `${arrived}; ${flat.length === 0 ? "" : `after ${steps} `}${lowest}`;
  const none = set !== null && !set.more && set.points.every((point) => point.kind === "saddle" || point.kind === "maximum");
  return `${words}.${none ? " No place of zero slope that is a minimum was found in this window." : ""}`;
}

function valley(arrived: readonly Row[], rows: readonly Row[], lost: boolean, set: StationarySet | null): string {
  const first = arrived[0];
  if (first === undefined) return without(rows, lost, set);
  const name = named([first]);
  const gd = rows.find((row) => row.walk.rule.name === "gd" && row !== first && (row.outcome === "minimum" || row.outcome === "on the way"));
  const against = gd === undefined ? "" : gd.steps === null ? `; GD has not arrived after ${gd.walk.last}` : `, GD ${gd.steps}`;
  if (first.place?.firm !== true) return `${name} arrives first, in ${counted(first.steps!, "step")}${against}.`;
  const [low, high] = first.place.eigenvalues;
  const ratio = plain(high / low, 3);
  const shape = ratio === "1" ? "about as steep in all directions" : `${ratio} times steeper across than along`;
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
  const parts = [lost.length > 0 ? blowUp(plane, landscape, lost, lost.length === rows.length) : "", stuck(rows), differentEnds(arrived)].filter((each) => each !== "");
  if (parts.length === 1 && parts[0]!.startsWith("One start")) parts.push(slope.trim());
  else if (parts.length < 2) parts.push(valley(arrived, rows, lost.length > 0, set));
  return { words: parts.filter((each) => each !== "").slice(0, 2).join(" "), tag: NUMERIC };
}
