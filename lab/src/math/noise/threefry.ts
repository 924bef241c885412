/**
 * The engine's random bits: JAX's Threefry-2x32 and its `fold_in`, in 32-bit arithmetic.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */

const PARITY = 0x1bd11bda;
const TURNS = [[13, 15, 26, 6], [17, 29, 16, 24]] as const;

/** Two halves of 64 bits, the high one first. */
export type Key = Uint32Array;

/** The key of a seed below 2³². */
export function seedKey(seed: number): Key {
  return Uint32Array.of(0, seed);
}

/** The bits of a whole number below 2³² under a key, written into `out`, which may be the key. */
export function foldInto(out: Key, key: Key, number: number): void {
  const [k0, k1] = [key[0]!, key[1]!];
  const schedule = [k0, k1, k0 ^ k1 ^ PARITY];
  let x0 = k0 | 0;
  let x1 = (number + k1) | 0;
  for (let i = 0; i < 5; i++) {
    for (const turn of TURNS[i % 2]!) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << turn) | (x1 >>> (32 - turn))) ^ x0;
    }
    x0 = (x0 + schedule[(i + 1) % 3]!) | 0;
    x1 = (x1 + schedule[(i + 2) % 3]! + i + 1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
}
