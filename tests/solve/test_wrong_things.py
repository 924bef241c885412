"""Every public function against things that it cannot use: a sentence, never a raw error."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf


class Thing:
    """Nothing that a solver could use."""


def raises(x: Any) -> Any:
    raise RuntimeError("mine")


def yields(x: Any) -> Any:
    yield x


def good(x: Any) -> Any:
    return jnp.sum((jnp.asarray(x) - 1.0) ** 2)


FUNCTIONS: dict[str, Any] = {
    "None": None, "a number": 3.0, "a list": [1], "a class": int, "an object": Thing(),
    "a module": np, "a generator": yields, "one that raises": raises, "no argument": lambda: 1.0,
    "NumPy inside": lambda x: np.sin(x).sum(), "a name looked up": lambda x: x["a"],
    "an attribute": lambda x: x.nothing, "a text": lambda x: "hello", "nothing": lambda x: None,
    "complex": lambda x: jnp.sum(x) + 1j, "an object back": lambda x: Thing(),
}  # fmt: skip
POINTS: dict[str, Any] = {
    "text": "abc", "texts": ["a", "b"], "ragged": [[1, 2], [3]], "complex": 1 + 2j,
    "complex array": np.array([1j, 2]), "objects": np.array([Thing()], dtype=object),
    "empty": np.array([]), "no dict": {}, "beyond float64": 10**400, "a function": lambda: 1,
    "a set": {1, 2}, "a generator": (k for k in range(3)), "bytes": b"ab", "truth": True,
    "a text inside": {"a": {"b": "c"}}, "a date": np.datetime64("2020-01-01"), "mixed": (1.0, "a"),
}  # fmt: skip
CALLS: dict[str, Any] = {
    "minimize": sf.minimize, "maximize": sf.maximize, "classify": sf.classify, "argmin": sf.argmin,
    "least_squares": sf.least_squares, "chain": sf.chain, "limit_check": sf.limit_check,
    "derivative": lambda f, x: sf.derivative(f)(x), "gradient": lambda f, x: sf.gradient(f)(x),
    "hessian": lambda f, x: sf.hessian(f)(x), "jacobian": lambda f, x: sf.jacobian(f)(x),
    "directional": lambda f, x: sf.directional(f)(x, x), "nudge": lambda f, x: sf.nudge(f, x, x),
    "descend": lambda f, x: sf.descend(f, x, "gd", steps=3),
}  # fmt: skip


def answers_in_a_sentence(call: Any) -> None:
    with pytest.raises(sf.InputError) as told:
        call()
    assert len(str(told.value)) > 20
    assert "Traceback" not in str(told.value)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", CALLS)
def test_a_function_that_cannot_be_used(name: str, function: str) -> None:
    start = 0.3 if name == "derivative" else np.array([0.3, 0.4])
    answers_in_a_sentence(lambda: CALLS[name](FUNCTIONS[function], start))


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", CALLS)
def test_a_point_that_cannot_be_used(name: str, point: str) -> None:
    answers_in_a_sentence(lambda: CALLS[name](good, POINTS[point]))


@pytest.mark.parametrize("name", ["gradient", "hessian", "jacobian"])
@pytest.mark.parametrize("data", ["text", "objects", "a function", "texts"])
def test_data_that_cannot_be_used(name: str, data: str) -> None:
    def loss(w: Any, a: Any) -> Any:
        return jnp.sum((w - a) ** 2)

    answers_in_a_sentence(lambda: getattr(sf, name)(loss)(np.ones(2), POINTS[data]))
    answers_in_a_sentence(lambda: sf.minimize(loss, np.ones(2), data={"a": POINTS[data]}))


@pytest.mark.parametrize("start", [{"a": 1.0, "b": 2.0}, (1.0, 2.0)])
@pytest.mark.parametrize(
    "function", [lambda x: x[0, 1] ** 2, lambda x: x @ x, lambda x: jnp.sum(x**2)]
)
def test_a_dict_where_the_function_wants_an_array(function, start) -> None:
    for name in ("minimize", "gradient", "limit_check", "argmin"):
        answers_in_a_sentence(lambda name=name: CALLS[name](function, start))


def test_the_sentences_say_what_to_write() -> None:
    with pytest.raises(sf.InputError, match=r"as a dict with that name"):
        sf.minimize(lambda x: x["a"] ** 2, 1.0)
    with pytest.raises(sf.InputError, match=r"np.array\(list"):
        sf.minimize(good, (k for k in range(3)))
    with pytest.raises(sf.InputError, match="take the parts out first"):
        sf.gradient(lambda x: jnp.sum(jnp.asarray(x) ** 2))({"a": 1.0})
    with pytest.raises(sf.InputError):
        sf.minimize(type, 1.0)


BOUNDS: dict[str, Any] = {
    "crossed": (2, 1), "NaN": (np.nan, 1), "the wrong shape": ([1, 2, 3], [4, 5, 6]), "text": "ab",
    "one number": 3, "a list of one": [1], "an unknown name": {"zzz": (0, 1)}, "three": (1, 2, 3),
    "objects": (Thing(), 1), "texts": ("a", "b"), "complex": (1j, 2),
    "both infinite": (np.inf, np.inf),
}  # fmt: skip


@pytest.mark.parametrize("bounds", BOUNDS)
def test_bounds_that_cannot_be_used(bounds: str) -> None:
    for call in (sf.minimize, sf.classify):
        answers_in_a_sentence(
            lambda call=call: call(good, np.array([0.3, 0.4]), bounds=BOUNDS[bounds])
        )


@pytest.mark.parametrize("places", ["text", "objects", "ragged", "complex array", "beyond float64"])
def test_a_band_at_places_that_are_none(places: str) -> None:
    x = np.linspace(0, 1, 10)
    fit = sf.curve_fit(lambda x, p: p[0] + p[1] * x, x, np.cos(x), np.ones(2)).fit
    answers_in_a_sentence(lambda: fit.prediction_band(POINTS[places]))
    assert fit.prediction_band([[1.0, 0.5]]).shape == (1,)


def test_a_float16_counts_as_a_number_of_steps() -> None:
    assert sf.minimize(good, np.zeros(2), max_steps=np.float16(5)).verdict.kind


def test_a_learning_rate_may_be_an_array_without_axes() -> None:
    for lr in (jnp.float32(0.125), np.array(0.125)):
        walk = sf.descend(lambda p: jnp.sum(p**2), np.ones(2), "gd", 3, lr=lr)
        np.testing.assert_allclose(walk.x, 0.75**3)
        sf.learning_rate("x^2+y^2", {"x": 1.0, "y": 1.0}, lr=lr).report()


def test_a_seed_too_large_for_a_counter_is_told_its_range() -> None:
    with pytest.raises(sf.InputError, match="from 0 to 2⁶³"):
        sf.Batches(np.arange(4.0), 2, seed=2**70)
