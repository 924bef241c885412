"""Minibatches: the same batches for a seed, the mean of a batch, and what cannot be drawn."""

import re
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from tests.solve.compiling import compiles

import surefoot as sf
from surefoot.terms import InputError, PointKind

RNG = np.random.default_rng(0)
X = RNG.standard_normal((50, 3))
Y = X @ [1.0, 2.0, 3.0] + 0.5 * RNG.standard_normal(50)


def squares(w: Any, batch: Any) -> Any:
    features, target = batch
    return jnp.mean((features @ w - target) ** 2)


def test_three_steps_by_hand() -> None:
    # ½(w − d)² on batches of two of (0, 2, 4, 10): the slope is w − mean of the batch.
    data = np.array([0.0, 2.0, 4.0, 10.0])
    batches = sf.Batches(data, 2, seed=4)
    walk = sf.descend(lambda w, d: 0.5 * jnp.mean((w - d) ** 2), 1.0, "gd", 3, lr=0.5,
                      batches=batches)  # fmt: skip
    w = 1.0
    for k, rows in enumerate(batches.indices(3)):
        assert walk.points[k, 0] == pytest.approx(w, abs=1e-15)
        assert walk.values[k] == pytest.approx(0.5 * np.mean((w - data[rows]) ** 2))
        assert walk.gradients[k, 0] == pytest.approx(w - data[rows].mean())
        w -= 0.5 * (w - data[rows].mean())
    assert walk.x == pytest.approx(w)
    assert walk.value == pytest.approx(0.5 * np.mean((w - data) ** 2))
    np.testing.assert_allclose(
        walk.full_values, [0.5 * np.mean((p - data) ** 2) for p in walk.points[:, 0]]
    )
    np.testing.assert_allclose(walk.full_gradients[:, 0], walk.points[:, 0] - 4.0)


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_the_steps_are_those_of_the_batches_drawn(replace: bool, scale: float) -> None:
    batches = sf.Batches((X, scale * Y), 8, replace=replace, seed=3)
    walk = sf.descend(squares, np.zeros(3), "momentum", 40, lr=0.02, batches=batches)
    w, m = np.zeros(3), np.zeros(3)
    for k, rows in enumerate(batches.indices(40)):
        a, c = X[rows], scale * Y[rows]
        g = 2 * a.T @ (a @ w - c) / 8
        np.testing.assert_allclose(walk.gradients[k], g, rtol=1e-8, atol=1e-9 * scale)
        m = 0.9 * m + g
        w = w - 0.02 * m
    np.testing.assert_allclose(walk.points[-1], w, rtol=1e-8)


def test_the_way_of_recording_changes_nothing() -> None:
    given: dict[str, Any] = {"lr": 0.05, "batches": sf.Batches((X, Y), 7, seed=1)}
    whole = sf.descend(squares, np.zeros(3), "adam", 300, **given)
    for record in ("last", 50):
        some = sf.descend(squares, np.zeros(3), "adam", 300, record=record, **given)
        np.testing.assert_array_equal(some.points, whole.points[some.numbers])
        np.testing.assert_array_equal(some.gradients, whole.gradients[some.numbers])


def test_an_epoch_sees_each_example_once() -> None:
    # 50 examples in batches of 8: six batches, and two examples sit the epoch out.
    found = sf.Batches((X, Y), 8, seed=2).indices(12)
    for epoch in (found[:6], found[6:]):
        assert len(np.unique(epoch)) == 48
    assert not np.array_equal(found[:6], found[6:])
    whole = sf.Batches((X, Y), 50).indices(2)
    assert np.array_equal(np.sort(whole), np.tile(np.arange(50), (2, 1)))


def test_with_replacement_each_example_is_as_likely() -> None:
    found = sf.Batches(np.arange(4.0), 6, replace=True, seed=5).indices(4000)
    counts = np.bincount(found.ravel(), minlength=4)
    # 24,000 draws with probability ¼: a standard deviation of 67.
    assert np.all(np.abs(counts - 6000) < 4 * 67)
    assert any(len(np.unique(row)) < 6 for row in found)
    # The draws of one batch are independent: the variance of their mean is σ²/6.
    assert found.mean(axis=1).var() == pytest.approx(1.25 / 6, rel=0.1)


def test_seeds() -> None:
    def end(seed: int) -> Any:
        batches = sf.Batches((X, Y), 8, seed=seed)
        return sf.descend(squares, np.zeros(3), "gd", 20, lr=0.05, batches=batches).points[-1]

    assert np.array_equal(end(0), end(0))
    assert not np.array_equal(end(0), end(1))
    assert len({sf.Batches((X, Y), 8, seed=s).indices(1).tobytes() for s in range(50)}) == 50
    assert sf.Batches((X, Y), 8, seed=2**63 - 1).indices(1).shape == (1, 8)


def test_the_whole_data_as_a_batch_is_gradient_descent() -> None:
    walk = sf.descend(squares, np.zeros(3), "gd", 20, lr=0.1, batches=sf.Batches((X, Y), 50))
    plain = sf.descend(lambda w: squares(w, (X, Y)), np.zeros(3), "gd", 20, lr=0.1)
    np.testing.assert_allclose(walk.points, plain.points, rtol=1e-12)
    assert walk.batches is not None and plain.batches is None
    np.testing.assert_array_equal(plain.full_values, plain.values)


