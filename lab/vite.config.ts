import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// `vite build --mode curve` leaves the other tabs out: how large the frame is with its first tab,
// which bench/lab.py asks. The wheel carries all of them in one module.
const curveAlone: Plugin = {
  name: "curve-alone",
  enforce: "pre",
  load: (id) =>
    id.endsWith("/tabs/registry.ts")
      ? `import { curveTab } from "./curve.ts"; export const TABS = [curveTab];`
      : null,
};

// One module and no chunks: a notebook loads it from a blob, and a page opened from file:// can
// import no second file. No hash in the name, so that the shipped copy compares byte for byte.
export default defineConfig(({ mode }) => ({
  plugins: mode === "curve" ? [curveAlone] : [],
  build: {
    target: "es2022",
    outDir: "../src/surefoot/studio/static",
    emptyOutDir: false,
    minify: "terser",
    terserOptions: { module: true, compress: { passes: 3, ecma: 2020 } },
    reportCompressedSize: false,
    lib: { entry: "src/main.ts", formats: ["es"], fileName: () => "lab.js" },
    rolldownOptions: { output: { codeSplitting: false, minify: true } },
  },
  test: { include: ["tests/**/*.test.ts"], setupFiles: ["tests/setup.ts"], environment: "node" },
}));
