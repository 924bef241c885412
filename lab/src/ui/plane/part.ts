import type { PlaneDerived } from "../../tabs/plane/model.ts";
import type { BoardPart } from "../part.ts";

export type PlanePart = BoardPart<PlaneDerived>;
