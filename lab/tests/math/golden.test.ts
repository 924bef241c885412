import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { tapeCurve } from "../../src/math/curve.ts";
import { tapeStep, walk } from "../../src/math/descent.ts";
import { Machine } from "../../src/math/machine.ts";
import { checkTape, toNumber, type JsonNumber } from "../../src/math/tape.ts";

interface Item {
  readonly name: string;
  readonly tape: unknown;
  readonly cases?: readonly { readonly inputs: JsonNumber[]; readonly outputs: JsonNumber[] }[];
  readonly scale?: readonly JsonNumber[];
  readonly state?: JsonNumber[];
  readonly start?: number;
  readonly eta?: number;
  readonly w?: JsonNumber[];
  readonly curve?: unknown;
  readonly steps?: number;
  readonly reason?: string | null;
}

const folder = new URL("../golden/", import.meta.url);
// Draws and walks on minibatches have a test of their own, noise.test.ts.
const files = readdirSync(folder).filter((file) => file.endsWith(".json") && file !== "noise.json");

/** Whether two numbers agree to `tolerance` of the larger of the value and the scale of its terms. */
function agree(found: number, wanted: number, tolerance: number, scale = 0): boolean {
  if (Object.is(found, wanted) || found === wanted) return true;
  return Math.abs(found - wanted) <= tolerance * Math.max(Math.abs(wanted), scale) + 1e-300;
}

describe("the engine's numbers", () => {
  it("are there", () => {
    expect(files.length).toBeGreaterThanOrEqual(5);
  });

  for (const file of files) {
    const { items } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { items: Item[] };
    describe(file, () => {
      it.each(items.map((item) => [item.name, item] as const))("%s", (_, item) => {
        const tape = checkTape(item.tape);
        if (item.curve !== undefined) {
          const curve = tapeCurve(checkTape(item.curve));
          const { w, ended } = walk(tapeStep(tape), curve, item.start!, item.eta!, item.steps!);
          // A ball that no longer moves is told so on the page; `descend` lets it stand.
          const stands = ended?.reason === "converged";
          expect(stands ? null : (ended?.reason ?? null)).toBe(item.reason);
          if (!stands) expect(w.length).toBe(item.w!.length);
          if (item.reason !== null) expect(ended!.step).toBe(item.w!.length);
          w.forEach((found, k) => expect(agree(found, toNumber(item.w![k]!), 1e-9), `w${k}: ${found}`).toBe(true));
          return;
        }
        if (item.w !== undefined) {
          const step = tapeStep(tape, item.state?.map(toNumber));
          const state = Float64Array.from(step.start);
          let w = item.start!;
          for (const wanted of item.w.map(toNumber)) {
            expect(agree(w, wanted, 1e-9), `${w} against ${wanted}`).toBe(true);
            w = step.take(w, item.eta!, state);
          }
          return;
        }
        const machine = new Machine(tape);
        expect(item.cases!.length).toBeGreaterThan(0);
        for (const { inputs, outputs } of item.cases!) {
          const found = machine.run(inputs.map(toNumber));
          expect(found.length).toBe(outputs.length);
          outputs.map(toNumber).forEach((wanted, i) => {
            const good = agree(found[i]!, wanted, 1e-12, toNumber(item.scale?.[i] ?? 0));
            expect(good, `at ${inputs.join()}: ${found[i]!} against ${wanted}`).toBe(true);
          });
        }
      });
    });
  }
});
