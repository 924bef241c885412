"""What float64 intervals have shown of a zero, shown once more by Arb.

Another arithmetic (128 bits), another way to derivatives (power series), the same theorem: with
B = c ± r around the enclosure, H ∋ g′ on B and Y near its inverse, one zero lies in B if

    |−Y g(c) + (I − Y H)(B − c)| < r      element by element.

A proof is called one only where both agree.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, ctx  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.intervals.balls import BITS, between
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.intervals.series import bends_of_two, curvatures, gradients, taylor
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
            slope = gradients(program, centre, centre, range(centre.size))[0]
            hessian = _hessian(program, first, last)
        else:
            slope = _value(program, centre)
            hessian = gradients(program, first, last, range(centre.size))
    except UnsupportedError as error:
        return Opinion(False, None, str(error))
    with ctx.workprec(BITS):
        exists = _contracts(slope, hessian, radius)
        return Opinion(exists, inertia_of(hessian) if gradient else None)


def _value(program: Program, x: Floats) -> list[Any]:
    return [parts[0] for parts in taylor(program, x, x, np.ones(x.size), 1)]


def _hessian(
    program: Program, lower: Floats, upper: Floats, *, wide: bool = False
) -> list[list[Any]]:
    """Balls around the second derivatives on a box.

    Of two variables by one power series. Of more, and on boxes that are wide, in one walk that
    keeps all derivatives apart; where that cannot follow a step, by a power series for each pair.

    Raises:
        UnsupportedError: a step has no series, or switches within the box.
    """
    n = lower.size
    every = range(n)
    if (wide or n > 2) and bool((lower < upper).all()):
        with suppress(UnsupportedError):
            bend = curvatures(program, lower, upper).bend
            found = [[bend.get((min(i, j), max(i, j))) for j in every] for i in every]
            return [[arb(0) if h is None else h.ball for h in row] for row in found]
    if n == 1:
        return [[taylor(program, lower, upper, np.ones(1))[0][2]]]
    made = [[arb(0)] * n for _ in every]
    for i in every:
        for j in range(i):
            made[i][i], made[i][j], made[j][j] = bends_of_two(program, lower, upper, i, j)
            made[j][i] = made[i][j]
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
    hessian = _hessian(program, lower, upper, wide=True)
    with ctx.workprec(BITS):
        found = inertia_of(hessian)
    return found == ((0, len(hessian)) if up else (len(hessian), 0))


def value_of(program: Program, x: Floats) -> Any:
    """f at a float64 point, as a ball; NaN where it has no value.

    Raises:
        UnsupportedError: a step is unknown to Arb's table.
    """
    return _value(program, x)[0]