def test_the_verdict_is_of_all_the_data() -> None:
    best = np.linalg.lstsq(X, Y, rcond=None)[0]
    walk = sf.descend(squares, best, "gd", 0, lr=0.1, batches=sf.Batches((X, Y), 4))
    assert np.linalg.norm(walk.gradients[0]) > 0.1
    assert walk.verdict.kind is PointKind.LOCAL_MINIMUM or walk.verdict.kind.name.startswith("GLOB")
    text = " ".join(walk.report().split())
    assert "4 of 50 examples a step, without replacement, seed 0" in text
    assert walk.to_dict()["batches"] == {
        "size": 4, "examples": 50, "replace": False, "seed": 0
    }  # fmt: skip


def test_structures_labels_and_optax_rules() -> None:
    data = {"x": X.astype(np.float32), "label": (Y > 0).astype(np.int32)}

    def loss(p: Any, batch: Any) -> Any:
        z = batch["x"] @ p["w"] + p["b"]
        return jnp.mean(jnp.logaddexp(0.0, z) - z * batch["label"])

    walk = sf.descend(loss, {"w": np.zeros(3), "b": 0.0}, optax.adamw(0.05), 60,
                      batches=sf.Batches(data, 16))  # fmt: skip
    assert set(walk.x) == {"w", "b"} and walk.full_values[-1] < 0.6 * walk.full_values[0]


def test_another_seed_and_other_numbers_compile_nothing() -> None:
    def run(seed: int) -> Any:
        batches = sf.Batches((X + seed, Y), 8, seed=seed)
        return sf.descend(lambda w, b: squares(w, b), np.zeros(3), "gd", 20, lr=0.01,
                          batches=batches)  # fmt: skip

    run(0)
    with compiles() as seen:
        run(1)
    assert not seen


def test_a_step_that_leaves_is_told_with_its_number() -> None:
    walk = sf.descend(squares, np.zeros(3), "gd", 400, lr=5.0, batches=sf.Batches((X, Y), 8))
    assert walk.reason.startswith("Diverged at step")


WRONG_BATCHES: list[tuple[Any, dict[str, Any], str]] = [
    ((X, Y), {"size": 0}, "from 1 to 50"),
    ((X, Y), {"size": -3}, "from 1 to 50"),
    ((X, Y), {"size": 2.5}, "from 1 to 50"),
    ((X, Y), {"size": True}, "from 1 to 50"),
    ((X, Y), {"size": float("nan")}, "from 1 to 50"),
    ((X, Y), {"size": 51}, "cannot be drawn from 50 examples without replacement"),
    ((X, Y), {"size": 5, "seed": -1}, "seed is -1"),
    ((X, Y), {"size": 5, "replace": "yes"}, "replace is 'yes'"),
    ((X, Y[:49]), {"size": 5}, "data[0] has 50 examples and data[1] has 49"),
    ({"x": X[:0]}, {"size": 1}, "no examples in it"),
    ((), {"size": 1}, "no arrays in it"),
    (None, {"size": 1}, "no arrays in it"),
    (3.0, {"size": 1}, "a single float"),
    ("data.csv", {"size": 1}, "text"),
    ((X, np.array(["a"] * 50)), {"size": 5}, "expected numbers"),
    ((np.where(X > 2.0, np.nan, X), Y), {"size": 5}, "contains NaN"),
    (np.ma.masked_greater(X, 0.0), {"size": 5}, "masked"),
]


@pytest.mark.parametrize(("data", "given", "words"), WRONG_BATCHES)
def test_what_cannot_be_drawn_is_said(data: Any, given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        sf.Batches(data, **given)


def _penalised_sum(w: Any, b: Any) -> Any:
    return jnp.sum((b[0] @ w - b[1]) ** 2) + jnp.sum((w - 1.0) ** 2)


WRONG_LOSSES: list[tuple[Any, str]] = [
    (lambda w, b: jnp.sum((b[0] @ w - b[1]) ** 2), "jnp.mean in place of jnp.sum"),
    (_penalised_sum, "nor their sum"),
    (lambda w, b: jnp.sqrt(jnp.mean((b[0] @ w - b[1]) ** 2)), "A root of a mean"),
    (lambda w, b: (b[0] @ w - b[1]) ** 2, "return their mean: jnp.mean"),
    (lambda w, b: jnp.mean((b[0] @ w - Y) ** 2), "not on a batch of 8"),
    (lambda w: jnp.sum(w), "loss(params, batch)"),
    ("x^2", "which has no argument for a batch"),
    (3, "the loss is int"),
]


@pytest.mark.parametrize(("loss", "words"), WRONG_LOSSES)
def test_a_loss_that_is_no_mean_is_told_apart(loss: Any, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        sf.descend(loss, np.zeros(3), "gd", 3, lr=0.05, batches=sf.Batches((X, Y), 8))


def test_a_mean_with_a_penalty_is_a_mean() -> None:
    walk = sf.descend(lambda w, b: squares(w, b) + jnp.sum(w**2), np.zeros(3), "gd", 3, lr=0.05,
                      batches=sf.Batches((X, Y), 8))  # fmt: skip
    assert walk.steps == 3


@pytest.mark.parametrize("rule", ["newton", "l-bfgs", "guaranteed", "random"])
def test_rules_of_one_function_are_refused(rule: str) -> None:
    lr = None if rule in ("l-bfgs", "guaranteed") else 0.1
    with pytest.raises(InputError, match="the function is another one at each step"):
        sf.descend(squares, np.zeros(3), rule, 3, lr=lr, batches=sf.Batches((X, Y), 8))


def test_what_is_no_batches_and_data_beside_them() -> None:
    with pytest.raises(InputError, match=r"expected sf.Batches\(data, size"):
        sf.descend(squares, np.zeros(3), "gd", 3, lr=0.1, batches=8)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="hands arrays to f by name"):
        sf.descend(squares, np.zeros(3), "gd", 3, lr=0.1, batches=sf.Batches((X, Y), 8),
                   data={"a": X})  # fmt: skip
