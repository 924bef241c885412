"""Is the value that the program computes that of the real function, of which proofs speak?

Where a comparison is decided by rounding, as that of 1 + 10⁻²¹ with 1, or a product underflows, the
program takes another course than the real function with the same literals. What is proved of the
one is not true of what the other returns, so it is not claimed.
"""

from surefoot.terms import Evidence

TIED = 1e-9
"""What rounding alone makes of a value is less than this share of it."""


def unlike_own(value: float, own: float) -> bool:
    """Whether the value of the real function is another than the program's own."""
    return not abs(value - own) <= TIED * max(1.0, abs(own))


def own_row(difference: float, own: float) -> Evidence:
    """The row that says so."""
    return Evidence(
        "own value", "f(x) as the program rounds it, less f(x)", difference,
        TIED * max(1.0, abs(own)), False,
        note="float64 decides a comparison in the program otherwise than real numbers do, or a "
        "number in it is lost: what is proved of the function is not true of the program",
    )  # fmt: skip
