"""Which switches of a function are close at a point: ties, corners, steps, edges of the domain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.cards import CARDS, Smooth
from surefoot.facts.composites import composite
from surefoot.facts.switches import smoothness
from surefoot.program import Node, Program, Source, Table, literals, walk
from surefoot.program.abstract import Dependent, Indices
from surefoot.program.numpy_rules import NUMPY_RULES, Control, evaluate
from surefoot.program.numpy_rules.moves import MOVED

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NearSwitch:
    """A step whose argument is close to where it is not smooth.

    Attributes:
        kind: KINK, JUMP, BRANCH, or INSIDE for the edge of a domain.
        primitive: the step's name in JAX.
        source: the user's line.
        distance: how far the argument is from the switch, in its own units.
        scale: the size of what the argument was computed from, in the same units.
        words: e.g. "abs at loss.py:3".
        where: where the step is not smooth, in words.
    """

    kind: Smooth
    primitive: str
    source: Source
    distance: float
    scale: float
    words: str
    where: str

    @property
    def relative(self) -> float:
        """distance / scale; 0 for an exact tie."""
        return self.distance / self.scale if self.distance > 0 else 0.0


class Sized(Dependent):
    """An array's value with the size of the terms that it was computed from.

    A sum that cancels is small while its terms are not: only against their size is it known
    whether a value of 1e-12 is a tie.
    """

    def __init__(self, value: Any, size_of_terms: Any) -> None:
        self.value = np.asarray(value)
        self.shape = self.value.shape
        self.terms = np.broadcast_to(size_of_terms, self.shape)

    def take(self, where: Indices) -> "Sized":
        return type(self)(np.ravel(self.value)[where], np.ravel(self.terms)[where])

    def reshaped(self, shape: tuple[int, ...]) -> "Sized":
        return type(self)(self.value.reshape(shape), self.terms.reshape(shape))

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Sized":
        return cls(
            np.concatenate([np.ravel(_value(v)) for v in values]),
            np.concatenate([np.ravel(_terms(v)) for v in values]),
        )


def _value(v: Any) -> Any:
    return v.value if isinstance(v, Sized) else v


def _terms(v: Any) -> Any:
    if isinstance(v, Sized):
        return v.terms
    array = np.asarray(v)
    return np.abs(array).astype(float) if array.dtype.kind in "fiub" else np.zeros(array.shape)


# ── how sizes compose ─────────────────────────────────────────────────────────────────────────

_AS_ADDITION = {"sub": "add", "scatter-sub": "scatter-add"}
_LIKE_VALUE = frozenset(
    [
        "add", "add_any", "mul", "reduce_sum", "cumsum", "dot_general", "conv_general_dilated",
        "square", "sqrt", "max", "min", "reduce_max", "reduce_min", "cummax", "scatter-add",
        "reduce_prod", "cumprod", "select_n",
    ]
) | frozenset(MOVED)
_UNCHANGED = frozenset([
    "neg", "abs", "stop_gradient", "copy", "copy_p", "name", "convert_element_type",
])


def _sizes(node: Node, arguments: Sequence[Any], outputs: Sequence[Any]) -> list[Any]:
    name = _AS_ADDITION.get(node.primitive, node.primitive)
    plain = [np.abs(np.asarray(out)).astype(float) if np.asarray(out).dtype.kind in "fiub"
             else np.zeros(np.shape(out)) for out in outputs]  # fmt: skip
    if np.asarray(outputs[0]).dtype.kind != "f":
        return plain
    if name in _UNCHANGED:
        composed = [_terms(arguments[0])]
    elif name == "integer_pow" and node.params["y"] > 0:
        composed = [_terms(arguments[0]) ** node.params["y"]]
    elif name == "div":
        with np.errstate(all="ignore"):
            composed = [_terms(arguments[0]) / np.abs(_value(arguments[1]))]
    elif name in _LIKE_VALUE:
        places = _index_arguments(node, len(arguments))
        inputs = [
            _value(v) if i in places else _terms(v) for i, v in enumerate(arguments)
        ]
        result = NUMPY_RULES[name](node, *inputs)
        composed = list(result) if isinstance(result, tuple) else [result]
    else:
        return plain
    return [np.fmax(size, own) for size, own in zip(composed, plain, strict=True)]


def _index_arguments(node: Node, count: int) -> frozenset[int]:
    """Arguments that say where to, and are not moved themselves."""
    if node.primitive == "select_n":
        return frozenset({0})
    if node.primitive.startswith(("gather", "scatter")):
        return frozenset({1})
    first = MOVED.get(node.primitive)
    return frozenset(range(first, count)) if first is not None else frozenset()


# ── how far a switch is ───────────────────────────────────────────────────────────────────────


def _at_zero(node: Node, v: Any) -> tuple[Any, Any]:
    return np.abs(_value(v)), _terms(v)


def _between(node: Node, a: Any, b: Any) -> tuple[Any, Any]:
    return np.abs(np.subtract(_value(a), _value(b))), np.maximum(_terms(a), _terms(b))


def _clamped(node: Node, low: Any, v: Any, high: Any) -> tuple[Any, Any]:
    nearest = np.minimum(np.abs(_value(v) - _value(low)), np.abs(_value(v) - _value(high)))
    return nearest, np.broadcast_to(_terms(v), np.shape(nearest))


def _to_integer(node: Node, v: Any) -> tuple[Any, Any]:
    return np.abs(_value(v) - np.rint(_value(v))), _terms(v)


def _to_half(node: Node, v: Any) -> tuple[Any, Any]:
    return np.abs(_value(v) - np.floor(_value(v)) - 0.5), _terms(v)


def _to_multiple(node: Node, a: Any, b: Any) -> tuple[Any, Any]:
    rest = np.abs(np.fmod(_value(a), _value(b)))
    nearest = np.minimum(rest, np.abs(_value(b)) - rest)
    return nearest, np.broadcast_to(_terms(a), np.shape(nearest))


def _leaders(node: Node, v: Any) -> tuple[Any, Any]:
    """The gap between the two largest (smallest) along the reduced axes."""
    axes = [int(axis) for axis in node.params["axes"]]
    kept = [axis for axis in range(len(v.shape)) if axis not in axes]
    groups = int(np.prod([v.shape[axis] for axis in kept], dtype=np.int64))
    rows = _value(v).transpose([*kept, *axes]).reshape(groups, -1)
    sizes = _terms(v).transpose([*kept, *axes]).reshape(groups, -1)
    if rows.shape[1] < 2:
        return np.array([np.inf]), np.array([1.0])
    largest = node.primitive in ("reduce_max", "argmax")
    order = np.argsort(-rows if largest else rows, axis=1)[:, :2]
    top = np.take_along_axis(rows, order, 1)
    return np.abs(top[:, 0] - top[:, 1]), np.take_along_axis(sizes, order, 1).max(axis=1)


def _neighbours(node: Node, v: Any, *others: Any) -> tuple[Any, Any]:
    """The smallest gap between neighbours in the order along an axis."""
    axis = node.params.get("dimension", node.params.get("axis", -1))
    order = np.argsort(_value(v), axis=axis)
    values = np.take_along_axis(np.asarray(_value(v)), order, axis)
    sizes = np.take_along_axis(np.asarray(_terms(v)), order, axis)
    if np.shape(values)[axis] < 2:
        return np.array([np.inf]), np.array([1.0])
    sizes = np.moveaxis(sizes, axis, 0)
    return np.moveaxis(np.diff(values, axis=axis), axis, 0), np.maximum(sizes[1:], sizes[:-1])


def _running(node: Node, v: Any) -> tuple[Any, Any]:
    axis, reverse = node.params["axis"], node.params["reverse"]
    rows = np.moveaxis(np.asarray(_value(v)), axis, 0)
    rows = rows[::-1] if reverse else rows
    run = (np.maximum if node.primitive == "cummax" else np.minimum).accumulate(rows, axis=0)
    gap = np.abs(rows[1:] - run[:-1])
    sizes = np.moveaxis(np.asarray(_terms(v)), axis, 0)
    return gap, (sizes[::-1] if reverse else sizes)[1:]


def _denominator(node: Node, a: Any, b: Any) -> tuple[Any, Any]:
    return np.abs(_value(b)), _terms(b)


def _to(level: float) -> Callable[..., tuple[Any, Any]]:
    def distance(node: Node, v: Any) -> tuple[Any, Any]:
        return np.abs(np.abs(_value(v)) - level), np.maximum(_terms(v), abs(level))

    return distance


_COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne", "lt_to", "le_to", "eq_to"]
_DISTANCES: dict[str, Callable[..., tuple[Any, Any]]] = {
    **dict.fromkeys(["abs", "sign", "sqrt", "rsqrt", "cbrt", "log"], _at_zero),
    **dict.fromkeys(["max", "min", *_COMPARISONS], _between),
    **dict.fromkeys(["floor", "ceil", "convert_element_type"], _to_integer),
    **dict.fromkeys(["reduce_max", "reduce_min", "argmax", "argmin"], _leaders),
    **dict.fromkeys(["sort", "top_k"], _neighbours),
    **dict.fromkeys(["cummax", "cummin"], _running),
    **dict.fromkeys(["asin", "acos", "atanh", "erf_inv", "acosh"], _to(1.0)),
    "log1p": lambda node, v: (np.abs(1.0 + _value(v)), np.maximum(_terms(v), 1.0)),
    "round": _to_half, "rem": _to_multiple, "clamp": _clamped, "div": _denominator,
    "pow": lambda node, a, b: (np.abs(_value(a)), _terms(a)),
    "integer_pow": _at_zero,
}  # fmt: skip


class _Watcher:
    """Collects the close switches while a program is walked at a point."""

    def __init__(self, named: set[tuple[str, Source]], choices: bool, within: float) -> None:
        self.named = named
        self.choices = choices
        self.within = within
        self.found: list[NearSwitch] = []

    def look(self, node: Node, arguments: Sequence[Any]) -> None:
        """Note the step if it can switch, reaches the output, and is close."""
        measure = _DISTANCES.get(node.primitive)
        if measure is None or not any(isinstance(v, Sized) for v in arguments):
            return
        comparison = node.primitive in _COMPARISONS
        if not (comparison and self.choices) and (node.primitive, node.source) not in self.named:
            return
        if comparison and arguments[0] is arguments[1]:
            return
        if not all(np.asarray(_value(v)).dtype.kind == "f" for v in arguments):
            return
        with np.errstate(all="ignore"):
            distance, scale = measure(node, *arguments)
            distance, scale = np.broadcast_arrays(distance, scale)
            relative = np.where(distance > 0, distance / scale, 0.0)
        relative = np.where(np.isnan(distance), np.inf, relative)
        if not relative.size or not np.min(relative) <= self.within:
            return
        at = int(np.argmin(relative))
        card = CARDS[node.primitive]
        kind = Smooth.BRANCH if comparison else card.smooth
        self.found.append(
            NearSwitch(
                kind, node.primitive, node.source, float(np.ravel(distance)[at]),
                float(np.ravel(scale)[at]), f"{card.words} at {node.source}", card.place,
            )
        )  # fmt: skip


@runtime_checkable
class Watcher(Protocol):
    """Somebody who wants to see every step that depends on x, before its result is sized."""

    def look(self, node: Node, arguments: Sequence[Any]) -> None: ...


def sized_table(watcher: Watcher) -> Table[Any]:
    """Values with the sizes of their terms, shown to a watcher step by step."""

    def step(node: Node, *arguments: Any) -> Any:
        rule = control.get(node.primitive)
        if rule is not None:
            return rule(node, *arguments)
        values = [_value(v) for v in arguments]
        if node.is_call:
            body = node.inner[0]
            outputs = tuple(walk(body, evaluate, literals(body, evaluate), values))
        else:
            plain = NUMPY_RULES.get(node.primitive, evaluate.default)
            assert plain is not None
            result = plain(node, *values)
            outputs = result if isinstance(result, tuple) else (result,)
        if not any(isinstance(v, Sized) for v in arguments):
            return outputs
        watcher.look(node, arguments)
        if not all(isinstance(out.dtype, np.dtype) for out in node.outputs):
            return outputs  # random keys have no size
        sizes = _sizes(node, arguments, outputs)
        return tuple(Sized(out, size) for out, size in zip(outputs, sizes, strict=True))

    table: Table[Any] = Table(
        "switches", {}, evaluate.literal, step, lambda node: composite(node) is not None
    )
    control = Control[Any](
        table=lambda: table,
        concrete=_value,
        take=lambda value, index: value[index],
        stack=lambda values, shape: (
            Sized(np.stack([_value(v) for v in values]), np.stack([_terms(v) for v in values]))
            if values
            else np.zeros(shape)
        ),
    ).rules()
    return table


def near_switches(
    program: Program, x: Any, *, within: float = 1e-3, sizes: Any = None
) -> list[NearSwitch]:
    """The switches that are close at a point, nearest first.

    Only steps that `smoothness` names are looked at, so corners that cancel are silent.

    Args:
        program: the function.
        x: flat vector (n,).
        within: how close, as a part of the size of what was compared.
        sizes: typical sizes of the coordinates (n,); default max(1, |xᵢ|).
    """
    known = smoothness(program)
    if not known.places and not known.edges:
        return []
    flat = np.asarray(x, dtype=np.float64)
    typical = np.maximum(np.abs(flat), 1.0) if sizes is None else np.asarray(sizes, float)
    named = {(p.primitive, p.source) for p in (*known.places, *known.edges)}
    choices = any(p.primitive in ("select_n", "cond", *_COMPARISONS) for p in known.places)
    watcher = _Watcher(named, choices, within)
    table = sized_table(watcher)
    inputs: list[Any] = []
    start = 0
    for var in program.graph.inputs:
        stop = start + int(np.prod(var.shape, dtype=np.int64))
        inputs.append(
            Sized(flat[start:stop].reshape(var.shape), typical[start:stop].reshape(var.shape))
        )
        start = stop
    walk(program.graph, table, [table.literal(v) for v in program.consts], inputs)
    return sorted(watcher.found, key=lambda switch: switch.relative)
