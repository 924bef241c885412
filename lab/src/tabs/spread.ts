// A value whose making is spread over frames: asked for again and again, worked on while there is time.
import type { Making } from "../math/spread.ts";

export class Spread<T> {
  #keys: readonly unknown[] = [];
  #making: Making<T> | null = null;
  #value: T | null = null;

  /** The value of these ingredients, or null while it is not made; others drop what was begun. */
  get(keys: readonly unknown[], make: () => Making<T>): T | null {
    if (keys.length !== this.#keys.length || keys.some((key, i) => !Object.is(key, this.#keys[i]))) {
      this.#keys = keys;
      this.#value = null;
      this.#making = make();
    }
    return this.#value;
  }

  /** What has been made of these ingredients, without asking for it. */
  peek(keys: readonly unknown[]): T | null {
    return keys.length === this.#keys.length && keys.every((key, i) => Object.is(key, this.#keys[i])) ? this.#value : null;
  }

  /** Nobody wants it any more. */
  drop(): void {
    if (this.#making === null) return;
    this.#making = null;
    this.#keys = [];
  }

  get pending(): boolean {
    return this.#making !== null;
  }

  /** Work until then by `performance.now()`, but on one piece at least. */
  work(until: number): T | null {
    while (this.#making !== null) {
      const next = this.#making.next();
      if (next.done === true) {
        this.#value = next.value;
        this.#making = null;
      } else if (performance.now() >= until) break;
    }
    return this.#value;
  }
}
