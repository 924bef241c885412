"""The answer of a closed form: a minimum that needs no iteration."""

from dataclasses import dataclass, field
from math import nan

import numpy as np
from numpy.typing import NDArray

from surefoot.terms import Status

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClosedForm:
    """The answer of a factorisation.

    Attributes:
        x: the minimiser (n,), the shortest one where it is not unique. Where the value is
            unbounded below: the stationary point of what is curved.
        status: CONVERGED, UNBOUNDED, or None: no closed form for this case, see `why`.
        rank: numerical rank of the scaled Hessian or matrix.
        condition: ratio of its largest to its smallest eigenvalue or singular value; those
            counted as zero left out.
        null: (k, n) unit directions along which the value does not change, each holding only
            coordinates that belong together.
        direction: (n,) a way down without end, its largest component ±1; else None.
        unidentified: the coordinates that take part in `null`.
        lowest: smallest eigenvalue of the scaled Hessian; NaN where not computed.
        active: coordinates that a bound holds, (n,); None without bounds.
        method: what was factorised and how.
        why: one sentence where there is something to say.
    """

    x: Array
    status: Status | None
    rank: int
    condition: float
    null: Array
    direction: Array | None = None
    unidentified: tuple[int, ...] = ()
    lowest: float = nan
    active: NDArray[np.bool_] | None = field(default=None, repr=False)
    method: str = ""
    why: str = ""

    @property
    def is_unique(self) -> bool:
        """Whether no other point has this value."""
        return self.status is Status.CONVERGED and self.null.shape[0] == 0
