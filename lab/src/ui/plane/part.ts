import type { PlaneDerived } from "../../tabs/plane/model.ts";
import type { State } from "../../store.ts";

/** A part of the landscape; all paint before any writes, as on the curve. */
export interface PlanePart {
  element: HTMLElement;
  /** Its picture may wait a frame or two while the hand moves and the frame is full. */
  patient?: boolean;
  draw?(state: State, derived: PlaneDerived): void;
  update?(state: State, derived: PlaneDerived): void;
  close?(): void;
}
