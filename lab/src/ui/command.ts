// The command bar: the formula, what is known about it, and what went wrong with the last one typed.
import { choose, h, show, write } from "./dom.ts";
import type { Bar, Context } from "./context.ts";
import type { LabFunction } from "../scenario.ts";
import type { Problem, State } from "../store.ts";
import { curveVisible } from "../store.ts";
import type { Derived } from "../tabs/derived.ts";
import { landscapeOf } from "../tabs/plane/state.ts";
import { bendIn, provedWords } from "../proof.ts";
import { counted } from "../math/words.ts";

const PAUSE = 350; // ms of silence after which what is typed is tried

const SMOOTH = { smooth: "✓ smooth", kinked: "? not proved smooth: a step has a corner", jumps: "? not proved smooth: a step jumps", unknown: "? smoothness unknown" } as const;

function errorBox(): { element: HTMLElement; update: (problem: Problem | null) => void } {
  const source = h("span");
  const caret = h("span", { class: "caret", "aria-hidden": "true" });
  const place = h("pre", {}, source, "\n", caret);
  const message = h("p");
  const element = h("div", { class: "error", role: "alert", hidden: true }, place, message);
  return {
    element,
    update(problem) {
      show(element, problem !== null);
      if (problem === null) return;
      show(place, problem.span !== null);
      if (problem.span !== null) {
        const [from, to] = problem.span;
        write(source, problem.source);
        write(caret, `${" ".repeat(Math.max(0, from))}${"^".repeat(Math.max(1, Math.min(to, problem.source.length + 1) - from))}`);
      }
      write(message, problem.message);
    },
  };
}

function linkWords(state: State, kind: string): string {
  if (state.link === "away") return "engine away";
  if (state.link === "live") return "";
  return kind === "file" ? "offline page" : "no engine";
}

const DEFINED = "defined";

const CONVEX: Record<string, string> = {
  convex: "✓ convex",
  straight: "✓ straight",
  concave: "✗ concave",
  neither: "✗ not convex",
  unknown: "? convexity unknown",
};

/** Where the slope is zero in the window. An end of the domain is no such place, a corner has no slope, and a slope that float64 cannot show may be another number. */
export function countWords({ searching, points, proved }: Pick<Derived, "searching" | "points"> & Partial<Pick<Derived, "proved">>): string {
  if (searching) return "looking for stationary points …";
  const corners = points.filter((each) => each.kind.startsWith("corner")).length;
  const levels = points.filter((each) => each.span !== null && !each.faded).length;
  const stationary = points.filter((each) => each.span === null && !each.atEdge && ["minimum", "maximum", "flat"].includes(each.kind)).length;
  const jumps = points.filter((each) => each.kind === "jump minimum").length;
  const faded = points.filter((each) => each.span !== null && each.faded).length;
  const stretches = (n: number): string => (n === 1 ? "1 stretch" : `${n} stretches`);
  const more = [
    corners === 0 ? "" : counted(corners, "corner"),
    jumps === 0 ? "" : `${jumps === 1 ? "1 minimum" : `${jumps} minima`} at a jump`,
    levels === 0 ? "" : `${stretches(levels)} where the curve is level`,
    faded === 0 ? "" : `${stretches(faded)} where float64 shows no slope`,
  ].filter((each) => each !== "");
  const words = stationary === 0 && more.length > 0 ? more : [counted(stationary, "stationary point"), ...more];
  const said = proved == null ? ", found numerically" : provedWords(proved, more.length > 0 ? NaN : stationary);
  return `${words.join(" and ")} in this window${said}`;
}

/** Smooth is said of where the function is defined; a window with a gap or a pole in it is told so. */
export function smoothWords({ kind, words }: LabFunction["smoothness"], derived: Pick<Derived, "convexity"> | null): string {
  const part = words.endsWith(DEFINED) || derived?.convexity?.words.includes(DEFINED);
  return kind === "smooth" && part ? `✓ smooth where it is ${DEFINED}` : SMOOTH[kind];
}

