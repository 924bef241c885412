"""Where a walk with a step rule ends before its last step: the one rule for it.

The page of the lab repeats it (`endAt` in `lab/src/math/descent.ts`), so that a step has the same
number wherever it is walked.
"""

import numpy as np

from surefoot.program import Vector
from surefoot.terms import Status

FAR = 1e15
"""From this many times max(1, ‖x₀‖), and above the start, no walk comes back."""
GREW = 1e6
"""A walk that ends further out than this many times max(1, ‖x₀‖) ran away; one that ends nearer
left the domain of the function."""


def walk_end(points: Vector, values: Vector, gradients: Vector) -> tuple[int, Status | None]:
    """How many points of a walk are good, and what it came to where they are not all.

    The walk ends at the first k for which

        xₖ, f(xₖ) or ∇f(xₖ) is not finite,   or   ‖xₖ‖ > 10¹⁵ r  and  f(xₖ) > f(x₀),

    with r = max(1, ‖x₀‖). It has diverged if ‖xₖ‖ > 10⁶ r or xₖ is no number, else it has left the
    domain of the function. Far out but lower than the start it goes on: the minimum may be there.

    Args:
        points, gradients: (k + 1, n), the start first.
        values: (k + 1,).
    """
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(points, axis=1)
        reach = max(1.0, float(lengths[0]))
        finite = np.isfinite(points).all(1) & np.isfinite(values) & np.isfinite(gradients).all(1)
        lost = (lengths > FAR * reach) & (values > values[0])
    good = finite & ~lost
    if good.all():
        return len(good), None
    bad = int(np.argmin(good))
    return bad, Status.NOT_A_NUMBER if lengths[bad] <= GREW * reach else Status.DIVERGED
