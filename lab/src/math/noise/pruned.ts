/** A tape without the operations that its outputs do not need. */

import { IPOW } from "../ops.ts";
import type { Tape } from "../tape.ts";

/** @param outputs registers of `tape`. */
export function pruned(tape: Tape, outputs: readonly number[]): Tape {
  const first = tape.inputs + tape.constants.length + tape.columns.length;
  const needed = new Set(outputs);
  for (let i = tape.ops.length - 1; i >= 0; i--) {
    const [name, ...from] = tape.ops[i]!;
    if (needed.has(first + i)) (name === IPOW ? from.slice(0, 1) : from).forEach((register) => needed.add(register));
  }
  const place = new Map<number, number>();
  for (let register = 0; register < first; register++) place.set(register, register);
  const ops: [string, ...number[]][] = [];
  tape.ops.forEach(([name, ...from], i) => {
    if (!needed.has(first + i)) return;
    place.set(first + i, first + ops.length);
    ops.push(name === IPOW ? [name, place.get(from[0]!)!, from[1]!] : [name, ...from.map((register) => place.get(register)!)]);
  });
  return { ...tape, ops, outputs: outputs.map((register) => place.get(register)!) };
}
