"""How blind search fares against the gradient as the dimension grows.

    python examples/dimensions.py

On a bowl ½ Σ λᵢxᵢ² whose curvatures lie between 1 and 10 in every dimension, random search tries a
step of length η in a random direction and keeps it if it goes down; gradient descent asks for the
slope. Both start one unit from the minimum, from many places at once, and have to get down to a
ten-thousandth of the height. Each has the best η of a ladder, for each dimension anew. An
evaluation is a value or a gradient, which is kind to the gradient by a factor of two or three.
"""

import argparse

import jax.numpy as jnp
import numpy as np

import surefoot as sf
from surefoot.solve import Race

DIMENSIONS = (2, 4, 8, 16, 32, 64)
ACCURACY = 1e-4
"""Of the height at the start."""


def compared(dimension: int, starts: int, steps: int) -> Race:
    """The race in so many dimensions."""
    points = np.random.default_rng(0).normal(size=(starts, dimension))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    curvatures = np.geomspace(1.0, 10.0, dimension)
    rates = np.geomspace(2e-3, 1.0, 25)
    return sf.race(
        lambda x: 0.5 * jnp.sum(curvatures * x**2), points[0], ["gd", "random"], steps,
        rates="best", lr=rates, starts=points, accuracy=ACCURACY, best=0.0,
    )  # fmt: skip


def main() -> None:
    """Race, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--steps", type=int, default=8000)
    given = parser.parse_args()
    print(f"evaluations to {ACCURACY:g} of the height, median of {given.starts} starts")
    print("   n     gradient (η)       random (η)      random/gradient")
    for dimension in DIMENSIONS:
        found = compared(dimension, given.starts, given.steps)
        shown, costs = "", []
        for name in ("gd", "random"):
            costs.append(found[name].median("evaluations"))
            cost = f"{costs[-1]:.0f}" if np.isfinite(costs[-1]) else f"> {given.steps}"
            shown += f"{cost:>8s} ({found[name].eta:.3g})".ljust(19)
        ratio = f"{costs[1] / costs[0]:10.1f}" if np.isfinite(costs[1]) else ""
        print(f"{dimension:4d} {shown} {ratio}".rstrip())


if __name__ == "__main__":
    main()
