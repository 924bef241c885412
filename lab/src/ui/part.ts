import type { State } from "../store.ts";

/** A part of a tab whose pictures follow from D; all paint before any writes, as on the curve. */
export interface BoardPart<D> {
  element: HTMLElement;
  /** Its picture may wait a frame or two while the hand moves and the frame is full. */
  patient?: boolean;
  draw?(state: State, derived: D): void;
  update?(state: State, derived: D): void;
  close?(): void;
}
