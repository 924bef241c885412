// The page: the parts put together, and the one loop that redraws them after a change.
import css from "./style.css?inline";
import type { Arrival, Host } from "./hosts/host.ts";
import { DARK, FORCED, LIGHT, type Palette } from "./draw/palette.ts";
import { CanvasPainter } from "./draw/canvas.ts";
import { canvasMeasure, SvgPainter } from "./draw/svg.ts";
import { encodeScenario } from "./fragment.ts";
import { scenarioHash, type Scenario, type TabKey } from "./scenario.ts";
import { Store } from "./store.ts";
import { Actions } from "./tabs/actions.ts";
import { Model } from "./tabs/model.ts";
import { loadPresets } from "./tabs/presets.ts";
import { TABS } from "./tabs/registry.ts";
import { hasAddress } from "./tabs/sharing.ts";
import type { Shared, Tab } from "./tabs/tab.ts";
import { command } from "./ui/command.ts";
import type { Context, Bar } from "./ui/context.ts";
import { h, put, show, write } from "./ui/dom.ts";
import { header } from "./ui/header.ts";

const FIRST = 40; // ms of the very first frame: most functions are shown whole at once, and nothing shifts
const PIECE = 4; // ms of a frame for what takes long, and of each turn between frames
const QUIET = 90; // ms without a change after which the slow parts are made
const STILL = 500; // ms after which the outside is told

export class Page {
  readonly #root: HTMLElement;
  readonly #host: Host;
  readonly #lab: HTMLElement;
  readonly #store: Store;
  readonly #actions: Actions;
  readonly #bars: Bar[];
  readonly #shared: Shared;
  /** The tabs that have been looked at. */
  readonly #tabs = new Map<TabKey, Tab>();
  #shown: Tab | null = null;
  readonly #notice = h("p", { class: "notice", role: "status", "aria-live": "polite", id: "notice" });
  readonly #spoken = h("p", { class: "spoken", "aria-live": "polite" });
  readonly #endings: (() => void)[] = [];
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #forced = matchMedia("(forced-colors: active)");
  #frame = 0;
  readonly #channel = new MessageChannel();
  #turn = 0;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #still: ReturnType<typeof setTimeout> | undefined;
  #settled = true;

