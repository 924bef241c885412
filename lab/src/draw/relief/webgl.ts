// The relief in WebGL: a shaded surface with level lines, and the trails as ribbons of constant width.
import { colourOf, methodNamed } from "../plane/methods.ts";
import type { Palette } from "../palette.ts";
import type { Camera } from "./camera.ts";
import { Mesh, Program } from "./gl.ts";
import type { Ground } from "./ground.ts";
import type { DrapedTrail } from "./painted.ts";

const LEVELS = 18;

const SURFACE_VERTEX = `#version 300 es
in vec3 position; in vec3 normal; in float shade;
uniform mat4 camera;
out float height; out float light;
void main() {
  height = shade;
  light = 0.66 + 0.26 * dot(normalize(normal), normalize(vec3(-0.5, 0.35, 0.8)));
  gl_Position = camera * vec4(position, 1.0);
}`;

const SURFACE_FRAGMENT = `#version 300 es
precision highp float;
in float height; in float light;
uniform vec3 low; uniform vec3 high; uniform vec4 line;
out vec4 color;
void main() {
  float v = height * ${LEVELS}.0;
  float width = max(fwidth(v), 1e-5);
  float edge = 1.0 - smoothstep(0.2, 1.0, abs(fract(v) - 0.5) / width);
  float fine = 1.0 - smoothstep(0.25, 0.6, width);
  vec3 ground = mix(low, high, clamp(height, 0.0, 1.0)) * light;
  color = vec4(mix(ground, line.rgb, line.a * edge * fine), 1.0);
}`;

const RIBBON_VERTEX = `#version 300 es
in vec3 position; in vec3 other; in vec2 side; in float along;
uniform mat4 camera; uniform vec2 size; uniform float width; uniform float nearer;
out float place;
void main() {
  vec4 here = camera * vec4(position, 1.0);
  vec4 there = camera * vec4(other, 1.0);
  vec2 way = (there.xy / there.w - here.xy / here.w) * size * side.y;
  float length_ = max(length(way), 1e-6);
  vec2 across = vec2(-way.y, way.x) / length_;
  place = along;
  here.xy += (across * side.x * width / size) * here.w;
  here.z -= nearer * here.w;
  gl_Position = here;
}`;

const RIBBON_FRAGMENT = `#version 300 es
precision highp float;
in float place;
uniform vec3 ink; uniform vec4 dash;
out vec4 color;
void main() {
  float period = dash.x + dash.y + dash.z + dash.w;
  if (period > 0.0) {
    float at = mod(place, period);
    if ((at > dash.x && at < dash.x + dash.y) || at > dash.x + dash.y + dash.z) discard;
  }
  color = vec4(ink, 1.0);
}`;

function rgb(color: string): [number, number, number] {
  return color.startsWith("#") ? ([1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16) / 255) as [number, number, number]) : [0.5, 0.5, 0.5];
}

function rgba(color: string): [number, number, number, number] {
  const parts = color.match(/[\d.]+/g)?.map(Number) ?? [];
  return [(parts[0] ?? 0) / 255, (parts[1] ?? 0) / 255, (parts[2] ?? 0) / 255, parts[3] ?? 0.3];
}

/** One trail: four corners for each of its segments. */
class Ribbon {
  readonly mesh: Mesh;
  readonly #room = 3000;
  readonly #data: { position: Float32Array; other: Float32Array; side: Float32Array; along: Float32Array };

  constructor(gl: WebGL2RenderingContext, program: Program) {
    const n = 4 * this.#room;
    this.#data = { position: new Float32Array(3 * n), other: new Float32Array(3 * n), side: new Float32Array(2 * n), along: new Float32Array(n) };
    const index = new Uint16Array(6 * this.#room);
    for (let s = 0; s < this.#room; s++) index.set([0, 1, 2, 2, 1, 3].map((corner) => 4 * s + corner), 6 * s);
    const { position, other, side, along } = this.#data;
    this.mesh = new Mesh(gl, program, { position: { size: 3, data: position }, other: { size: 3, data: other }, side: { size: 2, data: side }, along: { size: 1, data: along } }, index);
  }

  fill(pieces: readonly number[][], camera: Camera): void {
    const { position, other, side, along } = this.#data;
    let s = 0;
    for (const piece of pieces) {
      let length = 0;
      let before = camera.project(piece[0]!, piece[1]!, piece[2]!);
      for (let i = 3; i + 2 < piece.length && s < this.#room; i += 3, s++) {
        const after = camera.project(piece[i]!, piece[i + 1]!, piece[i + 2]!);
        const next = length + Math.hypot(after[0] - before[0], after[1] - before[1]);
        for (let corner = 0; corner < 4; corner++) {
          const v = 4 * s + corner;
          const [from, to] = corner < 2 ? [i - 3, i] : [i, i - 3];
          for (let k = 0; k < 3; k++) {
            position[3 * v + k] = piece[from + k]!;
            other[3 * v + k] = piece[to + k]!;
          }
          side[2 * v] = corner % 2 === 0 ? 1 : -1;
          side[2 * v + 1] = corner < 2 ? 1 : -1;
          along[v] = corner < 2 ? length : next;
        }
        [length, before] = [next, after];
      }
    }
    const rows = 4 * s;
    this.mesh.refill({ position: position.subarray(0, 3 * rows), other: other.subarray(0, 3 * rows), side: side.subarray(0, 2 * rows), along: along.subarray(0, rows) }, 6 * s);
  }
}

export class WebglRelief {
  readonly canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  readonly #surface: Program;
  readonly #ribbon: Program;
  readonly #ribbons = new Map<string, Ribbon>();
  #mesh: { ground: Ground; mesh: Mesh } | null = null;
  lost = false;

  /** Throws where there is no WebGL 2. */
  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { alpha: true, depth: true, antialias: true, premultipliedAlpha: true });
    if (gl === null) throw new Error("there is no WebGL 2");
    this.#gl = gl;
    canvas.addEventListener("webglcontextlost", () => (this.lost = true));
    this.#surface = new Program(gl, SURFACE_VERTEX, SURFACE_FRAGMENT);
    this.#ribbon = new Program(gl, RIBBON_VERTEX, RIBBON_FRAGMENT);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.clearColor(0, 0, 0, 0);
  }

