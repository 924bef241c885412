"""Walking downhill with a step rule: descend."""

from collections.abc import Mapping
from functools import partial
from time import perf_counter
from typing import Any

import jax
import numpy as np

from surefoot.calculus import Evaluator, blame_nonfinite, no_derivative
from surefoot.descent import (
    GREW,
    RULES,
    Minibatches,
    RuleSteps,
    ending,
    rule_steps,
    some_steps,
    walk_end,
)
from surefoot.facts import has_values_everywhere
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import significant
from surefoot.solve.batches import Batches, require_batches
from surefoot.solve.device import device_named
from surefoot.solve.question import Question, ask
from surefoot.solve.sampled_loss import sampled_loss
from surefoot.solve.settings import is_whole
from surefoot.solve.slope import require_a_slope
from surefoot.solve.step_rule import StepRule, step_rule
from surefoot.solve.trajectory import Trajectory
from surefoot.terms import InputError, Status, SurefootError, noted_interrupts

MOST_NUMBERS = 50_000_000
"""The most coordinates kept over a walk: points, gradients and updates take 1.2 GB at that size."""
MOST_NAMES = 4


@noted_interrupts()
@jax.ensure_compile_time_eval()
def descend(
    f: Any,
    x0: Any = None,
    rule: Any = "gd",
    steps: int = 100,
    *,
    lr: Any = None,
    options: Mapping[str, Any] | None = None,
    weight_decay: float = 0.0,
    clip: float | None = None,
    record: str | int = "all",
    batches: Batches | None = None,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
    device: Any = None,
) -> Trajectory:
    """Walk downhill with a step rule, and keep every step.

    Equations, for k = 0, 1, …, steps − 1:

        gₖ = ∇f(xₖ),   (uₖ, sₖ₊₁) = rule(gₖ, sₖ, xₖ),   xₖ₊₁ = xₖ + uₖ

    With "gd" uₖ = −η gₖ; docs/rules.md has the equations of all. Nothing is searched for and no
    step is refused: this shows what a rule does, `minimize` finds the answer. The walk ends early
    where it has diverged or left the domain of f (`surefoot.descent.walk_end` says when); the
    trajectory then stops before that and its `reason` names the step. `trajectory.verdict` says
    what the last point is.

    Args:
        f: a function of one argument written in jax.numpy that returns one number, or a formula.
        x0: the start, as in `minimize`.
        rule: "gd", "momentum", "nesterov", "rmsprop", "adam", "newton", "l-bfgs" or "random"; or
            an optax gradient transformation, e.g. `optax.lion(0.1)`; it gets gradients in the
            structure of x0.
        steps: how many steps to take.
        lr: the learning rate η of a named rule: a number above 0, or a schedule k ↦ η.
        options: a named rule's other numbers, e.g. {"beta": 0.8}.
        weight_decay: λ; after each step x ← x − ηλx (x before the step), apart from the gradient.
        clip: the longest gradient that the rule is shown; longer ones are shortened to it.
        record: "all"; a whole number k (or "every k") for each k-th step; "last" for the start and
            the end alone. The last step is always there.
        batches: minibatches, e.g. `sf.Batches((X, y), 32, seed=0)`; f is then a loss(params, batch)
            that returns the mean over the examples of the batch, gₖ the gradient on the batch of
            step k, and the recorded values and gradients are those of the batches. The verdict,
            and `trajectory.full_values`, are of the loss on all the data.
        data: arrays by name, as in `minimize`.
        example: any value of the argument's shape, where the start does not tell it.
        device: where the walk runs: "cpu", "gpu", "tpu" or a JAX device; None for the CPU, where
            small functions are quickest. All numbers are float64 everywhere.

    Raises:
        InputError: anything that cannot be used as it is, before any work; a start where value or
            slope is not finite; one with a slope of zero at it and all around it, as floor(x) has.

    Example:
        >>> import surefoot as sf
        >>> walk = sf.descend("x^2", 1.0, steps=3, lr=0.25)
        >>> walk.points[:, 0].tolist(), walk.values.tolist()
        ([1.0, 0.5, 0.25, 0.125], [1.0, 0.25, 0.0625, 0.015625])
    """
    began = perf_counter()
    chosen = step_rule(rule, lr, options, weight_decay, clip)
    if not is_whole(steps, least=0):
        raise InputError(f"steps is {steps!r}; expected a whole number of at least 0")
    steps = int(steps)
    every = _every(record, steps)
    if batches is None:
        question = ask(f, x0, data=data, example=example)
        evaluator: Evaluator | Minibatches = Evaluator(
            question.problem.objective, device=device_named(device)
        )
    else:
        question, evaluator = _with_batches(
            f, x0, chosen, batches, data, example, device_named(device)
        )
    problem = question.problem
    size = problem.structure.size
    chosen.require_size(size)
    if steps // every * size > MOST_NUMBERS and every < steps:
        raise InputError(
            f"{steps} steps of {size} numbers are more than can be kept ({MOST_NUMBERS:,}); "
            f"take at most {MOST_NUMBERS // size} steps at a time, or record fewer of them "
            '(record="last", record=100)'
        )
    if every == 1:
        take = rule_steps
    else:
        take = partial(
            some_steps, every=every, block=chosen.block,
            everywhere=not chosen.altered and has_values_everywhere(problem.objective),
        )  # fmt: skip
    with np.errstate(all="ignore"):
        try:
            key = chosen.key_on(problem.objective)
            found = take(evaluator, chosen.make, key, question.start, chosen.eta, steps)
        except (SurefootError, jax.errors.JaxRuntimeError):
            raise
        except NotImplementedError as error:
            raise no_derivative(problem.objective.name, error) from error
        except Exception as error:
            if chosen.rule is not None:
                raise
            # Somebody else's code; whatever it raises means that the rule does not fit.
            raise InputError(
                f"the optax rule could not take a step ({type(error).__name__}: "
                f"{' '.join(str(error).split())[:120]}). It is called as init(params) and "
                "update(gradient, state, params), all in the structure of x0; a rule that keeps "
                "two sets of parameters, such as optax.lookahead, does not fit"
            ) from error
    _require_a_start(question, evaluator, found)
    kept, status, reason = _end(problem, found, chosen)
    if found.interrupted and status is None:
        status = Status.INTERRUPTED
        reason = f"You interrupted the walk after {found.numbers[-1]} of {steps} steps."
    return Trajectory(
        points=found.points[:kept],
        values=found.values[:kept],
        gradients=found.gradients[:kept],
        updates=found.updates[: kept - 1],
        numbers=found.numbers[:kept],
        rates=chosen.rates(found.numbers[: kept - 1]),
        rule=chosen.name,
        equation=chosen.equation,
        reason=reason,
        problem=problem,
        batches=batches,
        ended=status,
        parameters=None if chosen.altered else chosen.parameters,
        rest=chosen.rest,
        timings={"trace": question.trace_seconds, "total": perf_counter() - began},
    )


