import { h } from "./dom.ts";

const PICTURE: [string, string][] = [
  ["● ball", "The present w. Drag it, click the curve, or give it the focus and use the arrow keys."],
  ["tangent", "The straight line with the slope dL/dw under the ball."],
  ["thin arrow", "The gradient: it points uphill, and its length is dL/dw, measured along the w axis."],
  ["thick arrow", "One step of gradient descent, −η·dL/dw, in its true length. “×0.1” says that it is drawn shorter."],
  ["dotted path", "Where the next steps would go with this learning rate. The path behind the ball is solid."],
  ["▼ ▲", "The lowest minimum and the highest maximum. They are called global where a look far outside the window found nothing lower or higher either; that is found numerically."],
  ["▽ △", "Local minima and maxima: somewhere, in the window or outside, the curve is lower or higher."],
  ["○ ∘", "A place that is flat without being a minimum or maximum (○), and inflections (∘). On a level stretch the curve is constant."],
  ["dashed verticals", "Poles, jumps and the edge of where the function is defined. The curve breaks there."],
];

const LANDSCAPE: [string, string][] = [
  ["⊙ start", "Where all rules begin. Drag it, click the map, or give it the focus and use the arrow keys: the whole paths follow."],
  ["∇f", "The gradient, uphill, at right angles to the level line through the start (dashed). Its arrow shows the direction only."],
  ["thick arrow", "The step of the chosen rule in its true length: its gradient part (vermilion) and what momentum adds (dashed)."],
  ["paths", "One rule each, by colour, dash and the mark at its end. A tag at the border tells who leaves, and who diverged at which step."],
  ["▼ ▽ ▲ ✕ ○", "Lowest minimum, other minima, maxima, saddles, degenerate points. A click on one marks it in the list."],
  ["Basins", "Each place in the tint of the minimum that the chosen rule comes to from there."],
  ["η", "The leaderboard always shows it: the same for all, the best of those tried for each, or as you tune it."],
];

const NOISE: [string, string][] = [
  ["dots at the start", "−∇ of each example, all on one scale of their own, and their mean −∇L. The ring (or bar) is one standard deviation of a batch about it."],
  ["walks", "From one start, each with a seed of its own: the same seeds draw the same examples, here and in Python. Diamonds: the mean of the last half of each."],
  ["spread", "How far a batch’s gradient lies from the mean gradient: by √(tr Σ/b), and less where nothing is drawn twice."],
  ["theory", "Where the mean loss settles near the minimum of the start’s valley. It is exact for a quadratic loss and batches drawn apart from each other."],
];

const MARKS: [string, string][] = [
  ["This step", "Up to this η the next step goes down for sure: a bound on the curvature along the step."],
  ["This valley", "Below this η, 2 / L″ at the minimum ahead, the valley holds a ball that is near its bottom."],
  ["In view", "2 / the largest L″ in the window: below it, a step goes down from anywhere in view."],
];

const KEYS: [string, string][] = [
  ["← →", "move the ball by 1 % of the window; with Shift by 10 %, with Ctrl or Alt by 0.1 %"],
  ["Space", "one step"],
  ["Enter", "run, and pause"],
  ["Home", "reset to the start"],
  ["Ctrl Z", "undo; with Shift, redo"],
  ["wheel, + −", "zoom; drag the background to move the window; 0 fits it"],
];

const TAGS: [string, string][] = [
  ["proved", "follows from the function's graph, or from bounds that hold on the whole stretch"],
  ["found numerically", "from evaluations: a finer look might still find more"],
  ["recorded", "computed earlier by Python and shown as it was"],
];

function entries(pairs: [string, string][], keys = false): HTMLElement {
  return h("dl", {}, ...pairs.flatMap(([name, words]) => [h("dt", {}, keys ? h("kbd", {}, name) : name), h("dd", {}, words)]));
}

export function helpDialog(): HTMLDialogElement {
  const dialog = h("dialog", { "aria-labelledby": "help-title" });
  dialog.append(
    h(
      "div",
      { class: "cardhead" },
      h("h2", { id: "help-title" }, "What am I looking at?"),
      h("button", { type: "button", click: () => dialog.close() }, "Close"),
    ),
    h(
      "p",
      {},
      "The loss L(w) of one number w, and gradient descent on it: at every step w moves against the slope, ",
      "w − η·dL/dw. All numbers are exact derivatives of the function itself, computed in float64.",
    ),
    h("h3", {}, "In the picture"),
    entries(PICTURE),
    h("h3", {}, "On the landscape"),
    entries(LANDSCAPE),
    h("h3", {}, "On the noise"),
    entries(NOISE),
    h("h3", {}, "Three marks on the learning rate"),
    entries(MARKS),
    h("h3", {}, "How sure a sentence is"),
    entries(TAGS),
    h("h3", {}, "Keys, with the focus on the ball"),
    entries(KEYS, true),
    h("h3", {}, "Modes"),
    h(
      "p",
      {},
      "Explore shows everything. Challenge: place the flag where you think the ball will end, then run. ",
      "Blindfold hides the curve: only the slope under the ball is shown, until the run ends.",
    ),
  );
  return dialog;
}