  constructor(root: HTMLElement, host: Host, scenario: Scenario) {
    this.#root = root;
    this.#host = host;
    this.#store = new Store(scenario, host.link);
    const shadow = root.shadowRoot ?? root.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
    const model = new Model();
    this.#actions = new Actions(this.#store, model, host, loadPresets(), { svg: () => this.#svg(), png: () => this.#png() });
    const context: Context = { store: this.#store, host, actions: this.#actions };
    this.#shared = { context, model, palette: () => this.#palette(), redraw: () => this.#request() };
    this.#bars = [header(context, TABS), command(context)];
    const lab = (this.#lab = h("main", { class: "lab" }, ...this.#bars.map((part) => part.element), this.#spoken));
    shadow.replaceChildren(lab);
    lab.addEventListener("keydown", (event) => this.#undoKeys(event));
    this.#listen();
    root.dataset.scenario = scenarioHash(scenario);
    this.#request();
  }

  get store(): Store {
    return this.#store;
  }

  /** Ask the engine about a function that came without its tape. */
  async adopt(engineId: number | null): Promise<void> {
    const { function: f } = this.#store.scenario;
    this.#actions.knownAs(engineId);
    if (f.tape === null && f.formula !== null) await this.#actions.define(f.formula, true);
    else if (f.tape === null) await this.#actions.consult();
  }

  notice(sentence: string): void {
    this.#store.set({ notice: sentence });
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#turn += 1;
    this.#channel.port1.close();
    clearTimeout(this.#quiet);
    clearTimeout(this.#still);
    this.#actions.close();
    for (const tab of this.#tabs.values()) tab.close();
    for (const end of this.#endings) end();
    this.#host.close();
  }

  #listen(): void {
    this.#endings.push(
      this.#store.subscribe((_state, changed) => {
        if (changed.has("scenario")) {
          this.#settled = false;
          delete this.#root.dataset.scenario; // written again at rest
        }
        this.#request();
      }),
      this.#host.onScenario((arrival) => this.#receive(arrival)),
      this.#host.onLink((link) => this.#store.set({ link })),
      this.#host.onFault((sentence) => this.notice(sentence)),
    );
    for (const watched of [this.#dark, this.#forced]) {
      const heard = (): void => this.#request();
      watched.addEventListener("change", heard);
      this.#endings.push(() => watched.removeEventListener("change", heard));
    }
  }

  /** A scenario from outside. What a person has begun is never lost to it. */
  #receive({ scenario, late }: Arrival): void {
    if (!this.#store.canUndo) this.#store.replace(scenario);
    else if (!late) this.#store.adopt(scenario);
    else this.notice("The engine answered only after you had begun, so your picture stays; the address that it printed opens its own.");
  }

  #request(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** The tab that the scenario names, made when it is first looked at. */
  #tab(key: TabKey): Tab {
    let tab = this.#tabs.get(key);
    if (tab === undefined) {
      const kind = TABS.find((each) => each.key === key) ?? TABS[0]!;
      tab = kind.make(this.#shared);
      this.#tabs.set(key, tab);
      this.#spoken.before(tab.element);
    }
    if (this.#shown !== tab) {
      this.#shown?.leave();
      this.#shown = tab;
      for (const each of this.#tabs.values()) show(each.element, each === tab);
      tab.takeNotice(this.#notice);
    }
    return tab;
  }

  #draw(): void {
    const tab = this.#tab(this.#store.scenario.tab);
    const { state } = this.#store; // leaving a tab may have changed it
    const settled = this.#settled || !tab.begun;
    const theme = this.#theme();
    if (this.#root.dataset.theme !== theme) this.#root.dataset.theme = theme;
    tab.frame(state, settled, performance.now() + (tab.begun ? PIECE : FIRST));
    for (const bar of this.#bars) bar.update(state, tab.derived);
    write(this.#notice, state.notice !== "" ? state.notice : tab.words(state));
    // What must not be told any more is gone at once, not only when the hand rests.
    if (tab.spoken(state) === "") write(this.#spoken, "");
    clearTimeout(this.#quiet);
    this.#turn += 1;
    put(this.#lab, "aria-busy", String(tab.busy));
    if (settled) this.#goOn();
    if (!settled) {
      this.#quiet = setTimeout(() => {
        this.#settled = true;
        this.#request();
        this.#atRest();
      }, QUIET);
    }
  }

  /** What takes long goes on between frames, a piece at a time, and is dropped with the next change. */
  #goOn(): void {
    const tab = this.#shown;
    if (tab?.pending !== true) return;
    const turn = ++this.#turn;
    // A timeout would wait as long again as the piece takes; a message comes after what the browser has to do.
    this.#channel.port1.onmessage = () => {
      if (turn !== this.#turn) return;
      if (tab.work(performance.now() + PIECE)) this.#request();
      else this.#goOn();
    };
    this.#channel.port2.postMessage(null);
  }

  /** The hand rests: the address, the notebook and the screen reader hear what is shown now. */
  #atRest(): void {
    clearTimeout(this.#still);
    this.#still = setTimeout(() => {
      if (this.#store.state.running) return;
      const { scenario } = this.#store;
      this.#host.publish(scenario);
      this.#root.dataset.scenario = scenarioHash(scenario);
      write(this.#spoken, this.#shown?.spoken(this.#store.state) ?? "");
      if (hasAddress(this.#host)) void this.#writeAddress(scenario);
    }, STILL);
  }

  async #writeAddress(scenario: Scenario): Promise<void> {
    const packed = await encodeScenario(scenario);
    if (this.#store.scenario === scenario) history.replaceState(null, "", `#s=${packed}`);
  }

  #theme(): "light" | "dark" {
    const { theme } = this.#store.scenario.view;
    if (theme !== "auto") return theme;
    return this.#dark.matches ? "dark" : "light";
  }

  #palette(): Palette {
    if (this.#forced.matches) return FORCED;
    return this.#theme() === "dark" ? DARK : LIGHT;
  }

  #undoKeys(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (event.target instanceof HTMLInputElement && event.target.type === "text") return;
    event.preventDefault();
    if (event.shiftKey) this.#store.redo();
    else this.#store.undo();
  }

  #svg(): string {
    const picture = this.#tab(this.#store.scenario.tab).picture;
    const [width, height] = picture.size();
    const painter = new SvgPainter(canvasMeasure());
    const palette = this.#theme() === "dark" ? DARK : LIGHT;
    painter.rect({ x: 0, y: 0, width, height }, { fill: palette.panel });
    picture.paintOn(painter, width, height, palette);
    return painter.document(width, height, picture.title);
  }

  async #png(): Promise<Blob | null> {
    const picture = this.#tab(this.#store.scenario.tab).picture;
    const [width, height] = picture.size();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    const context = canvas.getContext("2d");
    if (context === null) return null;
    context.scale(2, 2);
    const palette = this.#theme() === "dark" ? DARK : LIGHT;
    const painter = new CanvasPainter(context);
    painter.rect({ x: 0, y: 0, width, height }, { fill: palette.panel });
    picture.paintOn(painter, width, height, palette);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }
}
