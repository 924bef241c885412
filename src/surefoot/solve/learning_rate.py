"""What is true about the learning rate: learning_rate."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import Rule, rule_named
from surefoot.descent.stability import MODES
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.advised import advised
from surefoot.solve.approached import (
    MINIMA,
    Approached,
    approached,
    ended_at,
    on_a_switch,
    standing,
)
from surefoot.solve.batches import Batches, require_batches
from surefoot.solve.curvatures import Curvatures, curvatures, steepest_beside
from surefoot.solve.near_minimum import Rise, rise_at
from surefoot.solve.preconditioner import preconditioner_of
from surefoot.solve.question import ask, require_finite_data
from surefoot.solve.rate_noise import RateNoise, rate_noise
from surefoot.solve.rate_report import LearningRate
from surefoot.solve.regime import Regime
from surefoot.solve.sampled_loss import SampledLoss, sampled_loss
from surefoot.solve.settings import is_number
from surefoot.solve.slope import length, own_rate, require_a_slope
from surefoot.solve.trial import Trial, on_trial
from surefoot.solve.wrong_slope import wrong_slope
from surefoot.terms import InputError

NEWTON_STEPS = 40
"""Whole Newton steps that look for where they end."""
RUNGS = 160
"""Rates tried for the first step, each twice the one before."""


@np.errstate(all="ignore")
def learning_rate(
    f: Any,
    x: Any,
    rule: str = "gd",
    state: Any = None,
    *,
    lr: float | None = None,
    options: Mapping[str, Any] | None = None,
    batches: Batches | None = None,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
    seed: int = 0,
    trial: bool = True,
) -> LearningRate:
    """The learning rates that a rule can take, and what each of them does.

    Near a minimum x* with curvatures 0 < μ ≤ … ≤ λ a linear rule shrinks every mode for η below a
    limit, and blows up the steepest above it:

        gradient descent 2/λ,   momentum 2(1 + β)/λ,   Nesterov 2(1 + β)/((1 + 2β)λ),
        RMSProp 2/λ_P,   Adam 2(1 + β₁)/((1 − β₁)λ_P),   Newton 2,

    with λ_P the top curvature of P^(−½) H P^(−½), P the diagonal that the optimiser divides by. The
    first three take λ at the minimum that small steps from x end in; 2/λ at x itself is no limit
    of stability. Adam and RMSProp take H and P at x: P changes with every step, so theirs is a
    reading of the present state and no forecast. Newton's own steps are followed to where they end.
    The judge says whether an end is a minimum: where it is none, or the slope at x is zero, no
    contraction is claimed, and the regime says what the point is or what the trial did.

    Args:
        f: a function of one argument written in jax.numpy that returns one number, or a formula.
        x: the point, in the structure of f's argument.
        rule: "gd", "momentum", "nesterov", "rmsprop", "adam" or "newton".
        state: the optimiser's state at x, as optax keeps it, for Adam and RMSProp; without it P is
            what the first step would divide by.
        lr: the learning rate to be judged (`regime`, `contraction()`, `divergence_step()`).
        options: the rule's own numbers, as in `descend`.
        batches: minibatches, as in `descend`; f is then a loss(params, batch). `noise` says what
            they do: with C the covariance of a batch's gradient at the minimum, gradient descent
            settles where the mean loss is Σ ηcᵢ/(2(2 − ηhᵢ)) above the minimum, cᵢ = vᵢᵀCvᵢ, about
            η tr C/4; momentum and Nesterov where the Lyapunov equation of their modes says. Up to
            12 coordinates gradient descent is told with the examples' own curvatures, which lower
            the limit (`surefoot.descent.noise_floor` has equations and sources).
        data: arrays by name, as in `minimize`.
        example: any value of the argument's shape, where x does not tell it.
        seed: of Lanczos' first vector.
        trial: whether a given lr is tried on a copy, 256 steps from x (more while they still
            grow). Only that tells a net that hovers from one that blows up, and a start from which
            the valley is never reached. A quadratic with a minimum needs none. For Newton it is
            also what finds the end of its steps.

    Raises:
        InputError: anything that cannot be used as it is; a point where value or slope is not
            finite; a rule that has no such theory.

    Example:
        >>> import surefoot as sf
        >>> rate = sf.learning_rate("2x^2", 1.0)
        >>> rate.limit, rate.suggestion
        (0.5, 0.25)
    """
    named = rule_named(rule) if isinstance(rule, str) else rule  # pyright: ignore[reportUnnecessaryIsInstance]
    name = getattr(named, "name", "")
    if name not in MODES:
        raise InputError(
            f"there is no theory of the learning rate for {name or type(rule).__name__!r}; it is "
            f"known for {', '.join(MODES)}"
        )
    given = named.settings(options)
    if lr is not None and not (is_number(lr) and lr > 0):
        raise InputError(f"lr is {lr!r}; expected a number above 0")
    if state is not None and (name == "newton" or not MODES[name].preconditioned):
        raise InputError(
            f"state is the optimiser's state of a rule that divides by it (adam, rmsprop); {name} "
            "has none: leave it out"
        )
    if x is None:
        raise InputError("learning_rate needs the point: learning_rate(f, x)")
    sampled: SampledLoss | None = None
    if batches is None:
        question = ask(f, x, data=data, example=example)
    else:
        require_batches(batches, data)
        sampled = sampled_loss(f, x, batches.examples, example)
        question = sampled.question
    problem, start = question.problem, question.start
    evaluator = Evaluator(problem.objective)
    require_finite_data(question, evaluator.value, start)
    value, gradient = evaluator.value_and_gradient(start)
    if not (np.isfinite(value) and np.isfinite(gradient).all()):
        raise InputError("value or slope is not a finite number at this point; start elsewhere")
    require_a_slope(evaluator, start, gradient)
    newton = name == "newton"
    frozen = MODES[name].preconditioned and not newton
    scale, origin = preconditioner_of(name, state, gradient, given) if frozen else (None, "")
    stands = standing(problem, evaluator, start, gradient, exactly=frozen)
    moves = stands is None or stands.kind in MINIMA
    end: Approached | None = None
    tried: Trial | None = None
    if newton and moves and trial:
        end, tried = _of_newtons_walk(problem, evaluator, named, given, lr, start)
    elif moves and not frozen and not newton:
        end = approached(problem, evaluator, start)
    point = end.point if end is not None and (end.is_minimum or end.turns) else start
    found = curvatures(evaluator, point, scale, seed)
    switches = end is not None and not end.quadratic and on_a_switch(problem, point)
    if switches and not newton:
        found = steepest_beside(evaluator, point, start, found)
    rise = Rise.PARABOLA
    corner = end is not None and (end.corner or end.half_corner)
    if end is not None and end.is_minimum and not end.quadratic and not corner:
        rise = rise_at(evaluator, point, start, found, switches=switches)
    first = _first_step(evaluator, start, gradient, scale, newton)
    noise: RateNoise | None = None
    if sampled is not None and batches is not None and end is not None and end.is_minimum:
        noise = rate_noise(sampled, batches, name, given, evaluator, start, point, found)
    rate = LearningRate(
        rule=named, parameters=given, lr=None if lr is None else float(lr), problem=problem,
        start=start, point=point, curvatures=_of_newton(found) if newton else found,
        local=np.inf, own=own_rate(start, first),
        rise=rise, doubt=wrong_slope(question, evaluator, start, gradient, first),
        end=end, origin=origin, trial=tried, standing=stands,
        value=float(value), gap=float(value) - evaluator.value(point), noise=noise, batches=batches,
    )  # fmt: skip
    proved = end is not None and end.quadratic and end.is_minimum and not rate.doubt

    def walked(eta: float) -> Trial | None:
        return on_trial(evaluator, named, given, eta, start, state)

    # Of minibatches a walk on all the data would tell another story.
    tries = trial and moves and not newton and sampled is None
    if tries and lr is not None and (not proved or rate.regime is Regime.UNTOUCHED):
        rate = replace(rate, trial=walked(float(lr)))
    if stands is not None:
        return rate
    rate = replace(rate, local=_local(value, gradient, first, evaluator, start, rate.half))
    return advised(rate, walked) if tries and not proved and not rate.endless else rate


def _of_newtons_walk(
    problem: Problem, evaluator: Evaluator, rule: Rule, given: Mapping[str, float],
    lr: float | None, start: Vector,
) -> tuple[Approached, Trial | None]:  # fmt: skip
    """Where Newton's own steps end, which may be a saddle or a maximum, and the trial of η."""
    tried = None if lr is None else on_trial(evaluator, rule, given, float(lr), start)
    walk = tried
    if walk is None or (lr is not None and not lr < 2.0):
        walk = on_trial(evaluator, rule, given, 1.0, start, length=NEWTON_STEPS)
    last, spent = (start, 0) if walk is None else (walk.last, walk.steps)
    return ended_at(problem, evaluator, last, start, spent), tried


