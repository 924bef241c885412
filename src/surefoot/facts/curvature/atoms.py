"""Making atoms: what a step that is not linear leaves."""

from typing import Any

import numpy as np

from surefoot.facts.curvature.forms import Form, atom_form
from surefoot.facts.curvature.terms import Atom, Key, key_of
from surefoot.facts.intervals.intervals import Flags, Floats, Intervals
from surefoot.program import Node

NO_RULE = "no rule says how it bends"


def recipe_of(node: Node, parts: tuple[Any, ...]) -> Key:
    """The name of a step applied to arguments."""
    shown = () if node.is_call else tuple(sorted((k, repr(v)) for k, v in node.params.items()))
    keys = [p.key if isinstance(p, Form) else np.asarray(p).tobytes() for p in parts]
    return key_of(node.primitive, node.label, shown, node.outputs[0].shape, *keys)


def made(
    node: Node, bounds: Intervals, parts: tuple[Form, ...], *, convex: Flags, concave: Flags,
    words: str, power: Floats | None = None, log_convex: Flags | None = None,
    log_concave: Flags | None = None, key: Key | None = None, name: str = "",
    step: Any = None, exponent: float = 0.0, weight: Any = None,
) -> Form:  # fmt: skip
    """The result of a step as an atom of its own."""
    shape = bounds.shape
    size = bounds.lower.shape[1]
    nothing = np.zeros(size, bool)
    atom = Atom(
        key_of(key or recipe_of(node, parts)), size, convex, concave,
        np.zeros(size) if power is None else power,
        nothing if log_convex is None else log_convex,
        nothing if log_concave is None else log_concave,
        node, words, parts, name or node.primitive, step, exponent, weight,
    )  # fmt: skip
    return atom_form(atom, shape, bounds)


def opaque(node: Node, bounds: Intervals, parts: tuple[Form, ...], words: str = NO_RULE) -> Form:
    """A step of which nothing is known, unless nothing that goes in depends on the argument."""
    nothing = np.zeros(bounds.lower.shape[1], bool)
    return made(node, bounds, parts, convex=nothing, concave=nothing, words=words)
