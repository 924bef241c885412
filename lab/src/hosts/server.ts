// The local server. The token comes once in the fragment, moves to sessionStorage and is stripped
// from the address; without it the page does not connect and runs on its tapes.
import { decodeScenario, fragmentParts } from "../fragment.ts";
import type { LabFunction, Scenario } from "../scenario.ts";
import type { Link } from "../store.ts";
import { Engine } from "./engine.ts";
import { Signal, type Host } from "./host.ts";

const TOKEN = "surefoot-lab-token";
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** So long (ms) the first picture waits for the engine's scenario; after that a stand-in is shown. */
const GREETING = 1000;

/** The token, after taking it out of the address bar and the history. */
function takeToken(): string | null {
  const { token } = fragmentParts(location.hash);
  if (token === null) return sessionStorage.getItem(TOKEN);
  sessionStorage.setItem(TOKEN, token);
  const rest = new URLSearchParams(location.hash.slice(1));
  rest.delete("t");
  const left = rest.toString();
  history.replaceState(null, "", location.pathname + (left === "" ? "" : `#${left}`));
  return token;
}

export class ServerHost implements Host {
  readonly kind = "server" as const;
  readonly leads = false;
  readonly engine: Engine | null;
  link: Link;
  readonly #links = new Signal<Link>();
  readonly #scenarios = new Signal<Scenario>();
  readonly #faults = new Signal<string>();
  readonly #token: string | null;
  readonly #packed: string | null;
  #socket: WebSocket | null = null;
  #wait = FIRST_WAIT;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #first = true;
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
    this.#token = takeToken();
    this.#packed = fragmentParts(location.hash).scenario;
    this.#greeting = new Promise((resolve) => {
      const late = setTimeout(() => resolve(null), GREETING);
      this.#greet = (scenario) => {
        clearTimeout(late);
        resolve(scenario);
      };
    });
    this.engine = this.#token === null ? null : new Engine();
    this.link = this.#token === null ? "none" : "away";
    this.engine?.fault.on((sentence) => this.#faults.emit(sentence));
    this.engine?.ready.on((scenario) => this.#ready(scenario));
    if (this.#token === null) this.#greet(null);
    else this.#connect(this.#token);
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
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #connect(token: string): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`, ["surefoot-v1", token]);
    this.#socket = socket;
    socket.onopen = () => {
      this.engine?.attach((message) => socket.send(message));
      this.engine?.hello();
    };
    socket.onmessage = (event) => this.engine?.receive(event.data);
    socket.onclose = () => {
      this.engine?.detach();
      this.#greet(null);
      this.#setLink("away");
      this.#timer = setTimeout(() => this.#connect(token), this.#wait);
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    };
  }

  #ready(scenario: Scenario | null): void {
    this.#wait = FIRST_WAIT;
    this.#given = scenario?.function ?? null;
    this.#greet(scenario);
    // After a reconnect, or where the address holds a scenario, the page's own one stands.
    if (this.#first && this.#began === "stand-in" && scenario !== null) this.#scenarios.emit(scenario);
    this.#first = false;
    this.#setLink("live");
  }

  #setLink(link: Link): void {
    this.link = link;
    this.#links.emit(link);
  }
}
