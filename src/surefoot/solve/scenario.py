"""Answers as scenarios for the lab: the curve through the answer, the path to it, the verdict."""

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from surefoot.formulas import Formula
from surefoot.program.tape import Tape
from surefoot.show import measure, significant
from surefoot.solve.limits import MOST_TOLD, exact_number, short_step
from surefoot.solve.recorded_walk import before_far, evenly, recorded_walk, with_walk
from surefoot.solve.shown import Subject, short_name, subject_of_problem, suggested_rate
from surefoot.solve.window import Window, near_path, start_in, window_of
from surefoot.terms import (
    AnswerCard,
    Evidence,
    InputError,
    PointKind,
    Recorded,
    Scenario,
    ShownFunction,
)

if TYPE_CHECKING:
    from surefoot.solve.solution import Solution

ERRORS = 4.0
"""Half-width of a window in standard errors: the rise there is what the data call unlikely."""
WIDER = 50.0
"""So many times wider than the curvature asks for may a window be that shows other valleys."""
MOST_COORDINATES = 64
LONG_TITLE = 70


def scenario_of_solution(solution: "Solution") -> Scenario:
    """A solution as the lab shows it: what its engine minimised, cut along each coordinate.

    A function of one number is shown itself, with the recorded path of the engine. One of several
    is cut through the answer along each coordinate; the window is four standard errors to either
    side where the answer is a fit, and else as wide as the curvature says. The landscape of two
    numbers has the engine's path on it. For residuals the curve is Σ rᵢ²; of a maximised function
    it is the negative. Beyond bounds there is no curve.

    Raises:
        InputError: the point is not finite, so there is nothing to draw around it.
    """
    point = solution.point
    if not np.isfinite(point).all():
        raise InputError("the solution's point is not finite; there is no curve through it to show")
    subject = _subject(solution)
    recorded = _recorded(solution) if subject.size == 1 else None
    box = _window(subject, recorded)
    line = subject.line()
    shown = _with_path(subject.shown(box), solution)
    if subject.limits is not None and shown.plane is not None and subject.size == 2:
        # The path may have asked for a window that reaches further.
        shown = replace(shown, plane=subject.limits.framed_plane(shown.plane))
    start = start_in(line, box)
    if recorded is not None and box[0] <= recorded.w[0] <= box[1]:
        start = recorded.w[0]
    number = _first_drawn(subject, shown)
    if number > 0:
        line, cut = subject.line(number), shown.slices[number]
        box, start = cut.box, cut.start
    eta = min(suggested_rate(line, float(point[number])), suggested_rate(line, start))
    if subject.limits is not None:
        eta = short_step(eta, abs(line.at(start)[1]), box[1] - box[0])
    return Scenario(
        function=shown, box=box, start=start, eta=eta, slice=number,
        recorded=recorded, answer=_card(solution), lesson=_lesson(solution, subject),
    )  # fmt: skip


def _first_drawn(subject: Subject, shown: ShownFunction) -> int:
    """The first cut along a coordinate that its bounds do not fix; 0 where all are fixed."""
    limits, count = subject.limits, len(shown.slices)
    return next((i for i in range(count) if limits is None or not limits.fixes(i)), 0)


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
    box = box if recorded is None else near_path(box, np.array(recorded.w))
    return box if subject.limits is None else subject.limits.framed(0, box)


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
    if not solution.status.answered:
        words = f"{solution.status.value} Of the last point, which is no answer: {words}"
    if solution.title:
        words = f"{_short(solution.title)}: {words}"
    if problem.sign < 0.0:
        which = "highest value" if verdict.kind is PointKind.GLOBAL_MAXIMUM else "value there"
        words += f" The {which} is {_number(solution.value)}; drawn is its negative."
    return AnswerCard(
        words=words,
        value=problem.sign * solution.value,
        w=float(solution.point[0]),
        kind=verdict.kind.name,
        confidence=verdict.confidence.name,
        evidence=(*_coordinates(solution), *(_sentence(item) for item in verdict.evidence)),
    )


def _lesson(solution: "Solution", subject: Subject) -> str:
    """What has to be known to read the picture: that it is upside down, and where it ends."""
    words: list[str] = []
    if solution.problem.sign < 0.0:
        function = subject.origin.function
        text = function.text if isinstance(function, Formula) else subject.name.removeprefix("-")
        words.append(
            f"Maximised: {text}. Drawn is its negative, so its highest point is the lowest here."
        )
    if subject.limits is not None:
        words.append(
            f"Drawn within the bounds {subject.limits.words(subject.paths)} alone, which end the "
            "domain here: no point beyond them can be the answer."
        )
        rows = solution.view().parameters
        held = [row for row in rows if "bound" in row.note]
        others = [row for row in rows if "bound" not in row.note] if len(rows) == 2 else []
        told = [f"{row.path} = {exact_number(row.value)} is {row.note}" for row in held[:MOST_TOLD]]
        # On the landscape nothing else says where the answer lies on an edge.
        told += [f"{row.path} is {_number(row.value)}" for row in others]
        if held:
            more = ", …" if len(held) > MOST_TOLD else ""
            words.append(f"In the answer {', '.join(told)}{more}.")
    return " ".join(words)


def _coordinates(solution: "Solution") -> list[str]:
    """The point, a line for each coordinate: with its standard error, and the bound it is at.

    Nothing of a single coordinate that has neither, which stands above these lines.
    """
    rows = solution.view().parameters
    if len(rows) == 1 and rows[0].standard_error is None and not rows[0].note:
        return []
    lines: list[str] = []
    for row in rows[:MOST_COORDINATES]:
        shown = exact_number if "bound" in row.note else _number
        told = f"{row.path} = {shown(row.value)}"
        if row.standard_error is not None:
            known = isfinite(row.standard_error)
            error = f"± {_number(row.standard_error, 2)} (standard error)"
            told += f" {error}" if known else " (the data do not determine it)"
        lines.append(f"{told}, {row.note}" if row.note else told)
    return lines


def _number(x: float, digits: int = 6) -> str:
    return _minus(significant(x, digits))


def _minus(number: str) -> str:
    return number.replace("-", "\N{MINUS SIGN}")


def _short(title: str) -> str:
    """A title without the source that stands in brackets behind it, where it is long."""
    return title if len(title) <= LONG_TITLE else title.partition(" (")[0][:LONG_TITLE]


def _sentence(item: Evidence) -> str:
    mark = {True: "✓", False: "✗", None: "?"}[item.holds]
    words = f"{mark} {item.name}: {item.formula}"
    if item.measured is not None:
        words += f"; measured {_minus(measure(item.measured, item.bound))}"
    if item.threshold is not None:
        words += f", against {_number(item.threshold, 3)}"
    return words + (f" ({item.where})" if item.where else "")
