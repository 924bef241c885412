// The map of a window, made in pieces; the last one stays while a new one is made.
import { makingField, type Box, type Field } from "../../math/plane/field.ts";
import type { Plane } from "../../math/plane/plane.ts";
import { Spread } from "../spread.ts";

export class Fields {
  readonly spread = new Spread<Field>();
  #last: { plane: Plane; field: Field } | null = null;

  get(plane: Plane, box: Box, until: number): Field | null {
    const field = this.spread.get([plane, ...box.flat()], () => makingField(plane, box)) ?? this.spread.work(until);
    if (field !== null) this.#last = { plane, field };
    return this.shown(plane);
  }

  /** The map that is shown now. */
  shown(plane: Plane | undefined): Field | null {
    return this.#last?.plane === plane ? (this.#last?.field ?? null) : null;
  }
}
