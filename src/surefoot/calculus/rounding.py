"""A bound on the rounding error of a value.

To first order, an evaluation in floating point differs from the exact one by what the rounding of
every step does to the output:

    |error| ≤ Σ_k w_k Σ |∂output/∂step_k| · (u_k |step_k| + t_k)

(running error analysis, N. J. Higham, Accuracy and Stability of Numerical Algorithms, §3.3; u_k is
the unit roundoff of the step's type, t_k its smallest normal number, below which XLA flushes to
0). The sensitivities are JAX's own. The weights w_k are ours:
4 for one operation, more for steps that hide many.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from typing import Any

import jax.numpy as jnp
import numpy as np

from surefoot.calculus.steps import Slot, Steps, is_real
from surefoot.program import Node, Program, Vector

_ITERATIVE = (
    "while", "cholesky", "lu", "qr", "geqrf", "householder_product", "svd", "eigh", "eig",
    "triangular_solve", "schur", "custom_linear_solve", "tridiagonal_solve", "fft",
)  # fmt: skip


def value_and_rounding(steps: Steps, consts: Any, x: Any) -> tuple[Any, Any]:
    """The output at x (n,) and the bound on its rounding error; pure."""
    value, values, slopes, gradient = steps.sensitivities(consts, x)
    total = 2.0**-53 * _moved(gradient, x) + 2.0 * steps_unit(steps) * jnp.abs(value)
    for slot, slope in zip(steps.real, slopes, strict=True):
        total = total + _weight(slot) * (
            unit_roundoff(slot) * _moved(slope, values[slot.index])
            + float(jnp.finfo(slot.dtype).tiny) * _moved(slope, jnp.ones_like(slope))
        )
    return value, total


def steps_unit(steps: Steps) -> float:
    """The unit roundoff of the output's own type."""
    return float(jnp.finfo(steps.program.outputs[0].dtype).eps) / 2.0


def guessed_rounding(values: Vector, unit: float = 2.0**-53) -> Vector:
    """A bound on the rounding errors of values, guessed from them alone: 64 u |f|.

    For where the derivatives of the steps cannot be followed. It knows nothing of cancellation.

    Args:
        unit: the unit roundoff u of the coarsest type in use.
    """
    return 64.0 * unit * np.abs(values)


def _moved(slope: Any, value: Any) -> Any:
    """Σ |slope · value| in float64, where 0 · inf counts as nothing."""
    product = jnp.abs(slope.astype(jnp.float64) * value.astype(jnp.float64))
    return jnp.sum(jnp.where(jnp.isfinite(product), product, 0.0))


def unit_roundoff(slot: Slot) -> float:
    """The unit roundoff of the coarsest type that a step computes in.

    A call is one step where it is a library's; what it rounds inside reaches its result.
    """
    return _unit(slot.dtype, slot.node)


def coarsest_unit(program: Program) -> float:
    """The unit roundoff of the coarsest type in a program."""
    return max((_unit(None, node) for node in program.graph.nodes), default=2.0**-53)


def _unit(own: Any, node: Node) -> float:
    types = [own] if own is not None else [out.dtype for out in node.outputs]
    units = [float(jnp.finfo(dtype).eps) / 2.0 for dtype in types if is_real(dtype)]
    if node.primitive == "reduce_precision":
        units.append(2.0 ** -(int(node.params["mantissa_bits"]) + 1))
    inside = (_unit(None, step) for graph in node.inner for step in graph.nodes)
    return max([2.0**-53, *units, *inside])


def _weight(slot: Slot) -> float:
    node = slot.node
    if node.primitive == "scan":
        return 4.0 * (1 + int(node.params["length"]))
    if node.primitive in _ITERATIVE:
        return 256.0
    return 4.0 * (1 + sum(len(inner.nodes) for inner in node.inner))
