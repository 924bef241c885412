"""Boxes on no point of which a program has a value: log of what is negative all over, and the like.

The interval rules say where a value exists all over a box (`inside`) and bound what there is. A box
that lies outside of the domain altogether has no values, which bounds cannot say; this walk can. A
step has no value where its argument lies outside of its domain for every point of the box, or has
none itself. What is not known to hand that on (loops, sorting) hands on nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from surefoot.facts.intervals.arithmetic import ARITHMETIC
from surefoot.facts.intervals.enclosure import TABLE, enclose, inputs_on
from surefoot.facts.intervals.functions import FUNCTIONS, MONOTONE
from surefoot.facts.intervals.intervals import Flags, Floats, Intervals, of
from surefoot.program import Node, Program, walk
from surefoot.program.abstract import Dependent, moved, spread
from surefoot.program.numpy_rules import MOVED

_STRICT = frozenset([*ARITHMETIC, *FUNCTIONS, "max", "min", "clamp"]) - {"pow"}
"""Elementwise steps that have no value where an argument has none; but anything to the 0 is 1."""
POINTS = 30
_SUMS = frozenset(["reduce_sum", "reduce_prod", "reduce_max", "reduce_min"])


def nowhere(program: Program, lower: Floats, upper: Floats) -> Flags:
    """Whether the only output, or one number of it, is shown to have no value on boxes (k, n).

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    inputs = inputs_on(program, lower, upper)
    constants = [TABLE.literal(value) for value in program.consts]
    lost = _Lost()
    with np.errstate(all="ignore"):
        out = walk(program.graph, TABLE, constants, inputs, lost.watch)[0]
    found = lost.of(out)
    if found is None:
        return np.zeros(len(lower), bool)
    return np.array(np.broadcast_to((found.lower > 0.0).any(axis=1), (len(lower),)))


def no_value_met(program: Program, lower: Floats, upper: Floats) -> bool:
    """Whether a program has no value anywhere in a box (n,), as far as can be told.

    Shown for the whole box, or seen at some points spread over it: data that hold a NaN leave a
    function that is not there, and of which anything can be proved.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    if bool(nowhere(program, lower[None], upper[None])[0]):
        return True
    rng = np.random.default_rng(0)
    first = np.where(np.isfinite(lower), lower, np.where(np.isfinite(upper), upper - 10.0, -5.0))
    last = np.where(np.isfinite(upper), upper, np.where(np.isfinite(lower), lower + 10.0, 5.0))
    shares = np.concatenate([[np.full(lower.size, 0.5)], rng.uniform(size=(POINTS, lower.size))])
    points = np.clip(first * (1.0 - shares) + last * shares, lower, upper)
    found = enclose(program, points, points)[0].inside
    return found is not None and not bool(found.any())


class _Lost:
    """What is known to have no value: 1 where an element has none, 0 elsewhere."""

    def __init__(self) -> None:
        self._flags: dict[int, Intervals] = {}
        self._kept: list[Any] = []

    def of(self, value: Any) -> Intervals | None:
        return self._flags.get(id(value))

    def watch(self, node: Node, arguments: Sequence[Any], results: Sequence[Any]) -> None:
        if node.is_call or not any(isinstance(value, Dependent) for value in results):
            return
        flags = [self.of(argument) for argument in arguments]
        own = _outside(node, arguments)
        if own is None and all(flag is None for flag in flags):
            return
        made = _handed_on(node, arguments, flags, own)
        for result, flag in zip(results, made, strict=False):
            if result is not None and (flag.lower > 0.0).any():
                self._flags[id(result)] = flag
                # An identity is one only as long as the object lives.
                self._kept.append(result)


def _handed_on(
    node: Node, arguments: Sequence[Any], flags: Sequence[Intervals | None], own: Flags | None
) -> tuple[Intervals, ...]:
    name, shape = node.primitive, node.outputs[0].shape
    if name == "pow" and own is not None:
        return (_flag(shape, own),)
    if name in _STRICT and not (name == "integer_pow" and node.params["y"] == 0):
        parts = [_spread(flag, shape) for flag in flags if flag is not None]
        if own is not None:
            parts.append(own)
        lost = parts[0]
        for part in parts[1:]:
            lost = lost | part
        return (_flag(shape, lost),)
    if name == "select_n":
        return (_chosen(shape, arguments, flags),)
    known = [
        flag if flag is not None else _none(argument) if isinstance(argument, Dependent)
        else argument for argument, flag in zip(arguments, flags, strict=True)
    ]  # fmt: skip
    if name in _SUMS:
        flag = of(known[0])
        axes = tuple(int(axis) + 1 for axis in node.params["axes"])
        lost = (flag.lower > 0.0).reshape(len(flag.lower), *flag.shape).any(axis=axes)
        return (_flag(shape, lost.reshape(len(flag.lower), -1)),)
    if name in MOVED and isinstance(known[0], Dependent):
        places_known = all(
            not isinstance(argument, Dependent) for argument in arguments[1:]
        ) or name in ("concatenate", "pad")
        if places_known:
            plain = [part if isinstance(part, Dependent) else np.zeros_like(part)
                     for part in known] if name in ("concatenate", "pad") else known  # fmt: skip
            made = moved(node, *plain)
            return made if isinstance(made, tuple) else (made,)
    return ()


def _chosen(
    shape: tuple[int, ...], arguments: Sequence[Any], flags: Sequence[Intervals | None]
) -> Intervals:
    """Lost where every case that may be taken is."""
    picks = of(spread(arguments[0], shape))
    lost: Flags = np.ones((1, picks.size), bool)
    for number, flag in enumerate(flags[1:]):
        possible = (picks.lower <= number) & (picks.upper >= number)
        gone = np.zeros((1, picks.size), bool) if flag is None else _spread(flag, shape)
        lost = lost & (~possible | gone)
    return _flag(shape, lost)


def _flag(shape: tuple[int, ...], lost: Flags) -> Intervals:
    numbers = lost.astype(np.float64)
    return Intervals(shape, numbers, numbers)


def _none(value: Dependent) -> Intervals:
    zero = np.zeros((1, value.size))
    return Intervals(value.shape, zero, zero)


def _spread(flag: Intervals, shape: tuple[int, ...]) -> Flags:
    return of(spread(flag, shape)).lower > 0.0


# ── domains ────────────────────────────────────────────────────────────────────────────────────


def _beyond(name: str) -> Callable[[Intervals], Flags]:
    first, last = MONOTONE[name].domain
    closed = MONOTONE[name].closed

    def outside(a: Intervals) -> Flags:
        if closed:
            return (a.upper < first) | (a.lower > last)
        return ((a.upper <= first) & np.isfinite(first)) | ((a.lower >= last) & np.isfinite(last))

    return outside


_DOMAINS: Mapping[str, Callable[[Intervals], Flags]] = {
    name: _beyond(name) for name, rule in MONOTONE.items() if rule.domain != (-np.inf, np.inf)
}


def _outside(node: Node, arguments: Sequence[Any]) -> Flags | None:
    shape = node.outputs[0].shape
    if node.primitive in _DOMAINS:
        return _DOMAINS[node.primitive](of(spread(arguments[0], shape)))
    if node.primitive == "pow":
        base, power = (of(spread(argument, shape)) for argument in arguments)
        return (base.upper < 0.0) & (np.ceil(power.lower) > power.upper)  # no whole number
    return None
