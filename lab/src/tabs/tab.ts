// What a tab is to the page. A tab is a file; `registry.ts` lists them.
import type { Painter } from "../draw/painter.ts";
import type { Palette } from "../draw/palette.ts";
import type { LabFunction, TabKey } from "../scenario.ts";
import type { State } from "../store.ts";
import type { Context } from "../ui/context.ts";
import type { Derived } from "./derived.ts";
import type { Model } from "./model.ts";

/** What the page hands to every tab. */
export interface Shared {
  context: Context;
  /** The curve's model, which the actions on it know too. */
  model: Model;
  palette: () => Palette;
  redraw: () => void;
}

/** The picture that an export holds. */
export interface Picture {
  title: string;
  size(): [number, number];
  paintOn(painter: Painter, width: number, height: number, palette: Palette): void;
}

export interface Tab {
  readonly element: HTMLElement;
  readonly picture: Picture;
  /**
   * Paint, then write.
   *
   * @param settled the hand rests, and there is time for what takes long.
   * @param until when this frame has had enough of that, by `performance.now()`.
   */
  frame(state: State, settled: boolean, until: number): void;
  /** The first frame was drawn. */
  readonly begun: boolean;
  /** Something is being worked out that the picture lacks. */
  readonly busy: boolean;
  readonly pending: boolean;
  /** Go on with it; true when there is something new to show. */
  work(until: number): boolean;
  /** What follows from the curve, for the bar above; null where the tab is not about it. */
  readonly derived: Derived | null;
  /** One line for the status, where the page has none of its own. */
  words(state: State): string;
  /** What a screen reader hears at rest. */
  spoken(state: State): string;
  /** Where the page's status line goes. */
  takeNotice(notice: HTMLElement): void;
  /** Another tab was chosen, or the page closes. */
  leave(): void;
  close(): void;
}

export interface TabKind {
  readonly key: TabKey;
  readonly title: string;
  /** Whether there is something to show of this function. */
  available(f: LabFunction): boolean;
  make(shared: Shared): Tab;
}
