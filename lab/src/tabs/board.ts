// A tab made of parts: a picture in every frame, and others that may wait where a frame is full.
import { h, show, write } from "../ui/dom.ts";
import type { BoardPart } from "../ui/part.ts";
import type { Painter } from "../draw/painter.ts";
import type { Palette } from "../draw/palette.ts";
import type { Scenario } from "../scenario.ts";
import type { State } from "../store.ts";
import type { Tab } from "./tab.ts";

const FULL = 4; // ms of a frame after which the patient pictures wait for the next
const LONGEST = 3; // frames that they wait at most

/** The part that an export shows. */
export interface MainPart<D> extends BoardPart<D> {
  paintOn(painter: Painter, width: number, height: number, palette: Palette): void;
  size(): [number, number];
}

export interface BoardModel<D> {
  readonly derived: D | null;
  update(scenario: Scenario, settled: boolean, until: number): D | null;
  readonly pending: boolean;
  work(until: number): boolean;
}

export interface Board<D> {
  kind: string;
  title: () => string;
  /** Where there is nothing to show. */
  none: string;
  model: BoardModel<D>;
  main: MainPart<D>;
  left: readonly BoardPart<D>[];
  right: readonly BoardPart<D>[];
  /** The part under which the page's status line stands. */
  foot: BoardPart<D>;
  busy: () => boolean;
  spoken: (derived: D) => string;
  leave: () => void;
}

export function boardTab<D>(board: Board<D>): Tab {
  const { model, main, left, right } = board;
  const parts = [...left, ...right];
  const why = h("p", { class: "card quiet", hidden: true });
  const side = (name: string, inside: readonly BoardPart<D>[]): HTMLElement => h("div", { class: name }, ...inside.map((part) => part.element));
  const element = h("div", { class: `main ${board.kind}` }, why, side("left", left), side("right", right));
  let begun = false;
  let waited = 0;

  function draw(state: State, settled: boolean, derived: D, began: number): void {
    let late = false;
    for (const part of parts) {
      const wait = part.patient === true && !settled && waited < LONGEST && performance.now() - began > FULL;
      if (!wait) part.draw?.(state, derived);
      late ||= wait;
    }
    waited = late ? waited + 1 : 0;
  }

  return {
    element,
    picture: {
      get title() {
        return board.title();
      },
      size: () => main.size(),
      paintOn: (painter, width, height, colours) => main.paintOn(painter, width, height, colours),
    },
    frame(state, settled, until) {
      const began = performance.now();
      const derived = model.update(state.scenario, settled, until);
      begun = true;
      show(why, derived === null);
      if (derived === null) {
        write(why, board.none);
        return;
      }
      draw(state, settled, derived, began);
      for (const part of parts) part.update?.(state, derived);
    },
    get begun() {
      return begun;
    },
    get busy() {
      return model.pending || board.busy();
    },
    get pending() {
      return model.pending;
    },
    work: (until) => model.work(until),
    derived: null,
    words: () => "",
    spoken: () => (model.derived === null ? "" : board.spoken(model.derived)),
    takeNotice: (notice) => board.foot.element.append(notice),
    leave: board.leave,
    close() {
      board.leave();
      for (const part of parts) part.close?.();
    },
  };
}
