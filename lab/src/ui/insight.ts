// The sentence about what the picture shows, with how sure it is.
import { h, show, write } from "./dom.ts";
import type { BoardPart } from "./part.ts";

export function insightCard(id: string): BoardPart<{ insight: { words: string; tag: string } }> {
  const words = h("p", { class: "words", id });
  const tag = h("span", { class: "tag" });
  const element = h("section", { class: "card insight", "aria-label": "Key insight" }, h("div", { class: "cardhead" }, h("h2", {}, "Key insight"), tag), words);
  return {
    element,
    update(_state, { insight }) {
      write(words, insight.words);
      write(tag, insight.tag);
      show(tag, insight.tag !== "");
    },
  };
}
