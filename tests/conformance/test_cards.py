"""Every primitive has a card and a rule, or is refused with a reason; and the cards are true."""

import jax
import jax.extend.core as jex
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from surefoot.facts import CARDS, REFUSED, Composition, Smooth, card_of, degree, smoothness
from surefoot.program import trace
from surefoot.program.graph import CALLS
from surefoot.program.numpy_rules import NUMPY_RULES


def test_rules_and_cards_are_of_the_same_primitives() -> None:
    assert set(NUMPY_RULES) == set(CARDS)
    assert not set(CARDS) & set(REFUSED)


def test_every_primitive_of_jax_is_known_or_refused() -> None:
    names = {
        value.name
        for value in vars(jex.primitives).values()
        if hasattr(value, "name") and hasattr(value, "bind")
    }
    assert names, "the registry is where it was"
    unknown = names - set(CARDS) - set(REFUSED) - set(CALLS) - {"remat2"}
    assert not unknown


def test_every_card_says_where_it_is_not_smooth() -> None:
    for name, card in CARDS.items():
        assert (card.smooth is Smooth.EVERYWHERE) == (card.place == ""), name
        assert card.words
    assert card_of("no such primitive") is None


UNARY = {
    name: getattr(lax, name)
    for name in [
        "exp", "exp2", "expm1", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh",
        "tanh", "asinh", "acosh", "atanh", "log", "log1p", "sqrt", "rsqrt", "cbrt", "logistic",
        "erf", "erfc", "erf_inv", "lgamma", "digamma", "abs", "sign", "floor", "ceil", "round",
        "neg", "square", "is_finite",
    ]
}


@pytest.mark.parametrize("name", UNARY)
def test_an_opaque_card_is_no_polynomial_and_a_linear_one_is(name: str) -> None:
    f = UNARY[name]
    program = trace(lambda x: jnp.sum(f(x) * 1.0), np.ones(3))
    found = degree(program)
    composition = CARDS[name].composition
    if composition is Composition.OPAQUE and name != "is_finite":
        assert found.value is None
    else:
        assert found.value is not None


@pytest.mark.parametrize("name", UNARY)
def test_a_smooth_card_has_continuous_slopes(name: str) -> None:
    """Slopes on a fine grid: those of smooth steps do not jump, those of kinks do."""
    card = CARDS[name]
    if card.smooth not in (Smooth.EVERYWHERE, Smooth.KINK) or name == "cbrt":
        pytest.skip("a domain edge or a jump: nothing to compare")
    t = np.linspace(-1.0, 1.0, 2001) + 1e-4
    with jax.enable_x64(True):
        slopes = np.asarray(jax.vmap(jax.grad(lambda v: UNARY[name](v) * 1.0))(t))
    jump = np.max(np.abs(np.diff(slopes)))
    assert (jump > 0.5) == (card.smooth is Smooth.KINK)


def test_the_smoothness_table_agrees_with_the_cards() -> None:
    for name, f in UNARY.items():
        found = smoothness(trace(lambda x, f=f: jnp.sum(f(x) * 1.0), np.ones(3)))
        smooth = CARDS[name].smooth
        if name == "is_finite":
            continue
        wanted = {
            Smooth.EVERYWHERE: "SMOOTH", Smooth.INSIDE: "SMOOTH", Smooth.KINK: "KINKED",
            Smooth.JUMP: "JUMPS",
        }[smooth]  # fmt: skip
        assert found.kind.name == wanted, name
        assert bool(found.edges) == (smooth is Smooth.INSIDE), name
