"""Formulas as people write them, read by our own whitelist; nothing is ever executed."""

from surefoot.formulas.formula import Formula, Side, as_function, parse
from surefoot.formulas.printing import to_text
from surefoot.formulas.system import System, system

__all__ = ["Formula", "Side", "System", "as_function", "parse", "system", "to_text"]
