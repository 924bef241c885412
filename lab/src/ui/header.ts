import type { Mode } from "../scenario.ts";
import { h, press, show } from "./dom.ts";
import type { Context, Part } from "./context.ts";
import { helpDialog } from "./help.ts";

const MODES: [Mode, string, string][] = [
  ["explore", "Explore", "Everything is shown, and moves as you do"],
  ["challenge", "Challenge", "Predict where the ball will end, then run"],
  ["blindfold", "Blindfold", "Only the slope under the ball is shown, as descent itself knows it"],
];

const THEMES = { auto: ["◐", "Auto"], light: ["☀", "Light"], dark: ["☾", "Dark"] } as const;
const AFTER = { auto: "light", light: "dark", dark: "auto" } as const;

function exportMenu(context: Context): { element: HTMLElement; html: HTMLElement } {
  const { actions } = context;
  const item = (words: string, act: () => void): HTMLButtonElement =>
    h("button", { type: "button", role: "menuitem", click: () => { close(); act(); } }, words);
  const html = item("Page that works offline (HTML)", () => void actions.exportPage());
  const sheet = h(
    "div",
    { class: "sheet", role: "menu", hidden: true },
    item("Picture (PNG)", () => void actions.exportPng()),
    item("Picture (SVG)", () => actions.exportSvg()),
    item("Scenario (JSON)", () => actions.exportJson()),
    html,
  );
  const button = h("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", click: () => toggle() }, "⤓ Export");
  const element = h("div", { class: "menu" }, button, sheet);
  const items = (): HTMLElement[] => [...sheet.querySelectorAll("button")].filter((each) => !each.hidden);
  function close(): void {
    show(sheet, false);
    button.setAttribute("aria-expanded", "false");
  }
  function toggle(): void {
    if (!sheet.hidden) {
      close();
      return;
    }
    show(sheet, true);
    button.setAttribute("aria-expanded", "true");
    items()[0]?.focus();
  }
  element.addEventListener("keydown", (event) => {
    if (sheet.hidden) return;
    const all = items();
    const root = element.getRootNode() as ShadowRoot;
    const at = all.indexOf(root.activeElement as HTMLElement);
    if (event.key === "Escape") {
      close();
      button.focus();
    } else if (event.key === "ArrowDown") all[(at + 1) % all.length]?.focus();
    else if (event.key === "ArrowUp") all[(at - 1 + all.length) % all.length]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  element.addEventListener("focusout", (event) => {
    if (!element.contains(event.relatedTarget as Node | null)) close();
  });
  return { element, html };
}

export function header(context: Context): Part {
  const { actions, store } = context;
  const modes = MODES.map(([mode, words, title]) =>
    h("button", { type: "button", title, "aria-pressed": "false", click: () => actions.setMode(mode) }, words),
  );
  const theme = h("button", {
    type: "button",
    title: "Colours: as the system has them, light, dark",
    click: () => store.view({ theme: AFTER[store.scenario.view.theme] }),
  });
  const menu = exportMenu(context);
  const help = helpDialog();
  const element = h(
    "header",
    { class: "head" },
    h("span", { class: "brand" }, "Surefoot"),
    h("nav", { class: "tabs", "aria-label": "Tabs" }, h("a", { "aria-current": "page" }, "Curve")),
    h("div", { class: "segments", role: "group", "aria-label": "Mode" }, ...modes),
    h("button", { type: "button", title: "Copy a link that holds all of this", click: () => void actions.share() }, "⇪ Share"),
    menu.element,
    theme,
    h("button", { type: "button", "aria-label": "Help: what am I looking at?", title: "What am I looking at?", click: () => help.showModal() }, "?"),
    help,
  );
  return {
    element,
    update(state) {
      MODES.forEach(([mode], i) => press(modes[i]!, state.scenario.view.mode === mode));
      const [sign, words] = THEMES[state.scenario.view.theme];
      if (theme.textContent !== `${sign} ${words}`) {
        theme.replaceChildren(sign, h("span", { class: "roomy" }, ` ${words}`));
        theme.setAttribute("aria-label", `Colours: ${state.scenario.view.theme}`);
      }
      show(menu.html, context.host.kind === "file" || state.link === "live");
    },
  };
}
