import type { Mode } from "../scenario.ts";
import { h, press, put, show } from "./dom.ts";
import type { LabFunction, TabKey } from "../scenario.ts";
import type { Bar, Context } from "./context.ts";
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
  const button = h("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "Export", click: () => toggle() }, "⤓", h("span", { class: "roomy" }, " Export"));
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

/** What the header has to know of a tab. */
interface Named {
  readonly key: TabKey;
  readonly title: string;
  available(f: LabFunction): boolean;
}

/** The tabs: arrow keys go from one to the next, and so do their numbers. */
function tabList(context: Context, kinds: readonly Named[]): Bar {
  const { actions, store } = context;
  const buttons = kinds.map((kind, i) =>
    h("button", { type: "button", role: "tab", id: `tab-${kind.key}`, click: () => actions.tab(kind.key) }, h("span", { class: "number", "aria-hidden": "true" }, String(i + 1)), ` ${kind.title}`),
  );
  const element = h("nav", { class: "tabs", role: "tablist", "aria-label": "Tabs" }, ...buttons);
  element.addEventListener("keydown", (event) => {
    const open = kinds.map((_, i) => i).filter((i) => !buttons[i]!.hidden);
    const at = open.indexOf(kinds.findIndex((kind) => kind.key === store.scenario.tab));
    const turn = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const number = Number(event.key) - 1;
    const to = turn !== undefined ? open[(at + turn + open.length) % open.length] : event.key === "Home" ? open[0] : event.key === "End" ? open.at(-1) : open.includes(number) ? number : undefined;
    if (to === undefined) return;
    event.preventDefault();
    actions.tab(kinds[to]!.key);
    buttons[to]!.focus();
  });
  return {
    element,
    update({ scenario }) {
      kinds.forEach((kind, i) => {
        const [button, chosen] = [buttons[i]!, scenario.tab === kind.key];
        show(button, kind.available(scenario.function));
        put(button, "aria-selected", String(chosen));
        put(button, "tabindex", chosen ? "0" : "-1");
      });
    },
  };
}

export function header(context: Context, tabs: readonly Named[]): Bar {
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
  const list = tabList(context, tabs);
  const segments = h("div", { class: "segments", role: "group", "aria-label": "Mode" }, ...modes);
  const element = h(
    "header",
    { class: "head" },
    h("span", { class: "brand" }, "Surefoot"),
    list.element,
    segments,
    h("button", { type: "button", title: "Copy a link that holds all of this", "aria-label": "Share", click: () => void actions.share() }, "⇪", h("span", { class: "roomy" }, " Share")),
    menu.element,
    theme,
    h("button", { type: "button", "aria-label": "Help: what am I looking at?", title: "What am I looking at?", click: () => help.showModal() }, "?"),
    help,
  );
  return {
    element,
    update(state, derived) {
      list.update(state, derived);
      show(segments, state.scenario.tab === "curve");
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
