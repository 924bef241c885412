"""From crossings of switches on a line to places: numbers where proofs end, and what AD says."""

import re
from functools import cached_property
from math import inf, isfinite, nan

import numpy as np

from surefoot.calculus.sampler import Sampler
from surefoot.calculus.slopes import Finding, Slope, slopes_along
from surefoot.facts.cards import Smooth
from surefoot.facts.corners import Place
from surefoot.facts.crossing import Crossing
from surefoot.facts.line import Line
from surefoot.facts.sides import Meeting
from surefoot.program import Program, Vector
from surefoot.solve.kinks_report import Kink, KinkKind, Undecided
from surefoot.terms import Box, Confidence

_CALL = re.compile(r"(?:[\w.]+\.)?(\w+)\(")
_WORDS = {"max": "maximum", "min": "minimum", "largest k": "top_k", "remainder": "remainder (%)"}

_STEEP = frozenset(["sqrt", "pow", "cbrt", "asin", "acos", "acosh"])


def step_of(place: Place) -> str:
    """The step as the user wrote it: the function that the segment calls, else its name."""
    segment = place.source.segment.strip()
    found = _CALL.match(segment)
    if found and segment.endswith(")") and _balanced(segment[found.end() - 1 :]):
        return found[1]
    name = place.words.rsplit(" at ", 1)[0]
    return _WORDS.get(name, name)


def _balanced(text: str) -> bool:
    """Whether the bracket that opens the text closes at its end."""
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place == len(text) - 1
    return False


_NEARING = np.array([1e-4, 1e-6])
"""Two distances from a place at which its sides are compared."""
_SHRINKS = 0.05
"""What is continuous is apart by a hundredth at the second, or by its rounding."""


