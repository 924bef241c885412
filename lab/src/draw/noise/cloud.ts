// The gradients of all examples at the start, downhill, with their mean and the spread of a batch.
import { eigen } from "../../math/noise/matrix.ts";
import type { Cloud } from "../../math/noise/scale.ts";
import type { MapFrame } from "../plane/mapframe.ts";
import { pixels } from "../plane/start.ts";
import type { Sheet } from "../sheet.ts";

export interface CloudPicture {
  cloud: Cloud;
  /** Pixels of the start. */
  x: number;
  y: number;
  /** Variance of a batch's gradient over that of an example. */
  share: number;
  size: number;
}

const LONG = 110; // px of most of the arrows
const MOST = 0.9; // so many of them are within LONG
const STRIP = 30; // px between the curve and the strip of a single parameter
const JITTER = 8;
const CORNERS = 48;

/** One scale for all arrows, in pixels of a unit of gradient along each axis. */
function unitsOf(frame: MapFrame, { gradients, mean }: Cloud): [number, number] {
  const p = mean.length;
  const [ux, uy] = p === 1 ? [frame.x(1) - frame.x(0), 0] : pixels(frame, [1, 1]);
  const lengths = new Float64Array(gradients.length / p);
  for (let i = 0; i < lengths.length; i++) lengths[i] = Math.hypot(ux * gradients[i * p]!, p === 1 ? 0 : uy * gradients[i * p + 1]!);
  const finite = lengths.filter(Number.isFinite).sort();
  const usual = finite[Math.floor(MOST * (finite.length - 1))] ?? 0;
  const scale = usual > 0 ? LONG / usual : 0;
  return [ux * scale, uy * scale];
}

export function drawCloud(sheet: Sheet, frame: MapFrame, picture: CloudPicture): void {
  const { cloud, x } = picture;
  const { plot } = frame;
  const single = cloud.mean.length === 1;
  const below = picture.y + STRIP + JITTER < plot.y + plot.height;
  const y = single ? picture.y + (below ? STRIP : -STRIP) : picture.y;
  const units = unitsOf(frame, cloud);
  sheet.paint.clip(plot, () => {
    drawExamples(sheet, cloud, x, y, units);
    drawSpread(sheet, picture, x, y, units);
  });
  const [dx, dy] = single ? [-units[0] * cloud.mean[0]!, 0] : [-units[0] * cloud.mean[0]!, -units[1] * cloud.mean[1]!];
  const length = Math.hypot(dx, dy);
  if (!(length > 1)) return;
  sheet.arrow([x, y], [x + dx, y + dy], sheet.palette.casing, 5);
  sheet.arrow([x, y], [x + dx, y + dy], sheet.palette.slope, 3);
  sheet.label("−∇L", x + dx + (4 * dx) / length, y + dy + (4 * dy) / length, { color: sheet.palette.slope, priority: 0, gap: 5, bold: true });
}

function drawExamples(sheet: Sheet, { gradients, mean }: Cloud, x: number, y: number, [ux, uy]: [number, number]): void {
  const { paint, palette } = sheet;
  const p = mean.length;
  for (let i = 0; i * p < gradients.length; i++) {
    const tip = x - ux * gradients[i * p]!;
    // On a strip the dots are spread out of each other's way; their height means nothing.
    const high = p === 1 ? y + JITTER * (((i * 0.618) % 1) * 2 - 1) : y - uy * gradients[i * p + 1]!;
    if (!Number.isFinite(tip) || !Number.isFinite(high)) continue;
    if (p === 2) paint.polyline([x, y, tip, high], { color: palette.gradient, width: 0.5 });
    paint.circle(tip, high, 2.2, { fill: palette.gradient, stroke: { color: palette.casing, width: 0.75 } });
  }
}

/** One standard deviation of a batch about the mean: an ellipse, or a bar. */
function drawSpread(sheet: Sheet, { cloud, share, size }: CloudPicture, x: number, y: number, [ux, uy]: [number, number]): void {
  const { paint, palette } = sheet;
  const { values, vectors } = eigen(cloud.covariance);
  const radii = values.map((each) => Math.sqrt(Math.max(0, each) * share));
  const words = size === 1 ? "one example" : `a batch of ${size}`;
  if (cloud.mean.length === 1) {
    const [middle, half] = [x - ux * cloud.mean[0]!, Math.abs(ux) * radii[0]!];
    const [a, b] = [middle - half, middle + half];
    paint.polyline([a, y, b, y], { color: palette.casing, width: 4 });
    for (const line of [[a, y, b, y], [a, y - 6, a, y + 6], [b, y - 6, b, y + 6]]) paint.polyline(line, { color: palette.ink, width: 1.5 });
    sheet.label(words, middle, y + JITTER, { color: palette.ink, priority: 1, prefer: "below", gap: 3 });
    return;
  }
  const ring: number[] = [];
  let far: [number, number] = [-Infinity, y];
  for (let k = 0; k <= CORNERS; k++) {
    const turn = (2 * Math.PI * k) / CORNERS;
    const [a, b] = [radii[0]! * Math.cos(turn), radii[1]! * Math.sin(turn)];
    const gx = cloud.mean[0]! + a * vectors[0]![0]! + b * vectors[1]![0]!;
    const gy = cloud.mean[1]! + a * vectors[0]![1]! + b * vectors[1]![1]!;
    const at: [number, number] = [x - ux * gx, y - uy * gy];
    if (at[0] > far[0]) far = at;
    ring.push(...at);
  }
  paint.polyline(ring, { color: palette.casing, width: 4 });
  paint.polyline(ring, { color: palette.ink, width: 1.5, dash: [5, 3] });
  sheet.label(words, ...far, { color: palette.ink, priority: 1, prefer: "right", gap: 5 });
}
