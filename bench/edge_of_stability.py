"""Does learning_rate tell hovering at the edge of stability from blow-up?

    python -m bench.edge_of_stability [--count 100] [--seed 0]

On random nets (depth 1 to 6; tanh, relu, gelu; full batch) the regime is asked for at a rate of 0.3
to 4 times 2/λ. What it says of the steps to come is its own `long_run`. That is compared with what
gradient descent does in 500 steps from there, of which the trial has walked 256 or more, and with
what it does in the 500 steps behind the trial, which nothing has looked at.
"""

import argparse
from collections import Counter

from attack.nets import foretold_and_seen

from surefoot.solve import LongRun

Table = Counter[tuple[LongRun, LongRun]]


def main() -> None:
    """Print each miss, and the tables of what was foretold against what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    first: Table = Counter()
    behind: Table = Counter()
    for seed in range(asked.seed, asked.seed + asked.count):
        told = foretold_and_seen(seed)
        said = told.regime.long_run
        first[said, told.seen] += 1
        behind[said, told.after] += 1
        if said is not told.seen or said is not told.after:
            print(told.words, flush=True)
    show("500 steps from the point", first)
    show("500 steps behind the trial", behind)


def show(title: str, table: Table) -> None:
    """One table, and the score."""
    seen = [word for word in LongRun if word is not LongRun.OPEN]
    print(f"\n{title}\n{'foretold':<12}" + "".join(f"{'it ' + word.name:>14}" for word in seen))
    for foretold in LongRun:
        row = "".join(f"{table[foretold, word]:>14}" for word in seen)
        print(f"{foretold.name:<12}{row}")
    right = sum(table[word, word] for word in seen)
    alarms = table[LongRun.LEAVES, LongRun.HOVERS] + table[LongRun.LEAVES, LongRun.SETTLES]
    print(f"right on {right} of {table.total()}; hovering or settling called divergence: {alarms}")


if __name__ == "__main__":
    main()
