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
from surefoot.solve.hovering import grows, hovers, to_and_fro
from surefoot.solve.question import ask
from surefoot.solve.trial import Trial

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
        seen: what the first 500 steps did, in the words of a regime's long run.
        after: what the 500 steps behind those of the trial did, which nothing had looked at.
        ahead: the walk, of the trial's steps and 500 more.
    """

    seed: int
    regime: Regime
    trial: Trial
    seen: LongRun
    after: LongRun
    ahead: Trajectory

    @property
    def words(self) -> str:
        """In a line."""
        values = self.ahead.values
        parts = ", ".join(f"{values[k]:.3g}" for k in range(0, len(values), 100))
        tried = f"{self.trial.outcome.name} in {self.trial.steps} steps"
        return (
            f"net {self.seed}: called {self.regime.name} ({tried}); it {self.seen.name}, and after "
            f"the trial it {self.after.name}: value {parts}"
        )


def foretold_and_seen(seed: int) -> Told:
    """What learning_rate calls the regime, and what gradient descent did.

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
    rate = sf.learning_rate(loss, here, lr=share * limit)
    assert rate.trial is not None, "a net is no quadratic"
    tried = rate.trial.steps
    ahead = sf.descend(loss, here, "gd", tried + AHEAD, lr=share * limit)
    # Where the walk ran away on trial, at a step beyond 500, the verdict is of that step.
    reach = max(AHEAD, rate.trial.ended or 0)
    seen = what_it_did(ahead, TRANSIENT, reach)
    after = what_it_did(ahead, tried, tried + AHEAD)
    return Told(seed, rate.regime, rate.trial, seen, after, ahead)


def what_it_did(walk: Trajectory, first: int, last: int) -> LongRun:
    """A walk's own long run from one step to another, by what its values and slopes do.

    It leaves where it could not go on, or where its last quarter is far above all before it and
    above its start; it hovers by the rule that trials have (`surefoot.solve.hovering`).
    """
    part = slice(first, last + 1)
    values, slopes = walk.values[part], walk.gradient_norms[part]
    if len(walk.values) <= last:
        return LongRun.LEAVES
    if grows(values) and values[-1] > walk.values[0]:
        return LongRun.LEAVES
    swings = hovers(values, slopes)
    turns = to_and_fro(values, walk.gradients[part], walk.points[part])
    return LongRun.HOVERS if swings or turns else LongRun.SETTLES


def top_curvature(loss: Callable[[Any], Any], at: Any) -> float:
    """λ at a point."""
    question = ask(loss, at)
    return curvatures(Evaluator(question.problem.objective), question.start).top


def false_alarms(seed: int) -> list[str]:
    """Hovering called divergence, or divergence called anything else."""
    told = foretold_and_seen(seed)
    said = told.regime.long_run
    wrong = said is not told.seen and LongRun.LEAVES in (said, told.seen)
    return [told.words] if wrong else []
