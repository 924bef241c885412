// Checks for JSON that came from elsewhere: each returns the value in its type or throws a sentence.

export class CheckError extends Error {}

export interface Check<T> {
  (value: unknown, at: string): T;
  /** What stands where the field is missing: for fields that older documents do not have. */
  readonly missing?: { readonly value: T };
}

/** A field that may be left out, with the value that it then has. */
export function withDefault<T>(check: Check<T>, value: T): Check<T> {
  return Object.assign((given: unknown, at: string) => check(given, at), { missing: { value } });
}

export function fail(at: string, wanted: string): never {
  throw new CheckError(`${at} should be ${wanted}`);
}

export const text: Check<string> = (value, at) =>
  typeof value === "string" ? value : fail(at, "text");

export const truth: Check<boolean> = (value, at) =>
  typeof value === "boolean" ? value : fail(at, "true or false");

/** A number; the three that JSON cannot hold come as words. */
export const number: Check<number> = (value, at) => {
  if (typeof value === "number") return value;
  if (value === "nan") return NaN;
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  return fail(at, "a number");
};

export const finite: Check<number> = (value, at) =>
  typeof value === "number" && Number.isFinite(value) ? value : fail(at, "a finite number");

export function whole(lo: number, hi: number): Check<number> {
  return (value, at) =>
    typeof value === "number" && Number.isInteger(value) && value >= lo && value <= hi
      ? value
      : fail(at, `a whole number from ${lo} to ${hi}`);
}

export function oneOf<const T extends string | number>(...allowed: T[]): Check<T> {
  return (value, at) => {
    const found = allowed.find((each) => each === value);
    return found === undefined ? fail(at, `one of ${allowed.join(", ")}`) : found;
  };
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, at) => (value === null ? null : check(value, at));
}

export function list<T>(check: Check<T>): Check<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) return fail(at, "a list");
    return value.map((each: unknown, i) => check(each, `${at}[${i}]`));
  };
}

export function members(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return fail(at, "an object");
  }
  return value as Record<string, unknown>;
}

export function recordOf<T>(check: Check<T>): Check<Record<string, T>> {
  return (value, at) => {
    const pairs = Object.entries(members(value, at));
    return Object.fromEntries(pairs.map(([key, each]) => [key, check(each, `${at}.${key}`)]));
  };
}

export function object<T extends object>(fields: { [K in keyof T]-?: Check<T[K]> }): Check<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, at) => {
    const given = members(value, at);
    for (const key of Object.keys(given)) {
      if (!Object.hasOwn(fields, key)) throw new CheckError(`${at} has no field "${key}"`);
    }
    const built: Partial<T> = {};
    for (const name of names) {
      const { missing } = fields[name];
      if (missing !== undefined && !Object.hasOwn(given, name)) {
        built[name] = missing.value;
        continue;
      }
      if (!Object.hasOwn(given, name)) throw new CheckError(`${at} lacks the field "${name}"`);
      built[name] = fields[name](given[name], `${at}.${name}`);
    }
    return built as T;
  };
}
