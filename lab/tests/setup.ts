import fc from "fast-check";

// A run is the same on every machine. FC_SEED tries other programs.
fc.configureGlobal({ seed: Number(process.env["FC_SEED"] ?? 20_261) });
