"""Where a walk with a step rule ends before its last step: the one rule for it.

The page of the lab repeats it (`endAt` in `lab/src/math/descent.ts`), so that a step has the same
number wherever it is walked.
"""

from typing import Any

import numpy as np

from surefoot.program import Vector
from surefoot.terms import Status

FAR = 1e15
"""From this many times max(1, ‖x₀‖), and above the start, no walk comes back."""
GREW = 1e6
"""A walk that ends further out than this many times max(1, ‖x₀‖) ran away; one that ends nearer
left the domain of the function, unless value and gradient have overflown."""


def goes_on(
    points: Any, values: Any, gradients: Any, reach: Any, first: Any, xp: Any = np
) -> Any:
    """Whether a walk may go on from each of its points (k,).

    It ends at the first k for which

        xₖ, f(xₖ) or ∇f(xₖ) is not finite,   or   ‖xₖ‖ > 10¹⁵ r  and  f(xₖ) > f(x₀).

    Far out but lower than the start it goes on: the minimum may be there.

    Args:
        points, gradients: (k, n).
        values: (k,).
        reach: r = max(1, ‖x₀‖). first: f(x₀).
        xp: NumPy, or jax.numpy inside compiled code.
    """
    finite = xp.isfinite(values) & xp.isfinite(points).all(1) & xp.isfinite(gradients).all(1)
    lost = (xp.linalg.norm(points, axis=1) > FAR * reach) & (values > first)
    return finite & ~lost


def walk_end(points: Vector, values: Vector, gradients: Vector) -> tuple[int, Status | None]:
    """How many points of a walk are good, and what it came to where they are not all.

    It has diverged if ‖xₖ‖ > 10⁶ max(1, ‖x₀‖) at its end, if xₖ is no number, or if value and
    gradient have overflown; else it has left the domain of the function.

    Args:
        points, gradients: (k + 1, n), the start first.
        values: (k + 1,).
    """
    with np.errstate(all="ignore"):
        reach = max(1.0, float(np.linalg.norm(points[0])))
        good = goes_on(points, values, gradients, reach, values[0])
        if good.all():
            return len(good), None
        bad = int(np.argmin(good))
        return bad, ending(points[bad], reach, values[bad], gradients[bad])


def ending(point: Vector, reach: float, value: float, gradient: Vector) -> Status:
    """What a walk came to whose first bad point is this one (n,); reach: max(1, ‖x₀‖).

    A value of +∞ without a finite slope is larger than float64 can hold, as that of exp(x²) is far
    out, or a step on the way to it is, as in log(1 + exp(x)): the function is defined there. Where
    a function is set to ∞ beyond its domain its slope is 0.
    """
    with np.errstate(all="ignore"):
        near = np.linalg.norm(point) <= GREW * reach
    overflown = value == np.inf and not bool(np.isfinite(gradient).all())
    return Status.NOT_A_NUMBER if near and not overflown else Status.DIVERGED