export function command(context: Context): Bar {
  const { actions, store, host } = context;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shownFor: unknown = null;
  const input = h("input", {
    type: "text", class: "formula mono", id: "formula", spellcheck: "false", autocomplete: "off",
    autocapitalize: "off", maxlength: 500, "aria-describedby": "formula-facts",
  });
  const submit = (): void => {
    clearTimeout(timer);
    if (input.value.trim() !== "" && input.value !== store.scenario.function.formula) void actions.define(input.value);
    else if (store.state.problem !== null) store.set({ problem: null });
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(submit, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") submit();
  });
  const label = h("label", { for: "formula" });
  const presets = h("select", { "aria-label": "Presets", change: () => { if (presets.value !== "") actions.preset(presets.value); } });
  presets.append(h("option", { value: "" }, "Presets"), ...(["curve", "landscape", "noise"] as const).map((tab) => h(
    "optgroup", { label: `${tab[0]!.toUpperCase()}${tab.slice(1)}` },
    ...actions.presets.filter((each) => each.scenario.tab === tab).map((each) => h("option", { value: each.key }, each.name)),
  )));
  const slices = h("select", { "aria-label": "Slice", change: () => actions.slice(Number(slices.value)) });
  const error = errorBox();
  const smooth = h("span", { class: "chip" });
  const convex = h("span");
  const witness = h("button", { type: "button", class: "link", click: () => store.set({ witness: !store.state.witness }) });
  const convexTag = h("span", { class: "tag" });
  const convexChip = h("span", { class: "chip" }, convex, convexTag, witness);
  const found = h("span", { class: "chip" });
  const link = h("span", { class: "tag", role: "status" });
  const why = h("span", { class: "quiet" });
  const proof = h("p", { class: "quiet", id: "witness" });
  const lesson = h("p", { class: "lesson" });
  const element = h(
    "section",
    { class: "card command", "aria-label": "Function" },
    h("div", { class: "row" }, label, input, slices, presets, link),
    error.element,
    h("div", { class: "facts", id: "formula-facts" }, smooth, convexChip, found, why),
    proof,
    lesson,
  );

  function newFunction(state: State): void {
    const { function: f } = state.scenario;
    if (shownFor === f) return;
    shownFor = f;
    write(label, f.formula === null ? "Function" : `${f.title} =`);
    const root = element.getRootNode() as ShadowRoot;
    if (root.activeElement !== input) input.value = f.formula ?? "";
    // A formula within bounds is more than its text, so it cannot be typed again.
    input.placeholder = f.formula !== null ? "" : f.mathml === null ? `${f.title}, a Python function` : f.source ?? "";
    slices.replaceChildren(...f.slices.map((each, i) => h("option", { value: i }, each.label)));
    smooth.title = f.smoothness.words;
    write(why, f.tape === null ? f.why : "");
  }

  return {
    element,
    update(state, derived) {
      newFunction(state);
      error.update(state.problem);
      input.setAttribute("aria-invalid", String(state.problem !== null));
      const typing = host.engine !== null;
      if (input.readOnly === typing) {
        input.readOnly = !typing;
        input.title = typing ? "" : "This page has no engine: open `surefoot lab` to type another formula";
      }
      choose(slices, String(state.scenario.slice));
      choose(presets, state.scenario.preset ?? "");
      show(slices, state.scenario.function.slices.length > 1 && state.scenario.tab === "curve");
      write(smooth, smoothWords(state.scenario.function.smoothness, derived));
      const seen = curveVisible(state) || derived === null;
      // Blindfolded, who reads the formula sees the curve.
      input.classList.toggle("veiled", !seen);
      const f = state.scenario.function;
      const map = state.scenario.tab === "landscape" ? landscapeOf(state.scenario) : null;
      const cut = map === null ? undefined : f.plane?.cuts[map.cut];
      const convexity = derived?.convexity ?? (cut === undefined ? null : bendIn(actions.prover.known(f, cut.fixed), map!.box));
      show(convexChip, seen && convexity !== null);
      const where = convexity?.words.includes(DEFINED) ? `where it is ${DEFINED}` : "on this window";
      write(convex, `${CONVEX[convexity?.kind ?? "unknown"]}${convexity?.kind === "unknown" ? "" : ` ${where}`}`);
      write(convexTag, convexity?.tag ?? "");
      convex.title = convexity?.words ?? "";
      show(proof, state.witness && seen && derived !== null);
      write(proof, convexity?.words ?? "");
      show(witness, convexity?.witness != null);
      write(witness, state.witness ? "hide witness" : "show witness");
      show(convexTag, convexity?.kind !== "unknown");
      show(found, seen && derived !== null && derived.curve !== null);
      if (derived !== null) write(found, countWords(derived));
      const words = state.defining ? "asking the engine…" : linkWords(state, host.kind);
      show(link, words !== "");
      write(link, words);
      show(lesson, state.scenario.lesson !== "" && seen);
      write(lesson, state.scenario.lesson);
    },
  };
}
