"""Is it one function? Followed twice, it has to do the same both times.

A function that draws from `numpy.random`, counts its calls or reads a clock is followed once and
then is whatever that one call drew: the answer would be one of a function that nobody wrote.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from surefoot.program.graph import Graph, Literal, Node, Var


def first_difference(one: Graph, other: Graph) -> Node | Graph | None:
    """The first step of `one` that `other` does not do likewise; None where all are alike.

    Compared are the steps, how they are joined, shapes and numbers. Their parameters are not: JAX
    makes some of them anew at each trace. The whole graph stands for what is no single step.
    """
    return _differs(one, other, {})


def _differs(one: Graph, other: Graph, twins: dict[Var, Var]) -> Node | Graph | None:
    heads = (*one.inputs, *one.consts), (*other.inputs, *other.consts)
    if len(one.consts) != len(other.consts) or not _join(*heads, twins):
        return one
    changed = {
        variable
        for variable, a, b in zip(one.consts, one.values, other.values, strict=True)
        if not _same_numbers(a, b)
    }
    for a, b in zip(one.nodes, other.nodes, strict=False):
        alike = a.primitive == b.primitive and _read_alike(a.inputs, b.inputs, twins)
        if not alike or not changed.isdisjoint(_variables(a.inputs)):
            return a
        if len(a.inner) != len(b.inner) or not _join(a.outputs, b.outputs, twins):
            return a
        for within, beside in zip(a.inner, b.inner, strict=True):
            found = _differs(within, beside, twins)
            if found is not None:
                return found if isinstance(found, Node) else a
    same_end = len(one.nodes) == len(other.nodes) and changed.isdisjoint(_variables(one.outputs))
    return None if same_end and _read_alike(one.outputs, other.outputs, twins) else one


def _variables(atoms: Sequence[Var | Literal]) -> set[Var]:
    return {atom for atom in atoms if isinstance(atom, Var)}


def _join(ones: Sequence[Var], others: Sequence[Var], twins: dict[Var, Var]) -> bool:
    """Pair the variables, if they are of the same shapes and types."""
    if [(v.shape, v.dtype) for v in ones] != [(v.shape, v.dtype) for v in others]:
        return False
    twins.update(zip(ones, others, strict=True))
    return True


def _read_alike(
    ones: Sequence[Var | Literal], others: Sequence[Var | Literal], twins: dict[Var, Var]
) -> bool:
    if len(ones) != len(others):
        return False
    for a, b in zip(ones, others, strict=True):
        if isinstance(a, Literal):
            if not isinstance(b, Literal) or not _same_numbers(a.value, b.value):
                return False
        elif twins.get(a) is not b:
            return False
    return True


def _same_numbers(a: Any, b: Any) -> bool:
    if a is b:
        return True
    try:
        first, second = np.asarray(a), np.asarray(b)
        floats = first.dtype.kind in "fc"
        return first.dtype == second.dtype and np.array_equal(first, second, equal_nan=floats)
    except TypeError:  # random keys are no arrays of NumPy's
        return True
