// From the relief's own space to the screen. x and y reach from −1 to 1 along the longer side of the
// window, z from 0 to HEIGHT.

export const HEIGHT = 0.62;
const DISTANCE = 4.2;
const MIDDLE = 0.33;

export interface Camera {
  /** Column by column, for WebGL. */
  matrix: Float32Array;
  /** Pixels, and the distance from the eye. */
  project(x: number, y: number, z: number): [number, number, number];
}

const [EDGE, NAME] = [6, 14]; // px

/** What has to be in the picture: half-widths of the ground, and x, y, z of each node of the surface. */
export interface Seen {
  half: readonly [number, number];
  nodes: ArrayLike<number>;
}

/** From wherever the surface is seen all of it fits into the picture, and the names at its edges do. */
export function cameraOf([azimuth, elevation]: readonly [number, number], width: number, height: number, { half, nodes }: Seen): Camera {
  const [c, s] = [Math.cos(azimuth), Math.sin(azimuth)];
  const [ce, se] = [Math.cos(elevation), Math.sin(elevation)];
  const right = [c, -s, 0, 0];
  const up = [s * se, c * se, ce, -MIDDLE * ce];
  const depth = [s * ce, c * ce, -se, MIDDLE * se + DISTANCE];
  const dot = (row: number[], x: number, y: number, z: number): number => row[0]! * x + row[1]! * y + row[2]! * z + row[3]!;
  let [side, low, high] = [0.1, Infinity, -Infinity];
  const [hx, hy] = half;
  for (const list of [nodes, [0, -hy, 0, 0, hy, 0, -hx, 0, 0, hx, 0, 0]])
    for (let i = 0; i < list.length; i += 3) {
      const [x, y, z] = [list[i]!, list[i + 1]!, list[i + 2]!];
      if (Number.isNaN(z)) continue;
      const scale = DISTANCE / dot(depth, x, y, z);
      const v = dot(up, x, y, z) * scale;
      side = Math.max(side, Math.abs(dot(right, x, y, z) * scale));
      [low, high] = [Math.min(low, v), Math.max(high, v)];
    }
  const size = Math.min((width / 2 - EDGE) / side, (height - 2 * EDGE - NAME) / (high - low));
  const sunk = ((high + low) / 2) * size - NAME / 2; // px
  const [near, far] = [DISTANCE - 2.2, DISTANCE + 2.2];
  const [kx, ky] = [(2 * DISTANCE * size) / width, (2 * DISTANCE * size) / height];
  const a = (far + near) / (far - near);
  const b = (-2 * far * near) / (far - near);
  const matrix = new Float32Array(16);
  for (let i = 0; i < 4; i++) {
    matrix[4 * i] = kx * right[i]!;
    matrix[4 * i + 1] = ky * up[i]! - ((2 * sunk) / height) * depth[i]!;
    matrix[4 * i + 2] = a * depth[i]! + (i === 3 ? b : 0);
    matrix[4 * i + 3] = depth[i]!;
  }
  return {
    matrix,
    project(x, y, z) {
      const w = dot(depth, x, y, z);
      const scale = (DISTANCE * size) / w;
      return [width / 2 + dot(right, x, y, z) * scale, height / 2 + sunk - dot(up, x, y, z) * scale, w];
    },
  };
}
