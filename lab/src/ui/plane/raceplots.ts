// The two small pictures: the loss and the gradient's size of each rule over the steps.
import { drawRace } from "../../draw/plane/raceplot.ts";
import type { Palette } from "../../draw/palette.ts";
import { lossOf, slopeOf } from "../../tabs/plane/scene.ts";
import { h } from "../dom.ts";
import { Surface } from "../surface.ts";
import type { PlanePart } from "./part.ts";

export function racePlots(palette: () => Palette, redraw: () => void): PlanePart {
  const [lossBox, slopeBox] = [h("div", { class: "small" }), h("div", { class: "small" })];
  const loss = new Surface(lossBox, "Loss above the lowest in the picture, for each rule, on a log scale", redraw);
  const slope = new Surface(slopeBox, "Length of the gradient, for each rule, on a log scale", redraw);
  const element = h(
    "div",
    { class: "pair" },
    h("section", { class: "card", "aria-label": "Loss over steps" }, h("h2", {}, "Loss above the lowest shown"), lossBox),
    h("section", { class: "card", "aria-label": "Gradient over steps" }, h("h2", {}, "Length of the gradient ‖∇f‖"), slopeBox),
  );
  return {
    element,
    patient: true,
    draw(_state, derived) {
      loss.draw((painter, width, height) => drawRace(painter, width, height, lossOf(derived), palette()));
      slope.draw((painter, width, height) => drawRace(painter, width, height, slopeOf(derived), palette()));
    },
    close() {
      loss.close();
      slope.close();
    },
  };
}
