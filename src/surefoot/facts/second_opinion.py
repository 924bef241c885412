"""What float64 intervals have shown of a zero, shown once more by Arb.

Another arithmetic (128 bits), another way to derivatives (power series), the same theorem: with
B = c ± r around the enclosure, H ∋ g′ on B and Y near its inverse, one zero lies in B if

    |−Y g(c) + (I − Y H)(B − c)| < r      element by element.

A proof is called one only where both agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, ctx  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.intervals.balls import BITS, between
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.intervals.series import curvatures, taylor
from surefoot.program import Program
from surefoot.terms import UnsupportedError

ROOM = 2.0**-46
"""Of the size of a coordinate: how far around the enclosure the test is made, at least."""


@dataclass(frozen=True)
class Opinion:
    """What Arb says.

    Attributes:
        exists: whether exactly one zero lies in the box around the enclosure.
        inertia: how many eigenvalues of the Hessian are < 0 and > 0 all over it; None where that
            is not shown, or not asked.
        why: what stood in the way; "" where nothing did.
    """

    exists: bool
    inertia: tuple[int, int] | None
    why: str = ""


def reach(lower: Floats, upper: Floats, sizes: Floats) -> Floats:
    """(n,) half the width of the box in which Arb looks for a zero that lies between two ends."""
    centre = 0.5 * lower + 0.5 * upper
    return np.maximum(8.0 * (upper - lower), ROOM * np.maximum(np.abs(centre), sizes))


def second_opinion(
    program: Program, lower: Floats, upper: Floats, sizes: Floats, *, gradient: bool = True
) -> Opinion:
    """Arb's opinion of a zero of ∇f, or of a program's own field g.

    Args:
        lower, upper: (n,) where it is. sizes: (n,) of the variables, for those that are 0 there.
        gradient: whether the field is the gradient of a program that returns one number.
    """
    centre = 0.5 * lower + 0.5 * upper
    radius = reach(lower, upper, sizes)
    first, last = centre - radius, centre + radius
    try:
        if gradient:
            every = range(centre.size)
            slope = slopes(program, centre, centre, every)
            hessian = hessian_on(program, first, last, every)
        else:
            slope, hessian = _value(program, centre), _jacobian(program, first, last)
    except UnsupportedError as error:
        return Opinion(False, None, str(error))
    with ctx.workprec(BITS):
        exists = _contracts(slope, hessian, radius)
        return Opinion(exists, inertia_of(hessian) if gradient else None)


def _unit(n: int, *places: int) -> Floats:
    direction = np.zeros(n)
    for place in places:
        direction[place] += 1.0
    return direction


def slopes(
    program: Program, lower: Floats, upper: Floats, which: Sequence[int]
) -> list[Any]:
    """Balls around ∂f/∂xᵢ on a box (n,), for the variables i in `which`.

    Raises:
        UnsupportedError: a step has no series, or switches within the box.
    """
    return [taylor(program, lower, upper, _unit(lower.size, k), 2)[0][1] for k in which]


def _value(program: Program, x: Floats) -> list[Any]:
    return [parts[0] for parts in taylor(program, x, x, _unit(x.size, 0), 1)]


def _jacobian(program: Program, lower: Floats, upper: Floats) -> list[list[Any]]:
    columns = [taylor(program, lower, upper, _unit(lower.size, k), 2) for k in range(lower.size)]
    return [[column[i][1] for column in columns] for i in range(lower.size)]


def hessian_on(
    program: Program, lower: Floats, upper: Floats, which: Sequence[int]
) -> list[list[Any]]:
    """Balls around the second derivatives on a box, for i, j in `which`.

    All in one walk; where that cannot follow a step, hᵢⱼ = ½ ((eᵢ + eⱼ)ᵀH(eᵢ + eⱼ) − hᵢᵢ − hⱼⱼ)
    by a power series for each.

    Raises:
        UnsupportedError: a step has no series, or switches within the box.
    """
    n, m = lower.size, len(which)
    if bool((lower < upper).all()):
        try:
            bend = curvatures(program, lower, upper).bend
        except UnsupportedError:
            pass
        else:
            found = [[bend.get((min(i, j), max(i, j))) for j in which] for i in which]
            return [[arb(0) if h is None else h.ball for h in row] for row in found]
    own = [taylor(program, lower, upper, _unit(n, k))[0][2] for k in which]
    made = [[own[i] if i == j else arb(0) for j in range(m)] for i in range(m)]
    for i in range(m):
        for j in range(i):
            both = taylor(program, lower, upper, _unit(n, which[i], which[j]))[0][2]
            made[i][j] = made[j][i] = (both - own[i] - own[j]) / 2
    return made


def _middles(matrix: list[list[Any]]) -> Floats:
    return np.array([[float(x.mid()) for x in row] for row in matrix])


def _contracts(slope: list[Any], jacobian: list[list[Any]], radius: Floats) -> bool:
    n = radius.size
    middle = _middles(jacobian)
    if not np.isfinite(middle).all():
        return False
    try:
        inverse = np.linalg.inv(middle)
    except np.linalg.LinAlgError:
        return False
    away = [between(-r, r) for r in radius]
    for i in range(n):
        row = [arb(float(y)) for y in inverse[i]]
        moved = -sum((y * g for y, g in zip(row, slope, strict=True)), arb(0))
        for j in range(n):
            turned = sum((row[k] * jacobian[k][j] for k in range(n)), arb(0))
            moved = moved + ((1 if i == j else 0) - turned) * away[j]
        if not abs(moved) < arb(float(radius[i])):
            return False
    return True


def inertia_of(matrix: list[list[Any]]) -> tuple[int, int] | None:
    """How many eigenvalues of a symmetric matrix of balls are < 0 and > 0; None if not shown.

    By the signs of Gershgorin's discs of VᵀHV, V the eigenvectors of the middle.
    """
    middle = _middles(matrix)
    if not np.isfinite(middle).all():
        return None
    n = len(matrix)
    _, vectors = np.linalg.eigh(0.5 * (middle + middle.T))
    v = [[arb(float(x)) for x in row] for row in vectors]
    half = [[sum((matrix[i][k] * v[k][j] for k in range(n)), arb(0)) for j in range(n)]
            for i in range(n)]  # fmt: skip
    turned = [[sum((v[k][i] * half[k][j] for k in range(n)), arb(0)) for j in range(n)]
              for i in range(n)]  # fmt: skip
    signs: list[int] = []
    for i in range(n):
        radius = sum((abs(turned[i][j]) for j in range(n) if j != i), arb(0))
        if turned[i][i] - radius > 0:
            signs.append(1)
        elif turned[i][i] + radius < 0:
            signs.append(-1)
        else:
            return None
    return signs.count(-1), signs.count(1)


def bends_so(program: Program, lower: Floats, upper: Floats, *, up: bool) -> bool:
    """Whether Arb shows every eigenvalue of the Hessian ≥ 0 (≤ 0 for `up` False) on a box.

    Raises:
        UnsupportedError: a step is unknown to Arb's table.
    """
    n = lower.size
    if n == 1 and lower[0] < upper[0]:
        # Ends tell 0 ≤ 12x² apart from what balls make of it.
        only = curvatures(program, lower, upper).bend.get((0, 0))
        return only is None or bool(only.low >= 0 if up else only.high <= 0)
    hessian = hessian_on(program, lower, upper, range(n))
    with ctx.workprec(BITS):
        found = inertia_of(hessian)
    return found == ((0, len(hessian)) if up else (len(hessian), 0))


def value_of(program: Program, x: Floats) -> Any:
    """f at a float64 point, as a ball; NaN where it has no value.

    Raises:
        UnsupportedError: a step is unknown to Arb's table.
    """
    return _value(program, x)[0]
