// The local server. The token comes once in the fragment, moves to sessionStorage and is stripped
// from the address; without it the page does not connect and runs on its tapes.
import { decodeScenario, fragmentParts } from "../fragment.ts";
import type { LabFunction, Scenario } from "../scenario.ts";
import type { Link } from "../store.ts";
import { watchAddress } from "./address.ts";
import { Engine } from "./engine.ts";
import { Signal, type Arrival, type Host } from "./host.ts";

const TOKEN = "surefoot-lab-token";
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** So long (ms) the first picture waits for the engine's scenario; after that a stand-in is shown. */
const GREETING = 1000;

/** The token, after taking it out of the address bar and the history. */
function takeToken(): string | null {
  const { token } = fragmentParts(location.hash);
  if (token === null) return sessionStorage.getItem(TOKEN);
  keep(token);
  return token;
}

function keep(token: string): void {
  sessionStorage.setItem(TOKEN, token);
  const rest = new URLSearchParams(location.hash.slice(1));
  rest.delete("t");
  const left = rest.toString();
  history.replaceState(null, "", location.pathname + (left === "" ? "" : `#${left}`));
}

const REFUSED =
  "A lab answers at this address but does not let this page in: it was started anew, or has too many pages open. " +
  "Open the address that it printed, also in this tab; your picture stays.";

async function answers(): Promise<boolean> {
  try {
    await fetch("/", { method: "HEAD", cache: "no-store" });
    return true;
  } catch {
    return false;
  }
}

export class ServerHost implements Host {
  readonly kind = "server" as const;
  readonly engine: Engine | null;
  link: Link;
  readonly #links = new Signal<Link>();
  readonly #scenarios = new Signal<Arrival>();
  readonly #faults = new Signal<string>();
  readonly #unwatch: () => void;
  readonly #packed: string | null;
  #socket: WebSocket | null = null;
  #wait = FIRST_WAIT;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #first = true;
  #refused = false;
  #given: LabFunction | null = null;
  /** What the engine shows at first; null where it says nothing in time. */
  readonly #greeting: Promise<Scenario | null>;
  #greet: (scenario: Scenario | null) => void = () => undefined;
  /** Which scenario the page began with: a stand-in gives way to the engine's. */
  #began: "not yet" | "stand-in" | "its own" = "not yet";

  readonly onScenario = this.#scenarios.on;
  readonly onLink = this.#links.on;
  readonly onFault = this.#faults.on;

  constructor() {
    const token = takeToken();
    this.#packed = fragmentParts(location.hash).scenario;
    this.#greeting = new Promise((resolve) => {
      const late = setTimeout(() => resolve(null), GREETING);
      this.#greet = (scenario) => {
        clearTimeout(late);
        resolve(scenario);
      };
    });
    this.engine = token === null ? null : new Engine();
    this.link = token === null ? "none" : "away";
    this.engine?.fault.on((sentence) => this.#faults.emit(sentence));
    this.engine?.ready.on((scenario) => this.#ready(scenario));
    if (token === null) this.#greet(null);
    else this.#connect(token);
    this.#unwatch = watchAddress({
      scenario: (scenario) => this.#scenarios.emit({ scenario, late: false }),
      fault: (sentence) => this.#faults.emit(sentence),
      token: (token) => this.#admit(token),
    });
  }

  async initial(): Promise<Scenario | null> {
    const scenario = (await this.#addressed()) ?? (await this.#greeting);
    this.#began = scenario === null ? "stand-in" : "its own";
    return scenario;
  }

  async #addressed(): Promise<Scenario | null> {
    if (this.#packed === null) return null;
    try {
      return await decodeScenario(this.#packed);
    } catch (error) {
      this.#faults.emit(error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  knows(f: LabFunction): boolean {
    const given = this.#given;
    return given !== null && given.title === f.title && given.source === f.source && given.snippet === f.snippet;
  }

  publish(): void {
    // The address holds the scenario; the server keeps none.
  }

  close(): void {
    this.#unwatch();
    this.#leave();
  }

  /** The address of a lab that was started anew was opened in this tab. */
  #admit(token: string): void {
    keep(token);
    if (this.engine === null) {
      location.reload();
      return;
    }
    this.#leave();
    this.engine.detach();
    this.#wait = FIRST_WAIT;
    this.#refused = false;
    this.#connect(token);
  }

  #leave(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null; // its end is not news then
    socket?.close();
  }

  #connect(token: string): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`, ["surefoot-v1", token]);
    let opened = false;
    this.#socket = socket;
    socket.onopen = () => {
      opened = true;
      this.engine?.attach((message) => socket.send(message));
      this.engine?.hello();
    };
    socket.onmessage = (event) => this.engine?.receive(event.data);
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.engine?.detach();
      this.#greet(null);
      this.#setLink("away");
      this.#later(token);
      if (!opened) void this.#askWhy(socket);
    };
  }

  #later(token: string): void {
    this.#timer = setTimeout(() => void this.#return(token), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  /** Knock before the socket: a server that is not there is one complaint of the browser's, not two. */
  async #return(token: string): Promise<void> {
    const before = this.#socket;
    const there = await answers();
    if (this.#socket !== before) return;
    if (there) this.#connect(token);
    else this.#later(token);
  }

  /** The browser does not tell why a socket did not open. Where the server answers, it has refused. */
  async #askWhy(socket: WebSocket): Promise<void> {
    if (this.#refused || !(await answers()) || this.#socket !== socket) return;
    this.#refused = true;
    this.#faults.emit(REFUSED);
  }

  #ready(scenario: Scenario | null): void {
    this.#wait = FIRST_WAIT;
    this.#refused = false;
    this.#given = scenario?.function ?? null;
    this.#greet(scenario);
    // After a reconnect, or where the address holds a scenario, the page's own one stands.
    if (this.#first && this.#began === "stand-in" && scenario !== null) this.#scenarios.emit({ scenario, late: true });
    this.#first = false;
    this.#setLink("live");
  }

  #setLink(link: Link): void {
    this.link = link;
    this.#links.emit(link);
  }
}
