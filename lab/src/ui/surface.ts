// Two canvases, one behind the other, that follow the size of their box, sharp on any screen, drawn only
// when told to. What does not move while the ball does lies behind and is not painted again.
import { CanvasPainter } from "../draw/canvas.ts";
import { h } from "./dom.ts";

/** One canvas with the painter on it, which remembers font and dashes as the canvas does. */
class Layer {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  #painter: CanvasPainter | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
  }

  draw(paint: (painter: CanvasPainter) => void, width: number, height: number, ratio: number): void {
    const context = this.#context;
    if (context === null) return;
    const [w, hgt] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#painter === null || this.#canvas.width !== w || this.#canvas.height !== hgt) {
      this.#canvas.width = w;
      this.#canvas.height = hgt;
      this.#painter = new CanvasPainter(context);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    paint(this.#painter);
  }
}

export class Surface {
  width = 0;
  height = 0;
  readonly #back: Layer;
  readonly #front: Layer;
  #drawn: readonly unknown[] = [];
  readonly #observer: ResizeObserver;

  constructor(box: HTMLElement, label: string, resized: () => void) {
    const back = h("canvas", { "aria-hidden": "true" });
    const front = h("canvas", { role: "img", "aria-label": label });
    this.#back = new Layer(back);
    this.#front = new Layer(front);
    box.prepend(back, front);
    this.#observer = new ResizeObserver(() => {
      if (this.#measure(box)) resized();
    });
    this.#observer.observe(box);
  }

  #measure(box: HTMLElement): boolean {
    const { clientWidth, clientHeight } = box;
    if (clientWidth === this.width && clientHeight === this.height) return false;
    this.width = clientWidth;
    this.height = clientHeight;
    return true;
  }

  /** What stays as it is while its ingredients do: painted behind, and again only when one changes. */
  drawBehind(ingredients: readonly unknown[], paint: (painter: CanvasPainter) => void): void {
    if (this.width === 0 || this.height === 0) return;
    const now = [...ingredients, this.width, this.height, this.#ratio()];
    if (now.length === this.#drawn.length && now.every((each, i) => Object.is(each, this.#drawn[i]))) return;
    this.#drawn = now;
    this.#back.draw(paint, this.width, this.height, this.#ratio());
  }

  draw(paint: (painter: CanvasPainter, width: number, height: number) => void): void {
    const { width, height } = this;
    if (width === 0 || height === 0) return;
    this.#front.draw((painter) => paint(painter, width, height), width, height, this.#ratio());
  }

  #ratio(): number {
    return Math.min(3, window.devicePixelRatio || 1);
  }

  close(): void {
    this.#observer.disconnect();
  }
}
