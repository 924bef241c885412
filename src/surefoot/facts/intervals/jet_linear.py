"""How slope and curvature go through linear steps: the same step on each ∂/∂xᵢ and ∂²/∂xᵢ∂xⱼ.

They are more boxes to it. Here is also what every rule for a step of jets begins with.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from surefoot.facts.intervals.arithmetic import negative
from surefoot.facts.intervals.enclosure import RULES, refuse
from surefoot.facts.intervals.intervals import Intervals
from surefoot.facts.intervals.jet import Frame, Jet, jet, together
from surefoot.program import Node
from surefoot.program.abstract import spread

Rule = Callable[..., Any]


def value_of(node: Node, *arguments: Any) -> Any:
    """The step's own bounds."""
    return RULES[node.primitive](
        node, *(part.value if isinstance(part, Jet) else part for part in arguments)
    )


def frame_of(arguments: Sequence[Any]) -> Frame | None:
    """The frame of the first jet among them; None where all are constants."""
    return next((part.frame for part in arguments if isinstance(part, Jet)), None)


def framed(arguments: Sequence[Any]) -> Frame:
    """The frame of arguments of which one at least is a jet."""
    frame = frame_of(arguments)
    assert frame is not None, "asked of jets only"
    return frame




def _as_boxes(part: Intervals, shape: tuple[int, ...]) -> Intervals:
    """Derivatives (boxes, size, n) as values of boxes·n boxes."""
    boxes, size, width = part.lower.shape
    lower, upper = (
        np.ascontiguousarray(side.swapaxes(1, 2)).reshape(boxes * width, size)
        for side in (part.lower, part.upper)
    )
    return Intervals(shape, lower, upper)


def _from_boxes(part: Intervals, boxes: int, width: int) -> Intervals:
    lower, upper = (
        np.broadcast_to(side, (boxes * width, part.size))
        .reshape(boxes, width, part.size).swapaxes(1, 2)
        for side in (part.lower, part.upper)
    )  # fmt: skip
    return Intervals(part.shape, lower, upper)


def linear(node: Node, *arguments: Any) -> Any:
    """A step that is linear in all its jets together; what else it is given are constants."""
    frame = framed(arguments)
    slope = _derivative(node, arguments, "slope")
    return Jet(
        frame, value_of(node, *arguments), slope, _derivative(node, arguments, "curvature")
    )


def _derivative(node: Node, arguments: Sequence[Any], name: str) -> Intervals | None:
    parts = [getattr(part, name) if isinstance(part, Jet) else None for part in arguments]
    known = [part for part in parts if part is not None]
    if not known:
        return None
    boxes = max(len(part.lower) for part in known)
    turned: list[Any] = []
    for argument, part in zip(arguments, parts, strict=True):
        if part is not None:
            wide = Intervals(
                part.shape, *(np.broadcast_to(side, (boxes, *side.shape[1:]))
                              for side in (part.lower, part.upper)),
            )  # fmt: skip
            turned.append(_as_boxes(wide, argument.shape))
        elif isinstance(argument, Jet):
            zero = np.zeros((1, argument.size))
            turned.append(Intervals(argument.shape, zero, zero))
        else:
            turned.append(argument)
    made = RULES[node.primitive](node, *turned)
    return _from_boxes(made, boxes, known[0].lower.shape[2])


def scattered(node: Node, a: Any, indices: Any, updates: Any) -> Jet:
    """scatter-add and scatter-sub: linear in both arrays, at places that are known."""
    frame = frame_of((a, updates))
    if frame is None or isinstance(indices, Jet):
        return refuse(node)
    return linear(node, jet(frame, a), indices, jet(frame, updates))


def sum_of(node: Node, a: Any, b: Any) -> Jet:
    """a ± b, where a constant has no slope."""
    frame = framed((a, b))
    shape = node.outputs[0].shape
    value = value_of(node, a, b)
    one, two = (jet(frame, spread(part, shape)) for part in (a, b))
    if a is b and node.primitive == "sub":
        return Jet(frame, value)
    if node.primitive == "sub":
        two = negated(two)
    return Jet(
        frame, value, together(one.slope, two.slope), together(one.curvature, two.curvature)
    )


def negated(part: Jet) -> Jet:
    """−u."""
    slope = None if part.slope is None else negative(part.slope)
    curvature = None if part.curvature is None else negative(part.curvature)
    return Jet(part.frame, negative(part.value), slope, curvature)
