import { describe, expect, test } from "vitest";
import { decodeScenario, encodeScenario, fragmentParts } from "../src/fragment.ts";
import { scenarioHash } from "../src/scenario.ts";
import { preset } from "./support/fixtures.ts";

async function packed(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return Buffer.from(bytes).toString("base64url");
}

describe("a scenario in an address", () => {
  test.each(["double well", "kink", "jump"])("comes back the same: %s", async (name) => {
    const scenario = preset(name);
    const text = await encodeScenario(scenario);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    const back = await decodeScenario(text);
    expect(back).toEqual(scenario);
    expect(scenarioHash(back)).toBe(scenarioHash(scenario));
  });

  test("is short enough for a link", async () => {
    expect((await encodeScenario(preset())).length).toBeLessThan(4000);
  });

  test.each(["", "!!!", "AAAA", "%E2%82"])("that is cut or made up is refused: %j", async (text) => {
    await expect(decodeScenario(text)).rejects.toThrow(/cannot be read/);
  });

  test("that is another document is refused with its fault", async () => {
    await expect(decodeScenario(await packed('{"v":1}'))).rejects.toThrow(/lacks the field/);
  });

  test("that unpacks to a flood is refused", async () => {
    const bomb = await packed(JSON.stringify("0".repeat(8_000_000)));
    expect(bomb.length).toBeLessThan(20_000);
    await expect(decodeScenario(bomb)).rejects.toThrow(/cannot be read/);
  });

  test("lies beside the token", () => {
    expect(fragmentParts("#t=abc&s=xyz")).toEqual({ token: "abc", scenario: "xyz" });
    expect(fragmentParts("")).toEqual({ token: null, scenario: null });
  });
});
