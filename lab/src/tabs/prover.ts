// What is proved of the window in view: asked for while the hand rests, one question at a time, and replayed.
import { EngineError } from "../hosts/engine.ts";
import type { Host } from "../hosts/host.ts";
import { toText, type LabFunction } from "../scenario.ts";
import type { Proof } from "../proof.ts";
import { short } from "../ui/format.ts";
import type { Store } from "../store.ts";

type Box = readonly (readonly [number, number])[];

/** What is drawn: of a function, with what its tape takes behind the coordinates. */
export interface Drawn {
  f: LabFunction;
  fixed: readonly number[];
  box: Box;
  value: (x: readonly number[]) => number;
}

const REPLAY = 2400; // ms
/** Shares of the window at which Python compares the page's values with its own. */
const PROBES = [[0.31, 0.62], [0.5, 0.37], [0.83, 0.71]];

export class Prover {
  readonly #store: Store;
  readonly #host: Host;
  readonly #idOf: (f: LabFunction) => number | undefined;
  #asked: { f: LabFunction; key: string } | null = null;
  #drawn: Drawn | null = null;
  #frame = 0;

  constructor(store: Store, host: Host, idOf: (f: LabFunction) => number | undefined) {
    this.#store = store;
    this.#host = host;
    this.#idOf = idOf;
  }

  /** The last proof of a function on this cut: the engine's, or what the page brought. */
  known(f: LabFunction, fixed: readonly number[]): Proof | null {
    const { proof } = this.#store.state;
    const fits = (each: Proof): boolean => each.fixed.length === fixed.length && each.fixed.every((x, i) => x === fixed[i]);
    if (proof?.f === f && fits(proof.proof)) return proof.proof;
    return this.#host.proofs?.(f).find(fits) ?? null;
  }

  get able(): boolean {
    return this.#host.engine?.connected === true;
  }

  /** This is in view and at rest. */
  rest(drawn: Drawn): void {
    this.#drawn = drawn;
    void this.#ask(drawn, false);
  }

  /** Show how the window is cut, or hide it again. */
  async toggle(): Promise<void> {
    const drawn = this.#drawn;
    if (this.#store.state.replay !== null) {
      this.hide();
      return;
    }
    if (drawn === null || !(await this.#ask(drawn, true))) return;
    const { rounds, boxes, seconds, unresolved } = this.#store.state.proof!.proof;
    const last = rounds.length - 1;
    const left = unresolved.length > 0 ? ", red where nothing is decided" : "";
    this.#store.set({ notice: `Python cut the window into ${boxes} boxes in ${short(seconds, 2)} s: green where exactly one stationary point lies, thin or grey where there is none${left}.` });
    const began = performance.now();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const tick = (now: number): void => {
      const at = still ? last : Math.min(last, Math.floor((Math.max(0, now - began) / REPLAY) * (last + 1)));
      this.#store.set({ replay: at });
      if (at < last) this.#frame = requestAnimationFrame(tick);
    };
    tick(began);
  }

  hide(): void {
    cancelAnimationFrame(this.#frame);
    if (this.#store.state.replay !== null) this.#store.set({ replay: null });
  }

  /** Whether an answer came. */
  async #ask({ f, fixed, box, value }: Drawn, boxes: boolean): Promise<boolean> {
    const { engine } = this.#host;
    const key = toText([fixed, box]);
    const same = this.#asked?.f === f && this.#asked.key === key;
    if (same && !boxes) return false;
    this.hide();
    const id = f.formula === null ? this.#idOf(f) : undefined;
    if (engine?.connected !== true) return false;
    if (f.formula === null && id === undefined) {
      if (boxes) this.#store.set({ notice: "Python does not hold this function, so it can prove nothing of it." });
      return false;
    }
    this.#asked = { f, key };
    const probes = PROBES.map((shares) => {
      const x = box.map(([lo, hi], i) => lo + shares[i]! * (hi - lo));
      return [...x, value(x)];
    });
    this.#store.set({ proving: true });
    try {
      const named = f.formula === null ? { id: id! } : { src: f.formula };
      const proof = await engine.prove({ ...named, box, fixed, probes, boxes });
      if (proof === null) return false; // a newer question took this one's place
      this.#store.set({ proof: { f, proof }, proving: false });
      return true;
    } catch (error) {
      this.#store.set({ proving: false, ...(boxes && error instanceof Error ? { notice: error.message } : {}) });
      // What was lost with the line is asked again; a refusal stands.
      if (error instanceof EngineError && (error.code === "away" || error.code === "silent")) this.#asked = null;
      return false;
    }
  }
}
