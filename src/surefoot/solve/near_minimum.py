"""How a function rises about a minimum: whether its curvature there is one to reckon with."""

from enum import Enum

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.program import Vector
from surefoot.solve.curvatures import BESIDE, Curvatures, sides_of

HALVINGS = 20
"""Distances, each half of the one before, over which a curvature has to grow to be called infinite.
"""
STRIDE = 4
"""So many halvings apart two are compared: rounding hides what one halving changes."""
LEAST = 0.02
"""log₂ of the growth a halving from which on it is no matter of rounding: |x|^1.98 has it."""
CLEAR = 4.0
"""So many times the slope at the minimum found are those that tell of its surroundings."""
NEAREST = 2.0**-38
"""Of the largest coordinate: x ± h is off by rounding, a part 2⁻¹⁵ of h here."""
SMALLEST = 2.0**-200
"""Of the distance of the start: no closer look is taken."""
JUMP = 0.5
"""Of the difference between the sides: what is left of it at a tenth of the way off, or more, is
there however near; of a smooth curvature a tenth is left."""


class Rise(Enum):
    """How the value rises about a minimum."""

    PARABOLA = "as the top curvature says"
    FLATTER = "more slowly than any parabola at first"
    STEEPER = "faster than any parabola: the curvature is infinite"
    SIDED = "with another curvature on each side"


def rise_at(
    evaluator: Evaluator, point: Vector, start: Vector, found: Curvatures, *, switches: bool
) -> Rise:
    """How f rises about a minimum.

    Args:
        point: (n,) the minimum. start: (n,) the start, which tells what is near.
        found: the curvatures at the minimum.
        switches: whether the formula changes at the minimum.
    """
    if _is_steep(evaluator, point, start, found):
        return Rise.STEEPER
    if _is_flat(evaluator, point, start, found):
        return Rise.FLATTER
    if switches and _differs_by_side(evaluator, point, start):
        return Rise.SIDED
    return Rise.PARABOLA


def _is_flat(evaluator: Evaluator, point: Vector, start: Vector, found: Curvatures) -> bool:
    """Whether the value rises about the minimum in another way than its top curvature says.

    At the minimum of w⁴ the curvature is whatever is left where the search has ended. Second
    differences are taken along the top eigenvector at two distances, a thousandth and less of the
    way from the start; where either agrees, or nothing is seen for rounding, λ stands.
    """
    away = max(float(np.linalg.norm(start - point)), 1e-3 * float(np.linalg.norm(point)))
    if away == 0.0 or not found.top > 0.0:
        return False
    here, way = evaluator.value(point), found.vectors[-1]
    for h in (1e-3 * away, 1e-5 * away):
        sides = evaluator.values(np.array([point + h * way, point - h * way]))
        bend = float(np.sum(sides) - 2.0 * here)
        if not bend > 256.0 * 2.0**-52 * abs(here) or bend < 4.0 * found.top * h * h:
            return False
    return True


def _is_steep(evaluator: Evaluator, point: Vector, start: Vector, found: Curvatures) -> bool:
    """Whether the curvature grows without end as the minimum is neared, as that of |x|^1.5 does.

    The change of the slope between x* ± h d over 2h is the curvature along d at the distance h. Of
    |x|ᵖ it grows by 2^(2 − p) whenever h is halved; of a smooth function, however steep its walls
    or narrow its valley, it levels off. So the last distances that rounding leaves are looked at.
    """
    size = float(np.max(np.abs(start - point))) or max(1.0, float(np.max(np.abs(point))))
    least = max(SMALLEST * size, NEAREST * float(np.max(np.abs(point))))
    h = size * 2.0 ** -np.arange(STRIDE, int(np.log2(size / least)) + 1.0)
    here = float(np.linalg.norm(evaluator.value_and_gradient(point)[1]))
    # No coordinate is left out, whichever it is that f bends along.
    rng = np.random.default_rng(5)
    ways = [rng.choice([-1.0, 1.0], point.size) * rng.uniform(0.5, 1.0, point.size)]
    if np.isfinite(found.values).all():
        ways.append(found.vectors[-1])
    for way in ways:
        _, ahead = evaluator.values_and_gradients(point + h[:, None] * way)
        _, behind = evaluator.values_and_gradients(point - h[:, None] * way)
        lengths = np.stack([np.linalg.norm(side, axis=1) for side in (ahead, behind)])
        bends = np.linalg.norm((ahead - behind) / h[:, None], axis=1)
        # Nearer than the search came to the minimum there is nothing to be seen of it.
        known = np.isfinite(bends) & (bends > 0.0) & (np.min(lengths, axis=0) >= CLEAR * here)
        logs = np.log2(bends[known])[-HALVINGS - 1 :: STRIDE]
        if len(logs) <= HALVINGS // STRIDE:
            continue
        gains = np.diff(logs)
        if np.min(gains) > STRIDE * LEAST and gains[-1] > 0.5 * np.median(gains):
            return True
    return False


def _differs_by_side(evaluator: Evaluator, point: Vector, start: Vector) -> bool:
    """Whether the curvatures beside the minimum differ however near they are taken."""
    spreads: list[float] = []
    for off in (BESIDE, 0.1 * BESIDE):
        tops = np.array([side.top for side in sides_of(evaluator, point, start, off)])
        spreads.append(float(np.ptp(tops)) if np.isfinite(tops).all() else np.inf)
        largest = float(np.max(np.abs(tops), initial=0.0))
    return spreads[1] > max(JUMP * spreads[0], 1e-6 * largest)
