"""Does floating point hide that a function moves? Which step loses what, along points on a line.

The value of −exp(−(x − 100)²) around 0 is 0, since exp underflows, and 1e30 + x⁴ is 1e30 around 5,
since the sum absorbs x⁴. That of max(x, 0) around −1 is 0 as well, and it is meant. The
difference is in the steps. The program is run in NumPy at the points, and a step *absorbs* where

    an argument moves steadily from point to point, the result does not move at all, and the
    step's mathematical function is not constant there (exp, tanh, +, ·, …; not max, where, floor).

What was absorbed is then followed, element by element, to the output: a branch that `where` does
not take, or a product with an exact 0, does not get there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.oracle import numpy_outputs
from surefoot.program import Graph, Node, Program, Table, walk
from surefoot.program.numpy_rules import MOVED, index_map, split_arguments

Floats = NDArray[np.float64]
Marks = NDArray[np.int64]
"""For each element the number of the step that absorbed it, from 1; 0: nothing was."""

_MEMORY = 2**22
_LEAST = 1e-10
"""A move below this share of the values is rounding."""

_ONE = frozenset([
    "exp", "exp2", "expm1", "log", "log1p", "logistic", "tanh", "sinh", "cosh", "tan", "sin", "cos",
    "asinh", "acosh", "atanh", "atan", "asin", "acos", "sqrt", "rsqrt", "cbrt", "square",
    "integer_pow", "erf", "erfc", "erf_inv", "lgamma", "digamma",
])  # fmt: skip
_SUMS = frozenset(["add", "add_any", "sub"])
_PRODUCTS = frozenset(["mul", "div", "pow", "atan2"])
_BLIND = frozenset([
    "floor", "ceil", "round", "integer_div", "sign", "eq", "ne", "lt", "le", "gt", "ge",
    "eq_to", "lt_to", "le_to", "is_finite", "argmax", "argmin", "and", "or", "not", "xor", "iota",
])  # fmt: skip


@dataclass(frozen=True)
class _Run:
    """A step at all points: arguments and results, each (points, …)."""

    node: Node
    arguments: list[Any]
    results: list[Any]


def absorbed(program: Program, points: Floats) -> str:
    """The step that hides how the function moves along the points, as a sentence; "" if none does.

    Nothing is compiled. A program too large to be held at all points at once gets "".

    Args:
        program: the function.
        points: (k, n), in order along a line, k ≥ 3.
    """
    runs = _runs(program, points)
    if not runs:
        return ""
    pending = iter(runs)
    found: list[_Run] = []
    table = Table[Marks](
        name="absorption",
        rules={},
        literal=lambda value: np.zeros(np.shape(value), np.int64),
        default=lambda node, *marks: _step(node, marks, pending, found),
    )
    graph = program.graph
    outputs = walk(
        graph,
        table,
        [table.literal(value) for value in program.consts],
        [np.zeros(var.shape, np.int64) for var in graph.inputs],
    )
    reached = max((int(np.max(marks, initial=0)) for marks in outputs), default=0)
    return _sentence(found[reached - 1]) if reached else ""


def _runs(program: Program, points: Floats) -> list[_Run]:
    """Every step but calls, which are entered, at all points; a loop or a branch is one step."""
    own = frozenset(map(id, _steps(program.graph)))
    seen: list[list[tuple[Node, Sequence[Any], Sequence[Any]]]] = []
    held = 0
    for point in points:
        steps: list[tuple[Node, Sequence[Any], Sequence[Any]]] = []

        def watch(node: Node, arguments: Any, results: Any, steps: Any = steps) -> None:
            if id(node) in own:
                steps.append((node, arguments, results))

        with np.errstate(all="ignore"):
            numpy_outputs(program, point, watch=watch)
        held += sum(np.size(value) for _, _, results in steps for value in results)
        if held * (len(points) - len(seen)) > _MEMORY:
            return []
        seen.append(steps)
    if len({tuple(id(step[0]) for step in steps) for steps in seen}) > 1:
        return []  # a loop runs more often at one point than at another
    return [
        _Run(same[0][0], _stacked([s[1] for s in same]), _stacked([s[2] for s in same]))
        for same in zip(*seen, strict=True)
    ]


def _steps(graph: Graph) -> Iterator[Node]:
    for node in graph.nodes:
        if node.is_call:
            yield from _steps(node.inner[0])
        else:
            yield node


def _stacked(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [
        _flushed(np.stack([np.asarray(value) for value in column]))
        for column in zip(*rows, strict=True)
    ]


def _flushed(values: Any) -> Any:
    """Denormal numbers as 0, which is what XLA makes of them."""
    if values.dtype.kind != "f":
        return values
    return np.where(np.abs(values) < np.finfo(values.dtype).tiny, 0, values)


def _step(
    node: Node, marks: Sequence[Marks], pending: Iterator[_Run], found: list[_Run]
) -> tuple[Marks, ...]:
    """Marks of a step's results: what reaches them, and what the step itself absorbs."""
    run = next(pending)
    assert run.node is node, "both walks take the same steps"
    passed = _passed(run, marks)
    lost = _loses(run)
    if lost is not None and np.any(lost):
        found.append(run)
        passed = (np.where(lost & (passed[0] == 0), len(found), passed[0]), *passed[1:])
    return passed


