"""Interval arithmetic on programs: bounds that hold for every real point of a box."""

from surefoot.facts.intervals.enclosure import RULES, enclose
from surefoot.facts.intervals.intervals import Intervals
from surefoot.facts.intervals.jet_rules import enclose_derivatives
from surefoot.facts.intervals.tight import Tight, tight_bounds

__all__ = ["RULES", "Intervals", "Tight", "enclose", "enclose_derivatives", "tight_bounds"]
