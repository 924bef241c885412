"""One fact card for every primitive: how it composes, and where it is smooth.

Tables that ask for degree, smoothness or sparsity read the card instead of knowing primitives by
name. The composition rule is one:

    a step applied to values that do not depend on x is a constant; otherwise
    LINEAR      degree = the largest among its arguments
    BILINEAR    degree = the sum over its two arguments
    PRODUCT     degree = the sum over the elements that are multiplied
    QUOTIENT    degree of the numerator if the denominator is a constant
    POWER       degree times the exponent, if that is a whole number ≥ 0
    OPAQUE      not a polynomial

and a composition is smooth at x if each step is smooth at the value that it receives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Composition(Enum):
    """How the degree of a step follows from the degrees of its arguments."""

    LINEAR = "linear in all its arguments together"
    BILINEAR = "linear in each of its two arguments"
    PRODUCT = "a product of elements of its argument"
    QUOTIENT = "a quotient"
    POWER = "a power"
    CHOICE = "one of its later arguments, chosen by the first"
    CONTROL = "a branch or loop over inner programs"
    OPAQUE = "no polynomial"


class Smooth(Enum):
    """Where a step is smooth."""

    EVERYWHERE = "smooth everywhere"
    INSIDE = "smooth inside its domain"
    KINK = "continuous with corners"
    JUMP = "constant between jumps"
    BRANCH = "smooth on each side of a switch; the sides may or may not meet"


@dataclass(frozen=True)
class Card:
    """What is known of a primitive.

    Attributes:
        composition: how the degree composes.
        smooth: where it is smooth.
        words: the step's name in plain words.
        place: where it is not smooth, in words; empty where it is smooth everywhere.
    """

    composition: Composition
    smooth: Smooth
    words: str
    place: str = ""


def _cards(
    composition: Composition, smooth: Smooth, names: str, place: str = ""
) -> dict[str, Card]:
    return {
        name: Card(composition, smooth, _WORDS.get(name, name), place) for name in names.split()
    }


_WORDS = {
    "sub": "subtraction", "add": "addition", "mul": "multiplication", "div": "division",
    "integer_div": "division of whole numbers",
    "neg": "sign change", "pow": "power", "integer_pow": "power", "rem": "remainder",
    "reduce_max": "max", "reduce_min": "min", "cummax": "running maximum",
    "cummin": "running minimum", "clamp": "clip", "select_n": "where", "lt": "comparison",
    "le": "comparison", "gt": "comparison", "ge": "comparison", "eq": "comparison",
    "ne": "comparison", "convert_element_type": "type conversion", "dot_general": "product",
    "reduce_sum": "sum", "reduce_prod": "product", "logistic": "sigmoid", "erf_inv": "erfinv",
    "lgamma": "log-gamma", "top_k": "largest k", "sqrt": "square root", "cbrt": "cube root",
    "rsqrt": "reciprocal square root", "while": "while loop", "cond": "branch", "scan": "loop",
    "eigh": "eigenvalues", "svd": "singular values", "lu": "LU factorisation",
    "qr": "QR factorisation", "cholesky": "Cholesky factorisation",
    "custom_linear_solve": "linear solve", "triangular_solve": "triangular solve",
}  # fmt: skip

_L, _B, _O = Composition.LINEAR, Composition.BILINEAR, Composition.OPAQUE

CARDS: Mapping[str, Card] = {
    **_cards(
        _L, Smooth.EVERYWHERE,
        "add add_any sub neg reduce_sum cumsum stop_gradient copy copy_p device_put name real "
        "imag conj complex optimization_barrier sharding_constraint layout_constraint reshape "
        "squeeze expand_dims broadcast_in_dim transpose slice concatenate stack unstack pad rev "
        "split tile iota dynamic_slice dynamic_update_slice gather scatter scatter-add "
        "scatter-sub convert_element_type",
    ),
    **_cards(_B, Smooth.EVERYWHERE, "mul dot_general conv_general_dilated scatter-mul"),
    **_cards(Composition.PRODUCT, Smooth.EVERYWHERE, "reduce_prod cumprod"),
    **_cards(Composition.QUOTIENT, Smooth.INSIDE, "div", "where the denominator is 0"),
    **_cards(Composition.QUOTIENT, Smooth.INSIDE, "triangular_solve custom_linear_solve",
             "where the matrix is singular"),
    **_cards(Composition.POWER, Smooth.EVERYWHERE, "integer_pow square"),
    **_cards(Composition.POWER, Smooth.INSIDE, "pow", "where the base is 0"),
    **_cards(Composition.CHOICE, Smooth.BRANCH, "select_n", "where the choice switches"),
    **_cards(Composition.CONTROL, Smooth.BRANCH, "cond while", "where the choice switches"),
    **_cards(Composition.CONTROL, Smooth.EVERYWHERE, "scan platform_index"),
    **_cards(
        _O, Smooth.EVERYWHERE,
        "exp exp2 expm1 sin cos sinh cosh tanh asinh atan logistic erf erfc bessel_i0e "
        "bessel_i1e cumlogsumexp",
    ),
    **_cards(_O, Smooth.INSIDE, "log", "where its argument is 0"),
    **_cards(_O, Smooth.INSIDE, "log1p", "where its argument is −1"),
    **_cards(_O, Smooth.INSIDE, "sqrt rsqrt", "where its argument is 0"),
    **_cards(_O, Smooth.INSIDE, "tan", "at odd multiples of π/2"),
    **_cards(_O, Smooth.INSIDE, "asin acos atanh erf_inv", "where its argument is −1 or 1"),
    **_cards(_O, Smooth.INSIDE, "acosh", "where its argument is 1"),
    **_cards(_O, Smooth.INSIDE, "atan2", "where both arguments are 0, or on the cut"),
    **_cards(_O, Smooth.INSIDE, "lgamma digamma polygamma zeta", "at whole numbers ≤ 0"),
    **_cards(_O, Smooth.INSIDE, "igamma igammac regularized_incomplete_beta",
             "at the ends of its domain"),
    **_cards(_O, Smooth.INSIDE, "cholesky", "where the matrix is no longer positive definite"),
    **_cards(_O, Smooth.INSIDE, "lu qr", "where the matrix is singular"),
    **_cards(_O, Smooth.INSIDE, "eigh svd", "where two eigenvalues or singular values meet"),
    **_cards(_O, Smooth.KINK, "abs cbrt", "where its argument is 0"),
    **_cards(_O, Smooth.KINK, "max min reduce_max reduce_min cummax cummin sort top_k "
             "scatter-min scatter-max", "where two of its arguments are equal"),
    **_cards(_O, Smooth.KINK, "clamp", "where its argument meets a limit"),
    **_cards(_O, Smooth.JUMP, "floor ceil round integer_div", "at each step"),
    **_cards(_O, Smooth.JUMP, "sign", "where its argument is 0"),
    **_cards(_O, Smooth.JUMP, "rem", "at multiples of the divisor"),
    **_cards(_O, Smooth.JUMP, "lt le gt ge eq ne lt_to le_to eq_to argmax argmin",
             "where its arguments are equal"),
    **_cards(
        _O, Smooth.JUMP,
        "and or xor not is_finite reduce_and reduce_or reduce_xor shift_left "
        "shift_right_arithmetic shift_right_logical population_count nextafter "
        "bitcast_convert_type reduce_precision lu_pivots_to_permutation",
        "at each step",
    ),
}  # fmt: skip
"""Primitive → its card. `rem` jumps, but between jumps its slope is that of its argument."""

_RANDOM = "random numbers are constants of the program; on values of x it has no meaning"
_DEVICES = "speaks to other devices"
_RARE = "no rule yet; on constants JAX evaluates it"

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        [
            "random_bits", "random_fold_in", "random_gamma", "random_seed", "random_split",
            "random_wrap", "random_unwrap", "random_clone", "rng_bit_generator", "rng_uniform",
            "threefry2x32",
        ], _RANDOM
    ),
    **dict.fromkeys(
        [
            "after_all", "all_gather", "all_to_all", "axis_index", "create_token", "pmax", "pmin",
            "ppermute", "psum", "ragged_all_to_all",
        ], _DEVICES
    ),
    **dict.fromkeys(
        [
            "approx_top_k", "clz", "eig", "empty2", "fft", "get", "swap", "hessenberg",
            "householder_product", "igamma_grad_a", "reduce", "reduce_window",
            "reduce_window_max", "reduce_window_min", "reduce_window_sum", "schur",
            "select_and_gather_add", "select_and_scatter", "select_and_scatter_add",
            "tridiagonal", "tridiagonal_solve", "custom_lin", "call",
        ], _RARE
    ),
}  # fmt: skip
"""Primitives that no table answers for when they depend on x, with the reason."""


def card_of(primitive: str) -> Card | None:
    """The card of a primitive, or None where nothing is known of it."""
    return CARDS.get(primitive)