class Places:
    """Makes places of crossings; the function is compiled only where numbers are needed.

    Args:
        program: the function. lower, upper: (n,) the box.
    """

    def __init__(self, program: Program, lower: Vector, upper: Vector) -> None:
        self.program = program
        self.lower, self.upper = lower, upper
        self._gradients: dict[bytes, Vector] = {}

    @cached_property
    def sampler(self) -> Sampler:
        """Values with bounds on their rounding, and AD's slopes."""
        structure = self.program.structure
        return Sampler(self.program.function, structure.unravel(np.zeros(structure.size)), "kinks")

    def gradient(self, x: Vector) -> Vector:
        """What AD gives."""
        key = x.tobytes()
        if key not in self._gradients:
            self._gradients[key] = np.asarray(self.sampler.value_and_gradient(x)[1], np.float64)
        return self._gradients[key]

    def ad(self, x: Vector, direction: Vector) -> float:
        """AD's slope along a direction."""
        moved = direction != 0.0
        with np.errstate(invalid="ignore"):
            return float(self.gradient(x)[moved] @ direction[moved])

    def judge(self, line: Line, crossing: Crossing, elements: int) -> Kink | Undecided | None:
        """A place, what is not decided, or None where the function is smooth and AD is right."""
        x = line.at(crossing.at)
        if crossing.meeting is Meeting.UNCLEAR:
            return self._by_numbers(line, crossing, x, elements)
        if crossing.meeting is Meeting.HIDDEN:
            return self.undecided(line, crossing, crossing.meeting.value)
        known = Confidence.PROVED if crossing.proved else Confidence.SUPPORTED
        if crossing.meeting is Meeting.SMOOTH:
            slope = crossing.right
            ad = self.ad(x, line.direction)
            if not isfinite(slope) or _agree(ad, slope, self._size(x)):
                return None
            return self._kink(line, crossing, x, KinkKind.AD_WRONG, slope, slope, known, elements)
        kind = KinkKind[crossing.meeting.name]
        if kind is KinkKind.JUMP and any(place.flat for place in crossing.places):
            kind = KinkKind.FLAT_STEP
        left, right = crossing.left, crossing.right
        return self._kink(line, crossing, x, kind, left, right, known, elements)

    def _size(self, x: Vector) -> float:
        return float(np.max(np.abs(np.nan_to_num(self.gradient(x))), initial=0.0))

    def _kink(
        self, line: Line, crossing: Crossing, x: Vector, kind: KinkKind, left: float, right: float,
        known: Confidence, elements: int, jump: float | None = None,
    ) -> Kink:  # fmt: skip
        structure = self.program.structure
        ad = self.ad(x, line.direction)
        place = _blamed(crossing.places, kind)
        ends = line.bounds(np.array([crossing.lower]), np.array([crossing.upper]))
        edge = bool(np.any((ends[0][0] <= self.lower) | (ends[1][0] >= self.upper)))
        return Kink(
            structure.unravel(x), kind, step_of(place) if place else "", _where(place),
            _text(place), left, right, crossing.jump if jump is None else jump, ad,
            _between(kind, left, right, ad), known,
            Box(structure.unravel(ends[0][0]), structure.unravel(ends[1][0])),
            None if structure.size == 1 else structure.unravel(line.direction), elements, edge,
            any(p.flat for p in crossing.places), _also(place, crossing.places),
        )  # fmt: skip

    def _by_numbers(
        self, line: Line, crossing: Crossing, x: Vector, elements: int
    ) -> Kink | Undecided | None:
        """Difference quotients, as h → 0, where the sides could not be bounded."""
        ad = self.ad(x, line.direction)
        slope = slopes_along(
            self.sampler, x, line.direction[None], ["x"], np.array([ad])
        )[0]  # fmt: skip
        kind, left, right = _kind(slope)
        if not any(crossing.defined):
            kind = "it has no finite value to either side"
        elif not all(crossing.defined) and kind in (None, KinkKind.AD_WRONG, KinkKind.JUMP):
            kind = KinkKind.DOMAIN_END
        if kind is KinkKind.AD_WRONG and not isfinite(ad) and line.direction.size > 1:
            kind = "AD gives no number there, and smooth along one line is not smooth along all"
        if kind is KinkKind.KINK and _lost(slope):
            kind = None
        if kind in (None, KinkKind.AD_WRONG) and _apart(crossing, slope):
            kind = "the slopes to both sides differ, but no limit of them is seen"
        if kind in (None, KinkKind.AD_WRONG) and not self._meets(line, crossing, slope):
            kind = "the values to both sides do not meet as the slope between them says"
        if isinstance(kind, str) and self._is_pole(line, crossing):
            kind = KinkKind.DOMAIN_END
        if kind is KinkKind.VERTICAL or kind is KinkKind.DOMAIN_END:
            left, right = self._steepness(slope, kind)
        jump = nan
        if kind is KinkKind.JUMP and self._joins(line, crossing):
            if not self._stands_apart(line, crossing):
                return None
            left, right = self._steepness(slope, KinkKind.DOMAIN_END)
        if kind is KinkKind.AD_WRONG and self._is_missed(line, crossing, ad - slope.limit):
            return None
        if kind is KinkKind.JUMP:
            kind, jump = self._jump(line, crossing)
        known = Confidence.SUPPORTED
        if kind is None:
            return None
        if isinstance(kind, str):
            return self.undecided(line, crossing, kind)
        return self._kink(line, crossing, x, kind, left, right, known, elements, jump)

    def _steepness(self, slope: Slope, kind: KinkKind) -> tuple[float, float]:
        """±∞ where the quotients grow, by their sign; the limits where there are some."""
        if kind is KinkKind.DOMAIN_END:
            return slope.left, slope.right
        finest = slope.rungs[-1]
        ends = (finest.backward, finest.forward)
        return (
            slope.left if isfinite(slope.left) else float(np.sign(ends[0])) * inf,
            slope.right if isfinite(slope.right) else float(np.sign(ends[1])) * inf,
        )

    def _meets(self, line: Line, crossing: Crossing, slope: Slope) -> bool:
        """Whether f(b) − f(a) = s (b − a), about, over the ends of where a crossing lies.

        Quotients are taken at one point of it, and a pole or jump at another is not in them.
        """
        ends = np.array([line.at(crossing.lower), line.at(crossing.upper)])
        values, rounding = self.sampler(ends)
        due = (crossing.upper - crossing.lower) * slope.limit
        slack = 0.1 * abs(due) + 1e-9 * float(np.abs(values).max()) + 10.0 * float(rounding.max())
        return abs(float(values[1] - values[0]) - due) <= slack + 1e-12

    def _joins(self, line: Line, crossing: Crossing) -> bool:
        """Whether values and AD's slopes to both sides come together as the distance shrinks.

        Quotients about a point that misses the place by 10⁻¹⁶ see the value there as a jump: that
        of max(w, 0)² is 10⁻³².
        """
        apart: list[tuple[float, float]] = []
        for h in _NEARING * max(1.0, abs(crossing.at)):
            points = [line.at(crossing.at + side * h) for side in (-1.0, 1.0)]
            values, rounding = self.sampler(np.array(points))
            slopes = [self.ad(point, line.direction) for point in points]
            gap = abs(float(values[1] - values[0]) - h * sum(slopes))
            apart.append((max(gap - 4.0 * float(rounding.max()), 0.0), abs(slopes[1] - slopes[0])))
        (first, bend), (last, left) = apart
        return last <= _SHRINKS * first and left <= _SHRINKS * bend

    def _stands_apart(self, line: Line, crossing: Crossing) -> bool:
        """Whether the value at the place stays away from those beside it, however near they are."""
        h = _NEARING * max(1.0, abs(crossing.at))
        points = np.array([line.at(crossing.at + d) for d in (0.0, h[0], -h[0], h[1], -h[1])])
        values, rounding = self.sampler(points)
        far, near = (float(np.min(np.abs(v - values[0]))) for v in (values[1:3], values[3:]))
        return near > 0.5 * far and near > 8.0 * float(np.max(rounding))

    def _is_missed(self, line: Line, crossing: Crossing, error: float) -> bool:
        """Whether AD's error is what a place that is missed by its rounding makes of a slope."""
        h = _NEARING[-1] * max(1.0, abs(crossing.at))
        beside = [
            abs(self.ad(line.at(crossing.at + side * h), line.direction)) for side in (-1, 1)
        ]
        return isfinite(max(beside)) and abs(error) <= 1e-6 * max(beside)

    def _is_pole(self, line: Line, crossing: Crossing) -> bool:
        """Whether |f| grows to both sides as a power of 1/h, down to where the place is known."""
        width = crossing.upper - crossing.lower
        h = max(16.0 * width, 2.0**-30 * max(1.0, abs(crossing.at))) * 2.0 ** np.arange(10)
        sides = [np.array([line.at(crossing.at + side * each) for each in h]) for side in (-1, 1)]
        sizes = [np.abs(self.sampler(points)[0]) for points in sides]
        # Of √h and slower growth the ratio is below 2^½; of rounding it is anything.
        return all(
            bool(
                np.isfinite(size).all() and (size[:-1] >= 1.4 * size[1:]).all() and size[0] > 0.0
            )
            for size in sizes
        )

    def _jump(self, line: Line, crossing: Crossing) -> tuple[KinkKind, float]:
        """How far the value jumps, and whether it comes back."""
        h = max(1e-7, abs(crossing.at) * 1e-7)
        points = np.array([line.at(crossing.at + s * h) for s in (-1.0, 0.0, 1.0)])
        values, _ = self.sampler(points)
        before, here, after = (float(v) for v in values)
        if abs(after - before) < 1e-3 * abs(here - before):
            return KinkKind.ONE_POINT, here - before
        flat = any(place.flat for place in crossing.places)
        return (KinkKind.FLAT_STEP if flat else KinkKind.JUMP), after - before

    def undecided(self, line: Line, crossing: Crossing, why: str) -> Undecided:
        """A crossing about which nothing is decided."""
        structure = self.program.structure
        low, high = line.bounds(np.array([crossing.lower]), np.array([crossing.upper]))
        place = _blamed(crossing.places)
        return Undecided(
            structure.unravel(low[0]), structure.unravel(high[0]),
            step_of(place) if place else "", _where(place), why,
        )  # fmt: skip


