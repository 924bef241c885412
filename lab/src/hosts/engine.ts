// The page's half of the protocol (v1) over whatever carries JSON objects: a websocket or a
// notebook's comm. Latest wins: one request of a kind is out, a newer one replaces the one that
// waits, and answers to anything else are dropped.
import { CheckError, finite, list, members, nullable, number, text } from "../check.ts";
import { checkProof, type Proof } from "../proof.ts";
import { checkScenario, labFunction, toText, type LabFunction, type Samples, type Scenario } from "../scenario.ts";
import { Signal } from "./host.ts";

export class EngineError extends Error {
  readonly code: string;
  readonly span: [number, number] | null;

  constructor(code: string, message: string, span: [number, number] | null = null) {
    super(message);
    this.code = code;
    this.span = span;
  }
}

export interface Defined {
  id: number;
  function: LabFunction;
  box: [number, number];
  start: number;
  /** A step scale that suits the start. */
  eta: number;
}

export interface Value {
  w: number;
  value: number;
  slope: number;
  curvature: number;
}

export interface EnginePathReply {
  w: number[];
  value: number[];
  slope: number[];
  reason: string;
}

const OPS = ["define", "eval", "grid", "path", "stationary", "export"] as const;
type Op = (typeof OPS)[number];

/** After so many ms without an answer a request is given up: a saved notebook has nobody to answer. */
const PATIENCE = 30_000;

interface Request {
  op: Op;
  seq: number;
  message: Record<string, unknown>;
  resolve: (reply: Record<string, unknown> | null) => void;
  reject: (error: Error) => void;
  timer?: ReturnType<typeof setTimeout>;
}

const ANSWERS: Record<string, Op> = {
  defined: "define", value: "eval", samples: "grid", path: "path", proof: "stationary", exported: "export",
};

/** A function by its number or its formula, its window, and values by which Python knows it. */
export interface Question {
  id?: number;
  src?: string;
  box: readonly (readonly [number, number])[];
  fixed: readonly number[];
  probes: readonly (readonly number[])[];
  boxes: boolean;
}

const pair = list(finite);

function spanOf(message: Record<string, unknown>): [number, number] | null {
  const [from, to] = message.span === undefined ? [] : pair(message.span, "span");
  return from === undefined || to === undefined ? null : [from, to];
}

export class Engine {
  readonly ready = new Signal<Scenario | null>();
  readonly fault = new Signal<string>();
  #send: ((text: string) => void) | null = null;
  #seq = 0;
  readonly #out = new Map<Op, Request>();
  readonly #next = new Map<Op, Request>();

  get connected(): boolean {
    return this.#send !== null;
  }

