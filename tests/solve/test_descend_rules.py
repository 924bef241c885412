"""descend with the rules that have names: their numbers, what is recorded, what is refused."""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import surefoot as sf
from surefoot.descent import RULES
from surefoot.terms import InputError, PointKind, Status

RATES = {"gd": 0.05, "momentum": 0.01, "nesterov": 0.01, "rmsprop": 0.05, "adam": 0.1,
         "newton": None, "l-bfgs": None, "guaranteed": None, "random": 0.3}  # fmt: skip


def bowl(x: Any) -> Any:
    return 3.0 * (x[0] - 1.0) ** 2 + 0.5 * (x[1] + 2.0) ** 2 + x[0] * x[1]


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_goes_down_a_bowl(name: str) -> None:
    walk = sf.descend(bowl, np.array([4.0, 3.0]), name, 60, lr=RATES[name])
    assert walk.steps == 60 and walk.reason == "" and walk.value < 0.5 * walk.values[0]
    np.testing.assert_allclose(np.diff(walk.points, axis=0), walk.updates, atol=1e-12)
    assert (walk.rates is None) is RULES[name].searches
    assert name in walk.report()


@pytest.mark.parametrize(
    ("name", "options", "made"),
    [
        ("momentum", {"beta": 0.5}, optax.sgd(0.02, momentum=0.5)),
        ("nesterov", {"beta": 0.5}, optax.sgd(0.02, momentum=0.5, nesterov=True)),
        ("rmsprop", {"decay": 0.5, "eps": 1e-3}, optax.rmsprop(0.02, decay=0.5, eps=1e-3)),
        ("adam", {"beta1": 0.5, "eps": 1e-3}, optax.adam(0.02, b1=0.5, eps=1e-3)),
    ],
)
def test_options_reach_the_rule(name: str, options: dict[str, float], made: object) -> None:
    by_name = sf.descend(bowl, [4.0, 3.0], name, 20, lr=0.02, options=options)
    by_optax = sf.descend(bowl, [4.0, 3.0], made, 20)
    np.testing.assert_allclose(by_name.points, by_optax.points, rtol=1e-12)
    assert f"{next(iter(options))} = 0.5" in by_name.equation


def test_newton_and_lbfgs_arrive_and_newton_goes_to_a_saddle() -> None:
    for name in ("newton", "l-bfgs"):
        walk = sf.descend(bowl, [4.0, 3.0], name, 12)
        assert walk.verdict.kind is PointKind.LOCAL_MINIMUM or "MINIMUM" in walk.verdict.kind.name
    saddle = sf.descend("x^2 - y^2", {"x": 1.0, "y": 0.5}, "newton", 1)
    np.testing.assert_allclose(saddle.points[1], [0.0, 0.0], atol=1e-12)
    assert saddle.verdict.kind is PointKind.SADDLE_POINT


def test_weights_decay_apart_from_the_gradient() -> None:
    # Three steps by hand: x⁺ = x − η g − ηλ x with f = x², g = 2x, η = 0.1, λ = 0.5.
    walk = sf.descend("x^2", 1.0, "gd", 3, lr=0.1, weight_decay=0.5)
    np.testing.assert_allclose(walk.points[:, 0], [1.0, 0.75, 0.5625, 0.421875], rtol=1e-14)
    adam = sf.descend(bowl, [4.0, 3.0], "adam", 20, lr=0.02, weight_decay=0.1)
    adamw = sf.descend(bowl, [4.0, 3.0], optax.adamw(0.02, weight_decay=0.1), 20)
    np.testing.assert_allclose(adam.points, adamw.points, rtol=1e-12)


def test_a_decay_follows_the_schedule() -> None:
    walk = sf.descend("0x", 1.0, "gd", 2, lr=lambda k: 0.5 / (k + 1), weight_decay=0.2)
    np.testing.assert_allclose(walk.points[:, 0], [1.0, 0.9, 0.9 * 0.95], rtol=1e-12)


def test_gradients_are_clipped_to_their_norm() -> None:
    walk = sf.descend("50x^2 + 0y", {"x": 1.0, "y": 1.0}, "gd", 1, lr=0.1, clip=3.0)
    np.testing.assert_allclose(walk.updates[0], [-0.3, 0.0], rtol=1e-12)
    np.testing.assert_allclose(walk.gradients[0], [100.0, 0.0], rtol=1e-12)


