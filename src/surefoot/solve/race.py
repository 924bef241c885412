"""Several step rules from several starts with several learning rates: race."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import (
    RaceWalks,
    at_starts,
    evaluations_of,
    race_walks,
    starting_points,
)
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.approached import approached
from surefoot.solve.batches import require_seed
from surefoot.solve.question import ask, require_finite_data
from surefoot.solve.race_outcome import ROUNDING, Outcome, Racer
from surefoot.solve.race_report import Race
from surefoot.solve.racers import Entrant, Rates, entrants_of, is_blind, settled, which_rates
from surefoot.solve.settings import is_number, is_whole
from surefoot.solve.slope import own_rate, require_a_slope
from surefoot.solve.step_rule import StepRule
from surefoot.terms import InputError, Status

MOST_NUMBERS = 50_000_000
"""The most values kept over a race."""
UNSEEN = 1e-3
"""Of the height that may be left: f* off by no more changes nothing about who is there."""
MOST_ENDS = 4
"""From so many ends a minimum is looked for."""
SOURCE = "the minimum that Newton's method finds below the lowest end"
ELSEWHERE = "the height of the minimum that Newton's method finds from a higher end, or the start"


def race(
    f: Any,
    x0: Any = None,
    rules: Any = None,
    steps: int = 1000,
    *,
    lr: Any = None,
    rates: str | None = None,
    starts: Any = None,
    accuracy: float = 1e-6,
    best: float | None = None,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
    seed: int = 0,
) -> Race:
    """Race step rules: rules × starts × learning rates, one batched program for each rule.

    Each walk is the one that `descend` makes. A walk is there at the first step k from which on

        f(xⱼ) − f* ≤ accuracy · (f(x₀) − f*)   for all j ≥ k,

    so one that only passes by is not there, nor one that was inside before, left, and has not yet
    stayed longer than it did then. f* is `best`; else the minimum that Newton's method
    finds below the lowest end. Where the judge finds none, nobody is there, and the order is that
    of the heights at the end. A walk that diverges or leaves the domain of f is a result with the
    number of that step.

    Args:
        f: a function of one argument written in jax.numpy that returns one number, or a formula.
        x0: the start, as in `descend`.
        rules: a dict label → what, e.g. {"gd": 0.1, "adam": [0.01, 0.1], "newton": None}, or a list
            of names. What: a learning rate, several, or a schedule, for the rule of that name; None
            for its default; an optax gradient transformation; or a dict with any of "rule", "lr",
            "options", "weight_decay" and "clip", as `descend` takes them.
        steps: how many each walk takes.
        lr: with rates="same" the η of all rules, or several; with "best" those to try.
        rates: "as given": each rule with its own η or ηs; "same": all with the same; "best": each
            with the η, of many, that is there in the fewest steps. Where it is left out, a given
            `lr` is everybody's. Newton takes whole steps unless it is given an η, and rules that
            search for their step have none.
        starts: besides x0, as in `minimize`: how many (x0 the first), or a list of starts, or an
            array with one a row.
        accuracy: the part of the height of the start that may be left, between 0 and 1.
        best: f*, where it is known.
        data: arrays by name, as in `minimize`.
        example: any value of the argument's shape, where the start does not tell it.
        seed: of starts that are drawn.

    Returns:
        Race: `print` shows the table; `ranking(by="evaluations")`, `plot()`, `to_frame()`.

    Raises:
        InputError: anything that cannot be used as it is, before any work; a start where value or
            slope is not finite; slopes that are zero all around the starts.

    Example:
        >>> import surefoot as sf
        >>> found = sf.race("x^2 + 10y^2", {"x": 1.0, "y": 1.0}, {"gd": 0.05, "newton": None}, 300)
        >>> [(racer.label, racer.median("steps")) for racer in found.ranking()]
        [('newton', 1.0), ('gd', 55.0)]
    """
    began = perf_counter()
    if rules is None:
        raise InputError('race needs rules: race(f, x0, {"gd": 0.1, "adam": 0.01})')
    entrants, mode = entrants_of(rules), which_rates(rates, lr)
    if mode is Rates.AS_GIVEN and lr is not None:
        raise InputError(
            'lr is for rates="same" or rates="best"; with "as given" η stands in rules'
        )
    if not is_whole(steps, least=1):
        raise InputError(f"steps is {steps!r}; expected a whole number of at least 1")
    if not is_number(accuracy) or not 0.0 < accuracy < 1.0:
        raise InputError(f"accuracy is {accuracy!r}; expected a number between 0 and 1")
    if best is not None and not is_number(best):
        raise InputError(f"best is {best!r}; expected the lowest value of f, or None")
    require_seed(seed)
    if x0 is None and isinstance(starts, Sequence | np.ndarray) and len(starts):
        x0 = starts[0]
    question = ask(f, x0, data=data, example=example)
    problem = question.problem
    points = question.start[None]
    if starts is not None:
        points = starting_points(
            starts, problem.structure, question.start, problem.lower, problem.upper, int(seed)
        )
    evaluator = Evaluator(problem.objective)
    require_finite_data(question, evaluator.value, points[0])
    heights, gradients = _checked(evaluator, points, blind=is_blind(entrants))
    if best is not None and not (heights > best).any():
        raise InputError(f"best is {best!r}, and no start is above it: there is nothing to reach")
    own = float(np.median([own_rate(x, g) for x, g in zip(points, gradients, strict=True)]))
    reach = float(np.median(np.maximum(1.0, np.linalg.norm(points, axis=1))))
    teams = [(entrant, settled(entrant, mode, lr, own, reach)) for entrant in entrants]
    _require_room(teams, points, int(steps))
    walked = _walked(evaluator, teams, points, int(steps))
    found = [walks for _, _, walks in walked]
    goal = (
        _Goal(float(best), "as given", True) if best is not None
        else _goal(problem, evaluator, found, points[0], float(accuracy))
    )  # fmt: skip
    if goal.is_minimum and not (heights > goal.value).any():
        raise InputError(
            f"every start is already at f* = {goal.value!r}, {goal.source}: there is nothing to "
            "race for; start elsewhere"
        )
    racers: list[Racer] = []
    for entrant, chosen, walks in walked:
        row = _racers(entrant, chosen, walks, goal, accuracy, len(points))
        racers += [_best(row)] if mode is Rates.BEST else row
    return Race(
        problem=problem, racers=tuple(racers), starts=points, accuracy=float(accuracy),
        best=goal.value, source=goal.source, is_minimum=goal.is_minimum, steps=int(steps),
        rates=mode, chosen=x0 is None,
        interrupted=any(walks.interrupted for walks in found),
        timings={
            "trace": question.trace_seconds,
            "run": sum(walks.seconds for walks in found),
            "total": perf_counter() - began,
        },
    )  # fmt: skip


def _checked(evaluator: Evaluator, points: Vector, *, blind: bool) -> tuple[Vector, Vector]:
    """Values and gradients at the starts."""
    with np.errstate(all="ignore"):
        values, gradients = at_starts(evaluator, points)
    bad = ~(np.isfinite(values) & np.isfinite(gradients).all(axis=1))
    if bad.any():
        k = int(np.argmax(bad))
        what = "value" if not np.isfinite(values[k]) else "slope"
        where = "the start" if len(points) == 1 else f"start {k}"
        raise InputError(
            f"the {what} at {where} is not a finite number, so there is no way down from it; start "
            "elsewhere" + ("" if len(points) == 1 else ", or give the starts as a list")
        )
    if not blind and not np.any(gradients != 0.0):
        for x, gradient in zip(points, gradients, strict=True):
            require_a_slope(evaluator, x, gradient)
    return values, gradients


def _require_room(
    teams: Sequence[tuple[Entrant, list[StepRule]]], points: Vector, steps: int
) -> None:
    walks = sum(len(chosen) for _, chosen in teams) * len(points)
    if (steps + 1) * walks > MOST_NUMBERS:
        raise InputError(
            f"{steps} steps of {walks} walks are more values than can be kept ({MOST_NUMBERS:,}); "
            f"take at most {MOST_NUMBERS // walks - 1} steps, or fewer starts or rates"
        )
    for _, chosen in teams:
        chosen[0].require_size(points.shape[1])


def _walked(
    evaluator: Evaluator,
    teams: Sequence[tuple[Entrant, list[StepRule]]],
    points: Vector,
    steps: int,
) -> list[tuple[Entrant, list[StepRule], RaceWalks]]:
    """All walks of each rule; those of one whose rates are schedules in a batch for each."""
    found: list[tuple[Entrant, list[StepRule], RaceWalks]] = []
    for entrant, chosen in teams:
        one = chosen[0]
        every = np.tile(points, (len(chosen), 1))
        etas = np.repeat([rule.eta for rule in chosen], len(points))
        name = "" if one.rule is None else one.rule.name
        with np.errstate(all="ignore"):
            walks = race_walks(
                evaluator, one.make, one.key_on(evaluator.program),
                evaluations_of(name, evaluator.size), every, etas, steps,
                searches=one.rule is not None and one.rule.searches,
            )  # fmt: skip
        found.append((entrant, chosen, walks))
        if walks.interrupted:
            break
    return found


class _Goal(NamedTuple):
    """f*, where it is from, and whether a walk can arrive there."""

    value: float
    source: str
    is_minimum: bool


def _goal(
    problem: Problem, evaluator: Evaluator, found: Sequence[RaceWalks], start: Vector,
    accuracy: float,
) -> _Goal:  # fmt: skip
    """The minimum below the ends, or the lowest value met, which is the end of no way.

    Newton's method begins at the lowest end, then at those of other rules and at the start: where
    x⁴ has sunk to 0 by underflow, slope and curvature are gone, and nothing can be told of it.
    """
    met, ends = inf, list[tuple[float, Vector]]()
    for walks in found:
        values = _good(walks)
        met = min(met, float(values.min()))
        # A walk that ended has run away; its last point is no place to look for a minimum.
        last = np.where(walks.ended < 0, values[-1], inf)
        k = int(np.argmin(last))
        if last[k] < inf:
            ends.append((float(last[k]), walks.ends[k]))
    met_words = "the lowest value that any walk met"
    if not ends:
        return _Goal(met, f"{met_words}; none could go on to the end", False)
    heights = np.concatenate([walks.values[0] for walks in found]) - met
    # What is no matter to who is there is none to whether this is the minimum.
    room = UNSEEN * accuracy * float(np.min(heights[heights > 0.0], initial=inf))
    room = max(ROUNDING * abs(met), room if room < inf else 0.0)
    ends.sort(key=lambda pair: pair[0])
    source = SOURCE
    for place in [*(end for _, end in ends[:MOST_ENDS]), start]:
        try:
            with np.errstate(all="ignore"):
                end = approached(problem, evaluator, place)
                value = evaluator.value(end.point)
        except (TypeError, ValueError):  # a derivative rule of the user's that has no derivative
            return _Goal(met, f"{met_words}; f has no second derivatives to find one with", False)
        if end.is_minimum and value - met <= room:
            return _Goal(min(value, met), source, True)
        source = ELSEWHERE
    return _Goal(met, f"{met_words}; no minimum was found below it", False)


def _good(walks: RaceWalks) -> Vector:
    """(k + 1, w) the values, infinite from the step on at which a walk could not go on."""
    rows = np.arange(len(walks.values))[:, None]
    over = (walks.ended >= 0) & (rows >= walks.ended)
    return np.where(over, inf, walks.values)


def _arrivals(outside: Any) -> Any:
    """(w,) the row from which on a walk is inside; `len(outside)` where it is at no end of it.

    One that was inside before and left has to stay longer than it ever did then: of a walk that
    hops about its end, the last row is inside by chance.
    """
    rows = len(outside)
    there = np.where(outside.any(axis=0), rows - np.argmax(outside[::-1], axis=0), 0)
    for lane in np.flatnonzero((there > 1) & (there < rows)):
        beyond = np.flatnonzero(outside[: there[lane], lane])
        spells = np.diff(beyond, prepend=-1) - 1
        if spells.max() >= rows - there[lane]:
            there[lane] = rows
    return there


def _racers(
    entrant: Entrant, chosen: list[StepRule], walks: RaceWalks, goal: _Goal, accuracy: float,
    count: int,
) -> list[Racer]:  # fmt: skip
    """A racer for each rate, with an outcome for each start."""
    values, lowest = _good(walks), goal.value
    taken = len(values) - 1
    heights = np.maximum(values[0] - lowest, 0.0)
    near = np.maximum(accuracy * heights, ROUNDING * abs(lowest))
    outside = ~(values - lowest <= near)
    there = _arrivals(outside)
    each = walks.seconds / max(1, (taken + 1) * values.shape[1])
    racers: list[Racer] = []
    for k, rule in enumerate(chosen):
        outcomes: list[Outcome] = []
        for start in range(count):
            lane = k * count + start
            ended = int(walks.ended[lane])
            good = values[: ended if ended >= 0 else None, lane]
            steps = int(there[lane]) if there[lane] <= taken and goal.is_minimum else None
            left = max(0.0, float(good[-1]) - lowest)
            outcomes.append(Outcome(
                start=start, steps=steps,
                evaluations=None if steps is None else int(walks.spent[steps, lane]),
                seconds=None if steps is None else steps * each,
                ended=None if ended < 0 else ended,
                status=None if ended < 0 else (
                    Status.DIVERGED if walks.far[lane] else Status.NOT_A_NUMBER
                ),
                value=float(good[-1]), gap=left / heights[lane] if heights[lane] > 0.0 else left,
                x=walks.ends[lane], values=good,
                visiting=goal.is_minimum and steps is None and ended < 0 and not outside[-1, lane],
            ))  # fmt: skip
        constant = rule.rate is not None and rule.rule is not None and not callable(entrant.rates)
        racers.append(Racer(
            entrant.label, rule.name, rule.equation, rule.eta if constant else None,
            tuple(outcomes), each,
        ))  # fmt: skip
    return racers


def _best(tried: list[Racer]) -> Racer:
    """The racer that is there in the fewest steps, of one rule with many rates."""
    first = min(tried, key=lambda racer: racer.order("steps"))
    if len(tried) == 1:
        return first
    rates = [racer.eta or 0.0 for racer in tried]
    edge = "smallest" if first.eta == min(rates) else "largest" if first.eta == max(rates) else ""
    return replace(first, tried=len(tried), edge=edge)