  /** The line is open; what waited goes out. */
  attach(send: (text: string) => void): void {
    this.#send = send;
    for (const op of [...this.#next.keys()]) this.#advance(op);
  }

  /** The line is gone; what was asked will not be answered. */
  detach(): void {
    this.#send = null;
    const lost = [...this.#out.values(), ...this.#next.values()];
    this.#out.clear();
    this.#next.clear();
    for (const request of lost) {
      clearTimeout(request.timer);
      request.reject(new EngineError("away", "the engine is away"));
    }
  }

  hello(): void {
    this.#send?.(toText({ op: "hello", v: 1 }));
  }

  async define(source: string): Promise<Defined | null> {
    const id = ++this.#seq;
    const reply = await this.#ask("define", id, { id, src: source });
    if (reply === null) return null;
    const [lo, hi] = pair(reply.box, "box");
    if (lo === undefined || hi === undefined || lo >= hi) throw new CheckError("box should be two numbers");
    const eta = finite(reply.eta, "eta");
    if (!(eta > 0)) throw new CheckError("eta should be above 0");
    return {
      id,
      function: labFunction(reply.function, "function"),
      box: [lo, hi],
      start: finite(reply.start, "start"),
      eta,
    };
  }

  async evaluate(id: number, slice: number, x: number): Promise<Value | null> {
    const seq = ++this.#seq;
    const reply = await this.#ask("eval", seq, { id, seq, x, slice });
    if (reply === null) return null;
    return {
      w: x,
      value: number(reply.value, "value"),
      slope: number(reply.slope, "slope"),
      curvature: number(reply.curvature, "curvature"),
    };
  }

  async grid(id: number, slice: number, box: [number, number], n: number): Promise<Samples | null> {
    const seq = ++this.#seq;
    const reply = await this.#ask("grid", seq, { id, seq, box, n, slice });
    if (reply === null) return null;
    return {
      w: list(finite)(reply.w, "w"),
      value: list(number)(reply.value, "value"),
      slope: list(number)(reply.slope, "slope"),
      curvature: list(number)(reply.curvature, "curvature"),
    };
  }

  async path(id: number, slice: number, eta: number, x0: number, steps: number): Promise<EnginePathReply | null> {
    const seq = ++this.#seq;
    const reply = await this.#ask("path", seq, { id, seq, rule: "gd", eta, x0, steps, slice });
    if (reply === null) return null;
    return {
      w: list(number)(reply.w, "w"),
      value: list(number)(reply.value, "value"),
      slope: list(number)(reply.slope, "slope"),
      reason: text(reply.reason, "reason"),
    };
  }

  /** What is proved of a window; null where a newer question took the place of this one. */
  async prove(question: Question): Promise<Proof | null> {
    const seq = ++this.#seq;
    // Python ends what it is at as soon as it is asked anew.
    this.#out.get("stationary")?.resolve(null);
    this.#out.delete("stationary");
    const reply = await this.#ask("stationary", seq, { seq, ...question });
    if (reply === null) return null;
    delete reply.op;
    delete reply.seq;
    return checkProof(reply, "proof");
  }

  async export(scenario: Scenario): Promise<string> {
    const reply = await this.#ask("export", ++this.#seq, { scenario });
    if (reply === null) throw new EngineError("superseded", "a newer export took its place");
    return text(reply.html, "html");
  }

  /** One message from the engine. Whatever it is, the page stays up. */
  receive(raw: unknown): void {
    try {
      const message = members(typeof raw === "string" ? JSON.parse(raw) : raw, "message");
      this.#dispatch(text(message.op, "op"), message);
    } catch (error) {
      const why = error instanceof CheckError ? error.message : "it is not JSON";
      this.fault.emit(`A message from the engine was ignored: ${why}.`);
    }
  }

  #dispatch(op: string, message: Record<string, unknown>): void {
    if (op === "ready") {
      const scenario = message.scenario === undefined ? null : nullable(checkScenario)(message.scenario, "scenario");
      this.ready.emit(scenario);
    } else if (op === "err") {
      this.#refused(message);
    } else {
      const asked = ANSWERS[op];
      if (asked === undefined) throw new CheckError(`"${op}" is not a message of this protocol`);
      this.#settle(asked, message, (request) => request.resolve(message));
    }
  }

  #refused(message: Record<string, unknown>): void {
    const error = new EngineError(text(message.code, "code"), text(message.message, "message"), spanOf(message));
    const asked = OPS.find((op) => op === message.of);
    if (asked === undefined) {
      this.fault.emit(error.message);
      return;
    }
    this.#settle(asked, message, (request) => request.reject(error));
  }

  #settle(op: Op, message: Record<string, unknown>, finish: (request: Request) => void): void {
    const request = this.#out.get(op);
    const seq = op === "define" ? message.id : message.seq;
    if (request === undefined) return;
    if (op !== "export" && seq !== undefined && seq !== null && seq !== request.seq) return;
    this.#out.delete(op);
    clearTimeout(request.timer);
    finish(request);
    this.#advance(op);
  }

  #ask(op: Op, seq: number, fields: Record<string, unknown>): Promise<Record<string, unknown> | null> {
    if (this.#send === null) return Promise.reject(new EngineError("away", "the engine is away"));
    return new Promise((resolve, reject) => {
      this.#next.get(op)?.resolve(null);
      this.#next.set(op, { op, seq, message: { op, ...fields }, resolve, reject });
      this.#advance(op);
    });
  }

  #advance(op: Op): void {
    const request = this.#next.get(op);
    if (request === undefined || this.#out.has(op) || this.#send === null) return;
    this.#next.delete(op);
    this.#out.set(op, request);
    request.timer = setTimeout(() => {
      if (this.#out.get(op) !== request) return;
      this.#out.delete(op);
      request.reject(new EngineError("silent", "Python does not answer"));
      this.#advance(op);
    }, PATIENCE);
    this.#send(toText(request.message));
  }
}
