// What the challenge and the blindfold say, before a run and after it.
import type { State } from "../store.ts";
import { counted } from "../math/words.ts";
import { short } from "../ui/format.ts";
import type { Derived } from "./derived.ts";

function judged(state: State, derived: Derived): string {
  const round = state.rounds.at(-1);
  if (round === undefined) return "";
  const { variable } = derived.names;
  const hits = state.rounds.filter((each) => each.hit).length;
  const score = `Score: ${hits} of ${counted(state.rounds.length, "round")}.`;
  const flag = `Your flag stands at ${variable} = ${short(round.flag)}`;
  if (round.end === null) return `${flag}; the run ${derived.path.ended?.reason ?? "did not end"}. ${score}`;
  const off = Math.abs(round.end - round.flag);
  return `${flag}, the ball ended at ${short(round.end)}: ${round.hit ? "right" : `${short(off)} away`}. ${score}`;
}

export function challengeWords(state: State, derived: Derived): string {
  const { mode } = state.scenario.view;
  if (mode === "challenge") {
    if (state.revealed) return judged(state, derived);
    if (state.flag === null) return "Challenge: click where you think the ball will end, then run.";
    return "The flag is placed. Run, and see.";
  }
  if (mode === "blindfold" && !state.revealed) {
    return "Blindfold: only the slope under the ball is shown. Find the bottom; the curve is revealed when the run ends.";
  }
  return "";
}
