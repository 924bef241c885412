// The surface in three dimensions beside the map, with the same trails on it. The WebGL context is made
// when the picture comes into sight and given back when it leaves.
import { cameraOf, type Camera } from "../../draw/relief/camera.ts";
import { draped, groundOf, onGround, type Ground } from "../../draw/relief/ground.ts";
import { paintGround, paintTrails, type DrapedTrail } from "../../draw/relief/painted.ts";
import { WebglRelief } from "../../draw/relief/webgl.ts";
import { colourOf, drawMark, methodNamed, RECORDED } from "../../draw/plane/methods.ts";
import type { Painter } from "../../draw/painter.ts";
import type { Palette } from "../../draw/palette.ts";
import type { Field } from "../../math/plane/field.ts";
import type { Pair } from "../../scenario.ts";
import { Memo } from "../../tabs/memo.ts";
import type { PlaneActions } from "../../tabs/plane/actions.ts";
import type { PlaneDerived, PlaneModel } from "../../tabs/plane/model.ts";
import { trailsOf } from "../../tabs/plane/scene.ts";
import type { Context } from "../context.ts";
import { h, press, put, show, write } from "../dom.ts";
import { Surface } from "../surface.ts";
import type { PlanePart } from "./part.ts";

const FINE = 110; // nodes along a side in WebGL
const COARSE = 52; // on a canvas
const TILT: Pair = [0.12, 1.5];
const PER_PIXEL = 0.009;
const TURN = 0.12; // radians a key