def _passed(run: _Run, marks: Sequence[Marks]) -> tuple[Marks, ...]:
    """Which marks of the arguments reach the results."""
    node, shapes = run.node, [result.shape[1:] for result in run.results]
    if not any(np.any(mark) for mark in marks) or node.primitive in _BLIND:
        return tuple(np.zeros(shape, np.int64) for shape in shapes)
    if node.primitive in MOVED:
        return _moved(run, marks)
    rule = _PASSED.get(node.primitive)
    if rule is not None:
        return (np.broadcast_to(rule(run, marks), shapes[0]),)
    if len(shapes) == 1 and all(mark.shape in ((), shapes[0]) for mark in marks):
        return (
            np.broadcast_to(
                np.max([np.broadcast_to(m, shapes[0]) for m in marks], axis=0), shapes[0]
            ),
        )
    worst = max(int(np.max(mark, initial=0)) for mark in marks)
    return tuple(np.full(shape, worst) for shape in shapes)


def _moved(run: _Run, marks: Sequence[Marks]) -> tuple[Marks, ...]:
    first = [argument[0] for argument in run.arguments]
    carried, places = split_arguments(run.node, first)
    kept = split_arguments(run.node, list(marks))[0]
    flat = np.concatenate([*(np.ravel(mark) for mark in kept), [0]])
    maps = index_map(run.node, [np.shape(value) for value in carried], places)
    return tuple(flat[where] for where in maps)


def _chosen(run: _Run, marks: Sequence[Marks]) -> Marks:
    """max, min: the argument that was taken, both where they tie."""
    result = run.results[0][0]
    taken = [
        np.where(argument[0] == result, mark, 0)
        for argument, mark in zip(run.arguments, marks, strict=True)
    ]
    return np.maximum(*np.broadcast_arrays(*taken))


def _selected(run: _Run, marks: Sequence[Marks]) -> Marks:
    which = np.asarray(run.arguments[0][0]).astype(int)
    cases = np.broadcast_arrays(which, *marks[1:])[1:]
    return np.choose(which, cases)


def _multiplied(run: _Run, marks: Sequence[Marks]) -> Marks:
    """A product with a 0 that nothing was absorbed into is 0, whatever the other is."""
    (a, b), (left, right) = (argument[0] for argument in run.arguments), marks
    exact = ((a == 0) & (left == 0)) | ((b == 0) & (right == 0))
    return np.where(exact, 0, np.maximum(*np.broadcast_arrays(left, right)))


_PASSED: Mapping[str, Callable[[_Run, Sequence[Marks]], Marks]] = {
    "max": _chosen, "min": _chosen, "select_n": _selected, "mul": _multiplied,
}  # fmt: skip


