// The walks on the map: cased lines, a mark at each end, a label, and a tag where one leaves the picture.
import type { Sheet } from "../sheet.ts";
import type { MapFrame } from "./mapframe.ts";
import { seen } from "./lines.ts";
import { colourOf, drawMark, lettersOf, methodNamed, RECORDED } from "./methods.ts";

export interface Trail {
  rule: string;
  /** What its end is called; the rule's name where it is missing. */
  name?: string;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  /** The point that is shown as the end. */
  last: number;
  /** The walk's own last point; what lies between is drawn thin. */
  final: number;
  /** What became of it, for the tag: "diverged at 12", or "" where it goes on. */
  fate: string;
  chosen: boolean;
}

const DOTS = 7; // px: steps shorter than that get no dot
const INSET = 6;

export function drawTrails(sheet: Sheet, frame: MapFrame, trails: readonly Trail[]): void {
  const { paint, palette } = sheet;
  const ends: End[] = [];
  // The chosen one is painted last, on top; over it the thin line of a record, for the two may be one path.
  const height = (trail: Trail): number => (trail.rule === RECORDED.name ? 2 : Number(trail.chosen));
  const order = [...trails].sort((a, b) => height(a) - height(b));
  const cased = (pieces: readonly number[][], width: number): void => {
    for (const piece of pieces) paint.polyline(piece, { color: palette.casing, width: width + 2.5 });
  };
  for (const trail of order) {
    if (height(trail) === 2) cased(seen((k) => frame.x(trail.x[k]!), (k) => frame.y(trail.y[k]!), 0, trail.last, frame.plot).pieces, RECORDED.width);
  }
  for (const trail of order) {
    const method = methodNamed(trail.rule);
    const color = colourOf(palette, trail.rule);
    const [px, py] = [(k: number) => frame.x(trail.x[k]!), (k: number) => frame.y(trail.y[k]!)];
    const done = seen(px, py, 0, trail.last, frame.plot);
    if (trail.final > trail.last) {
      for (const piece of seen(px, py, trail.last, trail.final, frame.plot).pieces) paint.polyline(piece, { color, width: 0.75 });
    }
    const width = method.width + (trail.chosen ? 0.75 : 0);
    if (height(trail) < 2) cased(done.pieces, width);
    for (const piece of done.pieces) paint.polyline(piece, { color, width, dash: method.dash });
    if (height(trail) > 0) drawSteps(sheet, frame, trail, color);
    const at = done.exit ?? within(frame, trail);
    if (at !== null) ends.push({ trail, at, way: done.exit === null ? "" : wayOut(frame, done.exit) });
  }
  for (const { trail, at } of ends) drawMark(paint, methodNamed(trail.rule).mark, ...kept(frame, at), trail.rule === RECORDED.name ? 2.75 : trail.chosen ? 5.5 : 4.5, colourOf(palette, trail.rule), palette.casing);
  for (const group of together(ends)) letterEnds(sheet, frame, group);
}

interface End {
  trail: Trail;
  at: [number, number];
  /** The arrow at the border; "" where it ends in the picture. */
  way: string;
}

const CLOSE = 60; // px: tags at the border that are nearer share one
const MOST = 3; // names on a tag

function wayOut({ plot }: MapFrame, [x, y]: [number, number]): string {
  const gaps = [plot.x + plot.width - x, x - plot.x, y - plot.y, plot.y + plot.height - y];
  return "→←↑↓"[gaps.indexOf(Math.min(...gaps))]!;
}

/** Ends that share a label: where many leave at one place there is no room for a tag each. */
function together(ends: readonly End[]): End[][] {
  const groups: End[][] = [];
  for (const end of ends) {
    const near = end.way === "" ? undefined : groups.find(([first, ...more]) => first!.way === end.way && more.length < MOST - 1 && Math.hypot(first!.at[0] - end.at[0], first!.at[1] - end.at[1]) < CLOSE);
    if (near === undefined) groups.push([end]);
    else near.push(end);
  }
  return groups;
}

/** A dot, of a record a square, at each step that is long enough to be seen. */
function drawSteps(sheet: Sheet, frame: MapFrame, trail: Trail, color: string): void {
  let [px, py] = [frame.x(trail.x[0]!), frame.y(trail.y[0]!)];
  const { x, y, width, height } = frame.plot;
  for (let k = 1; k < trail.last; k++) {
    const [nx, ny] = [frame.x(trail.x[k]!), frame.y(trail.y[k]!)];
    if (Math.hypot(nx - px, ny - py) < DOTS) continue;
    [px, py] = [nx, ny];
    if (!(px > x && px < x + width && py > y && py < y + height)) continue;
    if (trail.rule === RECORDED.name) drawMark(sheet.paint, "open", px, py, 2.25, color, sheet.palette.casing);
    else sheet.paint.circle(px, py, 2.6, { fill: color, stroke: { color: sheet.palette.casing, width: 1 } });
  }
}

/** Nothing of a mark at the border is cut off. */
function kept({ plot }: MapFrame, [x, y]: [number, number]): [number, number] {
  return [Math.min(plot.x + plot.width - INSET, Math.max(plot.x + INSET, x)), Math.min(plot.y + plot.height - INSET, Math.max(plot.y + INSET, y))];
}

function letterEnds(sheet: Sheet, frame: MapFrame, ends: readonly End[]): void {
  const [{ trail: first, at, way }] = ends as [End];
  const name = (trail: Trail): string => trail.name ?? methodNamed(trail.rule).short;
  const fates = [...new Set(ends.map(({ trail }) => trail.fate))].map((fate) => {
    const names = ends.filter(({ trail }) => trail.fate === fate).map(({ trail }) => name(trail));
    return `${names.join(", ")}${fate !== "" ? ` ${fate}` : way === "" ? "" : names.length > 1 ? " leave" : " leaves"}`;
  });
  const chosen = ends.some(({ trail }) => trail.chosen);
  const color = ends.length > 1 ? sheet.palette.ink : lettersOf(sheet.palette, first.rule);
  sheet.label(`${fates.join(", ")}${way === "" ? "" : ` ${way}`}`, ...kept(frame, at), { color, priority: chosen ? 1 : 2, gap: 8, bold: chosen, prefer: way === "→" ? "left" : "right" });
}

function within(frame: MapFrame, trail: Trail): [number, number] | null {
  const [x, y] = [frame.x(trail.x[trail.last]!), frame.y(trail.y[trail.last]!)];
  const { plot } = frame;
  return x >= plot.x && x <= plot.x + plot.width && y >= plot.y && y <= plot.y + plot.height ? [x, y] : null;
}
