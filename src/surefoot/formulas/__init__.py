"""Formulas as people write them, read by our own whitelist; nothing is ever executed."""

from surefoot.formulas.formula import Formula, Side, as_function, parse
from surefoot.formulas.printing import to_text

__all__ = ["Formula", "Side", "as_function", "parse", "to_text"]
