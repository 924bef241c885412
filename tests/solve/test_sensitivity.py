"""solution.sensitivity: the derivative where there is one, against fits to moved data; else NaN."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import InputError


def moved(f: Any, start: Any, c: float, h: float = 1e-3, **options: Any) -> tuple[float, float]:
    """(left, right) slopes of the answer, by fits to c − h and c + h."""

    def answer(value: float) -> float:
        return float(sf.minimize(f, start, data={"c": np.array([value])}, **options).x)

    here = answer(c)
    return (here - answer(c - h)) / h, (answer(c + h) - here) / h


REGULAR: dict[str, tuple[str, float, float, dict[str, Any]]] = {
    "a parabola": ("sum((x-c)^2)", 0.2, 0.3, {}),
    "a quartic besides": ("sum((x-c)^2) + x^4", 1.0, 2.0, {}),
    "held by a bound": ("sum((x-c)^2)", 0.2, 0.7, {"bounds": (0, 0.5)}),
    "off a corner": ("sum(max(x-c,0)^2) + (x-1)^2", 2.0, 0.2, {}),
    "a corner of the data, elsewhere": ("sum((x-abs(c))^2)", 1.0, -0.4, {}),
}


@pytest.mark.parametrize("name", REGULAR)
def test_it_is_the_slope_of_the_answer(name: str) -> None:
    f, start, c, options = REGULAR[name]
    found = sf.minimize(f, start, data={"c": np.array([c])}, **options).sensitivity("c")
    np.testing.assert_allclose(found, np.mean(moved(f, start, c, **options)), atol=1e-4)


NONE: dict[str, tuple[str, float, float, dict[str, Any]]] = {
    "on a corner that moves": ("sum(abs(x-c)) + x^2", 1.0, 0.1, {}),
    "on a corner that stays": ("abs(x) + sum((x-c)^2)", 1.0, 0.1, {}),
    "at the end of a ramp": ("sum(max(x-c,0)^2) + (x-1)^2", 2.0, 1.0, {}),
    "on a bound without a push": ("sum((x-c)^2)", 0.2, 0.5, {"bounds": (0, 0.5)}),
    "at a corner of the data": ("sum((x-abs(c))^2)", 1.0, 0.0, {}),
    "before the minimum": ("sum((x-c)^4) + x^2", 5.0, 1.0, {"max_steps": 1}),
}


@pytest.mark.parametrize("name", NONE)
def test_it_is_not_a_number_where_there_is_none(name: str) -> None:
    f, start, c, options = NONE[name]
    solution = sf.minimize(f, start, data={"c": np.array([c])}, **options)
    assert np.isnan(solution.sensitivity("c")).all()


@pytest.mark.parametrize("f", ["-sum((x-c)^2)", "-sum((x-c)^2) - x^4"])
def test_maxima_have_one(f: str) -> None:
    data = {"c": np.array([2.0])}
    up, down = sf.maximize(f, 1.0, data=data), sf.minimize(f"-({f})", 1.0, data=data)
    np.testing.assert_allclose(up.sensitivity("c"), down.sensitivity("c"), rtol=1e-9)


def test_data_that_numpy_computes_with_are_refused() -> None:
    c = np.array([2.0])

    def nested(x: Any) -> Any:
        return jnp.sum((x + c**2) ** 2)

    unseen: list[Callable[[], Any]] = [
        lambda: sf.minimize(lambda x: jnp.sum((x - c) ** 2) + jnp.sum((x + c**2) ** 2), 1.0),
        lambda: sf.least_squares(
            lambda x: jnp.concatenate([x - c, x**2 - 2 * c]), np.ones(1)
        ),
        lambda: sf.minimize(lambda x: jnp.sum((x - 2 * c) ** 2) + 0 * jnp.sum(x * c), 1.0),
        lambda: sf.minimize(lambda x: jnp.sum((x - c) ** 2) + nested(x), 1.0),
        lambda: sf.minimize(
            lambda x, c: jnp.sum((x - c) ** 2) + jnp.sum((x + c**2) ** 2), 1.0, data={"c": c}
        ),
    ]
    for solve in unseen:
        with pytest.raises(InputError, match=r"jnp\.asarray"):
            solve().sensitivity("c")


def test_data_of_jax_are_followed() -> None:
    c = jnp.asarray([2.0])
    solution = sf.minimize(lambda x: jnp.sum((x - c) ** 2) + jnp.sum((x + c**2) ** 2), 1.0)
    # x* = (c − c²)/2
    np.testing.assert_allclose(solution.sensitivity("c"), [0.5 - 2.0], rtol=1e-6)


def test_data_that_only_jax_computes_with_may_be_numpy() -> None:
    c = np.array([2.0])
    solution = sf.minimize(lambda x: jnp.sum((x - c) ** 2) + jnp.sum((x * c) ** 2), 1.0)
    # x* = c/(1 + c²)
    np.testing.assert_allclose(solution.sensitivity("c"), [(1 - 4.0) / 25.0], rtol=1e-6)
