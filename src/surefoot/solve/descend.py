"""Walking downhill with a step rule: descend."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator, blame_nonfinite
from surefoot.descent import RULES, Rule, RuleSteps, rule_named, rule_steps, walk_end
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import significant
from surefoot.solve.question import Question, ask
from surefoot.solve.settings import is_number, is_whole
from surefoot.solve.trajectory import Trajectory
from surefoot.terms import InputError, Status

MOST_NUMBERS = 50_000_000
"""The most coordinates kept over a walk: points, gradients and updates take 1.2 GB at that size."""
MOST_NAMES = 4


def descend(
    f: Any,
    x0: Any = None,
    rule: Any = "gd",
    steps: int = 100,
    *,
    lr: Any = None,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
) -> Trajectory:
    """Walk downhill with a step rule, and keep every step.

    Equations, for k = 0, 1, …, steps − 1:

        gₖ = ∇f(xₖ),   (uₖ, sₖ₊₁) = rule(gₖ, sₖ, xₖ),   xₖ₊₁ = xₖ + uₖ

    With "gd" uₖ = −η gₖ. Nothing is searched for and no step is refused: this shows what a rule
    does, `minimize` finds the answer. The walk ends early where it has diverged or left the domain
    of f (`surefoot.descent.walk_end` says when); the trajectory then stops before that and its
    `reason` names the step. `trajectory.verdict` says
    what the last point is.

    Args:
        f: a function of one argument written in jax.numpy that returns one number, or a formula.
        x0: the start, as in `minimize`.
        rule: the name of a rule ("gd"), or an optax gradient transformation, e.g.
            `optax.adam(0.1)`; it gets gradients in the structure of x0.
        steps: how many steps to take.
        lr: the learning rate η of a named rule: a number above 0, or a schedule k ↦ η.
        data: arrays by name, as in `minimize`.
        example: any value of the argument's shape, where the start does not tell it.

    Raises:
        InputError: anything that cannot be used as it is, before any work; a start where value or
            slope is not finite.

    Example:
        >>> import surefoot as sf
        >>> walk = sf.descend("x^2", 1.0, steps=3, lr=0.25)
        >>> walk.points[:, 0].tolist(), walk.values.tolist()
        ([1.0, 0.5, 0.25, 0.125], [1.0, 0.25, 0.0625, 0.015625])
    """
    began = perf_counter()
    chosen = _chosen(rule, lr)
    if not is_whole(steps, least=0):
        raise InputError(f"steps is {steps!r}; expected a whole number of at least 0")
    steps = int(steps)
    question = ask(f, x0, data=data, example=example)
    problem = question.problem
    size = problem.structure.size
    if steps * size > MOST_NUMBERS:
        raise InputError(
            f"{steps} steps of {size} numbers are more than can be kept ({MOST_NUMBERS:,}); "
            f"take at most {MOST_NUMBERS // size} steps at a time"
        )
    evaluator = Evaluator(problem.objective)
    with np.errstate(all="ignore"):
        found = rule_steps(
            evaluator, chosen.make, chosen.key, question.start, chosen.eta, steps
        )
    _require_a_start(question, found)
    kept, status = walk_end(found.points, found.values, found.gradients)
    reason = _reason(problem, found, kept, status)
    if found.interrupted and status is None:
        status = Status.INTERRUPTED
        reason = f"You interrupted the walk after {kept - 1} of {steps} steps."
    return Trajectory(
        points=found.points[:kept],
        values=found.values[:kept],
        gradients=found.gradients[:kept],
        updates=found.updates[: kept - 1],
        rates=chosen.rates(kept - 1),
        rule=chosen.name,
        equation=chosen.equation,
        reason=reason,
        problem=problem,
        ended=status,
        timings={"trace": question.trace_seconds, "total": perf_counter() - began},
    )


@dataclass(frozen=True)
class _Chosen:
    """The rule of a call.

    Attributes:
        name, equation: for the report.
        make: from η to the gradient transformation.
        key: hashable; equal keys mean the same compiled code.
        eta: what the compiled code is called with.
        rate: k ↦ η, None where there is no single rate.
    """

    name: str
    equation: str
    make: Callable[[Any], Any]
    key: Any
    eta: float = 0.0
    rate: Callable[[int], float] | None = None

    def rates(self, count: int) -> Vector | None:
        """The learning rates of the first steps."""
        if self.rate is None:
            return None
        return np.array([self.rate(k) for k in range(count)], np.float64)


def _chosen(rule: Any, lr: Any) -> _Chosen:
    if isinstance(rule, str | Rule):
        return _named(rule_named(rule) if isinstance(rule, str) else rule, lr)
    if not (callable(getattr(rule, "init", None)) and callable(getattr(rule, "update", None))):
        hint = ""
        if callable(rule):
            hint = (
                f"; if {getattr(rule, '__name__', 'it')} makes a rule of a learning rate, call it: "
                f"rule={getattr(rule, '__name__', 'make')}(0.1)"
            )
        raise InputError(
            f"rule is {type(rule).__name__}; expected a name ({', '.join(map(repr, RULES))}) or an "
            f"optax gradient transformation such as optax.adam(0.1){hint}"
        )
    if lr is not None:
        raise InputError(
            "lr belongs to a rule given by name; an optax transformation has its rate already: "
            "write rule=optax.adam(0.1) without lr="
        )
    return _Chosen("an optax rule", "x⁺ = x + update(g)", lambda eta: rule, ("optax", rule))


def _named(rule: Rule, lr: Any) -> _Chosen:
    if lr is None:
        raise InputError(
            f"the rule {rule.name!r} needs a learning rate; write descend(f, x0, "
            f"{rule.name!r}, lr=0.1)"
        )
    if callable(lr):
        schedule: Callable[[int], Any] = lr
        return _Chosen(
            rule.name, f"{rule.equation}, η by a schedule", lambda eta: rule(schedule),
            (rule.name, schedule), 0.0, lambda k: float(schedule(k)),
        )  # fmt: skip
    if not is_number(lr) or not lr > 0:
        raise InputError(f"lr is {lr!r}; expected a number above 0, or a schedule k ↦ η")
    eta = float(lr)
    return _Chosen(
        rule.name, f"{rule.equation}, η = {significant(eta)}", rule, rule.name, eta, lambda k: eta
    )


def _require_a_start(question: Question, found: RuleSteps) -> None:
    if np.isfinite(found.values[0]) and np.isfinite(found.gradients[0]).all():
        return
    words = _blame(question.problem, found.points[0])
    what = "value" if not np.isfinite(found.values[0]) else "slope"
    raise InputError(
        f"the {what} at the start is not a finite number, so there is no way down from it"
        + (f": {words}" if words else "; start elsewhere")
    )


def _reason(problem: Problem, found: RuleSteps, bad: int, status: Status | None) -> str:
    """What ended the walk at step `bad`, in a sentence; "" where all steps were taken."""
    if status is None:
        return ""
    if status is Status.DIVERGED:
        return (
            f"Diverged at step {bad}: the steps grew until the walk was out of reach. The value "
            f"before it was {significant(float(found.values[bad - 1]))}, at the start "
            f"{significant(float(found.values[0]))}. Take a smaller learning rate."
        )
    words = _blame(problem, found.points[bad])
    return f"Step {bad} left the domain of the function: " + (words or _where(problem, found, bad))


def _where(problem: Problem, found: RuleSteps, bad: int) -> str:
    names = problem.structure.paths[:MOST_NAMES]
    place = ", ".join(
        f"{name} = {significant(float(v))}"
        for name, v in zip(names, found.points[bad], strict=False)
    )
    return f"at {place} value or slope is not finite."


def _blame(problem: Problem, point: Vector) -> str:
    """The line that makes the value or the slope not finite, in a sentence."""
    if not np.isfinite(point).all():
        return ""
    found = blame_nonfinite(problem.objective, point)
    return "" if found is None else found.sentence
