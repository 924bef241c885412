import { fontOf, type Lettering, type Painter, type Points, type Rect, type Shape, type Stroke } from "./painter.ts";

export class CanvasPainter implements Painter {
  readonly #ctx: CanvasRenderingContext2D;

  constructor(context: CanvasRenderingContext2D) {
    this.#ctx = context;
    context.lineJoin = "round";
    context.lineCap = "butt";
    context.textBaseline = "middle";
  }

  polyline(points: Points, stroke: Stroke): void {
    this.#trace(points);
    this.#stroke(stroke);
  }

  polygon(points: Points, shape: Shape): void {
    this.#trace(points);
    this.#ctx.closePath();
    this.#shape(shape);
  }

  circle(x: number, y: number, radius: number, shape: Shape): void {
    this.#ctx.beginPath();
    this.#ctx.arc(x, y, radius, 0, 2 * Math.PI);
    this.#shape(shape);
  }

  rect(rect: Rect, shape: Shape, radius = 0): void {
    this.#ctx.beginPath();
    this.#ctx.roundRect(rect.x, rect.y, rect.width, rect.height, radius);
    this.#shape(shape);
  }

  text(x: number, y: number, words: string, style: Lettering): void {
    const ctx = this.#ctx;
    ctx.save();
    ctx.font = fontOf(style);
    ctx.textAlign = style.align ?? "left";
    ctx.translate(x, y);
    ctx.rotate(style.turn ?? 0);
    if (style.halo !== undefined) {
      ctx.strokeStyle = style.halo;
      ctx.lineWidth = 4;
      ctx.strokeText(words, 0, 0);
    }
    ctx.fillStyle = style.color;
    ctx.fillText(words, 0, 0);
    ctx.restore();
  }

  clip(rect: Rect, inside: () => void): void {
    this.#ctx.save();
    this.#ctx.beginPath();
    this.#ctx.rect(rect.x, rect.y, rect.width, rect.height);
    this.#ctx.clip();
    inside();
    this.#ctx.restore();
  }

  clipCircle(x: number, y: number, radius: number, inside: () => void): void {
    this.#ctx.save();
    this.#ctx.beginPath();
    this.#ctx.arc(x, y, radius, 0, 2 * Math.PI);
    this.#ctx.clip();
    inside();
    this.#ctx.restore();
  }

  measure(words: string, style: Lettering): number {
    this.#ctx.font = fontOf(style);
    return this.#ctx.measureText(words).width;
  }

  #trace(points: Points): void {
    this.#ctx.beginPath();
    for (let i = 0; i + 1 < points.length; i += 2) this.#ctx.lineTo(points[i]!, points[i + 1]!);
  }

  #stroke(stroke: Stroke): void {
    this.#ctx.strokeStyle = stroke.color;
    this.#ctx.lineWidth = stroke.width;
    this.#ctx.setLineDash(stroke.dash === undefined ? [] : [...stroke.dash]);
    this.#ctx.stroke();
  }

  #shape(shape: Shape): void {
    if (shape.fill !== undefined) {
      this.#ctx.fillStyle = shape.fill;
      this.#ctx.fill();
    }
    if (shape.stroke !== undefined) this.#stroke(shape.stroke);
  }
}
