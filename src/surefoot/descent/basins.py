"""The distinct end points of many starts, and how many starts led to each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.steps import Vector

SAME_POINT = 1e-4
MOST_COMPARED = 200
"""The lowest groups whose valleys are compared with each other; beyond, ends count as distinct."""
_GOLDEN = (5**0.5 - 1) / 2
FRACTIONS = np.sort(np.modf(_GOLDEN * np.arange(1, 9))[0])
"""Where a segment is looked at: spaced irregularly, since equal spacing can meet the valleys of a
periodic function one after the other."""


@runtime_checkable
class Values(Protocol):
    """What telling basins apart asks of a function."""

    def values(self, points: Vector, /) -> Vector: ...


@dataclass(frozen=True)
class Basin:
    """One distinct end point.

    Attributes:
        x: (n,) the point, polished.
        value: f(x).
        starts: which starts ended here.
        share: their share of all starts.
    """

    x: Vector
    value: float
    starts: tuple[int, ...]
    share: float

    @property
    def count(self) -> int:
        """How many starts ended here."""
        return len(self.starts)


@dataclass(frozen=True)
class Basins(Sequence[Basin]):
    """The distinct end points of a multi-start, the best first.

    Attributes:
        found: the basins.
        total: number of starts.
        failed: starts that met NaN or ran away.
        maximize: whether the highest value is the best.
    """

    found: tuple[Basin, ...]
    total: int
    failed: tuple[int, ...] = ()
    maximize: bool = False

    def turned(self) -> "Basins":
        """The same of −f, of which the highest value was sought."""
        found = tuple(replace(basin, value=-basin.value) for basin in self.found)
        return replace(self, found=found, maximize=not self.maximize)

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, index: Any) -> Any:
        return self.found[index]

    def __iter__(self) -> Iterator[Basin]:
        return iter(self.found)

    @property
    def rows(self) -> list[tuple[int, float, int, float, Vector]]:
        """(number, value, starts, share, x) of each basin, for tables."""
        return [(k, b.value, b.count, b.share, b.x) for k, b in enumerate(self.found, 1)]

    @property
    def sentence(self) -> str:
        """What the starts found, in one sentence."""
        ends = "one end point" if len(self) == 1 else f"{len(self)} distinct end points"
        if not self.found:
            return f"None of the {self.total} starts ended at a finite value."
        lost = f"; {len(self.failed)} met NaN or ran away" if self.failed else ""
        return (
            f"{self.total} starts led to {ends}; {self.found[0].count} of them to the "
            f"{'highest' if self.maximize else 'lowest'}, "
            f"{self.found[0].value:.10g}{lost}."
        )

    def to_dict(self) -> Mapping[str, Any]:
        """Plain names, numbers and lists."""
        return {
            "total": self.total,
            "failed": list(self.failed),
            "basins": [
                {"value": b.value, "x": b.x.tolist(), "starts": list(b.starts), "share": b.share}
                for b in self.found
            ],
        }


def typical_lengths(starts: Vector, ends: Vector) -> Vector:
    """(n,) lengths that make distances comparable between coordinates with different units."""
    both = np.concatenate([starts, ends])
    length = np.maximum(np.ptp(both, axis=0), 1e-3 * np.max(np.abs(both), axis=0))
    return np.where(length > 0, length, 1.0)


def group_ends(
    oracle: Values, points: Vector, values: Vector, scale: Vector, tol: float
) -> list[list[int]]:
    """Indices of the ends that are one and the same, lowest first; ends without a value left out.

    Two ends are the same when they are within 10⁻⁴ of the typical lengths in every coordinate, or
    when their values agree and the straight way between them is level: a valley without a
    single lowest point.

    Args:
        oracle: to look at the way between two ends.
        points, values: (k, n), (k,).
        scale: (n,) typical lengths.
        tol: two values agree within 10·tol·max(1, |f|).
    """
    order = np.flatnonzero(np.isfinite(values))
    order = order[np.argsort(values[order], kind="stable")]
    return _join_valleys(oracle, points, values, _near_ones(points / scale, order), tol)


def _near_ones(scaled: Vector, order: NDArray[np.intp]) -> list[list[int]]:
    """Groups of ends around the lowest that is not yet in one."""
    if not order.size:
        return []
    # Ends that are near each other are near each other on any line. On a slanted one few others
    # are; a k-d tree compares all with all where there are twenty coordinates.
    ends = scaled[order]
    slant = 0.5 + np.mod(_GOLDEN * np.arange(1, ends.shape[1] + 1), 1.0)
    places = ends @ slant
    along = np.argsort(places, kind="stable")
    reach = SAME_POINT * float(np.sum(slant)) + 1e-12 * float(np.max(np.abs(places)))
    first = np.searchsorted(places[along], places - reach, side="left")
    last = np.searchsorted(places[along], places + reach, side="right")
    taken = np.zeros(order.size, bool)
    groups: list[list[int]] = []
    for k in range(order.size):
        if taken[k]:
            continue
        near = along[first[k] : last[k]]
        near = near[~taken[near]]
        near = np.sort(near[np.max(np.abs(ends[near] - ends[k]), axis=1) <= SAME_POINT])
        taken[near] = True
        groups.append([int(i) for i in order[near]])
    return groups


def _join_valleys(
    oracle: Values, points: Vector, values: Vector, groups: list[list[int]], tol: float
) -> list[list[int]]:
    """Groups of equal value joined where the straight way between their lowest ends is level."""
    joined = groups[:MOST_COMPARED]
    kept: list[list[int]] = []
    for group in joined:
        home = next((g for g in kept if _same_valley(oracle, points, values, g, group, tol)), None)
        if home is None:
            kept.append(list(group))
        else:
            home.extend(group)
    return kept + groups[MOST_COMPARED:]


def _same_valley(
    oracle: Values, points: Vector, values: Vector, a: list[int], b: list[int], tol: float
) -> bool:
    first, second = a[0], b[0]
    slack = 10 * tol * max(1.0, abs(values[first]))
    equal = values[second] - values[first] <= slack
    return bool(equal) and _level(oracle, points[first], points[second], values[first] + slack)


def _level(oracle: Values, a: Vector, b: Vector, height: float) -> bool:
    """Whether nothing between two ends is higher."""
    between = a + FRACTIONS[:, None] * (b - a)
    return bool(np.all(oracle.values(between) <= height))


def count_basins(points: Vector, values: Vector, groups: Sequence[Sequence[int]]) -> Basins:
    """The groups as basins."""
    total = len(values)
    found = [
        Basin(points[g[0]].copy(), float(values[g[0]]), tuple(sorted(g)), len(g) / total)
        for g in groups
    ]
    failed = tuple(int(k) for k in np.flatnonzero(~np.isfinite(values)))
    return Basins(tuple(sorted(found, key=lambda basin: basin.value)), total, failed)
