"""Answers as scenarios for the lab: the curve through the answer, the path to it, the verdict."""

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from surefoot.program.tape import Tape
from surefoot.show import significant
from surefoot.solve.recorded_walk import before_far, evenly, recorded_walk, with_walk
from surefoot.solve.shown import Subject, short_name, subject_of_problem, suggested_rate
from surefoot.solve.window import Window, near_path, start_in, window_of
from surefoot.terms import AnswerCard, Evidence, InputError, Recorded, Scenario, ShownFunction

if TYPE_CHECKING:
    from surefoot.solve.solution import Solution

ERRORS = 4.0
"""Half-width of a window in standard errors: the rise there is what the data call unlikely."""
WIDER = 50.0
"""So many times wider than the curvature asks for may a window be that shows other valleys."""
MOST_ESTIMATES = 64
LONG_TITLE = 70


def scenario_of_solution(solution: "Solution") -> Scenario:
    """A solution as the lab shows it: what its engine minimised, cut along each coordinate.

    A function of one number is shown itself, with the recorded path of the engine. One of several
    is cut through the answer along each coordinate; the window is four standard errors to either
    side where the answer is a fit, and else as wide as the curvature says. The landscape of two
    numbers has the engine's path on it. For residuals the curve is Σ rᵢ²; of a maximised function
    it is the negative.

    Raises:
        InputError: the point is not finite, so there is nothing to draw around it.
    """
    point = solution.point
    if not np.isfinite(point).all():
        raise InputError("the solution's point is not finite; there is no curve through it to show")
    subject = _subject(solution)
    recorded = _recorded(solution) if subject.size == 1 else None
    box = _clipped(_window(subject, recorded), solution, 0)
    line = subject.line()
    shown = _with_path(subject.shown(box), solution)
    start = start_in(line, box)
    if recorded is not None and box[0] <= recorded.w[0] <= box[1]:
        start = recorded.w[0]
    return Scenario(
        function=shown, box=box, start=start,
        eta=min(suggested_rate(line, float(point[0])), suggested_rate(line, start)),
        recorded=recorded, answer=_card(solution),
    )  # fmt: skip


def _subject(solution: "Solution") -> Subject:
    problem = solution.problem
    name = "S" if problem.residual else short_name(problem.objective.name)
    spreads = None
    errors = getattr(solution.fit, "standard_errors", None)
    if errors is not None:
        spreads = ERRORS * np.asarray(errors, np.float64)
    return subject_of_problem(problem, solution.point, name, dict(solution.units), spreads)


def _window(subject: Subject, recorded: Recorded | None) -> Window:
    """The window around the answer.

    On a function of one number it is widened to hold the path where that is near, and what else
    there is to see: a lower valley beside the answer should not be cut off.
    """
    box = subject.window_at_centre()
    if subject.size > 1:
        return box
    wide = window_of(subject.line(), float(subject.centre[0]))
    if wide[1] - wide[0] <= WIDER * (box[1] - box[0]):
        box = min(box[0], wide[0]), max(box[1], wide[1])
    return box if recorded is None else near_path(box, np.array(recorded.w))


def _clipped(box: Window, solution: "Solution", coordinate: int) -> Window:
    """The window inside the bounds: the function need not exist beyond them."""
    lower = max(box[0], float(solution.problem.lower[coordinate]))
    upper = min(box[1], float(solution.problem.upper[coordinate]))
    return (lower, upper) if lower < upper else box


def _recorded(solution: "Solution") -> Recorded | None:
    """The engine's path on a function of one number: at most 1000 of its steps, the last kept."""
    path = solution.trajectory
    if path is None or len(path) < 2:
        return None
    points = np.asarray(path.points, np.float64)[:, 0]
    values = np.asarray(path.values, np.float64)
    kept = np.flatnonzero(np.isfinite(points))
    kept = kept[evenly(kept.size)]
    return Recorded(
        solution.engine, tuple(points[kept].tolist()), tuple(values[kept].tolist())
    )


def _with_path(shown: ShownFunction, solution: "Solution") -> ShownFunction:
    """A function of two numbers with the engine's path on its landscape, where it has both."""
    path, plane = solution.trajectory, shown.plane
    if plane is None or path is None or len(path) < 2 or solution.problem.size != 2:
        return shown
    points = before_far(np.asarray(path.points, np.float64))
    # The heights of what is shown, which is not always what the engine measured.
    with np.errstate(all="ignore"):
        out = Tape.from_json(plane.tape).run_many(points)
    slopes = np.linalg.norm(out[:, 1:3], axis=1)
    if not np.isfinite(out[:, :3]).all(axis=1).any():
        return shown
    numbers = np.asarray(path.numbers)[: len(points)]
    walk = recorded_walk(solution.engine, points, numbers, out[:, 0], slopes)
    return replace(shown, plane=with_walk(plane, walk))


def _card(solution: "Solution") -> AnswerCard:
    verdict, problem = solution.verdict, solution.problem
    words = f"{verdict.meaning} {verdict.confidence.value[:1].upper()}"
    words += f"{verdict.confidence.value[1:]}."
    if solution.title:
        words = f"{_short(solution.title)}: {words}"
    if problem.sign < 0.0:
        words += f" The highest value is {significant(solution.value)}; drawn is its negative."
    return AnswerCard(
        words=words,
        value=problem.sign * solution.value,
        w=float(solution.point[0]),
        kind=verdict.kind.name,
        confidence=verdict.confidence.name,
        evidence=(*_estimates(solution), *(_sentence(item) for item in verdict.evidence)),
    )


def _estimates(solution: "Solution") -> list[str]:
    """Each parameter of a fit with its standard error, a line each."""
    errors = getattr(solution.fit, "standard_errors", None)
    if errors is None:
        return []
    found = zip(solution.problem.structure.paths, solution.point, np.asarray(errors), strict=True)
    lines: list[str] = []
    for name, value, error in list(found)[:MOST_ESTIMATES]:
        told = f"± {significant(float(error), 2)} (standard error)"
        told = told if isfinite(error) else "(the data do not determine it)"
        numbers = f"{significant(float(value))} {told}".replace("-", "\N{MINUS SIGN}")
        lines.append(f"{name} = {numbers}")
    return lines


def _short(title: str) -> str:
    """A title without the source that stands in brackets behind it, where it is long."""
    return title if len(title) <= LONG_TITLE else title.partition(" (")[0][:LONG_TITLE]


def _sentence(item: Evidence) -> str:
    mark = {True: "✓", False: "✗", None: "?"}[item.holds]
    words = f"{mark} {item.name}: {item.formula}"
    if item.measured is not None:
        words += f" = {significant(item.measured, 3)}"
    if item.threshold is not None:
        words += f" against {significant(item.threshold, 3)}"
    return words + (f" ({item.where})" if item.where else "")
