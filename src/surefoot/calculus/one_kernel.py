"""Compiling a whole loop into one kernel, where the program allows it.

XLA's CPU runtime runs every fused step as a task of its own and offers tasks that are ready to
other threads. A step of L-BFGS on a hundred variables is seventy tasks of a few nanoseconds each,
so the hand-over costs ten times what is computed, and keeps a second core busy. Marked as a small
call (a hint that XLA's own pass gives to loops below 1 KB, and that it may ignore), the loop
becomes one compiled function instead: Rosenbrock-100 takes 1.1 µs a step instead of 8.5, with the
same digits, and compiles in no more time.

Not everything can be compiled so: scattering, sorting and factorisations call into a library. The
table lists what was found to work (tests/calculus/test_one_kernel.py); what it does not know is
compiled in the ordinary way, and so is what XLA turns down.
"""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import jax

from surefoot.calculus.compiler import WITHIN, Option, known
from surefoot.program import Graph, Node

KNOWN = frozenset({
    "abs", "acos", "acosh", "add", "add_any", "and", "asin", "asinh", "atan", "atan2",
    "atanh", "broadcast_in_dim", "cbrt", "ceil", "clamp", "concatenate", "cond",
    "convert_element_type", "copy", "cos", "cosh", "cumsum", "custom_jvp_call",
    "custom_vjp_call", "digamma", "div", "dot_general", "dynamic_slice", "eq", "erf", "erfc",
    "exp", "exp2", "expm1", "floor", "ge", "gt", "integer_div", "integer_pow", "iota",
    "is_finite", "jit", "le", "lgamma", "log", "log1p", "logistic", "lt", "lt_to", "max", "min",
    "mul", "ne",
    "neg", "not", "or", "pad", "pjit", "pow", "reduce_max", "reduce_min", "reduce_prod",
    "reduce_sum", "rem", "remat2", "reshape", "rev", "round", "rsqrt", "scan", "select_n",
    "sign", "sin", "sinh", "slice", "split", "sqrt", "square", "squeeze", "stop_gradient",
    "sub", "tan", "tanh", "tile", "transpose", "while",
})
"""Primitives that XLA compiles into one kernel, they and their derivatives."""
TRUSTED_FROM = (0, 10)
"""The version of JAX from which what cannot be done is refused; older ones crash instead."""
MOST_NUMBERS = 2**18
"""Larger arrays are worth a second thread, and XLA may hand them to a library."""
MOST_VARIABLES = 2048
"""Rosenbrock's chain runs five times as fast with 100 variables, 2.2 times with 1000 and 1.2 times
with 3000."""
MOST_REUSE, MOST_WORK = 2, 4096
"""A matrix product that uses each number more often, and takes more multiplications, is quicker in
a library's blocks: twice as quick for 200 × 5 by 5 × 16, half as quick for 16 × 16 by 16 × 16."""


def fits_one_kernel(graph: Graph) -> bool:
    """Whether a program, its gradient included, may be compiled into one kernel."""
    inputs = sum(prod(variable.shape) for variable in graph.inputs)
    return inputs <= MOST_VARIABLES and is_known(graph)


def is_known(graph: Graph) -> bool:
    """Whether the table knows every step of a graph, and none is better left to a library."""
    if any(prod(variable.shape) > MOST_NUMBERS for variable in graph.consts):
        return False
    return all(
        node.primitive in KNOWN and not _is_heavy(node) and all(map(is_known, node.inner))
        for node in graph.nodes
    )


def _is_heavy(node: Node) -> bool:
    sizes = [prod(atom.shape) for atom in (*node.inputs, *node.outputs)]
    if max(sizes, default=0) > MOST_NUMBERS:
        return True
    if node.primitive != "dot_general":
        return False
    (contracted, _), _ = node.params["dimension_numbers"]
    work = prod(node.outputs[0].shape) * prod(node.inputs[0].shape[k] for k in contracted)
    return work > max(MOST_WORK, MOST_REUSE * (sizes[0] + sizes[1]))


class OneKernel:
    """A jitted function that asks XLA for one kernel, and compiles again without where refused.

    Args:
        function: pure, arrays in and out.
        options: for the compiler, by name.

    Attributes:
        refused: whether XLA turned the one kernel down.
    """

    def __init__(self, function: Callable[..., Any], options: Mapping[str, Option]) -> None:
        within = {**options, **known(WITHIN)}
        self._plain = jax.jit(function, compiler_options=dict(options))
        self._fused = jax.jit(_as_small_call(function), compiler_options=within)
        self.refused = False

    def __call__(self, *arguments: Any) -> Any:
        if not self.refused:
            try:
                return self._fused(*arguments)
            except jax.errors.JaxRuntimeError:
                self.refused = True
        return self._plain(*arguments)


def _as_small_call(function: Callable[..., Any]) -> Callable[..., Any]:
    if jax.__version_info__ < TRUSTED_FROM:
        return function
    from jax.experimental.xla_metadata import set_xla_metadata

    inner = jax.jit(function)

    def marked(*arguments: Any) -> Any:
        # The mark goes to the call that made these values; a call that is inlined would lose it.
        return set_xla_metadata(
            inner(*arguments), inlineable="false", xla_cpu_small_call="true"
        )

    return marked
