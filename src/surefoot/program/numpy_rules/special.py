"""NumPy rules for the special functions, from SciPy, which is loaded when one is met."""

from typing import Any

from surefoot.program.graph import Node
from surefoot.program.numpy_rules.elementwise import Array, Rule, quiet


def _from_scipy(name: str) -> Rule:
    def rule(node: Node, *arguments: Array) -> Any:
        from scipy import special

        result = getattr(special, name)(*arguments)
        return result.astype(node.outputs[0].dtype)

    return quiet(rule)


def _digamma(node: Node, a: Array) -> Any:
    import numpy as np
    from scipy import special

    # At the pole 0 SciPy answers with a signed infinity, JAX with NaN, as at the other poles.
    return np.where(a == 0, np.nan, special.digamma(a)).astype(a.dtype)


SPECIAL: dict[str, Rule] = {
    "erf": _from_scipy("erf"),
    "erfc": _from_scipy("erfc"),
    "erf_inv": _from_scipy("erfinv"),
    "lgamma": _from_scipy("gammaln"),
    "digamma": quiet(_digamma),
    "polygamma": _from_scipy("polygamma"),
    "zeta": _from_scipy("zeta"),
    "igamma": _from_scipy("gammainc"),
    "igammac": _from_scipy("gammaincc"),
    "regularized_incomplete_beta": _from_scipy("betainc"),
    "bessel_i0e": _from_scipy("i0e"),
    "bessel_i1e": _from_scipy("i1e"),
}
