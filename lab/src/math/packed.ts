/** Tapes that travel with the page, ["inputs|operations|outputs", constants …], as the JSON that others are. */

/** A document with its tapes as they are elsewhere. */
export function unpacked<T>(document: T): T {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return document;
  const parts = Object.entries(document as Record<string, unknown>);
  return Object.fromEntries(parts.map(([key, part]) => [key, key === "tape" && Array.isArray(part) ? tapeOf(part as [string, ...number[]]) : unpacked(part)])) as T;
}

function tapeOf([line, ...constants]: [string, ...number[]]): object {
  const [inputs, ops, outputs] = line.split("|") as [string, string, string];
  const operation = ([name, ...rest]: string[]): unknown[] => [name, ...rest.map(Number)];
  return { v: 1, inputs: Number(inputs), constants, columns: [], lanes: 1, ops: ops.split(",").map((op) => operation(op.split(" "))), outputs: outputs.split(" ").map(Number) };
}
