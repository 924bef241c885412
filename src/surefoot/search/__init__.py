"""Searches that miss nothing: all zeros of a field in a box, the lowest value on one."""

from surefoot.search.lowest import Ended, Found, lowest
from surefoot.search.zeros import FATES, Budget, Left, Zero, Zeros, all_zeros

__all__ = [
    "FATES",
    "Budget",
    "Ended",
    "Found",
    "Left",
    "Zero",
    "Zeros",
    "all_zeros",
    "lowest",
]
