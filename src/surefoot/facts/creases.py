"""Along which planes the formula of a function changes at a point: the normals of its ties.

Near a point where |u|, max(u, v) and the like tie, the function is smooth between the planes u = 0,
u = v, …; the narrowest piece between them lies along their intersections, which no sample of
directions need hit. In order of execution:

1. The program is run in NumPy at x, and every tie within 10⁻⁶ of the size of its terms is noted.
2. It is run at x ± hᵢ eᵢ, and each tied difference u − v is differentiated centrally.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.nearby import Sized, sized_table
from surefoot.facts.switches import smoothness
from surefoot.program import Node, Program, walk

Floats = NDArray[np.float64]

_TIED = 1e-6
_STEP = 2.0**-16
_MOST = 64

_AT_ZERO = frozenset(["abs", "sign", "sqrt", "rsqrt", "cbrt"])
_PAIRS = frozenset(["max", "min", "lt", "le", "gt", "ge", "eq", "ne"])
_LEADERS = frozenset(["reduce_max", "reduce_min", "sort", "argmax", "argmin"])


class _Visits:
    """What each step that can tie was given, in the order of execution."""

    def __init__(self) -> None:
        self.found: list[tuple[str, list[Floats], list[Floats]]] = []

    def look(self, node: Node, arguments: Sequence[Any]) -> None:
        """Note the values and the sizes of the terms of a step that can tie."""
        name = node.primitive
        if name not in _AT_ZERO | _PAIRS | _LEADERS | {"clamp"}:
            return
        values, sizes = [_value(v) for v in arguments], [_size(v) for v in arguments]
        if all(value.dtype.kind == "f" for value in values):
            self.found.append((name, values, sizes))


def _value(v: Any) -> Any:
    return np.asarray(v.value if isinstance(v, Sized) else v)


def _size(v: Any) -> Any:
    return np.asarray(v.terms if isinstance(v, Sized) else np.abs(np.asarray(v)), dtype=np.float64)


def _differences(name: str, values: Sequence[Any]) -> list[Any]:
    """The differences that are 0 at a tie, each with the shape of a whole argument."""
    if name in _AT_ZERO:
        return [values[0]]
    if name == "clamp":
        return [values[1] - values[0], values[1] - values[2]]
    if name in _PAIRS:
        return [np.subtract(values[0], values[1])]
    flat = np.ravel(values[0])
    return [flat[:, None] - flat[None, :]] if flat.size <= _MOST else []


def _scales(name: str, sizes: Sequence[Any]) -> list[Any]:
    if name in _AT_ZERO:
        return [sizes[0]]
    if name == "clamp":
        return [sizes[1], sizes[1]]
    if name in _PAIRS:
        return [np.maximum(sizes[0], sizes[1])]
    flat = np.ravel(sizes[0])
    return [np.maximum(flat[:, None], flat[None, :])] if flat.size <= _MOST else []


def creases(program: Program, x: Any, sizes: Any) -> Floats:
    """The normals of the planes along which the formula changes at x, as rows (k, n).

    Args:
        program: the function.
        x: flat vector (n,).
        sizes: typical sizes of the coordinates (n,).

    Returns:
        ∇(u − v) for each tie u = v at x; none for a function that is smooth. A tie whose step is
        run another number of times beside x is left out.
    """
    x, sizes = np.asarray(x, np.float64), np.asarray(sizes, np.float64)
    none = np.zeros((0, x.size))
    if not smoothness(program).places:
        return none
    here = _run(program, x, sizes)
    ties: list[tuple[int, int, Any]] = []
    for visit, (name, values, terms) in enumerate(here):
        pairs = zip(_differences(name, values), _scales(name, terms), strict=True)
        for part, (gap, scale) in enumerate(pairs):
            tied = np.abs(gap) <= _TIED * np.broadcast_to(scale, np.shape(gap))
            if name in _LEADERS:
                tied = np.triu(tied, 1)  # each pair once, and nothing with itself
            ties += [(visit, part, k) for k in np.flatnonzero(tied)]
    if not ties:
        return none
    columns: list[Floats] = []
    for step in np.diag(_STEP * sizes):
        ends = [_run(program, x + side * step, sizes) for side in (1.0, -1.0)]
        if any(len(end) != len(here) for end in ends):
            return none
        ahead, behind = (
            np.array([np.ravel(_differences(*end[v][:2])[part])[k] for v, part, k in ties[:_MOST]])
            for end in ends
        )
        columns.append((ahead - behind) / (2.0 * np.max(step)))
    normals = np.stack(columns, axis=1)
    good = np.all(np.isfinite(normals), axis=1) & np.any(normals != 0.0, axis=1)
    return normals[good]


def _run(program: Program, x: Floats, sizes: Floats) -> list[tuple[str, list[Any], list[Any]]]:
    visits = _Visits()
    table = sized_table(visits)
    inputs: list[Any] = []
    start = 0
    for var in program.graph.inputs:
        stop = start + int(np.prod(var.shape, dtype=np.int64))
        part = slice(start, stop)
        inputs.append(Sized(x[part].reshape(var.shape), sizes[part].reshape(var.shape)))
        start = stop
    with np.errstate(all="ignore"):
        walk(program.graph, table, [table.literal(v) for v in program.consts], inputs)
    return visits.found
