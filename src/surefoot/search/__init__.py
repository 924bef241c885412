"""Searches that miss nothing: all zeros of a field in a box."""

from surefoot.search.zeros import Budget, Left, Zero, Zeros, all_zeros

__all__ = ["Budget", "Left", "Zero", "Zeros", "all_zeros"]