export function reliefView(context: Context, model: PlaneModel, actions: PlaneActions, palette: () => Palette, redraw: () => void): PlanePart {
  const box = h("div", { class: "plot relief3d", tabindex: 0, role: "slider", id: "relief", "aria-label": "Surface in three dimensions; arrow keys turn it", "aria-valuemin": -180, "aria-valuemax": 180 });
  const surface = new Surface(box, "Surface with the paths of the rules", redraw);
  const toggle = h("button", { type: "button", "aria-pressed": "true", title: "Show the surface in three dimensions", click: () => actions.edit({ surface: actions.landscape?.surface !== true }) }, "3-D");
  const scale = h("span", { class: "quiet" });
  const element = h("section", { class: "card relief", "aria-label": "Surface" }, h("div", { class: "cardhead" }, h("h2", {}, "Surface"), scale, toggle), box);
  const grounds = new Memo<Ground>();
  const cameras = new Memo<Camera>();
  let gl: WebglRelief | null = null;
  let without = false; // there is no WebGL here
  let visible = true;

  const watcher = new IntersectionObserver((entries) => {
    visible = entries.at(-1)?.isIntersecting === true;
    if (visible) redraw();
    else letGo();
  });
  watcher.observe(box);

  function letGo(): void {
    gl?.release();
    gl?.canvas.remove();
    gl = null;
  }

  /** The context, if there can be one. */
  function webgl(): WebglRelief | null {
    if (gl?.lost === true) letGo();
    if (gl !== null || without) return gl;
    const canvas = h("canvas", { "aria-hidden": "true" });
    try {
      gl = new WebglRelief(canvas);
      box.prepend(canvas);
    } catch {
      without = true;
    }
    return gl;
  }

  function turn(azimuth: number, elevation: number, gesture: string): void {
    const { landscape } = actions;
    if (landscape === null) return;
    const [a, e] = landscape.turn;
    const around = ((a + azimuth + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
    actions.edit({ turn: [around, Math.min(TILT[1], Math.max(TILT[0], e + elevation))] }, gesture);
  }

  let from: { x: number; y: number } | null = null;
  let gesture = 0;
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = { x: event.clientX, y: event.clientY };
    gesture += 1;
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    if (from === null) return;
    turn((from.x - event.clientX) * -PER_PIXEL, (event.clientY - from.y) * PER_PIXEL, `turn ${gesture}`);
    from = { x: event.clientX, y: event.clientY };
  });
  const lift = (): void => {
    from = null;
    context.store.endGesture();
  };
  box.addEventListener("pointerup", lift);
  box.addEventListener("pointercancel", lift);
  box.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-TURN, 0], ArrowRight: [TURN, 0], ArrowUp: [0, TURN], ArrowDown: [0, -TURN] }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    turn(way[0]!, way[1]!, "turn keys");
  });
  box.addEventListener("blur", () => context.store.endGesture());

  function marks(painter: Painter, field: Field, derived: PlaneDerived, { half }: Ground, camera: Camera, colours: Palette): void {
    const { plane, here } = derived;
    const name = (x: number, y: number, words: string): void => {
      const [px, py] = camera.project(x, y, 0);
      painter.text(px, py + 8, words, { size: 12, color: colours.mute, align: "center", bold: true, halo: colours.panel });
    };
    // The names stand at the two edges of the ground that are nearest to the eye.
    const [a] = derived.landscape.turn;
    name(0, Math.cos(a) > 0 ? -half[1] : half[1], derived.cut.names[0]);
    name(Math.sin(a) > 0 ? -half[0] : half[0], 0, derived.cut.names[1]);
    for (const trail of trailsOf(derived)) {
      const at = onGround(field, plane, trail.x[trail.last]!, trail.y[trail.last]!);
      if (at === null) continue;
      const [x, y] = camera.project(...at);
      drawMark(painter, methodNamed(trail.rule).mark, x, y, trail.rule === RECORDED.name ? 2.5 : 4, colourOf(colours, trail.rule), colours.casing);
    }
    const start = onGround(field, plane, here.x, here.y);
    if (start === null) return;
    const [x, y] = camera.project(...start);
    painter.circle(x, y, 6, { fill: colours.panel, stroke: { color: colours.accent, width: 2.5 } });
  }

  return {
    element,
    patient: true,
    draw(_state, derived) {
      if (!derived.landscape.surface || !visible || surface.width === 0) {
        if (!derived.landscape.surface) letGo();
        return;
      }
      const field = model.shown;
      if (field === null) return;
      const { width, height } = surface;
      const colours = palette();
      const trails = trailsOf(derived).sort((a, b) => Number(a.chosen) - Number(b.chosen));
      const lines: DrapedTrail[] = trails.map((trail) => ({ rule: trail.rule, chosen: trail.chosen, pieces: draped(field, derived.plane, trail, 1 / Math.max(1, trails.length)) }));
      const made = colours.low === colours.high ? null : webgl(); // the system's own colours: on the canvas
      const most = made === null ? COARSE : FINE;
      const ground = grounds.get([field, most], () => groundOf(field, most));
      const { turn } = derived.landscape;
      const camera = cameras.get([ground, turn, width, height], () => cameraOf(turn, width, height, ground));
      if (made === null) {
        letGo();
        surface.drawBehind([field, turn, colours], (painter) => paintGround(painter, ground, camera, colours));
      } else {
        surface.drawBehind(["WebGL"], () => undefined);
        made.draw(ground, lines, camera, colours, width, height, Math.min(2, window.devicePixelRatio || 1));
      }
      surface.draw((painter) => {
        if (made === null) paintTrails(painter, lines, camera, colours);
        marks(painter, field, derived, ground, camera, colours);
      });
    },
    update(_state, { landscape }) {
      press(toggle, landscape.surface);
      show(box, landscape.surface);
      show(scale, landscape.surface);
      write(scale, model.shown?.logarithmic === true ? "height: log of the loss above the lowest" : "height: loss");
      const degrees = Math.round((landscape.turn[0] * 180) / Math.PI);
      put(box, "aria-valuenow", String(degrees));
      put(box, "aria-valuetext", `turned ${degrees} degrees, tilted ${Math.round((landscape.turn[1] * 180) / Math.PI)} degrees`);
      put(box, "data-painter", gl === null ? "canvas" : "webgl");
    },
    close() {
      watcher.disconnect();
      letGo();
      surface.close();
    },
  };
}
