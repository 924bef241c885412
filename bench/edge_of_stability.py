"""Does learning_rate tell hovering at the edge of stability from blow-up?

    python -m bench.edge_of_stability [--count 100]

On random nets (depth 1 to 6; tanh, relu, gelu; full batch) the regime is asked for at a rate of 0.3
to 4 times 2/λ, and compared with what gradient descent does in 500 more steps.
"""

import argparse
from collections import Counter

from attack.nets import foretold_and_seen

WORDS = ("settles", "hovers", "diverges")


def main() -> None:
    """Print the table of what was foretold against what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    count = parser.parse_args().count
    table = Counter(foretold_and_seen(seed) for seed in range(count))
    print(f"{'foretold':<12}" + "".join(f"{'it ' + word:>14}" for word in WORDS))
    for foretold in WORDS:
        row = "".join(f"{table[foretold, seen]:>14}" for seen in WORDS)
        print(f"{foretold:<12}{row}")
    right = sum(table[word, word] for word in WORDS)
    alarms = table["diverges", "hovers"] + table["diverges", "settles"]
    print(f"right on {right} of {count}; hovering or settling called divergence: {alarms}")


if __name__ == "__main__":
    main()
