"""How a page is seen: what sticks out, which labels lie on each other, which colours are there."""

import base64
from typing import Any

from tests.browser.browsing import Tab

Colour = tuple[int, int, int]
SIGHTS = ("protanopia", "deuteranopia", "tritanopia", "achromatopsia")

STICKS_OUT = """
lab => {
  const out = [];
  for (const card of lab.querySelectorAll(".card, .head, .tool, .mark, .buttons")) {
    const edge = card.getBoundingClientRect();
    for (const each of card.querySelectorAll("*")) {
      const box = each.getBoundingClientRect();
      const scrolls = each.closest(".written, .next, .tablebox, pre, .menu, .spoken, canvas");
      if (box.width > 0 && scrolls === null && box.right > edge.right + 1) {
        out.push(`${card.className}: ${each.tagName}.${each.className} ${each.textContent}`);
      }
    }
  }
  return out;
}
"""

OVERLAPS = """
svg => {
  document.body.innerHTML = svg;
  const boxes = [...document.querySelectorAll("svg text")]
    .map(each => [each.textContent, each.getBoundingClientRect()])
    .filter(([words, box]) => box.width > 0);
  const out = [];
  boxes.forEach(([words, a], i) => {
    for (const [other, b] of boxes.slice(i + 1)) {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 3) out.push(`${words} | ${other}`);
    }
  });
  return out;
}
"""

PIXELS = """
async picture => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const colours = new Uint32Array(image.width * image.height);
  for (let i = 0; i < colours.length; i++) {
    colours[i] = data[4 * i] * 65536 + data[4 * i + 1] * 256 + data[4 * i + 2];
  }
  return [...colours];
}
"""


def pixels(lab: Tab, clip: Any) -> list[Colour]:
    """The colours of a part of the screen, row by row, as a person would see them."""
    picture = base64.b64encode(lab.page.screenshot(clip=clip)).decode()
    blank = lab.page.context.new_page()
    flat = blank.evaluate(PIXELS, picture)
    blank.close()
    return [(each >> 16, each >> 8 & 255, each & 255) for each in flat]


def _linear(channel: int) -> float:
    share = channel / 255.0
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(each) for each in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, two: Colour) -> float:
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
