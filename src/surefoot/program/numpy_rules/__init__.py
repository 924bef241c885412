"""Primitives evaluated in NumPy: values, and where elements are moved to."""

from surefoot.program.numpy_rules.control import Control
from surefoot.program.numpy_rules.moves import MOVED, index_map, scatter_map, split_arguments
from surefoot.program.numpy_rules.reductions import sort_order
from surefoot.program.numpy_rules.table import NUMPY_RULES, evaluate

__all__ = [
    "MOVED",
    "NUMPY_RULES",
    "Control",
    "evaluate",
    "index_map",
    "scatter_map",
    "sort_order",
    "split_arguments",
]