def _blamed(places: tuple[Place, ...], kind: KinkKind | None = None) -> Place | None:
    """The place that says most: of a steep one the root, else the first that is no mere edge."""
    if kind is KinkKind.VERTICAL:
        roots = [place for place in places if place.primitive in _STEEP]
        if roots:
            return roots[0]
    if kind is KinkKind.FLAT_STEP:
        # An abs that meets a floor there has a slope.
        places = tuple(place for place in places if place.flat) or places
    if kind in (KinkKind.JUMP, KinkKind.ONE_POINT):
        # What is continuous jumps nowhere.
        places = tuple(place for place in places if place.kind is not Smooth.KINK) or places
    if kind is KinkKind.DOMAIN_END:
        # A corner has a value: what has none is the logarithm, quotient or root that meets it.
        places = tuple(place for place in places if place.kind is Smooth.INSIDE) or places
    solid = [place for place in places if place.kind is not Smooth.INSIDE]
    return (solid or list(places) or [None])[0]


def _also(blamed: Place | None, places: tuple[Place, ...]) -> tuple[str, ...]:
    """The steps elsewhere in the user's text that switch there; not the parts of the one blamed."""
    text = _text(blamed)
    apart = [place for place in places if not (_text(place) in text or text in _text(place))]
    return tuple(dict.fromkeys(f"{step_of(place)}, {_where(place)}" for place in apart))


