"""Options for XLA, each used where this XLA knows it: none of them is part of JAX's promises."""

from collections.abc import Mapping
from functools import cache

import jax

Option = bool | str

QUICK: Mapping[str, Option] = {"xla_cpu_use_fusion_emitters": False}
"""XLA's older kernel emitters: the L-BFGS chunk compiles in 0.37 s instead of 0.75 s and runs as
fast. Rounding may differ in the last bit."""
WITHIN: Mapping[str, Option] = {"xla_cpu_experimental_ynn_fusion_type": ""}
"""No products of matrices by a library, which cannot be called from within one kernel."""


def known(options: Mapping[str, Option]) -> dict[str, Option]:
    """Those of the options that this XLA knows."""
    return {name: value for name, value in options.items() if _is_known(name, value)}


@cache
def _is_known(name: str, value: Option) -> bool:
    try:
        jax.jit(lambda x: x, compiler_options={name: value}).lower(0.0).compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True
