// A canvas context that writes down what is painted on it, and a reader of our SVG that answers in
// the same words: so that the two painters can be compared stroke by stroke.
import type { Lettering } from "../../src/draw/painter.ts";

export type Stroke = readonly (string | number)[];

const round = (x: number): number => Math.round(x * 100) / 100 + 0;

export class Recorder {
  readonly strokes: Stroke[] = [];
  lineJoin = "";
  lineCap = "";
  textBaseline = "";
  textAlign = "left";
  font = "";
  fillStyle = "";
  strokeStyle = "";
  lineWidth = 1;
  #path: Stroke = [];
  #at: [number, number] = [0, 0];
  #depth: [number, number][] = [];

  beginPath(): void {
    this.#path = [];
  }
  closePath(): void {
    this.#path = ["polygon", ...this.#path.slice(1)];
  }
  lineTo(x: number, y: number): void {
    this.#path = [...(this.#path.length === 0 ? ["polyline"] : this.#path), round(x), round(y)];
  }
  arc(x: number, y: number, radius: number): void {
    this.#path = ["circle", round(x), round(y), round(radius)];
  }
  rect(x: number, y: number, width: number, height: number): void {
    this.#path = ["rect", round(x), round(y), round(width), round(height)];
  }
  roundRect(x: number, y: number, width: number, height: number): void {
    this.rect(x, y, width, height);
  }
  setLineDash(): void {
    // Told by the stroke that follows.
  }
  fill(): void {
    this.strokes.push([...this.#path, "fill", this.fillStyle]);
  }
  stroke(): void {
    this.strokes.push([...this.#path, "stroke", this.strokeStyle, round(this.lineWidth)]);
  }
  clip(): void {
    this.strokes.push(["clip", ...this.#path]);
  }
  save(): void {
    this.#depth.push(this.#at);
  }
  restore(): void {
    this.#at = this.#depth.pop() ?? [0, 0];
  }
  translate(x: number, y: number): void {
    this.#at = [x, y];
  }
  rotate(): void {
    // The turn of a text is compared by its place and words.
  }
  strokeText(): void {
    // The halo belongs to the text that follows.
  }
  fillText(words: string, x: number, y: number): void {
    this.strokes.push(["text", round(this.#at[0] + x), round(this.#at[1] + y), words, this.textAlign, this.fillStyle]);
  }
  measureText(words: string): { width: number } {
    const size = Number(/(\d+(?:\.\d+)?)px/.exec(this.font)?.[1] ?? 0);
    return { width: words.length * size * 0.56 };
  }
}

export const measure = (words: string, style: Lettering): number => words.length * style.size * 0.56;

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`[ <]${name}="([^"]*)"`).exec(tag)?.[1];
}

function plainText(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

/** The strokes of an SVG document of ours. */
export function strokesOf(svg: string): Stroke[] {
  const out: Stroke[] = [];
  let clipping = false;
  for (const [tag, name = "", words = ""] of svg.matchAll(/<(polyline|polygon|circle|rect|text|clipPath|\/clipPath)\b[^>]*>([^<]*)/g)) {
    const number = (key: string): number => round(Number(attribute(tag, key)));
    if (name.endsWith("clipPath")) {
      clipping = name === "clipPath";
      continue;
    }
    const align = { start: "left", middle: "center", end: "right" }[attribute(tag, "text-anchor") ?? ""] ?? "";
    const shape: Record<string, () => Stroke> = {
      polyline: () => ["polyline", ...points(tag)],
      polygon: () => ["polygon", ...points(tag)],
      circle: () => ["circle", number("cx"), number("cy"), number("r")],
      rect: () => ["rect", number("x"), number("y"), number("width"), number("height")],
      text: () => ["text", ...place(tag), plainText(words), align, attribute(tag, "fill") ?? ""],
    };
    const found = shape[name]?.() ?? [];
    if (clipping) out.push(["clip", ...found]);
    else if (name === "text") out.push(found);
    else {
      const [fill, stroke] = [attribute(tag, "fill"), attribute(tag, "stroke")];
      if (fill !== undefined && fill !== "none") out.push([...found, "fill", fill]);
      if (stroke !== undefined) out.push([...found, "stroke", stroke, number("stroke-width")]);
    }
  }
  return out;
}

function points(tag: string): number[] {
  const list = attribute(tag, "points") ?? "";
  return list === "" ? [] : list.split(/[ ,]/).map((each) => round(Number(each)));
}

function place(tag: string): number[] {
  const found = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(tag);
  return [round(Number(found?.[1])), round(Number(found?.[2]))];
}