def _loses(run: _Run) -> Any:
    """Where a step's result stands still although it should not, or None."""
    name, result = run.node.primitive, run.results[0]
    arguments = [argument for argument in run.arguments if argument.dtype.kind == "f"]
    if result.dtype.kind != "f" or not arguments:
        return None
    if name in _ONE:
        return _steady(arguments[0]) & _still(result)
    if name in _SUMS | _PRODUCTS and len(arguments) == 2:
        return _loses_one_of_two(name, arguments, result)
    if name == "reduce_sum":
        return _loses_terms(run, arguments[0], result)
    if name == "reduce_prod":
        return _loses_factors(run, arguments[0], result)
    return None


def _loses_one_of_two(name: str, arguments: list[Any], result: Any) -> Any:
    a, b = (value.reshape(value.shape[0], *([1] * (result.ndim - value.ndim)), *value.shape[1:])
            for value in arguments)  # fmt: skip
    moves = [np.broadcast_to(_steady(v), result.shape[1:]) for v in (a, b)]
    stays = [np.broadcast_to(_still(v), result.shape[1:]) for v in (a, b)]
    # Two that move may cancel, as x − y does along x = y; one that moves alone cannot.
    alone = (moves[0] & stays[1]) | (moves[1] & stays[0])
    still = _still(result)
    if name in _SUMS:
        return alone & still
    zero = (np.any(a == 0, axis=0) & stays[0]) | (np.any(b == 0, axis=0) & stays[1])
    under = np.all(result == 0, axis=0) & np.all(a != 0, axis=0) & np.all(b != 0, axis=0)
    return ((alone & ~zero) | under) & still


def _loses_terms(run: _Run, terms: Any, result: Any) -> Any:
    """A sum whose moving terms all move the same way and that stands still."""
    axes = tuple(int(axis) for axis in run.node.params["axes"])
    moves = _steady(terms)
    ways = np.where(moves, np.sign(terms[-1] - terms[0]), 0.0)
    one_way = (np.min(ways, axis=axes) >= 0) | (np.max(ways, axis=axes) <= 0)
    calm = np.all(moves | _still(terms), axis=axes)
    return np.any(moves, axis=axes) & one_way & calm & _still(result)


def _loses_factors(run: _Run, factors: Any, result: Any) -> Any:
    """A product that is 0 although no factor is: it is too small for float64."""
    axes = tuple(int(axis) + 1 for axis in run.node.params["axes"])
    whole = np.all(factors != 0, axis=(0, *axes))
    return whole & np.all(result == 0, axis=0)


def _still(values: Any) -> Any:
    return np.all(values == values[0], axis=0)


def _steady(values: Any) -> Any:
    """Whether each element moves one way from point to point, by more than rounding."""
    steps = np.diff(values, axis=0)
    one_way = np.all(steps > 0, axis=0) | np.all(steps < 0, axis=0)
    size = np.max(np.abs(values), axis=0)
    return one_way & (np.abs(values[-1] - values[0]) > _LEAST * size) & np.isfinite(size)


def _sentence(run: _Run) -> str:
    lost = np.flatnonzero(_loses(run))
    shape = run.results[0].shape
    one = (-1, *[1] * (len(shape) - 1))  # one number a point
    moved = [
        np.broadcast_to(np.reshape(a, one) if np.ndim(a) == 1 else a, shape)
        .reshape(len(a), -1)[:, lost[0]]
        for a in run.arguments
        if np.shape(a)[1:] in ((), shape[1:])
    ]  # fmt: skip
    result = run.results[0].reshape(len(run.results[0]), -1)[0, lost[0]]
    told = ", ".join(f"{column[0]:.6g}" for column in moved) or f"{run.arguments[0][0].size} terms"
    place = f" at {run.node.source}" if run.node.source.line else ""
    return f"{run.node.primitive} of {told}{place} is {result:.6g} all around, to the last digit"
