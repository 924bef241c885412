import { describe, expect, it } from "vitest";

import * as special from "../../src/math/special.ts";

/** Values of mpmath with 40 digits, at the float64 shown. */
const TABLE: Record<string, [number, number][]> = {
  erf: [
    [1e-300, 1.1283791670955126e-300], [1e-9, 1.1283791670955127e-9], [0.25, 0.27632639016823696],
    [0.99, 0.8385080695553698], [1, 0.8427007929497149], [1.01, 0.8468104962282768],
    [2.5, 0.999593047982555], [5.9, 0.9999999999999999], [-0.7, -0.6778011938374184],
  ],
  erfc: [
    [-3, 1.9999779095030015], [0.3, 0.6713732405408726], [0.5, 0.4795001221869535],
    [1, 0.15729920705028513], [4, 1.541725790028002e-8], [10, 2.088487583762545e-45],
    [20, 5.395865611607901e-176], [26, 5.663192408856143e-296],
  ],
  erfinv: [
    [1e-12, 8.86226925452758e-13], [0.1, 0.08885599049425769], [0.5, 0.4769362762044699],
    [-0.9, -1.1630871536766743], [0.999999, 3.458910737275499], [1 - 2 ** -53, 5.8635847487551676],
  ],
  lgamma: [
    [1e-300, 690.7755278982137], [0.3, 1.0957979948180756], [0.999999999, 5.77215649399226e-10],
    [1.0000000001, -5.772157125783244e-11], [1.5, -0.12078223763524522],
    [2.0000000001, 4.2278437011204657e-11], [2.4999, 0.28461255726068263], [3, 0.6931471805599453],
    [9.99, 12.779315214350193], [10, 12.801827480081469], [171.5, 709.1431630309282],
    [1e20, 4.505170185988091e21], [-0.5, 1.2655121234846454], [-1.3, 1.2024757863901114],
    [-7.2, -7.254805605079729], [-100.5, -364.90096830942736],
  ],
  digamma: [
    [1e-9, -1000000000.5772156], [0.4, -2.561384544585116], [1.4616321449683622, -9.241265521729427e-17],
    [1, -0.5772156649015329], [2, 0.42278433509846713], [7.5, 1.9467574842460869],
    [1e8, 18.420680738952367], [-3.7, -0.8450768588704194], [-0.001, 999.4211381978913],
  ],
  trigamma: [
    [1e-5, 10000000001.644909], [0.4, 7.275356590529597], [1, 1.6449340668482264],
    [3.3, 0.3535015418410618], [10, 0.10516633568168575], [1e6, 1.0000005000001667e-6],
    [-0.5, 8.934802200544679], [-8.8, 28.459427648149628],
  ],
}; // prettier-ignore

const functions = special as unknown as Record<string, (x: number) => number>;

describe("special functions", () => {
  for (const [name, rows] of Object.entries(TABLE))
    it.each(rows)(`${name}(%d)`, (x, wanted) => {
      expect(Math.abs(functions[name]!(x) - wanted)).toBeLessThanOrEqual(2e-15 * Math.abs(wanted));
    });

  it("agree with each other over their seams", () => {
    for (let x = -6; x < 6; x += 0.0137) {
      expect(Math.abs(special.erf(x) + special.erfc(x) - 1)).toBeLessThan(4e-16);
      const y = special.erf(x);
      // Near ±1 erf loses what erfinv would need to find x again.
      if (Math.abs(x) < 2) expect(Math.abs(special.erfinv(y) - x)).toBeLessThan(2e-14);
    }
    for (let x = 0.05; x < 14; x += 0.0171) {
      const step = special.lgamma(x + 1) - special.lgamma(x) - Math.log(x);
      expect(Math.abs(step)).toBeLessThan(2e-14);
      expect(Math.abs(special.digamma(x + 1) - special.digamma(x) - 1 / x)).toBeLessThan(2e-14 * (1 + 1 / x));
      const shift = special.trigamma(x) - special.trigamma(x + 1) - 1 / (x * x);
      expect(Math.abs(shift)).toBeLessThan(2e-15 * (1 + special.trigamma(x)));
    }
  });

  it("end as JAX's do", () => {
    const { digamma, erf, erfc, erfinv, lgamma, trigamma } = special;
    expect([erf(Infinity), erf(-Infinity), erfc(-Infinity), erfc(30)]).toEqual([1, -1, 2, 0]);
    expect([erfinv(1), erfinv(-1), erfinv(1.5), erfinv(-0)]).toEqual([Infinity, -Infinity, NaN, -0]);
    expect([lgamma(1), lgamma(2), lgamma(0), lgamma(-3), lgamma(-Infinity)]).toEqual([0, 0, Infinity, Infinity, Infinity]);
    expect([digamma(0), digamma(-2), digamma(Infinity)]).toEqual([NaN, NaN, Infinity]);
    expect([trigamma(0), trigamma(-1), trigamma(Infinity)]).toEqual([Infinity, Infinity, 0]);
    for (const f of [erf, erfc, erfinv, lgamma, digamma, trigamma]) expect(f(NaN)).toBeNaN();
  });
});
