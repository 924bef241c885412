// Hands on the curve: click places the ball, a drag on the ball moves it, a drag on the background
// moves the window, wheel and two fingers zoom.
import type { Frame } from "../draw/frame.ts";
import { holding } from "./holding.ts";

export interface Grip {
  frame(): Frame | null;
  ball(): [number, number] | null;
  place(w: number, gesture: string | null): void;
  pan(dw: number): void;
  zoom(factor: number, about: number): void;
  end(): void;
  wheel(event: WheelEvent): boolean;
}

export function takeHold(plot: HTMLElement, grip: Grip): void {
  holding<Frame>(plot, {
    frame: () => grip.frame(),
    thing: () => grip.ball(),
    apart: (a, b) => Math.abs(a.x - b.x),
    drag({ plot: { x, width }, x: axis }, to, gesture) {
      grip.place(axis.invert(Math.min(x + width, Math.max(x, to.x))), gesture);
    },
    click({ plot: { x, width }, x: axis }, at) {
      if (at.x >= x && at.x <= x + width) grip.place(axis.invert(at.x), null);
    },
    pan: ({ x }, from, to) => grip.pan(x.invert(from.x) - x.invert(to.x)),
    zoom: ({ x }, factor, about) => grip.zoom(factor, x.invert(about.x)),
    end: () => grip.end(),
    wheel: (event) => grip.wheel(event),
  });
}
