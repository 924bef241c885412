// Hands on the map: click or drag places the start, a drag beside it moves the window, wheel and two
// fingers zoom.
import type { MapFrame } from "../../draw/plane/mapframe.ts";
import type { Pair } from "../../scenario.ts";
import { holding, type Spot } from "../holding.ts";

export interface MapGrip {
  frame(): MapFrame | null;
  start(): [number, number] | null; // pixels
  place(x: number, y: number, gesture: string | null): void;
  /** A click; true when it was on something that it is for. */
  click(px: number, py: number): boolean;
  pan(dx: number, dy: number): void;
  zoom(factor: number, about: Pair): void;
  end(): void;
  wheel(event: WheelEvent): boolean;
}

function place(frame: MapFrame, at: Spot): Pair {
  return [frame.x.invert(at.x), frame.y.invert(at.y)];
}

/** The nearest spot of the picture. */
function clamped({ plot: { x, y, width, height } }: MapFrame, at: Spot): Spot {
  return { x: Math.min(x + width, Math.max(x, at.x)), y: Math.min(y + height, Math.max(y, at.y)) };
}

export function holdMap(plot: HTMLElement, grip: MapGrip): void {
  holding<MapFrame>(plot, {
    frame: () => grip.frame(),
    thing: () => grip.start(),
    apart: (a, b) => Math.hypot(a.x - b.x, a.y - b.y),
    drag: (frame, to, gesture) => grip.place(...place(frame, clamped(frame, to)), gesture),
    click(frame, at) {
      const { x, y } = clamped(frame, at);
      if (x === at.x && y === at.y && !grip.click(x, y)) grip.place(...place(frame, at), null);
    },
    pan(frame, from, to) {
      const [[x0, y0], [x1, y1]] = [place(frame, from), place(frame, to)];
      grip.pan(x0 - x1, y0 - y1);
    },
    zoom: (frame, factor, about) => grip.zoom(factor, place(frame, about)),
    end: () => grip.end(),
    wheel: (event) => grip.wheel(event),
  });
}
