"""The SymPy form of a formula: derivatives and hand solutions. Loaded only when asked for."""

from surefoot.formulas.symbolic.report import (
    SymbolicLine,
    SymbolicReport,
    SymbolicSolution,
    derive,
)

__all__ = ["SymbolicLine", "SymbolicReport", "SymbolicSolution", "derive"]
