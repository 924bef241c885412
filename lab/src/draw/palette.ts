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
}

export const LIGHT: Palette = {
  page: "#F6F8FA", panel: "#FFFFFF", ink: "#1B1F24", mute: "#5C6670", line: "#D0D7DE",
  grid: "#EBEFF3", accent: "#0072B2", curve: "#33424F", slope: "#B84A00", gradient: "#D55E00", step: "#4A4B7B",
  curvature: "#00705E", secant: "#9A3FA0", good: "#00705E", warn: "#A22B07",
};

export const DARK: Palette = {
  page: "#0D1117", panel: "#161B22", ink: "#E6EDF3", mute: "#9AA7B4", line: "#30363D",
  grid: "#21272F", accent: "#58A6FF", curve: "#C3CEDA", slope: "#F08A45", gradient: "#F08A45", step: "#9DB4FF",
  curvature: "#5CC9AE", secant: "#D79BE0", good: "#5CC9AE", warn: "#FF9B85",
};

/** Where the reader has set the system's own colours, the pictures use nothing else. */
export const FORCED: Palette = {
  page: "Canvas", panel: "Canvas", ink: "CanvasText", mute: "CanvasText", line: "CanvasText",
  grid: "Canvas", accent: "Highlight", curve: "CanvasText", slope: "LinkText", gradient: "LinkText", step: "CanvasText",
  curvature: "CanvasText", secant: "LinkText", good: "CanvasText", warn: "CanvasText",
};
