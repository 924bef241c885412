import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overlap, placeLabels, type LabelRequest } from "../src/draw/labels.ts";

const frame = { x: 0, y: 0, width: 400, height: 240 };
const sides = ["above", "below", "left", "right"] as const;

const request: fc.Arbitrary<LabelRequest> = fc.record({
  x: fc.integer({ min: -20, max: 420 }),
  y: fc.integer({ min: -20, max: 260 }),
  width: fc.integer({ min: 10, max: 160 }),
  height: fc.integer({ min: 10, max: 20 }),
  gap: fc.integer({ min: 2, max: 14 }),
  priority: fc.integer({ min: 0, max: 8 }),
  prefer: fc.constantFrom(...sides),
});
const rect = fc.record({
  x: fc.integer({ min: 0, max: 380 }),
  y: fc.integer({ min: 0, max: 220 }),
  width: fc.integer({ min: 1, max: 60 }),
  height: fc.integer({ min: 1, max: 60 }),
});

describe("labels", () => {
  test("never lie on one another, on an obstacle or outside", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 14 }), fc.array(rect, { maxLength: 8 }), (wanted, obstacles) => {
        const placed = placeLabels(wanted, obstacles, frame);
        placed.forEach((one, i) => {
          const { x, y, width, height } = one.rect;
          expect(x >= 0 && y >= 0 && x + width <= frame.width && y + height <= frame.height).toBe(true);
          for (const other of placed.slice(i + 1)) expect(overlap(one.rect, other.rect)).toBe(false);
          for (const obstacle of obstacles) expect(overlap(one.rect, obstacle)).toBe(false);
        });
      }),
    );
  });

  const label = (x: number, y: number, more: Partial<LabelRequest> = {}): LabelRequest => ({
    x, y, width: 60, height: 16, gap: 6, priority: 1, prefer: "above", ...more,
  });

  test("stand on the side that they prefer where it is free", () => {
    const [above] = placeLabels([label(200, 100)], [], frame);
    expect(above?.rect.y).toBe(78);
    const [below] = placeLabels([label(200, 100, { prefer: "below" })], [], frame);
    expect(below?.rect.y).toBe(106);
  });

  test("move back into the frame beside a side of it", () => {
    const [left] = placeLabels([label(10, 100, { width: 120 })], [], frame);
    expect(left?.rect).toMatchObject({ x: 0, y: 78 });
    const [right] = placeLabels([label(395, 100, { width: 120 })], [], frame);
    expect(right?.rect).toMatchObject({ x: 280, y: 78 });
    expect(placeLabels([label(-10, 100)], [], frame).every(({ rect }) => rect.x >= 4)).toBe(true);
  });

  test("step aside for what is more important", () => {
    const placed = placeLabels([label(200, 100, { priority: 5 }), label(200, 100, { priority: 0 })], [], frame);
    expect(placed).toHaveLength(2);
    expect(placed[0]?.index).toBe(1);
  });

  test("are left out where there is no room, the least important first", () => {
    const tight = { x: 0, y: 0, width: 64, height: 30 };
    const placed = placeLabels([label(32, 26, { priority: 3 }), label(32, 26, { priority: 1 })], [], tight);
    expect(placed.map((each) => each.index)).toEqual([1]);
  });
});
