import { defineConfig } from "vitest/config";

// One module and no chunks: a notebook loads it from a blob, and a page opened from file:// can
// import no second file. No hash in the name, so that the shipped copy compares byte for byte.
export default defineConfig({
  build: {
    target: "es2022",
    outDir: "../src/surefoot/studio/static",
    emptyOutDir: false,
    minify: true,
    reportCompressedSize: false,
    lib: { entry: "src/main.ts", formats: ["es"], fileName: () => "lab.js" },
    rolldownOptions: { output: { codeSplitting: false, minify: true } },
  },
  test: { include: ["tests/**/*.test.ts"], setupFiles: ["tests/setup.ts"], environment: "node" },
});