@pytest.mark.parametrize("steps", [0, 1, 7, 300, 1000])
@pytest.mark.parametrize("record", [3, "every 10", 256, "last", 5000])
def test_what_is_recorded_lies_on_the_same_walk(steps: int, record: Any) -> None:
    whole = sf.descend(bowl, [4.0, 3.0], "adam", steps, lr=0.1)
    some = sf.descend(bowl, [4.0, 3.0], "adam", steps, lr=0.1, record=record)
    assert some.steps == steps and some.numbers[0] == 0 and some.numbers[-1] == steps
    every = {"every 10": 10, "last": max(1, steps)}.get(record, record)
    assert set(some.numbers) == {*range(0, steps, every), steps}
    for mine, theirs in (
        (some.points, whole.points), (some.values, whole.values),
        (some.gradients, whole.gradients),
    ):  # fmt: skip
        np.testing.assert_allclose(mine, theirs[some.numbers], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(some.updates, whole.updates[some.numbers[:-1]], atol=1e-9)
    assert some.verdict.kind is whole.verdict.kind


@pytest.mark.parametrize(
    ("f", "start", "lr", "steps"),
    [
        ("x^4", 3.0, 0.5, 50),
        ("x^2", 1.0, 1.2, 2000),
        ("log(x)", 1.0, 0.01, 500),
        # Out of the domain at step 1, where there is a slope that leads back in at step 2.
        ("x^2/2 + 0.01log(x)", 1.0, 1.5, 1500),
        ("exp(x^2)", 1.0, 1.0, 900),
    ],
)
@pytest.mark.parametrize("record", [2, 7, 300, "last"])
def test_a_walk_that_ends_names_the_same_step_however_it_is_recorded(
    f: str, start: float, lr: float, steps: int, record: Any
) -> None:
    whole = sf.descend(f, start, "gd", steps, lr=lr)
    some = sf.descend(f, start, "gd", steps, lr=lr, record=record)
    assert whole.status is some.status and whole.status in (Status.DIVERGED, Status.NOT_A_NUMBER)
    step = re.search(r"step (\d+)", whole.reason, re.IGNORECASE)
    assert step is not None and step.group(0) in some.reason
    assert some.steps < int(step.group(1))
    assert np.isfinite(some.points).all() and np.isfinite(some.values).all()


def test_a_long_walk_of_many_numbers_needs_no_memory_for_its_steps() -> None:
    size = 400_000
    with pytest.raises(InputError, match='record="last"'):
        sf.descend(lambda x: jnp.sum(x * x), np.ones(size), "gd", 1000, lr=0.1)
    walk = sf.descend(lambda x: jnp.sum(x * x), np.ones(size), "gd", 20, lr=0.1, record="last")
    np.testing.assert_allclose(walk.points[-1], 0.8**20, rtol=1e-12)


def test_the_angle_to_the_steepest_way_down() -> None:
    walk = sf.descend(bowl, [4.0, 3.0], "gd", 5, lr=0.05)
    np.testing.assert_allclose(walk.angles, 0.0, atol=1e-6)
    newton = sf.descend("x^2 + 100y^2", {"x": 1.0, "y": 0.1}, "newton", 1)
    # −g = (−2, −20) and the step is (−1, −0.1).
    wanted = np.degrees(np.arctan2(20.0, 2.0) - np.arctan2(0.1, 1.0))
    np.testing.assert_allclose(newton.angles, [wanted], rtol=1e-9)
    up = sf.descend("x^2", 1.0, optax.sgd(-0.1), 1)
    np.testing.assert_allclose(up.angles, [180.0])


def test_pytrees_and_schedules_work_with_every_record() -> None:
    def f(p: dict[str, Any]) -> Any:
        return jnp.sum(jnp.cosh(p["a"])) + (p["b"] - 2.0) ** 2

    start = {"a": np.array([1.0, -2.0]), "b": 0.5}
    schedule = optax.cosine_decay_schedule(0.1, 40)
    walks = [
        sf.descend(f, start, "nesterov", 40, lr=schedule, record=record) for record in ("all", 9)
    ]
    np.testing.assert_allclose(walks[0].points[-1], walks[1].points[-1], rtol=1e-12)
    assert walks[1].rates is not None
    np.testing.assert_allclose(walks[1].rates, [float(schedule(k)) for k in range(0, 40, 9)])
    assert jax.tree_util.tree_structure(walks[1].x) == jax.tree_util.tree_structure(start)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"lr": 0.0}, "above 0"),
        ({"lr": -1.0}, "above 0"),
        ({"lr": float("nan")}, "above 0"),
        ({"lr": float("inf")}, "above 0"),
        ({"lr": "0.1"}, "above 0"),
        ({"rule": "adma", "lr": 0.1}, "did you mean 'adam'"),
        ({"rule": "momentum", "lr": 0.1, "options": {"beta": 1.0}}, "below 1"),
        ({"rule": "momentum", "lr": 0.1, "options": [0.9]}, "expected a dict"),
        ({"rule": "momentum", "lr": 0.1, "options": {"bta": 0.9}}, "did you mean 'beta'"),
        ({"rule": "momentum"}, "needs a learning rate"),
        ({"rule": "l-bfgs", "lr": 0.1}, "leave lr out"),
        ({"rule": optax.adam(0.1), "lr": 0.1}, "lr belongs"),
        ({"rule": optax.adam(0.1), "options": {"beta": 0.1}}, "options belong"),
        ({"rule": "newton", "weight_decay": 0.1}, "weight_decay belongs"),
        ({"lr": 0.1, "weight_decay": -0.1}, "at least 0"),
        ({"lr": 0.1, "clip": 0.0}, "above 0"),
        ({"rule": "newton", "clip": 1.0}, "leave clip out"),
        ({"lr": 0.1, "record": 0}, "each k-th step"),
        ({"lr": 0.1, "record": "some"}, "each k-th step"),
        ({"lr": 0.1, "record": "every x"}, "each k-th step"),
        ({"lr": 0.1, "record": 2.5}, "each k-th step"),
        ({"lr": 0.1, "record": None}, "each k-th step"),
    ],
)
def test_what_cannot_be_used_is_said(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        sf.descend("x^2", 1.0, steps=3, **given)


def test_newton_is_refused_where_its_matrix_would_be_too_large() -> None:
    with pytest.raises(InputError, match="l-bfgs"):
        sf.descend(lambda x: jnp.sum(x * x), np.ones(1001), "newton", 3)


def test_a_device_is_taken_by_name_or_as_it_is() -> None:
    walks = [
        sf.descend("x^2 + x", 1.0, "adam", 20, lr=0.1, record=record, device=device)
        for record in ("all", "last")
        for device in (None, "cpu", jax.devices("cpu")[0])
    ]
    assert [walk.x for walk in walks] == pytest.approx([float(walks[0].x)] * 6, rel=1e-12)


@pytest.mark.parametrize("device", ["quantum", 3, ""])
def test_an_unknown_device_names_those_that_are_there(device: Any) -> None:
    with pytest.raises(InputError, match="cpu"):
        sf.descend("x^2", 1.0, lr=0.1, device=device)


