"""Functions with a derivative rule of their own, written as JAX's manual writes them."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.terms import InputError, PointKind


@jax.custom_vjp
def bowl(x: Any) -> Any:
    """cosh(x − 1), whose forward rule calls it again."""
    return jnp.cosh(x - 1.0)


bowl.defvjp(lambda x: (bowl(x), x), lambda x, g: (jnp.sinh(x - 1.0) * g,))


@jax.custom_vjp
def growth(x: Any) -> Any:
    """eˣ, whose derivative needs the value."""
    return jnp.exp(x)


def _growth_forward(x: Any) -> Any:
    value = growth(x)
    return value, value


growth.defvjp(_growth_forward, lambda value, g: (value * g,))


@jax.custom_vjp
def root(a: Any) -> Any:
    """√a by Newton's method with an open loop: the rule is that of an implicit function."""

    def going(state: Any) -> Any:
        return jnp.abs(state[0] * state[0] - a) > 1e-14 * a

    return jax.lax.while_loop(going, lambda s: ((s[0] + a / s[0]) / 2, s[1] + 1), (1.0 + a, 0))[0]


root.defvjp(lambda a: (root(a), a), lambda a, g: (g / (2.0 * root(a)),))


def tilted(x: Any) -> Any:
    """eˣ − 2x, lowest at ln 2."""
    return growth(x) - 2.0 * x


def spring(x: Any) -> Any:
    """√(1 + (x − 3)²), lowest at 3, without a Hessian through the loop but for reverse mode."""
    return root(1.0 + (x - 3.0) ** 2)


@pytest.mark.parametrize(
    ("f", "best", "curvature"), [(bowl, 1.0, 1.0), (tilted, np.log(2.0), 2.0), (spring, 3.0, 1.0)]
)
class TestRulesThatCallTheFunction:
    def test_the_best_point_is_found_and_judged(
        self, f: Any, best: float, curvature: float
    ) -> None:
        found = sf.minimize(f, 0.5)
        assert found.x == pytest.approx(best, abs=1e-6)
        assert found.first_verdict.kind is PointKind.LOCAL_MINIMUM
        assert sf.classify(f, best).kind in (PointKind.LOCAL_MINIMUM, PointKind.GLOBAL_MINIMUM)

    def test_many_at_once(self, f: Any, best: float, curvature: float) -> None:
        found = sf.minimize(lambda w: jnp.sum(jax.vmap(f)(w)), np.linspace(0.2, 0.6, 20))
        np.testing.assert_allclose(found.x, best, atol=1e-5)

    def test_the_curvature_at_the_minimum_sets_the_limit(
        self, f: Any, best: float, curvature: float
    ) -> None:
        assert sf.learning_rate(f, best + 0.1).limit == pytest.approx(2.0 / curvature, rel=1e-6)

    def test_newton_walks(self, f: Any, best: float, curvature: float) -> None:
        walk = sf.descend(f, best + 0.2, "newton", 6)
        assert walk.x == pytest.approx(best, abs=1e-7)


def test_argmin_moves_with_the_data() -> None:
    # d x*/da = −1/f''(x*) for f(x) + a x.
    with jax.enable_x64(True):
        moved = jax.grad(lambda a: sf.argmin(lambda x: bowl(x) + a * x, jnp.asarray(1.0)))(0.0)
    assert float(moved) == pytest.approx(-1.0, rel=1e-6)


def halved(x: Any) -> Any:
    """(x − 2)² with an open loop beside it, whose result is multiplied by 0."""
    start = jnp.sum(x * x), jnp.zeros((), jnp.int32)
    y, _ = jax.lax.while_loop(lambda s: s[0] > 1.0, lambda s: (s[0] / 2, s[1] + 1), start)
    return jnp.sum((x - 2.0) ** 2) + 0.0 * y


@pytest.mark.parametrize("rule", ["newton", "l-bfgs"])
def test_rules_that_differentiate_themselves_go_through_an_open_loop(rule: str) -> None:
    walk = sf.descend(halved, np.ones(3), rule, 8)
    np.testing.assert_allclose(walk.x, 2.0, atol=1e-9)


def test_an_engine_that_differentiates_itself_goes_through_an_open_loop() -> None:
    found = sf.minimize(halved, np.ones(12), method="l-bfgs")
    np.testing.assert_allclose(found.x, 2.0, atol=1e-6)


def test_a_race_goes_through_an_open_loop() -> None:
    raced = sf.race(halved, np.ones(3), {"gd": 0.1, "l-bfgs": None}, 30)
    assert raced.report()


def test_a_loop_and_a_rule_side_by_side_are_refused_with_both_lines() -> None:
    def both(x: Any) -> Any:
        start = (x, jnp.zeros((), jnp.int32))
        y, _ = jax.lax.while_loop(lambda s: s[0] > 1.0, lambda s: (s[0] / 2, s[1] + 1), start)
        return bowl(x) + y

    with pytest.raises(InputError, match=r"while loop.*custom_vjp rule at .*test_custom_rules"):
        sf.minimize(both, 3.0)


def test_a_loop_in_the_backward_rule_of_one_that_needs_itself_has_no_second_derivative() -> None:
    @jax.custom_vjp
    def f(x: Any) -> Any:
        return jnp.exp(x) + jnp.exp(-x)

    def forward(x: Any) -> Any:
        value = f(x)
        return value, (x, value)

    def backward(kept: Any, g: Any) -> Any:
        x, value = kept
        square = value * value - 4.0  # the slope squared, whose root is taken by Newton's method
        size, _ = jax.lax.while_loop(
            lambda s: s[1] < value, lambda s: ((s[0] + square / s[0]) / 2, s[1] + 0.1), (value, 0.0)
        )
        return (jnp.sign(x) * size * g,)

    f.defvjp(forward, backward)
    with pytest.raises(InputError, match="forward rule compute the value without calling"):
        sf.minimize(f, 1.0)
