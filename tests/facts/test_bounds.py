"""sf.bounds: bounds that hold, that are close, and words about them."""

import json
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import InputError, UnsupportedError


def box(n: int, low: float, high: float) -> sf.Box:
    return sf.Box(np.full(n, low), np.full(n, high))


KNOWN: dict[str, tuple[Any, Any, float, float]] = {
    "parabola": ("x^2 - x", (0.0, 2.0), -0.25, 2.0),
    "himmelblau": ("(x^2+y-11)^2+(x+y^2-7)^2", {"x": (-6, 6), "y": (-6, 6)}, 0.0, 2186.0),
    "x sin x": ("x sin(x)", (-10.0, 10.0), -5.440211108893698, 7.916727371587833),
    "softplus": (jax.nn.softplus, (-1.0, 2.0), np.log1p(np.exp(-1.0)), np.log1p(np.exp(2.0))),
    "jump": (lambda x: jnp.floor(x) - x, (0.0, 3.0), -1.0, 0.0),
    "open side": (lambda x: jnp.exp(-x), (0.0, np.inf), 0.0, 1.0),
    "corner": ("|x - 1| + |x + 2|", (-5.0, 3.0), 3.0, 9.0),
    "point": ("exp(x)", (1.0, 1.0), np.e, np.e),
}


@pytest.mark.parametrize("name", KNOWN)
def test_close_to_the_truth_and_never_inside_it(name: str) -> None:
    f, over, least, most = KNOWN[name]
    found = sf.bounds(f, over)
    size = max(abs(least), abs(most), 1.0)
    assert least - 1e-5 * size <= found.lower <= least + 1e-12 * size
    assert most - 1e-12 * size <= found.upper <= most + 1e-5 * size
    assert found.inside and max(found.within) < 1e-5 * size


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
@pytest.mark.parametrize("shift", [0.0, -7.3, 1e6])
def test_shifted_and_scaled(scale: float, shift: float) -> None:
    def f(x: Any) -> Any:
        return scale * ((x - shift) ** 2 - 3.0 * (x - shift))

    found = sf.bounds(f, (shift - 1.0, shift + 4.0), tol=1e-4)
    assert found.lower <= -2.25 * scale and found.upper >= 4.0 * scale
    assert found.upper - found.lower < 6.26 * scale


def test_a_budget_of_one_box_is_the_plain_rule_and_more_is_no_worse() -> None:
    plain = sf.bounds("x^2 - x", (0.0, 2.0), budget=1)
    assert plain.boxes == 1
    for budget in (3, 17, 200):
        found = sf.bounds("x^2 - x", (0.0, 2.0), budget=budget)
        assert found.lower >= plain.lower and found.upper <= plain.upper
        assert found.boxes <= budget + 1
        plain = found


def test_where_it_is_not_defined() -> None:
    found = sf.bounds("log(x)", (-1.0, 2.0))
    assert not found.inside and found.upper >= np.log(2.0)
    assert "not shown to be defined" in str(found)
    assert sf.bounds("log(x)", (1.0, 2.0)).inside
    pole = sf.bounds("1/x", (-1.0, 1.0))
    assert not pole.inside and pole.lower == -np.inf and pole.upper == np.inf
    guarded = sf.bounds(lambda x: jnp.where(x > 0.5, jnp.log(x), 0.0), (0.5, 2.0))
    assert guarded.lower <= np.log(0.5) and guarded.upper >= np.log(2.0)


def test_arrays_have_bounds_of_their_shape() -> None:
    found = sf.bounds(lambda x: jnp.stack([x, x**2, -x]), box(2, 0.0, 1.0), budget=50)
    assert found.lower.shape == found.upper.shape == (3, 2)
    np.testing.assert_allclose(found.lower, [[0, 0], [0, 0], [-1, -1]], atol=0.1)
    assert np.full((3, 2), 0.0) in found and np.full((3, 2), 2.0) not in found
    assert "[2, 1]" in str(found)
    weights = np.linspace(-1.0, 1.0, 20).reshape(4, 5)
    layer = sf.bounds(lambda x, W: jnp.tanh(W @ x), box(5, -1.0, 1.0), data={"W": weights})
    most = np.tanh(np.abs(weights).sum(axis=1))
    np.testing.assert_allclose(layer.upper, most, rtol=1e-12)
    assert np.all(layer.upper >= most) and np.all(layer.lower <= -most)


def test_report_and_dict() -> None:
    found = sf.bounds("x^2 - x", (0.0, 2.0))
    assert repr(found).startswith("Interval(-0.25") and 0.0 in found and 3.0 not in found
    told = json.loads(json.dumps(found.to_dict()))
    assert told["lower"] == found.lower and told["inside"] is True
    # What is printed is a bound as well.
    row = str(found).splitlines()[str(found).splitlines().index("  lower          upper") + 1]
    low, high = (float(word) for word in row.split())
    assert low <= -0.25 and high >= 2.0


@pytest.mark.parametrize(
    ("f", "over", "options", "told"),
    [
        ("x^2", None, {}, "needs a box"), ("x^2", (2.0, 1.0), {}, "empty"),
        ("x^2", (np.nan, 1.0), {}, "NaN"), ("x^2", (0.0, 1.0), {"budget": 0}, "budget"),
        ("x^2", (0.0, 1.0), {"tol": -1.0}, "tol"), ("x + y", {"x": (0, 1)}, {"tol": np.nan}, "tol"),
        (lambda x: (x, x), (0.0, 1.0), {}, "2 arrays"), ("x^2", [(0, 1)], {}, "which is no pair"),
        ("x^2", {"z": (0, 1)}, {}, "z"),
    ],
)  # fmt: skip
def test_bad_input(f: Any, over: Any, options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        sf.bounds(f, over, **options)


@pytest.mark.parametrize(
    ("f", "step"),
    [
        (lambda x: jax.scipy.special.gammaln(x), "lgamma"),
        (lambda x: jnp.sum(jax.random.normal(jax.random.key(0), (3,))) * jnp.sort(x * jnp.ones(3)),
         None),
        (lambda x: jnp.linalg.det(jnp.eye(4) * x), "lu"),
    ],
)  # fmt: skip
def test_steps_without_a_rule_are_refused(f: Callable[[Any], Any], step: str | None) -> None:
    if step is None:
        assert np.all(np.isfinite(sf.bounds(f, (1.0, 2.0), budget=5).lower))
        return
    with pytest.raises(UnsupportedError, match=step):
        sf.bounds(f, (1.0, 2.0))
