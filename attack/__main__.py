"""`python -m attack [name] [--count N] [--seed S]`: tries and false claims, one line an attack."""

import argparse
import sys
import time
from collections.abc import Callable

from attack.bends import false_bends
from attack.boxes import lost_points, outside
from attack.kinks import false_kinks
from attack.lowest import disagreeing_proofs, lower_values
from attack.nets import false_alarms
from attack.points import false_claims
from attack.rates import broken_forecasts, increases

ATTACKS: dict[str, tuple[int, str, Callable[[int], list[str]]]] = {
    "points": (1000, "known points in random disguise", false_claims),
    "quadratics": (200, "learning rates of random quadratics", broken_forecasts),
    "guaranteed": (1000, "guaranteed steps on random smooth functions", increases),
    "bounds": (10_000, "bounds of random programs against points inside", outside),
    "lists": (300, "stationary points against Newton's method", lost_points),
    "bends": (10_000, "claims of convexity against points and their middles", false_bends),
    "kinks": (200, "kinks and jumps at places that are known", false_kinks),
    "global": (2000, "lowest values of random programs against points inside", lower_values),
    "proofs": (300, "proven minima of random landscapes against descents", disagreeing_proofs),
    "nets": (100, "hovering told from divergence on random nets", false_alarms),
}


def main() -> int:
    """Runs the attacks; 1 where something false was said."""
    parser = argparse.ArgumentParser(prog="python -m attack", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *ATTACKS], help="which; default: all")
    parser.add_argument("--count", type=int, help="tries of each; default: its own number")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    failed = 0
    for name in asked.names or ATTACKS:
        default, what, attack = ATTACKS[name]
        count, began = asked.count or default, time.perf_counter()
        claims = [text for seed in range(asked.seed, asked.seed + count) for text in attack(seed)]
        for text in claims:
            print(f"  FALSE  {text}")
        seconds = time.perf_counter() - began
        print(f"{name}: {what}: {count} tries, {len(claims)} false claims, {seconds:.0f} s")
        failed += len(claims)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
