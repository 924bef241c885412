"""What the rooms of the judge hand on to each other."""

from dataclasses import dataclass, field

import numpy as np

from surefoot.judge import advice
from surefoot.judge.contracts import (
    Blame,
    Creases,
    Hidden,
    Oracle,
    Problem,
    SparseHessian,
    Squares,
    Switch,
    Vector,
)
from surefoot.judge.turned import turned
from surefoot.terms import Confidence, Evidence, PointKind, Verdict


@dataclass
class Case:
    """A point under judgement: what was given, the checks made so far, the last way named."""

    problem: Problem
    words: advice.Words
    x: Vector
    oracle: Oracle
    blame: Blame | None
    quadratic: bool
    reference: Vector | None
    switches: tuple[Switch, ...] | None = None
    squares: Squares | None = None
    hidden: Hidden | None = None
    nested: bool = False
    sparse: SparseHessian | None = None
    creases: Creases | None = None
    rows: list[Evidence] = field(default_factory=list[Evidence])
    way: Vector | None = None

    def verdict(
        self,
        kind: PointKind,
        text: str,
        *,
        direction: Vector | None = None,
        flat: tuple[str, ...] = (),
        attained: bool | None = None,
        excess: float = 0.0,
    ) -> Verdict:
        """The verdict with all checks made so far."""
        self.way = direction
        unknown = kind in (PointKind.UNKNOWN, PointKind.KINK, PointKind.DEGENERATE)
        shaped = None if direction is None else self.problem.structure.unravel(direction)
        return Verdict(
            self.words.kind(kind),
            Confidence.UNKNOWN if unknown else Confidence.SUPPORTED,
            tuple(turned(row) for row in self.rows) if self.words.maximize else tuple(self.rows),
            text,
            direction=shaped,
            flat=flat,
            attained=attained,
            within=self._within(kind),
            excess=excess,
        )

    def _within(self, kind: PointKind) -> bool:
        """Whether the kind is said of the points within the bounds only."""
        lower, upper = np.asarray(self.problem.lower), np.asarray(self.problem.upper)
        if kind in (PointKind.GLOBAL_MINIMUM, PointKind.GLOBAL_MAXIMUM):
            return bool(np.any(np.isfinite(lower) | np.isfinite(upper)))
        return bool(np.any((self.x <= lower) | (self.x >= upper)))
