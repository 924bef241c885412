// Hands on the plot: click places the ball, a drag on the ball moves it, a drag on the background
// moves the window, wheel and two fingers zoom.
import type { Frame } from "../draw/frame.ts";

export interface Grip {
  frame(): Frame | null;
  ball(): [number, number] | null;
  place(w: number, gesture: string | null): void;
  pan(dw: number): void;
  zoom(factor: number, about: number): void;
  end(): void;
  /** Whether a plain wheel zooms, or only with Ctrl: in a notebook it has to scroll the page. */
  wheel(event: WheelEvent): boolean;
}

const REACH = 16; // px around the ball's centre: a target of 32
const STILL = 4; // px that a click may wander
const FINGER = 28;

interface Hold {
  kind: "ball" | "window";
  x: number;
  y: number;
  moved: boolean;
}

export function takeHold(plot: HTMLElement, grip: Grip): void {
  const fingers = new Map<number, { x: number; y: number }>();
  let hold: Hold | null = null;
  let spread = 0;
  let gesture = 0;
  let corner: DOMRect | null = null;
  let watch = new AbortController();

  // Asking for the box makes the browser lay the page out: during a gesture once, and again only
  // after something scrolled.
  const local = (event: PointerEvent | WheelEvent): { x: number; y: number } => {
    corner = fingers.size > 0 && corner !== null ? corner : plot.getBoundingClientRect();
    return { x: event.clientX - corner.left, y: event.clientY - corner.top };
  };
  const watchCorner = (): void => {
    watch.abort();
    watch = new AbortController();
    const forget = (): void => void (corner = null);
    window.addEventListener("scroll", forget, { capture: true, passive: true, signal: watch.signal });
    window.addEventListener("resize", forget, { signal: watch.signal });
  };
  const overBall = (at: { x: number; y: number }, reach: number): boolean => {
    const ball = grip.ball();
    return ball !== null && Math.hypot(at.x - ball[0], at.y - ball[1]) <= reach;
  };
  const distance = (): number => {
    const [a, b] = [...fingers.values()];
    return a === undefined || b === undefined ? 0 : Math.abs(a.x - b.x);
  };

  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = local(event);
    if (fingers.size === 0) watchCorner();
    fingers.set(event.pointerId, at);
    plot.setPointerCapture(event.pointerId);
    if (fingers.size === 2) {
      hold = null;
      spread = distance();
      return;
    }
    gesture += 1;
    const reach = event.pointerType === "touch" ? FINGER : REACH;
    hold = { kind: overBall(at, reach) ? "ball" : "window", ...at, moved: false };
    plot.classList.toggle("grabbing", hold.kind === "ball");
  });

  plot.addEventListener("pointermove", (event) => {
    const at = local(event);
    const frame = grip.frame();
    if (frame === null) return;
    if (!fingers.has(event.pointerId)) {
      plot.classList.toggle("grab", overBall(at, REACH));
      return;
    }
    fingers.set(event.pointerId, at);
    if (fingers.size === 2) {
      const now = distance();
      const [a, b] = [...fingers.values()];
      if (spread > 8 && now > 8 && a !== undefined && b !== undefined) grip.zoom(spread / now, frame.x.invert((a.x + b.x) / 2));
      spread = now;
      return;
    }
    if (hold === null) return;
    if (!hold.moved && Math.hypot(at.x - hold.x, at.y - hold.y) < STILL) return;
    hold.moved = true;
    if (hold.kind === "ball") {
      const { x, width } = frame.plot;
      grip.place(frame.x.invert(Math.min(x + width, Math.max(x, at.x))), `drag ${gesture}`);
    } else {
      grip.pan(frame.x.invert(hold.x) - frame.x.invert(at.x));
      hold.x = at.x;
      hold.y = at.y;
    }
  });

  const lift = (event: PointerEvent): void => {
    const at = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    const frame = grip.frame();
    if (event.type === "pointerup" && at !== undefined && hold !== null && !hold.moved && hold.kind === "window" && frame !== null) {
      const { x, width } = frame.plot;
      if (at.x >= x && at.x <= x + width) grip.place(frame.x.invert(at.x), null);
    }
    if (fingers.size === 0) {
      watch.abort();
      hold = null;
      plot.classList.remove("grabbing");
      grip.end();
    }
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
      grip.zoom(Math.exp(Math.max(-200, Math.min(200, pixels)) * 0.0022), frame.x.invert(local(event).x));
    },
    { passive: false },
  );
}
