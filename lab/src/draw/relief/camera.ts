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

export function cameraOf([azimuth, elevation]: readonly [number, number], width: number, height: number): Camera {
  const [c, s] = [Math.cos(azimuth), Math.sin(azimuth)];
  const [ce, se] = [Math.cos(elevation), Math.sin(elevation)];
  const size = Math.min(width / 2.6, height / 1.6);
  const right = [c, -s, 0, 0];
  const up = [s * se, c * se, ce, -MIDDLE * ce];
  const depth = [s * ce, c * ce, -se, MIDDLE * se + DISTANCE];
  const [near, far] = [DISTANCE - 2.2, DISTANCE + 2.2];
  const [kx, ky] = [(2 * DISTANCE * size) / width, (2 * DISTANCE * size) / height];
  const a = (far + near) / (far - near);
  const b = (-2 * far * near) / (far - near);
  const matrix = new Float32Array(16);
  for (let i = 0; i < 4; i++) {
    matrix[4 * i] = kx * right[i]!;
    matrix[4 * i + 1] = ky * up[i]!;
    matrix[4 * i + 2] = a * depth[i]! + (i === 3 ? b : 0);
    matrix[4 * i + 3] = depth[i]!;
  }
  const dot = (row: number[], x: number, y: number, z: number): number => row[0]! * x + row[1]! * y + row[2]! * z + row[3]!;
  return {
    matrix,
    project(x, y, z) {
      const w = dot(depth, x, y, z);
      const scale = (DISTANCE * size) / w;
      return [width / 2 + dot(right, x, y, z) * scale, height / 2 - dot(up, x, y, z) * scale, w];
    },
  };
}
