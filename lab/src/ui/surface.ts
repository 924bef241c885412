// A canvas that follows the size of its box, sharp on any screen, drawn only when told to.
import { CanvasPainter } from "../draw/canvas.ts";
import { h } from "./dom.ts";

export class Surface {
  readonly canvas: HTMLCanvasElement;
  width = 0;
  height = 0;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #observer: ResizeObserver;

  constructor(box: HTMLElement, label: string, resized: () => void) {
    this.canvas = h("canvas", { role: "img", "aria-label": label });
    this.#context = this.canvas.getContext("2d");
    box.prepend(this.canvas);
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

  draw(paint: (painter: CanvasPainter, width: number, height: number) => void): void {
    const context = this.#context;
    if (context === null || this.width === 0 || this.height === 0) return;
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const [w, hgt] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== hgt) {
      this.canvas.width = w;
      this.canvas.height = hgt;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    paint(new CanvasPainter(context), this.width, this.height);
  }

  close(): void {
    this.#observer.disconnect();
  }
}
