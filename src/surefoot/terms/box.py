"""A box: lower and upper limits of the same structure."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Box:
    """All points between `lower` and `upper`, coordinate by coordinate.

    Attributes:
        lower: lower limits, in the structure of the argument (a scalar stands for all of a leaf).
        upper: upper limits, likewise. A side may be infinite.
    """

    lower: Any
    upper: Any
