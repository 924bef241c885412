/** Long computations in pieces, so that no frame has to wait for them. */

/** A computation that pauses after each piece of its work. */
export type Making<T> = Generator<undefined, T, undefined>;

/** All of it at once. */
export function finish<T>(making: Making<T>): T {
  for (;;) {
    const next = making.next();
    if (next.done === true) return next.value;
  }
}
