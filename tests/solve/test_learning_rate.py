"""learning_rate: limits, forecasts and regimes, against what descend does."""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import surefoot as sf
from surefoot.descent.stability import MODES
from surefoot.solve import Regime
from surefoot.terms import InputError

DOUBLE_WELL = "0.08w^4 - 0.6w^2 + 0.25w + 0.15 sin(3w) + 1.9"


def quadratic(seed: int) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray]:
    """A random quadratic, its Hessian's spectrum (values, vectors as columns) and a start."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 12))
    values = np.geomspace(1.0, 10.0 ** rng.uniform(0, 6), size) * 10.0 ** rng.uniform(-4, 2)
    vectors, _ = np.linalg.qr(rng.standard_normal((size, size)))
    hessian = (vectors * values) @ vectors.T
    centre = 10.0 ** rng.uniform(-2, 2) * rng.standard_normal(size) * (seed % 2)

    def f(x: Any) -> Any:
        return 0.5 * (x - centre) @ jnp.asarray(0.5 * (hessian + hessian.T)) @ (x - centre) + 7.0

    return f, values, vectors, centre + rng.standard_normal(size)


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov"])
@pytest.mark.parametrize("seed", range(7))
def test_on_a_quadratic_the_top_mode_obeys_the_limit(seed: int, name: str) -> None:
    f, values, vectors, start = quadratic(seed)
    rate = sf.learning_rate(f, start, name)
    assert rate.end is not None
    assert rate.limit == pytest.approx(
        MODES[name].limit(values[-1], rate.parameters), rel=1e-5
    )
    assert rate.condition == pytest.approx(values[-1] / values[0], rel=1e-3)
    for share in (0.99, 1.01):
        walk = sf.descend(f, start, name, 1200, lr=share * rate.limit)
        away = walk.points - rate.point
        top = np.abs(away @ vectors[:, -1])
        assert bool(np.max(top[-10:]) > top[0]) is (share > 1.0)
        foretold = rate.divergence_step(share * rate.limit)
        if share < 1.0:
            assert foretold is None
            continue
        far = np.linalg.norm(away, axis=1) > 1e6 * np.linalg.norm(away[0])
        assert far.any() and foretold is not None
        assert foretold == pytest.approx(int(np.argmax(far)), rel=0.05)


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov"])
def test_the_contraction_is_the_one_observed(name: str) -> None:
    scale = jnp.asarray([1.0, 4.0, 10.0])

    def f(x: Any) -> Any:
        return 0.5 * jnp.sum(scale * x * x)

    rate = sf.learning_rate(f, np.ones(3), name)
    for lr in (0.2 * rate.limit, rate.suggestion, 0.9 * rate.limit):
        walk = sf.descend(f, np.ones(3), name, 160, lr=lr)
        lengths = np.linalg.norm(walk.points, axis=1)
        observed = (lengths[120] / lengths[40]) ** (1 / 80)
        assert rate.contraction(lr) == pytest.approx(observed, rel=0.05)


@pytest.mark.parametrize("start", [1.88354, 1.25, 2.6])
def test_the_limit_is_of_the_valley_and_not_of_the_point(start: float) -> None:
    # On the right side all starts head for the same minimum; 2/L″ at 1.25 would be four times off.
    rate = sf.learning_rate(DOUBLE_WELL, start)
    assert rate.limit == pytest.approx(2.0 / 2.8521, rel=1e-4)
    assert sf.learning_rate(DOUBLE_WELL, -0.4).limit == pytest.approx(
        sf.learning_rate(DOUBLE_WELL, -2.5).limit, rel=1e-6
    )


@pytest.mark.parametrize(
    ("share", "regime"),
    [
        (1e-4, Regime.CRAWLS), (0.4, Regime.STEADY), (0.7, Regime.OSCILLATES),
        (1.0, Regime.AT_THE_LIMIT), (1.2, Regime.BEYOND),
    ],
)  # fmt: skip
def test_the_regimes(share: float, regime: Regime) -> None:
    limit = sf.learning_rate(DOUBLE_WELL, 1.5).limit
    rate = sf.learning_rate(DOUBLE_WELL, 1.5, lr=share * limit)
    assert rate.regime is regime
    text = " ".join(rate.report().split())
    assert regime.value.split(":")[0] in text and "nan" not in text


def test_no_curvature_no_limit() -> None:
    rate = sf.learning_rate("3x + y", {"x": 1.0, "y": 0.0})
    assert rate.limit == np.inf and rate.regime is Regime.NO_LIMIT
    assert np.isfinite(rate.suggestion) and rate.suggestion > 0
    assert "no direction curves upwards" in rate.reason and "inf" not in rate.reason


def test_this_step_goes_down_and_so_do_the_shorter_ones() -> None:
    for f, start in ((DOUBLE_WELL, -0.4), ("x^4", 3.0), ("exp(x) + exp(-2x)", 2.0)):
        rate = sf.learning_rate(f, start)
        for lr in rate.local * 2.0 ** -np.arange(20):
            walk = sf.descend(f, start, "gd", 1, lr=float(lr))
            assert walk.values[1] <= walk.values[0] - 0.5 * lr * walk.gradients[0, 0] ** 2


def test_many_variables_cost_products_and_no_matrix() -> None:
    scale = jnp.asarray(np.geomspace(0.5, 50.0, 1000))
    rate = sf.learning_rate(lambda x: 0.5 * jnp.sum(scale * x * x), np.ones(1000))
    assert rate.limit == pytest.approx(2.0 / 50.0, rel=1e-3)
    assert rate.curvatures.products <= 120 and "products" in rate.cost
    assert rate.condition is None and rate.contraction(0.5 * rate.limit) is None
    step = rate.divergence_step(1.05 * rate.limit)
    walk = sf.descend(lambda x: 0.5 * jnp.sum(scale * x * x), np.ones(1000), "gd", 400,
                      lr=1.05 * rate.limit)  # fmt: skip
    far = np.linalg.norm(walk.points, axis=1) > 1e6 * np.linalg.norm(walk.points[0])
    assert step == pytest.approx(int(np.argmax(far)), rel=0.05)


def test_adam_is_read_at_its_state() -> None:
    scale = jnp.asarray([1.0, 25.0])

    def f(p: dict[str, Any]) -> Any:
        return 0.5 * jnp.sum(scale * p["w"] ** 2)

    start = {"w": np.array([2.0, 1.0])}
    first = sf.learning_rate(f, start, "adam", options={"eps": 1e-8})
    # At step 0 P = |g| = (2, 25), so P⁻¹H = (1/2, 1).
    assert first.curvature == pytest.approx(1.0, rel=1e-6)
    assert first.limit == pytest.approx(2 * 1.9 / 0.1, rel=1e-6)
    assert "at step 0" in first.report() and "no forecast" in " ".join(first.report().split())
    rule = optax.chain(optax.clip_by_global_norm(1e9), optax.adam(0.1))
    with jax.enable_x64(True):
        x = {"w": jnp.asarray(start["w"])}
        state = rule.init(x)
        for _ in range(5):
            update, state = rule.update(jax.grad(f)(x), state, x)
            x = optax.apply_updates(x, update)
        moments = state[1][0]  # type: ignore[index]
        p = np.sqrt(np.asarray(moments.nu["w"]) / (1 - 0.999**5)) + 1e-8
    here = sf.learning_rate(f, {"w": np.asarray(x["w"])}, "adam", state)  # type: ignore[index]
    assert here.curvature == pytest.approx(float(np.max(np.asarray(scale) / p)), rel=1e-9)
    assert here.divergence_step(1e3) is None
    assert "after 5 steps" in " ".join(here.report().split())


def test_newtons_limit_is_two() -> None:
    rate = sf.learning_rate("x^2 + 30y^2", {"x": 1.0, "y": 1.0}, "newton", lr=1.0)
    assert rate.limit == 2.0 and rate.regime is Regime.STEADY


@pytest.mark.parametrize("f", ["floor(x)", "sign(x) + 1", "max(x, 0)"])
def test_a_slope_that_is_zero_all_around_is_explained(f: str) -> None:
    with pytest.raises(InputError, match="no learning rate moves the point"):
        sf.learning_rate(f, -0.5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rule": "l-bfgs"}, "no theory"),
        ({"rule": optax.adam(0.1)}, "no theory"),
        ({"rule": "gdd"}, "did you mean 'gd'"),
        ({"lr": 0.0}, "above 0"),
        ({"lr": float("nan")}, "above 0"),
        ({"lr": -1}, "above 0"),
        ({"rule": "momentum", "options": {"beta": 2.0}}, "below 1"),
        ({"rule": "adam", "state": (1, 2)}, "no mean square"),
        ({"rule": "adam", "state": "state"}, "no mean square"),
    ],
)
def test_what_cannot_be_used_is_said(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        sf.learning_rate("x^2", 1.0, **given)


def test_a_state_of_another_size_and_a_point_of_no_value() -> None:
    state = optax.adam(0.1).init(jnp.zeros(3))
    with pytest.raises(InputError, match="belongs to 3 numbers"):
        sf.learning_rate("x^2", 1.0, "adam", state)
    with pytest.raises(InputError, match="not a finite number"):
        sf.learning_rate("log(x)", -1.0)
