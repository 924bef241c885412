import { fontOf, MONO, SANS, type Lettering, type Painter, type Points, type Rect, type Shape, type Stroke } from "./painter.ts";

type Measure = (words: string, style: Lettering) => number;

/** About as wide as a sans-serif sets it: for where there is no canvas to ask. */
export const roughMeasure: Measure = (words, style) =>
  words.length * style.size * (style.mono === true ? 0.61 : 0.56);

function n(x: number): string {
  return String(Math.round(x * 100) / 100);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function strokeOf(stroke: Stroke | undefined): string {
  if (stroke === undefined) return "";
  const dash = stroke.dash === undefined ? "" : ` stroke-dasharray="${stroke.dash.map(n).join(" ")}"`;
  return ` stroke="${escape(stroke.color)}" stroke-width="${n(stroke.width)}" stroke-linejoin="round"${dash}`;
}

function fillOf(fill: string | undefined): string {
  return ` fill="${escape(fill ?? "none")}"`;
}

export class SvgPainter implements Painter {
  readonly #parts: string[] = [];
  readonly #measure: Measure;
  #clips = 0;

  constructor(measure: Measure = roughMeasure) {
    this.#measure = measure;
  }

  /** The picture as one SVG document. */
  document(width: number, height: number, title: string): string {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" ` +
      `viewBox="0 0 ${n(width)} ${n(height)}" role="img"><title>${escape(title)}</title>` +
      `${this.#parts.join("")}</svg>`
    );
  }

  polyline(points: Points, stroke: Stroke): void {
    this.#parts.push(`<polyline points="${this.#list(points)}" fill="none"${strokeOf(stroke)}/>`);
  }

  polygon(points: Points, shape: Shape): void {
    this.#parts.push(`<polygon points="${this.#list(points)}"${fillOf(shape.fill)}${strokeOf(shape.stroke)}/>`);
  }

  rings(rings: readonly Points[], shape: Shape): void {
    const paths = rings.map((ring) => `M${this.#list(ring).replaceAll(" ", "L")}Z`).join("");
    this.#parts.push(`<path d="${paths}" fill-rule="evenodd"${fillOf(shape.fill)}${strokeOf(shape.stroke)}/>`);
  }

  circle(x: number, y: number, radius: number, shape: Shape): void {
    this.#parts.push(`<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}"${fillOf(shape.fill)}${strokeOf(shape.stroke)}/>`);
  }

  rect(rect: Rect, shape: Shape, radius = 0): void {
    const { x, y, width, height } = rect;
    this.#parts.push(
      `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(radius)}"` +
        `${fillOf(shape.fill)}${strokeOf(shape.stroke)}/>`,
    );
  }

  text(x: number, y: number, words: string, style: Lettering): void {
    const anchor = { left: "start", center: "middle", right: "end" }[style.align ?? "left"];
    const turn = style.turn === undefined ? "" : ` rotate(${n((style.turn * 180) / Math.PI)})`;
    const halo =
      style.halo === undefined
        ? ""
        : ` stroke="${escape(style.halo)}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"`;
    // Not every reader of SVG knows `dominant-baseline`; a third of the size lowers the letters as
    // a canvas does with `middle`.
    this.#parts.push(
      `<text transform="translate(${n(x)} ${n(y)})${turn}" dy="${n(style.size * 0.35)}" text-anchor="${anchor}" ` +
        `font-family="${escape(style.mono === true ? MONO : SANS)}" font-size="${n(style.size)}"` +
        `${style.bold === true ? ' font-weight="600"' : ""}${fillOf(style.color)}${halo}>${escape(words)}</text>`,
    );
  }

  clip(rect: Rect, inside: () => void): void {
    const { x, y, width, height } = rect;
    this.#clipped(`<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}"/>`, inside);
  }

  clipCircle(x: number, y: number, radius: number, inside: () => void): void {
    this.#clipped(`<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}"/>`, inside);
  }

  measure(words: string, style: Lettering): number {
    return this.#measure(words, style);
  }

  #clipped(shape: string, inside: () => void): void {
    const id = `clip${this.#clips++}`;
    this.#parts.push(`<clipPath id="${id}">${shape}</clipPath><g clip-path="url(#${id})">`);
    inside();
    this.#parts.push("</g>");
  }

  #list(points: Points): string {
    const pairs: string[] = [];
    for (let i = 0; i + 1 < points.length; i += 2) pairs.push(`${n(points[i]!)},${n(points[i + 1]!)}`);
    return pairs.join(" ");
  }
}

/** A measure that asks a canvas, so that the labels of an export stand where the screen has them. */
export function canvasMeasure(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) return roughMeasure;
  return (words, style) => {
    context.font = fontOf(style);
    return context.measureText(words).width;
  };
}
