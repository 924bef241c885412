// The loss curve with everything on it, as plain data, and the order in which its layers are drawn.
import { drawAxes } from "./axes.ts";
import { drawBoxes, type BoxesPicture } from "./boxes.ts";
import { drawBall, drawExit, drawGhosts, drawTrail } from "./descent.ts";
import { drawBreaks, drawCurve, drawFlag, drawRecorded, drawWitness } from "./curve.ts";
import type { Frame } from "./frame.ts";
import { drawLens, type LensView } from "./lens.ts";
import { drawSecant, drawStubs, drawTangent } from "./lines.ts";
import { drawPoints } from "./points.ts";
import type { Palette } from "./palette.ts";
import type { Painter, Rect } from "./painter.ts";
import { Sheet } from "./sheet.ts";

export interface Spot {
  w: number;
  value: number;
}

export interface Sloped extends Spot {
  slope: number;
}

export interface ScenePoint extends Spot {
  kind: string;
  /** What it may be called: see `standing.ts`. */
  standing: "global" | "found" | "cut" | "view" | "local";
  inView: boolean;
  atEdge: boolean;
  span: readonly [number, number] | null;
  faded: boolean;
  proved: boolean;
}

export interface Scene {
  variable: string;
  loss: string;
  curve: {
    segments: readonly { w: ArrayLike<number>; value: ArrayLike<number> }[];
    breaks: readonly { w: number; kind: string }[];
  } | null;
  points: ScenePoint[];
  witness: { a: Spot; b: Spot; mid: number; chord: number; value: number } | null;
  ball: Sloped;
  next: Spot | null;
  trail: Spot[]; // from the start to the ball
  ahead: Spot[]; // from the ball on, where the run would go
  stubs: Sloped[]; // blindfold: the slopes felt so far
  secant: { near: Spot; far: Spot } | null;
  lens: LensView | null;
  ghosts: (Spot & { words: string })[];
  recorded: { label: string; spots: Spot[] } | null;
  flag: { w: number; words: string } | null;
  exit: { w: number; value: number; words: string } | null;
  hover: Spot | null;
  boxes: BoxesPicture | null;
}

export function drawScene(paint: Painter, frame: Frame, scene: Scene, palette: Palette): void {
  drawFront(paint, frame, scene, palette, drawBack(paint, frame, scene, palette));
}

/** Axes and curve: the same wherever the ball is. Answers with what labels have to keep off. */
export function drawBack(paint: Painter, frame: Frame, scene: Scene, palette: Palette): readonly Rect[] {
  const sheet = new Sheet(paint, palette);
  drawAxes(sheet, frame, scene.variable, scene.loss);
  paint.clip(frame.plot, () => drawCurve(sheet, frame, scene));
  return sheet.obstacles;
}

/** All that lies before the curve. */
export function drawFront(paint: Painter, frame: Frame, scene: Scene, palette: Palette, keepOff: readonly Rect[]): void {
  const sheet = new Sheet(paint, palette, keepOff);
  paint.clip(frame.plot, () => {
    drawWitness(sheet, frame, scene);
    drawRecorded(sheet, frame, scene);
    drawStubs(sheet, frame, scene);
    drawTangent(sheet, frame, scene);
    drawSecant(sheet, frame, scene);
    drawTrail(sheet, frame, scene);
  });
  if (scene.boxes !== null) drawBoxes(paint, frame.plot, [frame.x], scene.boxes, palette);
  drawBreaks(sheet, frame, scene);
  drawFlag(sheet, frame, scene);
  drawPoints(sheet, frame, scene);
  drawGhosts(sheet, frame, scene);
  drawExit(sheet, frame, scene);
  drawLens(sheet, frame, scene);
  drawBall(sheet, frame, scene);
  sheet.letter(frame.plot);
}
