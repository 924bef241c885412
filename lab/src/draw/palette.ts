// The colours of the pictures. One quantity has one colour in picture, formula and table; colour is
// never the only sign.

export interface Palette {
  page: string;
  panel: string;
  ink: string;
  mute: string;
  line: string;
  grid: string;
  accent: string;
  curve: string;
  slope: string; // read-outs and the tangent
  gradient: string; // the vector; needs less contrast than letters
  step: string;
  curvature: string;
  secant: string;
  good: string;
  warn: string;
  /** The map from low to high; where the two are one no bands are painted. */
  low: string;
  high: string;
  isoline: string;
  /** Around the trails, so that they can be told from the map and from each other. */
  casing: string;
  /** Seven methods, in the order of METHODS; and tints of basins. */
  methods: readonly string[];
  basins: readonly string[];
}

export const LIGHT: Palette = {
  page: "#F6F8FA", panel: "#FFFFFF", ink: "#1B1F24", mute: "#5C6670", line: "#D0D7DE",
  grid: "#EBEFF3", accent: "#0072B2", curve: "#33424F", slope: "#B84A00", gradient: "#D55E00", step: "#4A4B7B",
  curvature: "#00705E", secant: "#9A3FA0", good: "#00705E", warn: "#A22B07",
  low: "#96ACC4", high: "#F2F6F9", isoline: "rgba(50, 70, 95, .35)", casing: "#FFFFFF",
  methods: ["#4A4B7B", "#A99323", "#A22B07", "#008873", "#E255BA", "#0E99FD", "#1B1F24"],
  basins: ["#C3D9EE", "#F1E0B8", "#D0E6CD", "#ECD3E2", "#DAD6EE", "#F0D5C7", "#CBE7E8", "#E6E6CA"],
};

export const DARK: Palette = {
  page: "#0D1117", panel: "#161B22", ink: "#E6EDF3", mute: "#9AA7B4", line: "#30363D",
  grid: "#21272F", accent: "#58A6FF", curve: "#C3CEDA", slope: "#F08A45", gradient: "#F08A45", step: "#9DB4FF",
  curvature: "#5CC9AE", secant: "#D79BE0", good: "#5CC9AE", warn: "#FF9B85",
  low: "#121A26", high: "#465A73", isoline: "rgba(190, 210, 235, .28)", casing: "#0D1117",
  methods: ["#3590D1", "#F67E05", "#AC6E62", "#8CAC7A", "#FE9DC4", "#1DD4FF", "#F0F3F6"],
  basins: ["#23507A", "#6B5322", "#2F5A3A", "#663D58", "#45417A", "#6B4634", "#22595E", "#55552A"],
};

/** Where the reader has set the system's own colours, the pictures use nothing else. */
export const FORCED: Palette = {
  page: "Canvas", panel: "Canvas", ink: "CanvasText", mute: "CanvasText", line: "CanvasText",
  grid: "Canvas", accent: "Highlight", curve: "CanvasText", slope: "LinkText", gradient: "LinkText", step: "CanvasText",
  curvature: "CanvasText", secant: "LinkText", good: "CanvasText", warn: "CanvasText",
  low: "Canvas", high: "Canvas", isoline: "GrayText", casing: "Canvas",
  methods: Array.from({ length: 7 }, () => "CanvasText"), basins: [],
};

function channels(hex: string): [number, number, number] {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as [number, number, number];
}

/** A colour between two; the first where they are names of the system's. */
export function between(from: string, to: string, share: number): string {
  if (!from.startsWith("#") || !to.startsWith("#")) return from;
  const [a, b] = [channels(from), channels(to)];
  return `rgb(${a.map((each, i) => Math.round(each + (b[i]! - each) * share)).join(", ")})`;
}
