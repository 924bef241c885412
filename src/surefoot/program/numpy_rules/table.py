"""The table that computes values with NumPy, without compiling anything."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from surefoot.program.numpy_rules.control import Control
from surefoot.program.numpy_rules.elementwise import ELEMENTWISE
from surefoot.program.numpy_rules.fallback import by_jax, plain
from surefoot.program.numpy_rules.indexing import INDEXING
from surefoot.program.numpy_rules.linear_algebra import LINEAR_ALGEBRA
from surefoot.program.numpy_rules.reductions import REDUCTIONS
from surefoot.program.numpy_rules.special import SPECIAL
from surefoot.program.numpy_rules.structural import STRUCTURAL
from surefoot.program.walk import Table


def _stack(values: Sequence[Any], shape: tuple[int, ...]) -> Any:
    return np.stack(values) if values else np.zeros(shape)


_control: Control[Any] = Control(
    table=lambda: evaluate,
    concrete=lambda value: value,
    take=lambda value, index: value[index],
    stack=_stack,
)

NUMPY_RULES: dict[str, Any] = {
    **ELEMENTWISE,
    **SPECIAL,
    **STRUCTURAL,
    **INDEXING,
    **REDUCTIONS,
    **LINEAR_ALGEBRA,
    **_control.rules(),
}
"""Primitive → NumPy rule."""

evaluate: Table[Any] = Table(
    name="NumPy evaluation", rules=NUMPY_RULES, literal=plain, default=by_jax
)
"""Values of a program over NumPy arrays; agrees with JAX to 4 ulp for each step."""
