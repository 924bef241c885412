// The module's doors: a widget for notebooks, and a page that starts itself where its element is.
import { FileHost } from "./hosts/file.ts";
import type { Host } from "./hosts/host.ts";
import { ServerHost } from "./hosts/server.ts";
import { WidgetHost, type WidgetModel } from "./hosts/widget.ts";
import { Page } from "./page.ts";
import type { Scenario } from "./scenario.ts";
import { loadPresets } from "./tabs/presets.ts";

function firstScreen(): Scenario {
  const presets = loadPresets();
  const first = presets.find((preset) => preset.name === "double well") ?? presets[0];
  if (first === undefined) throw new Error("the page was built without presets");
  return first.scenario;
}

/** Show the lab in `element`; answers with the function that takes it down. */
export function mount(element: HTMLElement, host: Host): () => void {
  let page: Page | null = null;
  const faults: string[] = [];
  const early = host.onFault((sentence) => faults.push(sentence));
  let closed = false;
  void host.initial().then((scenario) => {
    if (closed) return;
    early();
    page = new Page(element, host, scenario ?? firstScreen());
    for (const sentence of faults) page.notice(sentence);
    connect(page, host);
  });
  return () => {
    closed = true;
    if (page === null) host.close();
    else page.close();
  };
}

/** Each time the engine comes (back), it is told what it has to know again. */
function connect(page: Page, host: Host): void {
  const adopt = (): void => void page.adopt(host.knows(page.store.scenario.function) ? 0 : null);
  host.onLink((link) => {
    if (link === "live") adopt();
  });
  if (host.engine?.connected === true) adopt();
}

function boot(): void {
  const element = document.getElementById("surefoot-lab");
  const kind = element?.dataset.host;
  if (element === null || (kind !== "server" && kind !== "file")) return;
  mount(element, kind === "server" ? new ServerHost() : new FileHost());
}

if (typeof document !== "undefined") boot();

export default {
  render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
    return mount(el, new WidgetHost(model));
  },
};
