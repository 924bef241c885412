"""The places where a function is not smooth, along a line and of one variable."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from surefoot.facts.corners import Place
from surefoot.facts.crossing import Crossing, crossings
from surefoot.facts.line import Line
from surefoot.facts.reached import Named, open_parts, reached
from surefoot.facts.sides import Meeting
from surefoot.program import Program, Vector
from surefoot.search.undecided import LEAST, MOST, undecided_parts
from surefoot.solve.kink_places import Places, step_of
from surefoot.solve.kinks_report import Kink, KinkKind, Smoothness, Undecided
from surefoot.terms import Confidence

BUDGET = "more parts are open than the budget holds; a smaller box may tell"


MOST_PARTS = 20
COARSE = 1e-6
FEWER = 256


@dataclass
class Search:
    """What a search has found.

    Attributes:
        places, unresolved, more: as in `Kinks`.
        shown: whether the smoothness between the places is shown and not only seen.
    """

    places: list[Kink] = field(default_factory=list[Kink])
    unresolved: list[Undecided] = field(default_factory=list[Undecided])
    more: int = 0
    shown: bool = True

    def doubted(self, doubt: Undecided) -> None:
        """Nothing is proved, and what has no place is not smooth for that."""
        self.unresolved.append(doubt)
        self.places = [replace(place, confidence=Confidence.SUPPORTED) for place in self.places]

    @property
    def verdict(self) -> tuple[Smoothness, Confidence]:
        """Whether the function is smooth on the box, and how that is known."""
        rough = [place for place in self.places if place.kind is not KinkKind.AD_WRONG]
        if rough:
            proved = any(place.confidence is Confidence.PROVED for place in rough)
            return Smoothness.NOT_SMOOTH, Confidence.PROVED if proved else Confidence.SUPPORTED
        # Quotients on which AD's number is wrong may have stepped over what it sees.
        if self.unresolved or self.more or any(
            place.confidence is not Confidence.PROVED for place in self.places
        ):
            return Smoothness.UNKNOWN, Confidence.UNKNOWN
        return Smoothness.SMOOTH, Confidence.PROVED if self.shown else Confidence.SUPPORTED


@dataclass(frozen=True)
class Along:
    """The crossings on a part of a line.

    Attributes:
        crossings: in order. unasked: parts that the budget did not reach.
        more: how many parts were left out because there are enough.
    """

    crossings: list[Crossing]
    unasked: list[tuple[float, float]]
    more: int


def along(
    program: Program, named: Named, line: Line, reach: tuple[float, float], most: int,
    stop: Callable[[], bool], *, coarse: bool = False,
) -> Along:  # fmt: skip
    """The crossings on a part of a line in up to `most` open parts.

    Args:
        coarse: look at parts spread over the whole line, cut less far; else from left to right.
    """
    parts = undecided_parts(
        lambda low, high: open_parts(program, named, line, low, high), *reach,
        least=COARSE if coarse else LEAST, most=FEWER if coarse else MOST, stop=stop,
    )  # fmt: skip
    opened = parts.found
    if coarse and len(opened) > most:
        opened = tuple(opened[k] for k in np.linspace(0, len(opened) - 1, most).astype(int))
    everything = sorted([*parts.found, *parts.unasked])
    span = reach[1] - reach[0] if np.isfinite(reach).all() else 1.0
    outside = max(span, 1e-3 * max(map(abs, reach)) if np.isfinite(reach).all() else 1.0, 1e-12)
    found: list[Crossing] = []
    looked = 0
    for part in opened:
        if looked >= most or stop():
            break
        looked += 1
        place = everything.index(part)
        before = everything[place - 1][1] if place else part[0] - outside
        after = everything[place + 1][0] if place + 1 < len(everything) else part[1] + outside
        for crossing in crossings(program, named, line, part, (before, after)):
            # Parts are a little wider than the line.
            if crossing.upper >= reach[0] and crossing.lower <= reach[1]:
                found.append(_clipped(crossing, reach))
    return Along(found, list(parts.unasked), len(parts.found) - looked)


def _clipped(crossing: Crossing, reach: tuple[float, float]) -> Crossing:
    at = float(np.clip(crossing.at, *reach))
    if at == crossing.at:
        return crossing
    return replace(crossing, at=at)


def places_in_one(
    program: Program, named: Named, lower: Vector, upper: Vector, most: int,
    stop: Callable[[], bool],
) -> Search:  # fmt: skip
    """Every place of a function of one variable."""
    line = Line.of_one()
    search = Search()
    judged = Places(program, lower, upper)
    found = along(program, named, line, (float(lower[0]), float(upper[0])), most, stop)
    search.more = found.more
    for crossing in found.crossings:
        place = judged.judge(line, crossing, crossing.elements)
        if isinstance(place, Kink):
            search.places.append(place)
        elif place is not None:
            search.unresolved.append(place)
        if place is None or (isinstance(place, Kink) and place.kind is KinkKind.AD_WRONG):
            search.shown = search.shown and crossing.proved and crossing.meeting is Meeting.SMOOTH
    structure = program.structure
    for low, high in _few(found.unasked):
        place = _open_step(program, named, low, high)
        words = (step_of(place), str(place.source)) if place else ("", "")
        search.unresolved.append(
            Undecided(
                structure.unravel(np.array([low])), structure.unravel(np.array([high])), *words,
                "interrupted" if stop() else BUDGET,
            )
        )  # fmt: skip
    return search


def _few(parts: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The parts, or where there are many all from the first to the last."""
    return parts if len(parts) <= MOST_PARTS else [(parts[0][0], parts[-1][1])]


def _open_step(program: Program, named: Named, low: float, high: float) -> Place | None:
    steps = reached(program, named, np.array([[low]]), np.array([[high]]))
    return next((step.place for step in steps), None)