def _with_batches(
    f: Any, x0: Any, chosen: StepRule, batches: Any, data: Any, example: Any, device: Any
) -> tuple[Question, Minibatches]:
    require_batches(batches, data)
    if chosen.rule is not None and not chosen.rule.first_order:
        raise InputError(
            f"the rule {chosen.name!r} asks one function again and again; with minibatches the "
            "function is another one at each step. Take a rule that is made of gradients: "
            + ", ".join(name for name, rule in RULES.items() if rule.first_order)
        )
    sampled = sampled_loss(f, x0, batches.examples, example)
    return sampled.question, Minibatches(
        sampled.on_batches(int(batches.size)), batches.examples.leaves, bool(batches.replace),
        int(batches.seed), device,
    )  # fmt: skip


def _every(record: Any, steps: int) -> int:
    """How many steps lie between two that are recorded."""
    if isinstance(record, str):
        word, _, count = record.strip().partition(" ")
        if record == "all":
            return 1
        if record == "last":
            return max(1, steps)
        record = int(count) if word == "every" and count.isdecimal() else record
    if not is_whole(record, least=1):
        raise InputError(
            f'record is {record!r}; expected "all", "last", or a whole number k for each k-th step'
        )
    return int(record)


def _require_a_start(
    question: Question, evaluator: Evaluator | Minibatches, found: RuleSteps
) -> None:
    if np.isfinite(found.values[0]) and np.isfinite(found.gradients[0]).all():
        stands = len(found.points) > 1 and np.array_equal(*found.points[[0, -1]])
        if stands and isinstance(evaluator, Evaluator):
            # A walk may begin at a stationary point; one that nothing could ever move is explained.
            require_a_slope(evaluator, found.points[0], found.gradients[0])
        return
    words = _blame(question.problem, found.points[0])
    what = "value" if not np.isfinite(found.values[0]) else "slope"
    raise InputError(
        f"the {what} at the start is not a finite number, so there is no way down from it"
        + (f": {words}" if words else "; start elsewhere")
    )


