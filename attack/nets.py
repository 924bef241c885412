"""Small random nets, and whether the regime of a learning rate is what then happens."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import surefoot as sf
from surefoot.calculus import Evaluator
from surefoot.solve import Regime
from surefoot.solve.curvatures import curvatures
from surefoot.solve.question import ask
from surefoot.solve.trial import hovers
from surefoot.terms import Status

AHEAD = 500
TRANSIENT = 100
"""What a walk does in its first steps is left out of what it comes to."""

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": jnp.tanh, "relu": jax.nn.relu, "gelu": jax.nn.gelu,
}  # fmt: skip
CALLED = {
    Regime.HOVERS: "hovers", Regime.SHARPENS: "hovers", Regime.DIVERGES: "diverges",
    Regime.LEAVES: "diverges", Regime.BEYOND: "hovers", Regime.HOPS: "hovers",
}  # fmt: skip
"""What a regime says of the next 500 steps; all others say that the walk settles."""


def random_net(rng: np.random.Generator) -> tuple[Callable[[Any], Any], Any]:
    """The full-batch squared loss of a random net of depth 1 to 6, and its parameters."""
    depth, width = int(rng.integers(1, 7)), int(rng.integers(6, 25))
    features, rows = int(rng.integers(1, 6)), int(rng.integers(12, 65))
    act = ACTIVATIONS[str(rng.choice(list(ACTIVATIONS)))]
    x = rng.standard_normal((rows, features))
    y = np.sin(x @ rng.standard_normal(features)) + 0.3 * rng.standard_normal(rows)
    sizes = [features, *[width] * depth, 1]
    gain = rng.uniform(0.7, 1.6)
    start = [
        (rng.standard_normal((a, b)) * gain / np.sqrt(a), 0.1 * rng.standard_normal(b))
        for a, b in pairwise(sizes)
    ]

    def loss(layers: Any) -> Any:
        out = jnp.asarray(x)
        for weights, bias in layers[:-1]:
            out = act(out @ weights + bias)
        weights, bias = layers[-1]
        return jnp.mean(((out @ weights + bias)[:, 0] - y) ** 2)

    return loss, start


def foretold_and_seen(seed: int) -> tuple[str, str]:
    """What learning_rate calls the regime, and what gradient descent did in 500 more steps.

    The rate is 0.3 to 4 times the limit 2/λ at the first weights, and it is asked about there or
    after 50 or 200 steps at a moderate rate.
    """
    rng = np.random.default_rng(seed)
    loss, start = random_net(rng)
    limit = 2.0 / top_curvature(loss, start)
    share = float(np.exp(rng.uniform(np.log(0.3), np.log(4.0))))
    before = int(rng.choice([0, 50, 200]))
    walk = sf.descend(loss, start, "gd", before, lr=min(share, 0.5) * limit, record="last")
    here = walk.problem.structure.unravel(walk.points[-1])
    regime = sf.learning_rate(loss, here, lr=share * limit).regime
    ahead = sf.descend(loss, here, "gd", AHEAD, lr=share * limit)
    if ahead.ended in (Status.DIVERGED, Status.NOT_A_NUMBER):
        return CALLED.get(regime, "settles"), "diverges"
    swings = hovers(ahead.values[TRANSIENT:], ahead.gradient_norms[TRANSIENT:])
    seen = "hovers" if swings else "settles"
    return CALLED.get(regime, "settles"), seen


def top_curvature(loss: Callable[[Any], Any], at: Any) -> float:
    """λ at a point."""
    question = ask(loss, at)
    return curvatures(Evaluator(question.problem.objective), question.start).top


def false_alarms(seed: int) -> list[str]:
    """Hovering called divergence, or divergence called anything else."""
    foretold, seen = foretold_and_seen(seed)
    wrong = foretold != seen and "diverges" in (foretold, seen)
    return [f"net {seed}: called {foretold!r}, and it {seen}"] if wrong else []
