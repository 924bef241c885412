/** A tape: a short list of scalar float64 operations, and what is refused when one is read. */

import { arityOf, IPOW, isOp, REDUCTIONS } from "./ops.ts";

/** A number as JSON can carry it. */
export type JsonNumber = number | "nan" | "inf" | "-inf";

/**
 * Straight-line program. Registers are numbered: inputs, constants, columns, then one per operation.
 * A column is an array of `lanes` numbers; an operation with a column argument makes a column.
 */
export interface Tape {
  readonly v: 1;
  readonly inputs: number;
  readonly constants: readonly JsonNumber[];
  readonly columns: readonly (readonly JsonNumber[])[];
  readonly lanes: number;
  readonly ops: readonly (readonly [string, ...number[]])[];
  readonly outputs: readonly number[];
}

const MAX_OPS = 20_000;
// 64 MiB of float64: more than a page should hold for one curve.
const MAX_CELLS = 8_388_608;
const FIELDS = ["v", "inputs", "constants", "columns", "lanes", "ops", "outputs"];

/** The float64 that a JSON number stands for. */
export function toNumber(json: JsonNumber): number {
  if (typeof json === "number") return json;
  return json === "nan" ? NaN : json === "inf" ? Infinity : -Infinity;
}

function fail(sentence: string): never {
  throw new Error(`This is no tape that the page can run: ${sentence}`);
}

function show(thing: unknown): string {
  const text = JSON.stringify(thing) as string | undefined;
  return text === undefined ? typeof thing : text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function count(thing: unknown, name: string, least: number): number {
  if (typeof thing !== "number" || !Number.isInteger(thing) || thing < least)
    fail(`"${name}" must be a whole number of at least ${least}, but it is ${show(thing)}.`);
  return thing;
}

function list(thing: unknown, name: string): unknown[] {
  if (!Array.isArray(thing)) fail(`"${name}" must be a list, but it is ${show(thing)}.`);
  return thing as unknown[];
}

function numbers(thing: unknown, name: string): JsonNumber[] {
  return list(thing, name).map((entry, i) => {
    if (typeof entry === "number" && Number.isFinite(entry)) return entry;
    if (entry === "nan" || entry === "inf" || entry === "-inf") return entry;
    return fail(`entry ${i} of "${name}" must be a number, "nan", "inf" or "-inf", but it is ${show(entry)}.`);
  });
}

/** For each register so far: is it a column? */
type Shapes = boolean[];

function register(thing: unknown, shapes: Shapes, place: string): number {
  if (typeof thing !== "number" || !Number.isInteger(thing) || thing < 0)
    fail(`${place} names register ${show(thing)}, and registers are whole numbers from 0.`);
  if (thing >= shapes.length)
    fail(`${place} reads register ${thing}, which has no value yet (${shapes.length} are filled).`);
  return thing;
}

function operation(thing: unknown, shapes: Shapes, i: number): [string, ...number[]] {
  const [name, ...rest] = list(thing, `ops[${i}]`);
  if (typeof name !== "string" || !isOp(name))
    fail(`operation ${i} is called ${show(name)}, which is no operation that this page knows.`);
  const place = `operation ${i} (${name})`;
  const wanted = name === IPOW ? 2 : arityOf(name);
  if (rest.length !== wanted)
    fail(`${place} takes ${wanted} argument${wanted === 1 ? "" : "s"}, but ${rest.length} are given.`);
  if (name === IPOW) {
    const exponent = rest[1];
    if (typeof exponent !== "number" || !Number.isSafeInteger(exponent))
      fail(`${place} needs a whole number as its exponent, but it is ${show(exponent)}.`);
    const base = register(rest[0], shapes, place);
    shapes.push(shapes[base]!);
    return [name, base, exponent];
  }
  const from = rest.map((entry) => register(entry, shapes, place));
  const column = from.some((entry) => shapes[entry]!);
  shapes.push(Object.hasOwn(REDUCTIONS, name) ? false : column);
  return [name, ...from];
}

/**
 * The tape in a JSON value, checked so that running it reads no register that is not filled.
 *
 * Throws an Error whose message says in a sentence what was expected and what was found.
 */
export function checkTape(json: unknown): Tape {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    fail(`it must be an object, but it is ${show(json)}.`);
  const fields = json as Record<string, unknown>;
  for (const name of Object.keys(fields))
    if (!FIELDS.includes(name)) fail(`it has a field "${name}" that tapes do not have.`);
  for (const name of FIELDS) if (!(name in fields)) fail(`the field "${name}" is missing.`);
  if (fields.v !== 1)
    fail(`its version is ${show(fields.v)}, and this page reads version 1; open it with the Surefoot that wrote it.`);
  const inputs = count(fields.inputs, "inputs", 0);
  const lanes = count(fields.lanes, "lanes", 1);
  const constants = numbers(fields.constants, "constants");
  const columns = list(fields.columns, "columns").map((column, i) => {
    const lane = numbers(column, `columns[${i}]`);
    if (lane.length !== lanes)
      fail(`column ${i} has ${lane.length} entries, but "lanes" says ${lanes}.`);
    return lane;
  });
  const source = list(fields.ops, "ops");
  if (source.length > MAX_OPS)
    fail(`it has ${source.length} operations, and the page runs at most ${MAX_OPS}.`);
  if (inputs > MAX_CELLS) fail(`it has ${inputs} inputs, which is more than the page can hold.`);
  const shapes: Shapes = [
    ...Array.from({ length: inputs + constants.length }, () => false),
    ...columns.map(() => true),
  ];
  const ops = source.map((entry, i) => operation(entry, shapes, i));
  const cells = shapes.reduce((sum, column) => sum + (column ? lanes : 1), 0);
  if (cells > MAX_CELLS)
    fail(`it needs ${cells} numbers at once, and the page holds at most ${MAX_CELLS}.`);
  const outputs = list(fields.outputs, "outputs").map((entry, i) => {
    const place = `output ${i}`;
    const from = register(entry, shapes, place);
    if (shapes[from]!) fail(`${place} is a column (register ${from}); outputs are single numbers.`);
    return from;
  });
  return { v: 1, inputs, constants, columns, lanes, ops, outputs };
}

/** How a tape's registers lie in one array: where each starts, and whether it is a column. */
export interface Layout {
  readonly offset: Int32Array;
  readonly isColumn: readonly boolean[];
  readonly size: number;
}

/** The layout of a checked tape. A reduction of a single number is that number: one lane. */
export function layoutOf(tape: Tape): Layout {
  const isColumn: boolean[] = [
    ...Array.from({ length: tape.inputs + tape.constants.length }, () => false),
    ...tape.columns.map(() => true),
  ];
  for (const [name, ...rest] of tape.ops) {
    const from = name === IPOW ? rest.slice(0, 1) : rest;
    isColumn.push(!Object.hasOwn(REDUCTIONS, name) && from.some((entry) => isColumn[entry]!));
  }
  const offset = new Int32Array(isColumn.length);
  let size = 0;
  isColumn.forEach((column, i) => {
    offset[i] = size;
    size += column ? tape.lanes : 1;
  });
  return { offset, isColumn, size };
}

/** Put a tape's constants and columns in their places. */
export function fillConstants(tape: Tape, layout: Layout, arena: Float64Array): void {
  tape.constants.forEach((entry, i) => {
    arena[layout.offset[tape.inputs + i]!] = toNumber(entry);
  });
  const first = tape.inputs + tape.constants.length;
  tape.columns.forEach((column, i) => {
    column.forEach((entry, lane) => {
      arena[layout.offset[first + i]! + lane] = toNumber(entry);
    });
  });
}
