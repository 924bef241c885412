"""Small random nets, and whether the regime of a learning rate is what then happens."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import surefoot as sf
from surefoot.calculus import Evaluator
from surefoot.solve import LongRun, Regime, Trajectory
from surefoot.solve.curvatures import curvatures
from surefoot.solve.hovering import grows, hovers, may_close_in, rising_share, to_and_fro
from surefoot.solve.question import ask
from surefoot.solve.trial import Trial
from surefoot.terms import Status

AHEAD = 500
TRANSIENT = 100
"""What a walk does in its first steps is left out of what it comes to."""

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": jnp.tanh, "relu": jax.nn.relu, "gelu": jax.nn.gelu,
}  # fmt: skip

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


@dataclass(frozen=True)
class Told:
    """What was said of a learning rate on a net, and what gradient descent then did.

    Attributes:
        seed: of the net. regime: the verdict. trial: what it rests on.
        seen: of `AHEAD` steps from the same point, in the words of a regime's long run.
        ahead: that walk.
    """

    seed: int
    regime: Regime
    trial: Trial | None
    seen: LongRun
    ahead: Trajectory

    @property
    def right(self) -> bool:
        """Whether the one is the other."""
        return self.regime.long_run is self.seen

    @property
    def words(self) -> str:
        """In a line."""
        tried = "" if self.trial is None else (
            f" ({self.trial.outcome.name} in {self.trial.steps} steps)"
        )  # fmt: skip
        values = self.ahead.values
        parts = ", ".join(f"{values[k]:.6g}" for k in range(0, len(values), 100))
        share = rising_share(values[TRANSIENT:])
        return (
            f"net {self.seed}: called {self.regime.name}{tried}, and it {self.seen.name}: value "
            f"{parts}; it rises in {share:.0%} of the later steps"
        )


def foretold_and_seen(seed: int) -> Told:
    """What learning_rate calls the regime, and what gradient descent did in 500 more steps.

    The rate is 0.3 to 4 times the limit 2/λ at the first weights, and it is asked about there or
    after 50 or 200 steps at a moderate rate. A walk that swings after 500 steps, but less and less,
    is walked on, up to 2,000 steps, until that is told.
    """
    rng = np.random.default_rng(seed)
    loss, start = random_net(rng)
    limit = 2.0 / top_curvature(loss, start)
    share = float(np.exp(rng.uniform(np.log(0.3), np.log(4.0))))
    before = int(rng.choice([0, 50, 200]))
    walk = sf.descend(loss, start, "gd", before, lr=min(share, 0.5) * limit, record="last")
    here = walk.problem.structure.unravel(walk.points[-1])
    rate = sf.learning_rate(loss, here, lr=share * limit)
    for steps in (AHEAD, 2 * AHEAD, 4 * AHEAD):
        ahead = sf.descend(loss, here, "gd", steps, lr=share * limit)
        seen = what_it_did(ahead)
        if not (seen is LongRun.HOVERS and may_close_in(ahead.gradient_norms[TRANSIENT:])):
            break
    return Told(seed, rate.regime, rate.trial, seen, ahead)


def what_it_did(walk: Trajectory) -> LongRun:
    """A walk's own long run, its first steps left out.

    One whose last quarter is far above all before it, and above its start, is running away.
    """
    values, slopes = walk.values[TRANSIENT:], walk.gradient_norms[TRANSIENT:]
    if walk.ended in (Status.DIVERGED, Status.NOT_A_NUMBER):
        return LongRun.LEAVES
    if grows(values) and values[-1] > walk.values[0]:
        return LongRun.LEAVES
    swings = hovers(values, slopes)
    turns = to_and_fro(values, walk.gradients[TRANSIENT:], walk.points[TRANSIENT:])
    return LongRun.HOVERS if swings or turns else LongRun.SETTLES


def top_curvature(loss: Callable[[Any], Any], at: Any) -> float:
    """λ at a point."""
    question = ask(loss, at)
    return curvatures(Evaluator(question.problem.objective), question.start).top


def false_alarms(seed: int) -> list[str]:
    """Hovering called divergence, or divergence called anything else."""
    told = foretold_and_seen(seed)
    wrong = not told.right and LongRun.LEAVES in (told.regime.long_run, told.seen)
    return [told.words] if wrong else []
