"""Does learning_rate tell hovering at the edge of stability from blow-up?

    python -m bench.edge_of_stability [--count 100] [--seed 0]

On random nets (depth 1 to 6; tanh, relu, gelu; full batch) the regime is asked for at a rate of 0.3
to 4 times 2/λ, and compared with what gradient descent does in 500 more steps. What a regime says
of them is its own `long_run`; how a walk is read is told in `attack/nets.py`.
"""

import argparse
from collections import Counter

from attack.nets import foretold_and_seen

from surefoot.solve import LongRun


def main() -> None:
    """Print each miss, and the table of what was foretold against what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    table: Counter[tuple[LongRun, LongRun]] = Counter()
    for seed in range(asked.seed, asked.seed + asked.count):
        told = foretold_and_seen(seed)
        table[told.regime.long_run, told.seen] += 1
        if not told.right:
            print(told.words, flush=True)
    seen = [word for word in LongRun if word is not LongRun.OPEN]
    print(f"{'foretold':<12}" + "".join(f"{'it ' + word.name:>14}" for word in seen))
    for foretold in LongRun:
        row = "".join(f"{table[foretold, word]:>14}" for word in seen)
        print(f"{foretold.name:<12}{row}")
    right = sum(table[word, word] for word in LongRun)
    alarms = table[LongRun.LEAVES, LongRun.HOVERS] + table[LongRun.LEAVES, LongRun.SETTLES]
    print(f"right on {right} of {asked.count}; hovering or settling called divergence: {alarms}")


if __name__ == "__main__":
    main()
