/** The step rules of the plane: tapes that know no function, written by tools/lab_fixtures.py. */

import rules from "../../rules.json" with { type: "json" };
import { Machine } from "../machine.ts";
import { unpacked } from "../packed.ts";
import { checkTape } from "../tape.ts";

export interface PlaneRule {
  readonly name: string;
  readonly label: string;
  readonly machine: Machine;
  /** The memory before the first step. */
  readonly state: readonly number[];
  /** Which entries of it are momentum. */
  readonly memory: readonly number[];
  /** Whether η matters. */
  readonly rate: boolean;
  /** Whether a step is halved until the function falls. */
  readonly searches: boolean;
}

interface Written {
  name: string;
  label: string;
  tape: unknown;
  state: number[];
  memory: number[];
  rate: boolean;
  searches: boolean;
}

export const RULES: readonly PlaneRule[] = (rules as Written[]).map(unpacked).map(({ tape, ...rest }) => ({ ...rest, machine: new Machine(checkTape(tape)) }));

export function ruleNamed(name: string): PlaneRule | undefined {
  return RULES.find((rule) => rule.name === name);
}
