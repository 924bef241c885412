"""A sentence that helps, and no work done."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf


def _square(x: Any) -> Any:
    return jnp.sum(x**2)


def _forgot(x: Any) -> Any:
    jnp.sum(x**2)


BAD = [
    (lambda: sf.minimize(lambda x: x**2, np.ones(2)), r"array of shape \(2,\).*jnp.sum"),
    (lambda: sf.minimize(lambda x: 3, 1.0), "whole number"),
    (lambda: sf.minimize(lambda x: jnp.argmax(x), np.ones(2)), "whole number"),
    (lambda: sf.minimize(lambda x: x > 0, 1.0), "truth value"),
    (lambda: sf.minimize(_forgot, 1.0), "returns None"),
    (lambda: sf.minimize(lambda x: (x, x), 1.0), "returns 2 values"),
    (lambda: sf.minimize(lambda x: x * 1j, 1.0), "complex"),
    (lambda: sf.minimize(_square, np.array([1, 2])), "int64"),
    (lambda: sf.minimize(_square, np.array([1.0, np.nan])), r"x\[1\] is nan"),
    (lambda: sf.minimize(_square, np.array([1.0, np.inf])), r"x\[1\] is inf"),
    (lambda: sf.minimize(_square), "give x0="),
    (lambda: sf.minimize(_square, "abc"), "expected a number or an array"),
    (lambda: sf.minimize(3.0, 1.0), "expected a function or a formula"),
    (lambda: sf.minimize(_square, 1.0, method="newtn"), "did you mean 'newton'"),
    (lambda: sf.minimize(_square, 1.0, method="levenberg-marquardt"), "least_squares"),
    (lambda: sf.minimize(_square, 1.0, options={"momentum": 3}), "no option 'momentum'"),
    (lambda: sf.minimize(_square, 1.0, method="l-bfgs", options={"memroy": 3}), "memory"),
    (lambda: sf.minimize(_square, 1.0, tol=0.0), "tol"),
    (lambda: sf.minimize(_square, 1.0, tol=float("nan")), "tol"),
    (lambda: sf.minimize(_square, 1.0, max_steps=0), "max_steps"),
    (lambda: sf.minimize(_square, 1.0, time_limit=-1.0), "time_limit"),
    (lambda: sf.minimize(_square, 1.0, time_limit=float("nan")), "time_limit"),
    (lambda: sf.minimize(_square, 1.0, callback=3), "callback"),
    (lambda: sf.minimize(_square, np.ones(2), bounds=[(0, 1), (0, 1)]), "reads two ways"),
    (lambda: sf.minimize(_square, np.ones(2), bounds=((0, 1), (0, 1))), "reads two ways"),
    (lambda: sf.minimize(_square, np.ones(2), bounds=(1.0, 0.0)), "empty"),
    (lambda: sf.minimize(_square, np.ones(2), bounds=(float("nan"), 0.0)), "NaN"),
    (lambda: sf.minimize(_square, np.ones(2), bounds={"y": (0, 1)}), "no parameter 'y'"),
    (lambda: sf.minimize(_square, np.ones(2), bounds={"x": 3}), r"expected \(lower, upper\)"),
    (lambda: sf.minimize(_square, np.ones(2), bounds=sf.Box(np.zeros(3), 1.0)), "structure|shape"),
    (lambda: sf.minimize(_square, np.ones(2), method="closed-form", starts=0), "starts"),
    (lambda: sf.minimize("x^2 +", 1.0), "formula|expected"),
    (lambda: sf.minimize("x + y <= 1"), "compar|limit|number|truth"),
    (lambda: sf.classify(_square, None), "needs the point"),
    (lambda: sf.classify(_square, 1.0, sense="max"), "sense"),
    (lambda: sf.least_squares(lambda x: None, 1.0), "no residuals"),
    (lambda: sf.curve_fit(lambda x, p: p * x, np.ones(3), np.ones(0), 1.0), "empty"),
    (lambda: sf.curve_fit(lambda x, p: p * x, np.ones(3), np.ones(2), 1.0), r"\(3,\).*\(2,\)"),
    (lambda: sf.curve_fit(lambda x, p: p, 1.0, [1.0, np.nan], 1.0), r"y\[1\] is nan"),
    (lambda: sf.curve_fit(lambda x, p: p + x, np.ones(2), np.ones(2), 1.0, sigma=0.0), "sigma"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_sentence(call: Any, words: str) -> None:
    with pytest.raises(sf.InputError, match=words):
        call()


def test_nan_in_the_data_is_named() -> None:
    returns = np.ones((4, 2))
    returns[2, 1] = np.nan
    with pytest.raises(sf.InputError, match=r"returns contains NaN \(first at \[2, 1\]\)"):
        sf.minimize(lambda w: jnp.sum((returns @ w - 1.0) ** 2), np.zeros(2))


def test_nan_that_is_masked_out_is_allowed() -> None:
    seen = np.array([1.0, np.nan, 3.0])
    solution = sf.minimize(
        lambda m: jnp.sum(jnp.where(jnp.isnan(seen), 0.0, (m - jnp.nan_to_num(seen)) ** 2)), 0.0
    )
    np.testing.assert_allclose(solution.x, 2.0)
