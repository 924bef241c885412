// The sentence about the noise, with its numbers: each part is true of what is shown, whatever that is.
import { spreadOf } from "../../math/noise/scale.ts";
import { counted } from "../../math/words.ts";
import { short, stepWords } from "../../ui/format.ts";
import type { NoiseDerived } from "./model.ts";

type Known = Omit<NoiseDerived, "insight">;

const NUMERIC = "found numerically";

function batchWords({ cloud, count, view, spread }: Known): string {
  const { size, replace } = view;
  const length = `the mean gradient is ${short(cloud.length)} long`;
  if (cloud.trace === 0) return `At the start ${length}, and all ${count} examples have the same one: a batch has no noise.`;
  if (spread === 0) return `A batch of all ${count} examples, each drawn once, has the mean gradient itself: there is no noise, and all walks are one.`;
  const four = 4 * size <= count ? `; a batch of ${4 * size} would by ${short(spreadOf(cloud.trace, count, 4 * size, replace))}` : "";
  return `At the start ${length}, and a batch of ${size} misses it by ${short(spread)} (root mean square)${four}.`;
}

function lostWords({ lost, fan, settling, view, at }: Known): string {
  const limit = settling?.limit ?? null;
  const why = limit !== null && view.eta >= limit ? `; η = ${stepWords(view.eta)} is above ${short(limit)}, where by the examples’ curvatures at the minimum the noise itself grows` : "";
  return `${lost} of ${counted(fan.walks.length, "walk")} diverged or left the domain by step ${at}${why}.`;
}

function escapeWords({ escaped, fan, home }: Known): string {
  return `${escaped!} of ${counted(fan.walks.length, "walk")} ended above a deeper valley than that of the start, whose minimum has the loss ${short(home!.value)}.`;
}

function settleWords({ excess, floor, at, view, ends, width, settling }: Known): string {
  const many = ends.length > 1 ? `After ${counted(at, "step")} the ${ends.length} walks lie ${short(width)} about their mean (root mean square)` : `After ${counted(at, "step")}`;
  if (excess === null) return ends.length > 1 ? `${many}.` : "";
  const height = `their mean loss is ${short(Math.abs(excess))} ${excess < 0 ? "below" : "above"} the minimum of the start’s valley`;
  if (floor === null) return `${many}; ${height}.`;
  if (floor === Infinity) return `${many}; ${height}. Near the minimum no walk settles with η = ${stepWords(view.eta)}${settling?.limit == null ? "" : `, which is not below ${short(settling.limit)}`}.`;
  if (floor === 0) return `${many}; ${height}. Near the minimum nothing keeps them above it.`;
  const drawn = view.replace ? "" : ", for batches drawn apart from each other; epochs settle lower for small η";
  return `${many}; ${height}. Theory for near the minimum says that they settle ${view.beta > 0 ? "at least " : ""}${short(floor)} above it${drawn}.`;
}

export function insightOf(known: Known): { words: string; tag: string } {
  const parts = [batchWords(known)];
  if (known.lost > 0) parts.push(lostWords(known));
  else if (known.escaped !== null && known.escaped > 0) parts.push(escapeWords(known));
  else if (known.spread > 0) parts.push(settleWords(known));
  return { words: parts.filter((each) => each !== "").join(" "), tag: NUMERIC };
}
