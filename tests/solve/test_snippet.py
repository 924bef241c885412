"""The Python beside the lab's picture runs and makes the shown function, or says why it cannot."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.studio import lab

FACTOR = 3.0
START = {"a": np.zeros((2, 2)), "b": (1.0, 2.0)}


def steep(w: Any) -> Any:
    return FACTOR * (w - 1.0) ** 2


def tree(p: Any) -> Any:
    return jnp.sum((p["a"] - 1.0) ** 2) + p["b"][0] * p["b"][1]


def residuals(p: Any) -> Any:
    return jnp.stack([p[0] - 1.0, 2.0 * p[1]])


def names_of(made: Any) -> dict[str, Any]:
    """What the snippet of a scenario or a lab defines."""
    snippet = getattr(made, "scenario", made).function.snippet
    names: dict[str, Any] = {}
    exec(snippet, names)
    return names


@pytest.mark.parametrize(
    ("make", "at", "value"),
    [
        (lambda: lab("w^4 - w^2"), 2.0, 12.0),
        (lambda: lab(steep), 3.0, 12.0),
        (lambda: sf.maximize("-x^2 + 4x").to_lab(), 3.0, -3.0),
        (lambda: sf.maximize(lambda x: -((x - 2.0) ** 2), 0.5).to_lab(), 3.0, 1.0),
        (lambda: lab(lambda w: (w - 1) ** 2), 3.0, 4.0),
    ],
)
def test_a_function_of_one_number_runs(make: Any, at: float, value: float) -> None:
    f = names_of(make())["f"]
    assert float(f(at)) == pytest.approx(value)
    assert sf.descend(f, at, "gd", steps=2, lr=0.01).steps == 2


@pytest.mark.parametrize(
    ("make", "at", "value"),
    [
        (lambda: lab("x^2 + 3y"), [2.0, 5.0], 19.0),
        (lambda: lab(tree, start=START), [1.0, 1.0, 1.0, 1.0, 2.0, 3.0], 6.0),
        (lambda: sf.least_squares(residuals, np.zeros(2)).to_lab(), [2.0, 1.0], 5.0),
        (lambda: lab(lambda p: p["w"] ** 2, start={"w": 1.0}), [3.0], 9.0),
    ],
)  # fmt: skip
def test_one_of_several_numbers_takes_the_list_of_them(make: Any, at: Any, value: float) -> None:
    flat = names_of(make())["flat"]
    assert float(flat(at)) == pytest.approx(value)
    cut = sf.descend(lambda t: flat([t, *at[1:]]), at[0], "gd", steps=2, lr=0.01)
    assert cut.values[0] == pytest.approx(value)


def test_what_cannot_be_given_is_comments_with_the_reason() -> None:
    t, y = np.arange(6.0), np.array([5.1, 3.0, 1.9, 1.1, 0.7, 0.4])
    fit = sf.curve_fit(lambda t, p: p[0] * jnp.exp(-p[1] * t), t, y, np.ones(2))
    hidden = {"own": t}
    for made, why in (
        (fit.to_lab(), "your model and your data"),
        (lab(lambda w: w * hidden["own"].sum()), "it uses hidden"),
        (lab(eval("lambda w: w**2")), "not at hand"),
    ):
        snippet = getattr(made, "scenario", made).function.snippet
        assert all(line.startswith("#") for line in snippet.splitlines())
        assert why in snippet.replace("\n# ", " ")


def test_a_recorded_walk_has_its_own_call() -> None:
    walk = sf.descend("w^4 - w^2", 1.0, "momentum", steps=12, lr=0.02)
    again = names_of(walk.to_lab())["recorded"]
    np.testing.assert_array_equal(again.points, walk.points)
    assert "recorded" not in sf.descend("w^2", 1.0, steps=3, lr=0.1).to_lab().function.snippet
