import { fontOf, type Lettering, type Painter, type Points, type Rect, type Shape, type Stroke } from "./painter.ts";

/** Widths that were asked for before: most words of a frame are those of the frame before. */
const WIDTHS = new Map<string, number>();

const WHOLE: readonly number[] = []; // a line without gaps

export class CanvasPainter implements Painter {
  readonly #ctx: CanvasRenderingContext2D;
  #lastFont = "";
  #lastDash: readonly number[] = WHOLE;

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

  rings(rings: readonly Points[], shape: Shape): void {
    const ctx = this.#ctx;
    ctx.beginPath();
    for (const ring of rings) {
      ctx.moveTo(ring[0] ?? 0, ring[1] ?? 0);
      for (let i = 2; i + 1 < ring.length; i += 2) ctx.lineTo(ring[i]!, ring[i + 1]!);
      ctx.closePath();
    }
    if (shape.fill !== undefined) {
      ctx.fillStyle = shape.fill;
      ctx.fill("evenodd");
    }
    if (shape.stroke !== undefined) this.#stroke(shape.stroke);
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
    if (style.turn === undefined) {
      this.#letter(x, y, words, style);
      return;
    }
    const { turn } = style;
    this.#apart(() => {
      this.#ctx.translate(x, y);
      this.#ctx.rotate(turn);
      this.#letter(0, 0, words, style);
    });
  }

  #letter(x: number, y: number, words: string, style: Lettering): void {
    const ctx = this.#ctx;
    this.#font(style);
    ctx.textAlign = style.align ?? "left";
    if (style.halo !== undefined) {
      ctx.strokeStyle = style.halo;
      ctx.lineWidth = 4;
      this.#dash();
      ctx.strokeText(words, x, y);
    }
    ctx.fillStyle = style.color;
    ctx.fillText(words, x, y);
  }

  /** A context parses its font each time it is set, even to the same. */
  #font(style: Lettering): void {
    const font = fontOf(style);
    if (font === this.#lastFont) return;
    this.#lastFont = font;
    this.#ctx.font = font;
  }

  #dash(dash: readonly number[] = WHOLE): void {
    if (dash === this.#lastDash) return;
    this.#lastDash = dash;
    this.#ctx.setLineDash([...dash]);
  }

  clip(rect: Rect, inside: () => void): void {
    this.#apart(() => {
      this.#ctx.beginPath();
      this.#ctx.rect(rect.x, rect.y, rect.width, rect.height);
      this.#ctx.clip();
      inside();
    });
  }

  clipCircle(x: number, y: number, radius: number, inside: () => void): void {
    this.#apart(() => {
      this.#ctx.beginPath();
      this.#ctx.arc(x, y, radius, 0, 2 * Math.PI);
      this.#ctx.clip();
      inside();
    });
  }

  #apart(work: () => void): void {
    const [font, dash] = [this.#lastFont, this.#lastDash]; // a restore brings the older ones back
    this.#ctx.save();
    work();
    this.#ctx.restore();
    [this.#lastFont, this.#lastDash] = [font, dash];
  }

  measure(words: string, style: Lettering): number {
    // Digits are about as wide as each other, and those of a number change with every move.
    const key = `${fontOf(style)}|${words.replace(/\d/g, "0")}`;
    const known = WIDTHS.get(key);
    if (known !== undefined) return known;
    this.#font(style);
    const { width } = this.#ctx.measureText(words);
    if (WIDTHS.size > 2000) WIDTHS.clear();
    WIDTHS.set(key, width);
    return width;
  }

  #trace(points: Points): void {
    this.#ctx.beginPath();
    for (let i = 0; i + 1 < points.length; i += 2) this.#ctx.lineTo(points[i]!, points[i + 1]!);
  }

  #stroke(stroke: Stroke): void {
    this.#ctx.strokeStyle = stroke.color;
    this.#ctx.lineWidth = stroke.width;
    this.#dash(stroke.dash);
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
