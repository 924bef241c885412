"""Casts that are steps with jumps: a real number becomes a whole one, or a truth value."""

import numpy as np

from surefoot.program import Node


def cuts_off(node: Node) -> bool:
    """Whether a conversion makes a real number whole, or asks whether it is 0.

    Asked of kinds that are whole, since bfloat16 is of no kind that NumPy calls a float.
    """
    source, target = np.dtype(node.inputs[0].dtype), np.dtype(node.params["new_dtype"])
    return target.kind in "iub" and source.kind not in "iub"