  draw(ground: Ground, trails: readonly DrapedTrail[], camera: Camera, palette: Palette, width: number, height: number, ratio: number): void {
    if (this.lost) return;
    const gl = this.#gl;
    const [w, hgt] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== hgt) [this.canvas.width, this.canvas.height] = [w, hgt];
    gl.viewport(0, 0, w, hgt);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    this.#surface.use({ camera: camera.matrix, low: rgb(palette.low), high: rgb(palette.high), line: rgba(palette.isoline) });
    this.#meshOf(ground).draw();
    for (const trail of trails) this.#drawTrail(trail, camera, palette, [w, hgt], ratio);
  }

  #drawTrail(trail: DrapedTrail, camera: Camera, palette: Palette, size: readonly [number, number], ratio: number): void {
    let ribbon = this.#ribbons.get(trail.rule);
    if (ribbon === undefined) this.#ribbons.set(trail.rule, (ribbon = new Ribbon(this.#gl, this.#ribbon)));
    ribbon.fill(trail.pieces, camera);
    const method = methodNamed(trail.rule);
    const wide = method.width + (trail.chosen ? 0.75 : 0);
    const paint = (ink: string, pixels: number, dash: readonly number[], nearer: number): void => {
      const four = dash.length === 4 ? dash : [dash[0] ?? 0, dash[1] ?? 0, dash[0] ?? 0, dash[1] ?? 0];
      this.#ribbon.use({ camera: camera.matrix, size, width: pixels * ratio, nearer, ink: rgb(ink), dash: four });
      ribbon.mesh.draw();
    };
    paint(palette.casing, wide + 2, [], 0.0012);
    paint(colourOf(palette, trail.rule), wide, method.dash, 0.0018);
  }

  #meshOf(ground: Ground): Mesh {
    if (this.#mesh?.ground === ground) return this.#mesh.mesh;
    const { columns, rows, nodes, shade } = ground;
    const normal = new Float32Array(nodes.length);
    const index: number[] = [];
    const z = (i: number, j: number): number => nodes[3 * (Math.min(rows - 1, Math.max(0, j)) * columns + Math.min(columns - 1, Math.max(0, i))) + 2]!;
    const [dx, dy] = [(2 * ground.half[0]) / (columns - 1), (2 * ground.half[1]) / (rows - 1)];
    for (let j = 0; j < rows; j++) {
      for (let i = 0; i < columns; i++) {
        const at = j * columns + i;
        const [sx, sy] = [(z(i + 1, j) - z(i - 1, j)) / (2 * dx), (z(i, j + 1) - z(i, j - 1)) / (2 * dy)];
        normal.set([Number.isNaN(sx) ? 0 : -sx, Number.isNaN(sy) ? 0 : -sy, 1], 3 * at);
        if (i + 1 === columns || j + 1 === rows) continue;
        const four = [at, at + 1, at + columns, at + columns + 1];
        if (four.some((n) => Number.isNaN(nodes[3 * n + 2]))) continue;
        index.push(four[0]!, four[1]!, four[2]!, four[2]!, four[1]!, four[3]!);
      }
    }
    this.#mesh?.mesh.remove();
    const known = (data: Float32Array): Float32Array => data.map((each) => (Number.isNaN(each) ? 0 : each));
    const columnsOf = { position: { size: 3, data: known(nodes) }, normal: { size: 3, data: normal }, shade: { size: 1, data: known(shade) } };
    this.#mesh = { ground, mesh: new Mesh(this.#gl, this.#surface, columnsOf, new Uint16Array(index)) };
    return this.#mesh.mesh;
  }

  /** Give the context back: browsers keep about sixteen. */
  release(): void {
    this.lost = true;
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
