// Hands on the map: click or drag places the start, a drag beside it moves the window, wheel and two
// fingers zoom.
import type { MapFrame } from "../../draw/plane/mapframe.ts";
import type { Pair } from "../../scenario.ts";

export interface MapGrip {
  frame(): MapFrame | null;
  start(): [number, number] | null; // pixels
  place(x: number, y: number, gesture: string | null): void;
  /** A click; true when it was on something that it is for. */
  click(px: number, py: number): boolean;
  pan(dx: number, dy: number): void;
  zoom(factor: number, about: Pair): void;
  end(): void;
  /** Whether a plain wheel zooms. */
  wheel(event: WheelEvent): boolean;
}

const REACH = 18;
const FINGER = 30;
const STILL = 4;

export function holdMap(plot: HTMLElement, grip: MapGrip): void {
  const fingers = new Map<number, { x: number; y: number }>();
  let hold: { kind: "start" | "window"; x: number; y: number; moved: boolean } | null = null;
  let spread = 0;
  let gesture = 0;
  let corner: DOMRect | null = null;
  const forget = (): void => void (corner = null);
  // Asking for the box makes the browser lay the page out: during a gesture once.
  const local = (event: PointerEvent | WheelEvent): { x: number; y: number } => {
    corner = fingers.size > 0 && corner !== null ? corner : plot.getBoundingClientRect();
    return { x: event.clientX - corner.left, y: event.clientY - corner.top };
  };
  const over = (at: { x: number; y: number }, reach: number): boolean => {
    const start = grip.start();
    return start !== null && Math.hypot(at.x - start[0], at.y - start[1]) <= reach;
  };
  const distance = (): number => {
    const [a, b] = [...fingers.values()];
    return a === undefined || b === undefined ? 0 : Math.hypot(a.x - b.x, a.y - b.y);
  };
  const clamped = (frame: MapFrame, at: { x: number; y: number }): Pair => {
    const { x, y, width, height } = frame.plot;
    return [frame.x.invert(Math.min(x + width, Math.max(x, at.x))), frame.y.invert(Math.min(y + height, Math.max(y, at.y)))];
  };

  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (fingers.size === 0) window.addEventListener("scroll", forget, { capture: true, passive: true, once: true });
    const at = local(event);
    fingers.set(event.pointerId, at);
    plot.setPointerCapture(event.pointerId);
    if (fingers.size === 2) {
      hold = null;
      spread = distance();
      return;
    }
    gesture += 1;
    hold = { kind: over(at, event.pointerType === "touch" ? FINGER : REACH) ? "start" : "window", ...at, moved: false };
    plot.classList.toggle("grabbing", hold.kind === "start");
  });

  plot.addEventListener("pointermove", (event) => {
    const at = local(event);
    const frame = grip.frame();
    if (frame === null) return;
    if (!fingers.has(event.pointerId)) {
      plot.classList.toggle("grab", over(at, REACH));
      return;
    }
    fingers.set(event.pointerId, at);
    if (fingers.size === 2) {
      const now = distance();
      const [a, b] = [...fingers.values()];
      if (spread > 8 && now > 8 && a !== undefined && b !== undefined) grip.zoom(spread / now, [frame.x.invert((a.x + b.x) / 2), frame.y.invert((a.y + b.y) / 2)]);
      spread = now;
      return;
    }
    if (hold === null) return;
    if (!hold.moved && Math.hypot(at.x - hold.x, at.y - hold.y) < STILL) return;
    hold.moved = true;
    if (hold.kind === "start") grip.place(...clamped(frame, at), `drag ${gesture}`);
    else {
      grip.pan(frame.x.invert(hold.x) - frame.x.invert(at.x), frame.y.invert(hold.y) - frame.y.invert(at.y));
      [hold.x, hold.y] = [at.x, at.y];
    }
  });

  const lift = (event: PointerEvent): void => {
    const at = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    const frame = grip.frame();
    if (event.type === "pointerup" && at !== undefined && hold !== null && !hold.moved && hold.kind === "window" && frame !== null) {
      const { x, y, width, height } = frame.plot;
      const inside = at.x >= x && at.x <= x + width && at.y >= y && at.y <= y + height;
      if (inside && !grip.click(at.x, at.y)) grip.place(...clamped(frame, at), null);
    }
    if (fingers.size > 0) return;
    hold = null;
    plot.classList.remove("grabbing");
    grip.end();
  };
  plot.addEventListener("pointerup", lift);
  plot.addEventListener("pointercancel", lift);

  plot.addEventListener(
    "wheel",
    (event) => {
      const frame = grip.frame();
      if (frame === null || !grip.wheel(event)) return;
      event.preventDefault();
      const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * 16;
      const at = local(event);
      grip.zoom(Math.exp(Math.max(-200, Math.min(200, pixels)) * 0.0022), [frame.x.invert(at.x), frame.y.invert(at.y)]);
    },
    { passive: false },
  );
}