def _end(
    problem: Problem, found: RuleSteps, chosen: StepRule
) -> tuple[int, Status | None, str]:
    """How many rows are good, and what ended the walk if steps are missing, in a sentence."""
    kept, status = walk_end(found.points, found.values, found.gradients)
    reach = max(1.0, float(np.linalg.norm(found.points[0])))
    if status is not None:
        number, point = int(found.numbers[kept]), found.points[kept]
    elif found.over is not None:
        number, point, value, gradient = found.over
        status = ending(point, reach, value, gradient)
    else:
        return kept, None, ""
    last, next_to_it = kept - 1, found.numbers[kept - 1] == number - 1
    if np.isnan(point).any() and next_to_it and np.linalg.norm(found.points[last]) <= reach * GREW:
        # What is near and has a slope does not run away: the step itself was no number.
        return kept, Status.NOT_A_NUMBER, f"Step {number} is no number{_told_rate(chosen, number)}."
    if status is Status.DIVERGED:
        with np.errstate(over="ignore"):
            near = bool(np.isfinite(point).all()) and np.linalg.norm(point) <= reach * GREW
        if near:
            words = _blame(problem, point) or _where(problem, point)
            told = "the value overflows"
            return kept, status, f"Diverged at step {number}: {told}: {words}"
        return kept, status, _ran_away(found, last, number, next_to_it)
    words = _blame(problem, point) or _where(problem, point)
    return kept, status, f"Step {number} left the domain of the function: {words}"


def _told_rate(chosen: StepRule, number: int) -> str:
    rates = chosen.rates(np.array([number - 1]))
    if rates is None or np.isfinite(rates).all():
        return ": the rule gave nan for a finite gradient"
    return f": the learning rate was {float(rates[0]):g}"


def _ran_away(found: RuleSteps, last: int, number: int, next_to_it: bool) -> str:
    first, seen = float(found.values[0]), float(found.values[last])
    told = (
        f"Diverged at step {number}: the steps grew until the walk was out of reach. The value "
        f"{'before it' if next_to_it else 'when last recorded'} was {significant(seen)}, at the "
        f"start {significant(first)}."
    )
    if seen < first:
        return f"{told} It went down: there may be no lowest value that way."
    return f"{told} Take a smaller learning rate."


def _where(problem: Problem, point: Vector) -> str:
    names = problem.structure.paths[:MOST_NAMES]
    place = ", ".join(
        f"{name} = {significant(float(v))}"
        for name, v in zip(names, point, strict=False)
    )
    return f"at {place} value or slope is not finite."


def _blame(problem: Problem, point: Vector) -> str:
    """The line that makes the value or the slope not finite, in a sentence."""
    if not np.isfinite(point).all():
        return ""
    found = blame_nonfinite(problem.objective, point)
    return "" if found is None else found.sentence
