"""Searches that miss nothing: all zeros of a field in a box."""

from surefoot.search.zeros import FATES, Budget, Left, Zero, Zeros, all_zeros

__all__ = ["FATES", "Budget", "Left", "Zero", "Zeros", "all_zeros"]
