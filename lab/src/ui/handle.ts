// The start of the walks: the part of a picture that takes the focus, its keys, and the window's buttons.
import type { Frame } from "../draw/frame.ts";
import type { Pair } from "../scenario.ts";
import type { Player } from "../tabs/player.ts";
import { middleOf } from "../tabs/windows.ts";
import { h } from "./dom.ts";

export interface Handled {
  /** Null where there is nothing to take hold of. */
  window(): readonly Pair[] | null;
  start(): readonly number[];
  place(point: number[], gesture: string | null): void;
  zoom(factor: number, about: number[], gesture?: string | null): void;
  fit(): void;
  end(): void;
  player: Player;
}

const KEYS: Record<string, [number, number]> = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export function startHandle(id: string, label: string, grip: Handled): HTMLElement {
  const handle = h("div", { class: "ball", role: "slider", tabindex: 0, "aria-label": label, id });
  handle.addEventListener("keydown", (event) => {
    const box = grip.window();
    if (box === null) return;
    const { player } = grip;
    const share = event.shiftKey ? 0.1 : event.ctrlKey || event.altKey ? 0.001 : 0.01;
    const way = KEYS[event.key];
    if (way !== undefined) {
      // On a curve up and down are right and left.
      const along = box.length === 1 ? [way[0] + way[1]] : way;
      grip.place(box.map(([lo, hi], i) => grip.start()[i]! + along[i]! * share * (hi - lo)), "keys");
    } else if (event.key === " ") player.at((player.shown ?? -1) + 1, "keys");
    else if (event.key === "Enter") player.toggle();
    else if (event.key === "Home") player.at(0);
    else if (event.key === "End") player.at(Infinity);
    else if (event.key === "+" || event.key === "=") grip.zoom(1 / 1.25, middleOf(box));
    else if (event.key === "-") grip.zoom(1.25, middleOf(box));
    else if (event.key === "0") grip.fit();
    else return;
    event.preventDefault();
  });
  handle.addEventListener("blur", () => grip.end());
  return handle;
}

/** Put it there, or at the nearest place in the plot. */
export function seat(handle: HTMLElement, { plot }: Frame, x: number, y: number): void {
  const inside = (v: number, from: number, size: number): number => Math.min(from + size, Math.max(from, v));
  handle.style.transform = `translate(${inside(x, plot.x, plot.width)}px, ${inside(y, plot.y, plot.height)}px)`;
}

export function windowButtons(grip: Handled): HTMLButtonElement[] {
  const button = (words: string, title: string, act: () => void): HTMLButtonElement => h("button", { type: "button", "aria-label": title, title, click: act }, words);
  const zoom = (factor: number): void => {
    const box = grip.window();
    if (box !== null) grip.zoom(factor, middleOf(box), null);
  };
  return [button("−", "Zoom out", () => zoom(1.4)), button("+", "Zoom in", () => zoom(1 / 1.4)), button("Fit", "Back to the first window", () => grip.fit())];
}
