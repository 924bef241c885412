// Hands on a picture: what a click, a drag of the one thing that can be moved, a drag beside it, the
// wheel and two fingers are, in pixels. What they do is for the picture to say.

export interface Spot {
  x: number;
  y: number;
}

export interface Hands<F> {
  frame(): F | null;
  /** Where the thing is that can be moved. */
  thing(): [number, number] | null;
  /** Two fingers, how far apart they count. */
  apart(a: Spot, b: Spot): number;
  drag(frame: F, to: Spot, gesture: string): void;
  click(frame: F, at: Spot): void;
  pan(frame: F, from: Spot, to: Spot): void;
  zoom(frame: F, factor: number, about: Spot): void;
  end(): void;
  /** Whether a plain wheel zooms, or only with Ctrl: in a notebook it has to scroll the page. */
  wheel(event: WheelEvent): boolean;
}

const REACH = 18; // px around the thing's centre: a target of 36
const STILL = 4; // px that a click may wander
const FINGER = 30;

export function holding<F>(plot: HTMLElement, hands: Hands<F>): void {
  const fingers = new Map<number, Spot>();
  let hold: { thing: boolean; at: Spot; moved: boolean } | null = null;
  let spread = 0;
  let gesture = 0;
  let corner: DOMRect | null = null;
  let watch = new AbortController();

  // Asking for the box makes the browser lay the page out: during a gesture once, and again only
  // after something scrolled.
  const local = (event: PointerEvent | WheelEvent): Spot => {
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
  const over = (at: Spot, reach: number): boolean => {
    const thing = hands.thing();
    return thing !== null && Math.hypot(at.x - thing[0], at.y - thing[1]) <= reach;
  };
  const two = (): [Spot, Spot] => [...fingers.values()] as [Spot, Spot];

  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = local(event);
    if (fingers.size === 0) watchCorner();
    fingers.set(event.pointerId, at);
    plot.setPointerCapture(event.pointerId);
    if (fingers.size === 2) {
      hold = null;
      spread = hands.apart(...two());
      return;
    }
    gesture += 1;
    hold = { thing: over(at, event.pointerType === "touch" ? FINGER : REACH), at, moved: false };
    plot.classList.toggle("grabbing", hold.thing);
  });

  plot.addEventListener("pointermove", (event) => {
    const at = local(event);
    const frame = hands.frame();
    if (frame === null) return;
    if (!fingers.has(event.pointerId)) {
      plot.classList.toggle("grab", over(at, REACH));
      return;
    }
    fingers.set(event.pointerId, at);
    if (fingers.size === 2) {
      const [a, b] = two();
      const now = hands.apart(a, b);
      if (spread > 8 && now > 8) hands.zoom(frame, spread / now, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
      spread = now;
      return;
    }
    if (hold === null) return;
    if (!hold.moved && Math.hypot(at.x - hold.at.x, at.y - hold.at.y) < STILL) return;
    hold.moved = true;
    if (hold.thing) hands.drag(frame, at, `drag ${gesture}`);
    else {
      hands.pan(frame, hold.at, at);
      hold.at = at;
    }
  });

  const lift = (event: PointerEvent): void => {
    const at = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    const frame = hands.frame();
    if (event.type === "pointerup" && at !== undefined && hold?.moved === false && !hold.thing && frame !== null) hands.click(frame, at);
    if (fingers.size > 0) return;
    watch.abort();
    hold = null;
    plot.classList.remove("grabbing");
    hands.end();
  };
  plot.addEventListener("pointerup", lift);
  plot.addEventListener("pointercancel", lift);

  plot.addEventListener(
    "wheel",
    (event) => {
      const frame = hands.frame();
      if (frame === null || !hands.wheel(event)) return;
      event.preventDefault();
      const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * 16;
      hands.zoom(frame, Math.exp(Math.max(-200, Math.min(200, pixels)) * 0.0022), local(event));
    },
    { passive: false },
  );
}
