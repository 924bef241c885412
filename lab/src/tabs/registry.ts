// The tabs, in the order in which the header shows them.
import { curveTab } from "./curve.ts";
import { landscapeTab } from "./landscape.ts";
import { noiseTab } from "./noise.ts";
import type { TabKind } from "./tab.ts";

export const TABS: readonly TabKind[] = [curveTab, landscapeTab, noiseTab];
