// The scenario in an address: `#s=` and base64url(deflate-raw(JSON)). The token of the local server
// (`t=`) never goes out again through here.
import { checkScenario, toText, type Scenario } from "./scenario.ts";

const LONGEST = 4_000_000; // characters of JSON: a link that unpacks to more is a bomb

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new Error("the scenario in this address is too large");
    }
    parts.push(value);
  }
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export async function encodeScenario(scenario: Scenario): Promise<string> {
  const packed = new Blob([toText(scenario)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return toBase64(await collect(packed, LONGEST));
}

/** The scenario packed in `text`. Throws with a sentence for anything else. */
export async function decodeScenario(text: string): Promise<Scenario> {
  let json: unknown;
  try {
    const stream = new Blob([fromBase64(text)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    json = JSON.parse(new TextDecoder().decode(await collect(stream, LONGEST)));
  } catch {
    throw new Error("the scenario in this address cannot be read; it may have been cut short");
  }
  return checkScenario(json);
}

/** The parts of a fragment `#t=…&s=…`. */
export function fragmentParts(hash: string): { token: string | null; scenario: string | null } {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  return { token: parts.get("t"), scenario: parts.get("s") };
}
