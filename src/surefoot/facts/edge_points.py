"""Points at which the argument of a root touches 0, as the sum of squares in a norm does."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from surefoot.facts.intervals.enclosure import places
from surefoot.facts.intervals.intervals import Floats, Intervals
from surefoot.facts.intervals.jet import Jet
from surefoot.facts.intervals.jet_rules import table
from surefoot.facts.reached import Named
from surefoot.program import Node, Program, walk

MOST = 64
"""Variables: of more the Hessian of the argument is not made."""
STEPS = 12


def edge_points(
    program: Program, named: Named, x: Floats, lower: Floats, upper: Floats
) -> Iterator[Floats]:
    """Points near x where a root's argument has a least value of 0, by Newton's method."""
    if x.size > MOST:
        return
    count = len(_arguments(program, named, x))
    for k in range(count):
        at = x
        for _ in range(STEPS):
            rows = _arguments(program, named, at)
            if k >= len(rows):
                break
            _, slope, bend = rows[k]
            if not (np.isfinite(slope).all() and np.isfinite(bend).all()):
                break
            moved = at - np.linalg.lstsq(bend, slope, rcond=1e-12)[0]
            if not np.isfinite(moved).all() or np.array_equal(moved, at):
                break
            at = moved
        found = _least(program, named, at, k)
        if found is not None and bool(((found >= lower) & (found <= upper)).all()):
            yield found


def _least(program: Program, named: Named, at: Floats, k: int) -> Floats | None:
    """Of the point and roundings of it the one with the least argument, if that is 0 or nearly."""
    size = np.max(np.abs(at), initial=0.0)
    tried = [*(np.round(at, digits) + 0.0 for digits in (3, 6, 9, 12)), at]
    near = [point for point in tried if np.max(np.abs(point - at)) <= 1e-6 * (1e-3 + size)]
    values = [rows[k][0] for rows in (_arguments(program, named, p) for p in near) if k < len(rows)]
    if len(values) != len(near) or not values:
        return None
    best = int(np.argmin(np.abs(values)))
    return near[best] if abs(values[best]) <= 1e-24 * (1.0 + size**2) else None


def _arguments(program: Program, named: Named, x: Floats) -> list[tuple[float, Any, Any]]:
    """Value, slope (n,) and Hessian (n, n) of what each named root is taken of, by elements."""
    frame, made = table(x.size, True)
    inputs: list[Jet] = []
    for shape, part in places(program):
        unit = np.eye(x.size)[None, part]
        row = x[None, part]
        inputs.append(Jet(frame, Intervals(shape, row, row), Intervals(shape, unit, unit)))
    rows: list[tuple[float, Any, Any]] = []

    def look(node: Node, given: Any, results: Any) -> None:
        if node.primitive != "sqrt" or not isinstance(given[0], Jet) or len(rows) >= 8:
            return
        if named.place(node) is None or given[0].slope is None:
            return
        jet = given[0]
        assert jet.slope is not None, "just asked"
        slope = np.broadcast_to(jet.slope.middle, (1, jet.size, x.size))[0]
        bend = np.zeros((jet.size, len(frame.first)))
        if jet.curvature is not None:
            bend = np.broadcast_to(jet.curvature.middle, (1, *bend.shape))[0]
        for k in range(min(jet.size, 4)):
            rows.append((float(jet.value.middle[0, k]), slope[k], bend[k][frame.place]))

    with np.errstate(all="ignore"):
        walk(program.graph, made, [made.literal(c) for c in program.consts], inputs, look)
    return rows
