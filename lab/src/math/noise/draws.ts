/** Which examples make up the batch of a step, as `surefoot.descent.draws` draws them. */

import { foldInto, seedKey, type Key } from "./threefry.ts";

export interface Drawing {
  readonly count: number; // examples, at most 256
  readonly size: number;
  readonly replace: boolean;
}

/** The places of the first `steps` batches of a seed, one batch after the other. */
export function placesOf(seed: number, steps: number, { count, size, replace }: Drawing): Uint8Array {
  const out = new Uint8Array(steps * size);
  const key = seedKey(seed);
  if (replace) {
    for (let k = 0; k < steps; k++) fillDrawn(out, k * size, key, k, count, size);
    return out;
  }
  // An epoch has ⌊count/size⌋ batches; the examples at the end of its order sit it out.
  const batches = Math.floor(count / size);
  for (let k = 0; k < steps; k += batches) {
    const part = orderOf(key, k / batches, count).subarray(0, Math.min(batches, steps - k) * size);
    out.set(part, k * size);
  }
  return out;
}

const HERE = new Uint32Array(2);
const BITS = new Uint32Array(2);

function fillDrawn(out: Uint8Array, at: number, key: Key, step: number, count: number, size: number): void {
  foldInto(HERE, key, step);
  const carry = 2 ** 32 % count;
  for (let j = 0; j < size; j++) {
    foldInto(BITS, HERE, j);
    out[at + j] = ((BITS[0]! % count) * carry + (BITS[1]! % count)) % count;
  }
}

/** The examples in the order of an epoch: sorted by their 64 bits. */
function orderOf(key: Key, epoch: number, count: number): Uint8Array {
  foldInto(HERE, key, epoch);
  const [high, low] = [new Uint32Array(count), new Uint32Array(count)];
  for (let j = 0; j < count; j++) {
    foldInto(BITS, HERE, j);
    high[j] = BITS[0]!;
    low[j] = BITS[1]!;
  }
  return Uint8Array.from({ length: count }, (_, j) => j).sort((a, b) => high[a]! - high[b]! || low[a]! - low[b]! || a - b);
}
