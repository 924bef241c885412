"""What the verdict tells a person: names, numbers, directions, switches, senses."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from tests.judge.known_points import logistic
from tests.judge.oracles import QuadraticOracle, judged, problem

from surefoot.calculus import Evaluator
from surefoot.facts.nearby import near_switches
from surefoot.judge import judge
from surefoot.problem import Problem
from surefoot.program import trace
from surefoot.terms import Confidence, PointKind


@dataclass(frozen=True)
class FakeSwitch:
    kind: str = "kink"
    source: str = "model.py:4"
    distance: float = 0.0
    scale: float = 1.0


def test_flat_parameters_are_named_by_path() -> None:
    verdict = judged(
        lambda x: (x[0] + x[2] - 3) ** 2 + x[1] ** 2,
        (1.0, 0.0, 2.0),
        names=("layer.w", "bias", "layer.v"),
    )
    assert verdict.kind is PointKind.FLAT_MINIMUM
    assert verdict.flat == ("layer.w", "layer.v")
    assert "layer.w" in verdict.advice and "bias" not in verdict.advice


def test_the_saddle_says_which_way_and_how_much() -> None:
    verdict = judged(lambda x: x[0] ** 2 - x[1] ** 2, (0.0, 0.0), names=("width", "height"))
    assert verdict.kind is PointKind.SADDLE_POINT
    assert "height" in verdict.advice and "lower by" in verdict.advice
    direction = np.abs(np.asarray(verdict.direction))
    assert direction[1] > 1e3 * direction[0]


def test_separable_data_are_told_what_to_do() -> None:
    verdict = judged(logistic, (20.0, 1.0))
    assert verdict.attained is False
    assert "regularisation" in verdict.advice and "towards" in verdict.advice


def test_maximising_speaks_of_going_up() -> None:
    verdict = judged(lambda x: x[0] ** 2 - x[1] ** 2, (1.0, 0.0), sense="maximize")
    assert verdict.kind is PointKind.NOT_STATIONARY
    assert "rises without end" in verdict.advice
    top = judged(lambda x: -((x[0] - 2) ** 2), 2.0, sense="maximize")
    assert top.kind is PointKind.LOCAL_MAXIMUM
    bottom = judged(lambda x: (x[0] - 2) ** 2, 2.0, sense="maximize")
    assert bottom.kind is PointKind.LOCAL_MINIMUM and "asked to maximize" in bottom.advice


def test_switches_only_nominate() -> None:
    """A switch at distance 0 in a smooth function (a tie inside logsumexp) alarms nobody."""
    smooth = judged(lambda x: x[0] ** 2 + 1, 0.0, switches=[FakeSwitch()])
    assert smooth.kind is PointKind.LOCAL_MINIMUM
    corner = judged(lambda x: jnp.abs(x[0]), 0.0, switches=[FakeSwitch()])
    assert corner.kind is PointKind.LOCAL_MINIMUM
    assert any(row.name == "corner" for row in corner.evidence)


def test_a_switch_of_unknown_distance_makes_the_judge_look() -> None:
    verdict = judged(lambda x: jnp.abs(x[0]), 0.0, switches=[FakeSwitch(distance=float("nan"))])
    assert any(row.name == "corner" for row in verdict.evidence)


def test_a_proven_quadratic_needs_few_evaluations() -> None:
    class Counting(QuadraticOracle):
        asked = 0

        def value_and_gradient(self, x):
            self.asked += 1
            return super().value_and_gradient(x)

    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 8))
    hessian, x = 2 * matrix.T @ matrix, rng.standard_normal(8)
    oracle = Counting(hessian, -hessian @ x)
    verdict = judge(problem(8), x, oracle=oracle, form=oracle)
    assert verdict.kind is PointKind.GLOBAL_MINIMUM
    assert verdict.confidence is Confidence.SUPPORTED
    assert oracle.asked <= 12


def test_on_the_real_rooms() -> None:
    """Program, Evaluator, switches and Problem as the front desk hands them over."""

    def loss(p):
        return jnp.sum((p["a"] - 1.0) ** 2) + jnp.abs(p["b"]) + 0 * p["c"]

    program = trace(loss, {"a": np.ones(2), "b": 0.0, "c": 2.0})
    x = program.structure.ravel({"a": np.ones(2), "b": 0.0, "c": 2.0})
    free = np.full(x.size, np.inf)
    asked = Problem(program, "minimize", -free, free)
    verdict = judge(asked, x, oracle=Evaluator(program), switches=near_switches(program, x))
    assert verdict.kind in (PointKind.FLAT_MINIMUM, PointKind.KINK)
    off = x.copy()
    off[0] = 3.0
    verdict = judge(asked, off, oracle=Evaluator(program), switches=())
    assert verdict.kind is PointKind.NOT_STATIONARY
    assert set(verdict.direction) == {"a", "b", "c"}
    assert verdict.direction["a"][0] < 0.0


def test_a_corner_missed_by_rounding_is_still_a_corner() -> None:
    """A solver that started at 0 leaves 3e-16 where the corner is: its own size says nothing."""
    verdict = judged(
        lambda x: (x[0] - 2) ** 2 + (x[1] - 0.1) ** 2 + jnp.sum(jnp.abs(x)),
        (1.5, -3e-16),
        reference=np.zeros(2),
    )
    assert verdict.kind is PointKind.LOCAL_MINIMUM