def _first_step(
    evaluator: Evaluator, x: Vector, gradient: Vector, scale: Vector | None, newton: bool
) -> Vector:
    """d (n,), what the first step is η times of: g, P⁻¹g or H⁺g."""
    if newton:
        _, _, hessian = evaluator.derivatives(x)
        finite = bool(np.isfinite(hessian).all())
        return np.linalg.pinv(hessian, hermitian=True) @ gradient if finite else gradient
    return gradient if scale is None else gradient / scale


def _of_newton(found: Curvatures) -> Curvatures:
    """Every mode of H⁻¹H has curvature 1."""
    ones = np.ones_like(found.values)
    return Curvatures(ones, found.vectors, found.complete, found.products, 0.0)


def _local(
    value: float, gradient: Vector, first: Vector, evaluator: Evaluator, x: Vector, half: float
) -> float:
    """The largest η of a ladder whose first step goes down by ½ η gᵀd, as do the smaller ones.

    Args:
        first: d (n,), what the first step is η times of.
        half: one more rung. Half the limit passes on every convex quadratic, and with the steepest
            direction alone by no more than the rounding, hence the millionth.
    """
    step = length(first)
    slope = float(gradient @ (first / step)) if step > 0.0 else 0.0  # gᵀd itself may underflow
    if not 0.0 < slope < np.inf:
        return 0.0
    # Below this the fall, or the step itself, is lost in the last digits.
    lost = max(abs(value) / slope / step, length(x) / step, 1e-300)
    lowest = 256.0 * 2.0**-52 * lost
    ladder = 2.0 ** np.arange(np.ceil(np.log2(lowest)), 1000.0)[:RUNGS]
    halves = half * 2.0 ** -np.arange(4.0)
    ladder = np.union1d(ladder, halves[halves >= lowest])
    with np.errstate(all="ignore"):
        values = evaluator.values(x - ladder[:, None] * first)
        promised = ladder * step * slope
        # −∞ is no gain: a step of ln x that lands on 0 has left the domain.
        falls = np.isfinite(values) & (values <= value - 0.5 * (1.0 - 1e-6) * promised)
    if falls.all():
        return np.inf
    count = int(np.argmin(falls))
    return float(ladder[count - 1]) if count else 0.0
