// The boxes into which a proof cuts the window: on the map as they lie, on a curve as a band under the axis.
import { GRAIN, type Proof } from "../proof.ts";
import type { Painter, Rect } from "./painter.ts";
import type { Palette } from "./palette.ts";

export interface BoxesPicture {
  proof: Proof;
  /** The last round that is drawn. */
  round: number;
}

const BAND = 6; // px

/** No zero, one zero, cut, undecided. */
const colours = ({ isoline, good, accent, warn }: Palette): string[] => [isoline, good, accent, warn];

export function drawBoxes(paint: Painter, plot: Rect, scales: readonly ((at: number) => number)[], { proof, round }: BoxesPicture, palette: Palette): void {
  const y = scales[1];
  const look = colours(palette);
  const side = (part: number, i: number): number => {
    const [lo, hi] = proof.box[i]!;
    return scales[i]!(lo + (part / GRAIN) * (hi - lo));
  };
  const band = { x: plot.x, y: plot.y + plot.height + 1, width: plot.width, height: BAND };
  paint.clip(y === undefined ? band : plot, () => {
    proof.rounds.slice(0, round + 1).forEach(({ boxes, fates }, r) => {
      for (let k = 0; k < fates.length; k++) {
        const fate = Number(fates[k]);
        const color = look[fate]!;
        if (y === undefined) {
          const [left, right] = [side(boxes[2 * k]!, 0), side(boxes[2 * k + 1]!, 0)];
          // What is cut is covered by its parts, apart from what the cut has shown to hold none.
          paint.rect({ x: left, y: band.y, width: Math.max(1.5, right - left - 1), height: BAND }, { fill: fate === 2 && r < round ? look[0]! : color });
          continue;
        }
        const [left, right, bottom, top] = [side(boxes[4 * k]!, 0), side(boxes[4 * k + 1]!, 0), side(boxes[4 * k + 2]!, 1), side(boxes[4 * k + 3]!, 1)];
        const last = fate === 2 && r === round;
        paint.rect({ x: left, y: top, width: right - left, height: bottom - top }, { stroke: { color: fate === 2 && !last ? look[0]! : color, width: fate === 0 || (fate === 2 && !last) ? 0.75 : 2 } });
      }
    });
  });
}