def _where(place: Place | None) -> str:
    return "an unknown line" if place is None else str(place.source)


def _text(place: Place | None) -> str:
    return "" if place is None else " ".join(place.source.segment.split())


def _agree(ad: float, slope: float, size: float) -> bool:
    return isfinite(ad) and abs(ad - slope) <= 1e-6 * max(abs(slope), size, 1e-9)


def _between(kind: KinkKind, left: float, right: float, ad: float) -> bool | None:
    """Whether AD's number lies between the slopes; None where there are none to lie between."""
    if kind not in (KinkKind.KINK, KinkKind.AD_WRONG) or not (isfinite(left) and isfinite(right)):
        return None
    room = 1e-9 * max(abs(left), abs(right))
    return isfinite(ad) and min(left, right) - room <= ad <= max(left, right) + room


def _apart(crossing: Crossing, slope: Slope) -> bool:
    """Whether slopes a little way off differ, so that the place may have been missed."""
    seen = [abs(q) for rung in slope.rungs for q in (rung.forward, rung.backward) if isfinite(q)]
    gap = abs(crossing.right - crossing.left)
    return isfinite(gap) and gap > 0.05 * max(seen, default=0.0)


def _lost(slope: Slope) -> bool:
    """Whether slopes differ by what the place's own rounding makes of them."""
    seen = [abs(q) for rung in slope.rungs for q in (rung.forward, rung.backward) if isfinite(q)]
    return abs(slope.right - slope.left) <= 1e-10 * max(seen, default=0.0)


def _kind(slope: Slope) -> tuple[KinkKind | str | None, float, float]:
    """What difference quotients say: a kind, None for smooth, or why it is not known."""
    match slope.finding:
        case Finding.AGREES:
            return None, slope.limit, slope.limit
        case Finding.WRONG_SLOPE:
            return KinkKind.AD_WRONG, slope.limit, slope.limit
        case Finding.CORNER:
            return KinkKind.KINK, slope.left, slope.right
        case Finding.JUMP:
            return KinkKind.JUMP, slope.left, slope.right
        case Finding.VERTICAL:
            return KinkKind.VERTICAL, slope.left, slope.right
        case Finding.ONE_SIDED | Finding.NOT_FINITE:
            return KinkKind.DOMAIN_END, slope.left, slope.right
        case Finding.HIDDEN:
            return "rounding in the value hides how it moves there", nan, nan
        case Finding.SWINGS:
            return "the slopes near it swing without a limit", nan, nan
        case Finding.UNDECIDED:
            return "the difference quotients do not settle down to a slope", nan, nan
