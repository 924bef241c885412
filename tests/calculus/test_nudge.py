"""Small moves: prediction against the actual change."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.calculus.nudge import nudge
from surefoot.terms import InputError


def loss(w):
    return w["a"] @ w["a"] * w["b"] + jnp.sin(w["b"])


W = {"a": np.array([1.0, -2.0]), "b": 0.5}


def test_by_hand() -> None:
    result = nudge(loss, W, {"a": np.array([0.1, 0.0]), "b": -0.2})
    # g = (2ab, |a|² + cos b);  H = [[2b I, 2a], [2aᵀ, −sin b]]
    g = np.array([1.0, -2.0, 5.0 + np.cos(0.5)])
    d = np.array([0.1, 0.0, -0.2])
    h = np.array([[1.0, 0, 2.0], [0, 1.0, -4.0], [2.0, -4.0, -np.sin(0.5)]])
    assert result.predicted == pytest.approx(g @ d, rel=1e-14)
    assert result.predicted_curved == pytest.approx(g @ d + 0.5 * d @ h @ d, rel=1e-13)
    assert result.before == pytest.approx(2.5 + np.sin(0.5), rel=1e-15)
    assert result.actual == result.after - result.before
    assert result.difference == result.actual - result.predicted
    assert [s.path for s in result.shares] == ["a[0]", "b"]
    assert sum(s.change for s in result.shares) == pytest.approx(result.predicted, rel=1e-15)


def test_the_errors_shrink_with_the_square_and_the_cube() -> None:
    d = {"a": np.array([0.3, 0.4]), "b": 0.2}

    def scaled(t):
        return nudge(loss, W, jax.tree_util.tree_map(lambda leaf: t * leaf, d))

    far, near = scaled(1e-1), scaled(1e-2)
    assert abs(far.difference / near.difference) == pytest.approx(100, rel=0.1)
    cubic = (far.actual - far.predicted_curved) / (near.actual - near.predicted_curved)
    assert cubic == pytest.approx(1000, rel=0.1)


def test_one_number_moves_everything_and_whole_numbers_are_fine() -> None:
    assert len(nudge(loss, W, 0.1).shares) == 3
    assert nudge(lambda x: x @ x, [1, 2], [1, 0]).actual == 3.0


def test_zero_move() -> None:
    result = nudge(loss, W, 0.0)
    assert result.actual == result.predicted == 0.0
    assert result.shares == ()
    assert "mostly rounding" in str(result)


def test_while_loops_have_no_reverse_mode() -> None:
    def f(x):
        return jax.lax.while_loop(lambda c: c[0] < 2, lambda c: (c[0] + 1, c[1] ** 2), (0, x))[1]

    result = nudge(f, 1.5, 0.01)  # x⁴
    assert result.predicted == pytest.approx(4 * 1.5**3 * 0.01)
    assert result.predicted_curved == pytest.approx(0.01 * 4 * 1.5**3 + 6 * 1.5**2 * 0.01**2)


def test_text_and_dict() -> None:
    result = nudge(loss, W, 0.1)
    text = str(result)
    for word in ("actual change", "predicted by the gradient", "with curvature", "a[1]"):
        assert word in text
    assert json.loads(json.dumps(result.to_dict()))["shares"][0]["path"] == "a[0]"
    many = nudge(jnp.sum, np.ones(50), 0.1)
    assert "and 38 more" in str(many)


def test_mistakes() -> None:
    with pytest.raises(InputError, match="nudge follows one number"):
        nudge(lambda x: x**2, np.ones(2), 0.1)
    with pytest.raises(InputError, match="dw"):
        nudge(loss, W, {"a": np.ones(3), "b": 0.1})
    with pytest.raises(InputError, match="dw"):
        nudge(loss, W, {"c": 1.0})


def test_overflow_is_shown_without_a_warning() -> None:
    assert np.isinf(nudge("x^2", 1e300, 1e300).predicted)  # a warning would be an error here
    assert np.isinf(nudge(lambda x: jnp.sum(x**2), np.full(2, 1e200), 1e200).predicted)


def test_two_ends_at_one_height_are_no_rounding():
    for f, w, dw in ((lambda x: x**2, 1.0, -2.0), (jnp.abs, 1.0, -2.0), (jnp.cos, -0.7, 1.4)):
        assert "rounding" not in str(nudge(f, w, dw))


def test_a_move_out_of_the_domain_is_said_so() -> None:
    text = str(nudge(jnp.sqrt, 1.0, -2.0))
    assert "+nan" not in text and "no finite value" in text
