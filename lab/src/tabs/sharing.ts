// Links, files and the clipboard.
import { encodeScenario } from "../fragment.ts";
import type { Host } from "../hosts/host.ts";
import { scenarioHash, toText, type Scenario } from "../scenario.ts";
import type { Store } from "../store.ts";

export interface Pictures {
  svg(): string;
  png(): Promise<Blob | null>;
}

/** Whether the address bar is this page's own: a notebook's is not, nor is that around a frame. */
export function hasAddress(host: Host): boolean {
  return host.kind !== "widget" && location.protocol !== "about:";
}

/** Who can open a link, which need not be the person that it is sent to. */
export function linkReach(kind: Host["kind"], address: Pick<URL, "hostname" | "protocol"> | null): string {
  const instead = "For others, use Export: the HTML page opens anywhere.";
  if (address === null) return `It is the part behind the address of a lab or of an exported page, which has to be put before it. ${instead}`;
  if (address.protocol === "file:") return `It opens on computers that have this file in the same folder. ${instead}`;
  if (kind !== "server") return "It opens for whoever can open this page.";
  if (["127.0.0.1", "localhost", "[::1]"].includes(address.hostname)) return `It opens on this computer only, while the lab runs. ${instead}`;
  return "It opens while this lab runs, for whoever can reach it and has its key.";
}

function download(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** This very page with another scenario in it. Its script is untouched, so its policy still holds. */
function pageWith(scenario: Scenario): string {
  const copy = document.documentElement.cloneNode(true) as HTMLElement;
  const holder = copy.querySelector("#scenario");
  if (holder !== null) holder.textContent = toText(scenario).replaceAll("<", "\\u003c");
  return `<!doctype html>\n${copy.outerHTML}`;
}

export class Sharing {
  readonly #store: Store;
  readonly #host: Host;
  readonly #pictures: Pictures;

  constructor(store: Store, host: Host, pictures: Pictures) {
    this.#store = store;
    this.#host = host;
    this.#pictures = pictures;
  }

  /** The tapes go along: who opens the link may have no engine. */
  async share(): Promise<void> {
    const { scenario } = this.#store;
    const packed = await encodeScenario(scenario);
    const here = !hasAddress(this.#host) ? "" : location.href.split("#")[0];
    const words = `The link to this scenario (${scenarioHash(scenario).slice(0, 8)}) was copied. ${linkReach(this.#host.kind, here === "" ? null : new URL(location.href))}`;
    await this.copy(`${here}#s=${packed}`, words);
  }

  async copy(words: string, said: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(words);
      this.#store.set({ notice: said });
    } catch {
      this.#store.set({ notice: "The browser does not let this page write to the clipboard; select the text and copy it by hand." });
    }
  }

  svg(): void {
    this.#save("svg", new Blob([this.#pictures.svg()], { type: "image/svg+xml" }));
  }

  async png(): Promise<void> {
    const blob = await this.#pictures.png();
    if (blob !== null) this.#save("png", blob);
  }

  json(): void {
    this.#save("json", new Blob([toText(this.#store.scenario)], { type: "application/json" }));
  }

  async page(): Promise<void> {
    const { engine } = this.#host;
    const { scenario } = this.#store;
    try {
      const html = engine === null ? pageWith(scenario) : await engine.export(scenario);
      this.#save("html", new Blob([html], { type: "text/html" }));
    } catch (error) {
      this.#store.set({ notice: error instanceof Error ? `The page was not exported: ${error.message}.` : "The page was not exported." });
    }
  }

  #save(ending: string, blob: Blob): void {
    const name = `surefoot-${this.#store.scenario.tab}.${ending}`;
    download(name, blob);
    this.#store.set({ notice: `${name} was saved.` });
  }
}
