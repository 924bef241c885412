"""A sentence that helps, and no work done."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import surefoot as sf


def _square(x: Any) -> Any:
    return jnp.sum(x**2)


def _forgot(x: Any) -> Any:
    jnp.sum(x**2)


def _cubic(x: Any) -> Any:
    return (x - 1.0) ** 4 + jnp.exp(x)


def _loop(x: Any) -> Any:
    return jax.lax.while_loop(lambda y: y < 30.0, lambda y: 1.1 * y, x) ** 2


def _line(x: Any, p: Any) -> Any:
    return p * x


def _refuses(x: Any, p: Any) -> Any:
    raise sf.InputError("its own sentence")


def _in_python(x: Any) -> Any:
    shape = jax.ShapeDtypeStruct((), x.dtype)
    return jax.pure_callback(lambda v: np.asarray(v) ** 2, shape, x)


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
    (lambda: sf.minimize(_square, 1.0, callback=lambda k: k), r"callback\(k, x, value\)"),
    (lambda: sf.minimize(_square, 1.0, max_steps=-1), "max_steps is -1"),
    (lambda: sf.minimize(_square, 1.0, max_steps=True), "max_steps is True"),
    (lambda: sf.minimize(_square, 1.0, max_steps=10**400), "max_steps is 1000"),
    (lambda: sf.minimize(_square, 1.0, time_limit="x"), "time_limit is 'x'.*seconds"),
    (lambda: sf.minimize(_square, 1.0, seed=1.5), "seed is 1.5"),
    (lambda: sf.minimize(_square, 1.0, starts=0), "starts has to be"),
    (lambda: sf.minimize(_square, 1.0, progress="yes"), "progress is 'yes'.*True, False"),
    (lambda: sf.minimize(_square, 1.0, method=7), "no method 7"),
    (lambda: sf.minimize(_square, 1.0, method=np.ones(2)), "no method array"),
    (lambda: sf.minimize(_square, 1.0, options=3), "options is int; expected a dict"),
    (lambda: sf.minimize(_square, 1.0, options="memory"), "options is str"),
    (lambda: sf.minimize(_square, 1.0, method="l-bfgs", options={"memory": -3}), "memory.*is -3"),
    (lambda: sf.minimize(_square, 1.0, method="nonsmooth", options={"seed": "x"}), "seed.*'x'"),
    (lambda: sf.minimize(_square, 10**400), "beyond float64"),
    (lambda: sf.minimize(_square, {1: 2.0, "a": 3.0}), "keys cannot be sorted"),
    (lambda: sf.minimize(_square, np.ma.masked_array([1.0, 2.0], [0, 1])), "masked"),
    (lambda: sf.minimize(_square, 1.0, data=3), "data is int; expected a dict"),
    (lambda: sf.minimize("a x^2", data=3), "data is int; expected a dict"),
    (lambda: sf.minimize(_square, 1.0, data={1: 2.0}), "data has the key 1"),
    (lambda: sf.minimize(_square, 1.0, data={"a": [[1], [1, 2]]}), "ragged"),
    (lambda: sf.minimize(_square, 1.0, bounds={"x": ("a", 1)}), "bounds.*'a'; expected a number"),
    (lambda: sf.minimize(_square, bounds={"x": ("a", 1)}), "bounds.*'a'; expected a number"),
    (lambda: sf.minimize(_square, 1.0, bounds=sf.Box(1j, 2)), "bounds.lower.*1j"),
    (lambda: sf.minimize(_square, 1.0, bounds=sf.Box("a", 2)), "bounds.lower.*'a'"),
    (lambda: sf.minimize(_square, bounds=sf.Box("a", 2)), "'a'"),
    (lambda: sf.minimize(_square, bounds=sf.Box(None, None)), "give x0="),
    (lambda: sf.minimize(_square, np.ones(2), bounds=[(0, 1), (0, 1)]), "reads two ways"),
    (lambda: sf.minimize(_square, np.ones(2), bounds=((0, 1), (0, 1))), "reads two ways"),
    (lambda: sf.minimize(_square, np.ones(2), bounds=(1.0, 0.0)), "empty"),
    (lambda: sf.minimize(_square, 1.0, bounds=5), "bounds is 5, which holds no lower"),
    (lambda: sf.minimize(_square, 1.0, bounds="ab"), "bounds is 'ab', which holds no lower"),
    (lambda: sf.minimize(_square, 1.0, bounds=1j), "bounds is 1j, which holds no lower"),
    (lambda: sf.minimize(_square, 1.0, bounds=(1j, 2)), "side 1j, which is no real number"),
    (lambda: sf.minimize(_square, 1.0, bounds=(True, 2)), "side True, which is no real number"),
    (lambda: sf.minimize(_square, np.ones(2), bounds=(float("nan"), 0.0)), "NaN"),
    (lambda: sf.minimize(_square, np.ones(2), bounds={"y": (0, 1)}), "no parameter 'y'"),
    (lambda: sf.minimize(_square, np.ones(2), bounds={"x": 3}), r"expected \(lower, upper\)"),
    (lambda: sf.minimize(_square, np.ones(2), bounds=sf.Box(np.zeros(3), 1.0)), "structure|shape"),
    (lambda: sf.minimize(_square, np.ones(2), method="closed-form", starts=0), "starts"),
    (lambda: sf.minimize("x^2 +", 1.0), "formula|expected"),
    (lambda: sf.minimize("x + y <= 1"), "compar|limit|number|truth"),
    (lambda: sf.classify(_square, None), "needs the point"),
    (lambda: sf.classify(_square, 1.0, sense="max"), "sense"),
    (lambda: sf.classify(_square, 1.0, sense=np.ones(2)), "sense"),
    (lambda: sf.argmin(lambda: 3.0, 1.0), "argument"),
    (lambda: sf.argmin(_square, {"a": 1.0}), "dict"),
    (lambda: sf.argmin(_square, 1.0, max_steps=10**400), "max_steps"),
    (lambda: sf.argmin(_square, 1.0, singular=np.ones(2)), "singular"),
    (lambda: sf.minimize(_square, 1.0).report("wide"), "width is wide"),
    (lambda: sf.minimize(_square, 1.0).report(3), "width is 3"),
    (lambda: sf.minimize(_square, 1.0).sensitivity(np.ones(2)), "named"),
    (lambda: sf.curve_fit(lambda x, p: p, [[1], [1, 2]], [1.0, 2.0], 1.0), "x is ragged"),
    (lambda: sf.curve_fit(lambda x, p: p, 1.0, [[1], [1, 2]], 1.0), "y is ragged"),
    (lambda: sf.curve_fit(lambda x, p: p, 1.0, [1.0], [[1], [1, 2]]), "p0 is ragged"),
    (lambda: sf.least_squares(lambda x: None, 1.0), "no residuals"),
    (lambda: sf.curve_fit(lambda x, p: p * x, np.ones(3), np.ones(0), 1.0), "empty"),
    (lambda: sf.curve_fit(lambda x, p: p * x, np.ones(3), np.ones(2), 1.0), r"\(3,\).*\(2,\)"),
    (lambda: sf.curve_fit(lambda x, p: p, 1.0, [1.0, np.nan], 1.0), r"y\[1\] is nan"),
    (lambda: sf.curve_fit(lambda x, p: p + x, np.ones(2), np.ones(2), 1.0, sigma=0.0), "sigma"),
    (lambda: sf.minimize(np.sin, 1.0), r"np\.sin.*jnp\.sin"),
    (lambda: sf.minimize(math.sin, 1.0), r"math\.sin.*jnp\.sin"),
    (lambda: sf.minimize(int, 1.0), r"int\(x\).*jnp\.floor"),
    (lambda: sf.minimize(lambda x: "abc", 1.0), "returns str, which holds no numbers"),
    (lambda: sf.minimize(_square, [1.0, None]), "entry 1 is None"),
    (lambda: sf.minimize(_in_python, 1.0), r"pure_callback.*jax\.custom_jvp"),
    (lambda: sf.classify(_in_python, 1.0), r"pure_callback.*jax\.custom_jvp"),
    (lambda: sf.descend(_in_python, 1.0, lr=0.1), r"pure_callback.*jax\.custom_jvp"),
    (lambda: sf.chain(_in_python, 1.0), r"pure_callback.*jax\.custom_jvp"),
    (lambda: sf.limit_check(_in_python, 1.0), r"pure_callback.*jax\.custom_jvp"),
    (lambda: sf.minimize(_cubic, 1.0, callback=lambda k, x, v: np.ones(2)), r"shape \(2,\).*True"),
    (lambda: sf.descend(_square, 1.0, lr=lambda: 1.0), r"takes \(\); write lr=lambda k"),
    (lambda: sf.descend(_square, 1.0, lr=lambda k: "a"), "lr is a function.*returns str"),
    (lambda: sf.descend(_square, 1.0, lr=lambda k: [0.1, 0.2]), r"one real number.*\[0\.1, 0\.2\]"),
    (lambda: sf.descend(_square, 1.0, lr=lambda k: math.nan), "finite number.*gave nan"),
    (lambda: sf.descend(_square, 1.0, lr=lambda k: 1.0 if k < 5 else 0.1), "jnp.where"),
    (lambda: sf.descend(_square, 1.0, optax.lookahead(optax.sgd(0.1), 5, 0.5)), "lookahead"),
    (lambda: sf.curve_fit(_line, np.ones(3), np.ones(3), 1.0, foo=1), "no option .foo."),
    (lambda: sf.curve_fit(_line, np.ones(3), np.ones(3), 1.0, absolute_sigma=True), "leave it out"),
    (lambda: sf.curve_fit(_line, np.ones(3), np.ones(3), 1.0, sigma=math.nan), "sigma is nan"),
    (lambda: sf.curve_fit(_line, np.ones(3), np.ones(3), 1.0, sigma=1e-300), "y/sigma.*overflow"),
    (lambda: sf.curve_fit(_line, np.ones(3), 1e-200 * np.ones(3), 1.0), "y is.*vanish to 0"),
    (lambda: sf.least_squares(lambda x: 1e-200 * (jnp.exp(x) - 2.0), 0.0), "vanish.*1e[+]200"),
    (lambda: sf.least_squares(lambda x: 1e200 * (jnp.exp(x) - 3.0), 0.0), "overflow"),
    (lambda: sf.learning_rate(_square, 1.0, state=3), "gd has none: leave it out"),
    (lambda: sf.argmin(_loop, 1.0), "no slope backwards; write jax.lax.scan"),
    (lambda: sf.curve_fit(_refuses, np.ones(3), np.ones(3), 1.0), "^its own sentence"),
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
