/** Makes a value again only when one of its ingredients is another one than last time. */
export class Memo<T> {
  #keys: readonly unknown[] | null = null;
  #value: T | undefined;

  get(keys: readonly unknown[], make: () => T): T {
    if (this.#keys === null || keys.some((key, i) => !Object.is(key, this.#keys?.[i]))) {
      this.#value = make();
      this.#keys = keys;
    }
    return this.#value as T;
  }
}
