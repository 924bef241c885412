"""Walks as scenarios: the engine's path as recorded, and replayed where the page can."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from surefoot.descent import RULES
from surefoot.program import Vector
from surefoot.solve.recorded_walk import (
    MOST_RECORDED,
    before_far,
    recorded_walk,
    with_plane_of,
    with_walk,
)
from surefoot.solve.shown import Subject, short_name, subject_of_problem, suggested_rate
from surefoot.solve.slope import lengths
from surefoot.solve.snippet import defines
from surefoot.solve.window import near_path
from surefoot.terms import InputError, Landscape, Recorded, Scenario, ShownFunction, Status

if TYPE_CHECKING:
    from surefoot.solve.trajectory import Trajectory

REPLAYED = ("gd", "momentum", "nesterov", "rmsprop", "adam", "newton")
"""The rules that the landscape takes the same steps with; its L-BFGS searches another way."""
MOST_STEPS = 5_000
"""Of a longer walk the page takes the first steps; so does Python where it asks for more."""
MOST_COORDINATES = 5_000
MOST_STARTED = 64
"""A start of more numbers is not written out."""
MOST_FIXED = 20_000
"""Numbers that the cuts are told by, and the planes of pairs: a scenario has to fit into 1 MiB."""


def scenario_of_trajectory(walk: "Trajectory") -> Scenario:
    """A walk as recorded, and replayed by the page where its rule takes the same steps.

    Of one number the curve is shown, where gradient descent is replayed; of two the landscape, with
    the six rules of `REPLAYED`; of more the plane through the last point in which the path moved
    most, with the path laid down on it. A rule is replayed with a constant rate, its other numbers
    at their defaults, every step recorded, and neither clipping, weight decay nor minibatches.
    Where no tape carries the function, one of several numbers is cut through the last point.

    Raises:
        InputError: more coordinates than a page could hold.
    """
    problem = walk.problem
    if problem.size > MOST_COORDINATES:
        raise InputError(
            f"a walk in {problem.size:,} coordinates is too large for a page (at most "
            f"{MOST_COORDINATES:,}); trajectory.plot() draws the plane of its path"
        )
    name = short_name(problem.objective.name)
    # A walk that ran away has numbers in it that no window can hold.
    points = before_far(walk.points)
    subject = subject_of_problem(problem, points[-1], name, {}, None)
    return (_on_curve if problem.size == 1 else _on_plane)(walk, subject, points)


def _on_curve(walk: "Trajectory", subject: Subject, points: Vector) -> Scenario:
    path = points[:, 0]
    near, line = near_path(subject.window(), path), subject.line()
    eta = replayed_rate(walk) if walk.rule == "gd" else None
    shown = subject.shown(near)
    if eta is None:
        shown = _with_call(shown, walk)
    kept = slice(0, MOST_RECORDED)
    return Scenario(
        function=shown, box=near, start=float(path[0]),
        eta=suggested_rate(line, float(path[0])) if eta is None else eta,
        steps=0 if eta is None else min(walk.steps, MOST_RECORDED),
        recorded=Recorded(
            walk.rule, tuple(path[kept].tolist()),
            tuple(walk.full_values[: len(path)][kept].tolist()),
        ),
    )  # fmt: skip


def _on_plane(walk: "Trajectory", subject: Subject, points: Vector) -> Scenario:
    size, line = subject.size, subject.line()
    shown = subject.shown()
    # A cut of a function of many numbers is told by many numbers.
    shown = replace(shown, slices=shown.slices[: max(1, MOST_FIXED // (2 * size))])
    first = shown.slices[0]
    eta = suggested_rate(line, first.start)
    if shown.plane is None:
        return Scenario(_with_call(shown, walk), first.box, first.start, eta)
    count = len(points)
    # The gradients on all the data, where a walk saw those of batches.
    slopes = lengths(walk.full_gradients[:count])
    values, numbers = walk.full_values[:count], walk.numbers[:count]

    def record(path: Vector, share: float):
        return recorded_walk(walk.rule, path, numbers, values, slopes, share, walk.reason)

    if size == 2:
        plane = with_walk(shown.plane, record(points, 1.0))
    else:
        most = MOST_FIXED // (3 * size)
        plane = with_plane_of(shown.plane, points, subject.paths, record, most)
    rate = replayed_rate(walk) if size == 2 else None
    cut = plane.cuts[0]
    return Scenario(
        _with_call(replace(shown, plane=plane), walk), first.box, first.start, eta,
        tab="landscape",
        plane=Landscape(
            box=cut.box, start=cut.start, eta=cut.eta if rate is None else rate,
            rates={} if rate is None else {walk.rule: rate},
            rules=() if rate is None else (walk.rule,),
            chosen="gd" if rate is None else walk.rule,
            steps=min(max(_asked(walk), 1), MOST_STEPS),
        ),
    )  # fmt: skip


def replayed_rate(walk: "Trajectory") -> float | None:
    """The η with which the page's rule of that name takes the steps of a walk; None: with none."""
    if walk.rule not in REPLAYED or _constant_rate(walk) is None or not _plain(walk):
        return None
    return _constant_rate(walk)


def _asked(walk: "Trajectory") -> int:
    """So many steps lead to the same end: where the rule could take no more, one beyond."""
    early = walk.ended is not None and walk.ended is not Status.INTERRUPTED
    return walk.steps + early


def _plain(walk: "Trajectory") -> bool:
    """Whether a walk's rule is the one of its name, unaltered and with its default numbers."""
    rule = RULES.get(walk.rule)
    same = rule is not None and walk.parameters == rule.settings(None)
    return same and walk.batches is None


def _constant_rate(walk: "Trajectory") -> float | None:
    """The one rate of a walk, where every step is recorded and so known to have it."""
    rates = walk.rates
    if rates is None or not len(rates) or np.ptp(rates) != 0.0:
        return None
    return float(rates[0]) if len(walk.numbers) == walk.steps + 1 else None


def _with_call(shown: ShownFunction, walk: "Trajectory") -> ShownFunction:
    """The function with the call that recorded the walk below its Python, where there is one."""
    call = _call(walk, "def flat(v):" in shown.snippet)
    if not call or not defines(shown.snippet):
        return shown
    return replace(shown, snippet=f"{shown.snippet}\n\n{call}")


def _call(walk: "Trajectory", flat: bool) -> str:
    """The call that recorded a walk; "" where it has no short one.

    Args:
        flat: whether the function is called with the list of its numbers.
    """
    rule, rate = RULES.get(walk.rule), _constant_rate(walk)
    if rule is None or rate is None or walk.parameters is None or walk.batches is not None:
        return ""
    start: list[float] = walk.points[0].tolist()
    if len(start) > MOST_STARTED:
        return ""
    what = f"flat, {start!r}" if flat else f"f, {start[0]!r}"
    others = _others(walk.parameters, rule.settings(None))
    numbers = f"steps={_asked(walk)}, lr={rate!r}{others}"
    return f"recorded = sf.descend({what}, {walk.rule!r}, {numbers})"


def _others(given: Mapping[str, float], usual: Mapping[str, float]) -> str:
    changed = {name: value for name, value in given.items() if value != usual[name]}
    return f", options={changed!r}" if changed else ""
