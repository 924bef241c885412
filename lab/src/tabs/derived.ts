// What follows from the scenario, as the parts of the page read it.
import type { Curve } from "../math/curve.ts";
import type { Sloped, Spot, ScenePoint } from "../draw/scene.ts";
import type { Proved } from "../proof.ts";
import type { SweepEntry } from "../math/sweep.ts";

export interface Names {
  variable: string;
  loss: string;
  slope: string;
  curvature: string;
}

export interface MarkRow {
  key: "sure" | "valley" | "view";
  eta: number | null; // Infinity: any; null: nothing can be promised
  words: string;
  why: string;
  tag: string;
}

export interface Witness {
  a: number;
  b: number;
  mid: number;
  chord: number;
  value: number;
}

export interface Ended {
  reason: string;
  step: number;
  words: string;
}

export interface Derived {
  names: Names;
  curve: Curve | null;
  /** Where the numbers come from, if not from the tape. */
  origin: string;
  /** The points of the window are not known yet. */
  searching: boolean;
  points: ScenePoint[];
  proved: Proved | null;
  convexity: { kind: string; words: string; tag: string; witness: Witness | null } | null;
  path: { w: readonly number[]; value: readonly number[]; slope: readonly number[]; ended: Ended | null };
  /** The ball's place on the path. */
  k: number;
  /** The run has ended where the ball is. */
  finished: boolean;
  here: Sloped & { curvature: number };
  next: Spot | null;
  marks: MarkRow[];
  etas: [number, number];
  target: ScenePoint | null;
  predicted: number | null;
  observed: { rate: number | null; words: string };
  insight: { words: string; tag: string };
  sweep: { entries: readonly SweepEntry[]; limit: number };
  /** Why no η can be tried; "" where they are, or will be. */
  unswept: string;
}
