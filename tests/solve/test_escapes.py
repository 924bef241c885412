"""escapes: walks that leave a poor valley, against a plain simulation, and Wilson's interval."""

import json
import re
from math import comb
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
import pytest

import surefoot as sf
from surefoot.descent.wilson import wilson
from surefoot.terms import InputError

RNG = np.random.default_rng(0)
SHIFTS = 2.0 * RNG.standard_normal(48)
SHIFTS -= SHIFTS.mean()


def wells(w: Any, d: Any) -> Any:
    """Two wells, the left one deeper; each example tilts them by d, the mean of which is 0."""
    return jnp.mean(0.25 * w**4 - 0.5 * w**2 + 0.1 * w + d * w)


def simulated(size: int, walks: int, steps: int, lr: float, seed: int) -> int:
    """How many walks with replacement end on the left side of the hill between the wells."""
    rng = np.random.default_rng(seed)
    w = np.full(walks, 0.9)
    for _ in range(steps):
        tilt = rng.choice(SHIFTS, (walks, size)).mean(axis=1)
        w = w - lr * (w**3 - w + 0.1 + tilt)
    hill = float(np.sort(np.roots([1.0, 0.0, -1.0, 0.1]).real)[1])
    return int(np.sum(w < hill))


def test_as_often_as_in_a_plain_simulation() -> None:
    found = sf.escapes(wells, 0.9, SHIFTS, [1, 3, 12], steps=200, lr=0.1, walks=150, replace=True)
    for count in found.counts:
        expected = simulated(count.size, 4_000, 200, 0.1, count.size) / 4_000
        spread = np.sqrt(expected * (1 - expected) / 150)
        assert abs(count.share - expected) <= 4 * spread + 1e-12, count
    shares = [count.share for count in found.counts]
    assert shares[0] > 0.4 and shares == sorted(shares, reverse=True) and shares[2] == 0.0
    assert found.without_noise == "stays"
    assert "it is the noise that carries walks out" in found.advice
    assert len(found.valleys) == 2
    for point, value in found.valleys:
        assert point[0] ** 3 - point[0] + 0.1 == pytest.approx(0.0, abs=1e-8)
        assert value == pytest.approx(float(wells(point[0], SHIFTS)), abs=1e-6)


@pytest.mark.parametrize("replace", [False, True])
def test_each_walk_is_that_of_descend(replace: bool) -> None:
    found = sf.escapes(wells, 0.9, SHIFTS, [1, 5], "momentum", 60, lr=0.05, walks=4, seed=7,
                       options={"beta": 0.5}, replace=replace)  # fmt: skip
    for count in found.counts:
        ends = [
            sf.descend(wells, 0.9, "momentum", 60, lr=0.05, options={"beta": 0.5}, record="last",
                       batches=sf.Batches(SHIFTS, count.size, replace=replace, seed=7 + k)).x
            for k in range(4)
        ]  # fmt: skip
        hill = float(np.sort(np.roots([1.0, 0.0, -1.0, 0.1]).real)[1])
        assert count.escaped == sum(end < hill for end in ends)
        assert count.stayed == 4 - count.escaped


@pytest.mark.parametrize("scale", [1e-5, 1e5])
def test_scaled_and_shifted(scale: float) -> None:
    given: dict[str, Any] = {"steps": 150, "walks": 30}
    here = sf.escapes(wells, 0.9, SHIFTS, [1, 6], lr=0.1, **given)
    there = sf.escapes(lambda w, d: wells((w - 3.0) / scale, d) + 5.0, 3.0 + 0.9 * scale, SHIFTS,
                       [1, 6], lr=0.1 * scale**2, **given)  # fmt: skip
    for one, other in zip(here.counts, there.counts, strict=True):
        # A walk on the hill itself may fall to the other side by rounding.
        assert abs(one.escaped - other.escaped) <= 1 and other.stayed + other.escaped == 30


def test_from_the_deepest_valley_there_is_nowhere_deeper() -> None:
    found = sf.escapes(wells, -1.0, 2.0 * SHIFTS, [1], steps=300, lr=0.1, walks=40, replace=True)
    count = found.counts[0]
    assert count.escaped == 0 and count.elsewhere > 0
    assert "No valley that was met is deeper" in found.advice
    calm = sf.escapes(wells, -1.0, 0.01 * SHIFTS, [1], steps=300, lr=0.1, walks=40)
    assert calm.counts[0].stayed == 40 and "rarer than" in calm.advice


def test_steps_that_are_too_long_are_not_called_noise() -> None:
    # From 0.9 the whole gradient at this η jumps over the hill by itself.
    found = sf.escapes(wells, 0.4, 1e-6 * SHIFTS, [4], steps=400, lr=1.9, walks=10)
    assert found.without_noise != "stays" and "noise or not" in found.advice


def test_walks_that_run_away_are_counted_as_such() -> None:
    found = sf.escapes(wells, 0.9, SHIFTS, [1, 48], steps=200, lr=1.2, walks=20)
    assert found.counts[0].diverged > 10
    assert found.counts[0].walks == 20 == sum(
        getattr(found.counts[0], name)
        for name in ("stayed", "escaped", "elsewhere", "unsettled", "diverged")
    )
    assert "nan" not in found.report()


def test_in_pieces_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {"steps": 50, "lr": 0.1, "walks": 9}
    whole = sf.escapes(wells, 0.9, SHIFTS, [1, 5], **given)
    monkeypatch.setattr("surefoot.descent.walks.ROOM", 40)
    parts = sf.escapes(wells, 0.9, SHIFTS, [1, 5], **given)
    assert parts.counts == whole.counts


def test_a_net_with_two_arrays_and_an_optax_rule() -> None:
    def loss(p: Any, d: Any) -> Any:
        return wells(p["a"], d) + jnp.sum((p["b"] - 1.0) ** 2)

    found = sf.escapes(loss, {"a": 0.9, "b": np.zeros(2)}, SHIFTS, [1, 8], optax.sgd(0.1), 120,
                       walks=20)  # fmt: skip
    assert found.counts[0].escaped > 0 and found.counts[0].share > found.counts[1].share


def test_report_plot_and_dict(tmp_path: Any) -> None:
    found = sf.escapes(wells, 0.9, SHIFTS, [1, 48], steps=100, lr=0.1, walks=12)
    again = sf.escapes(wells, 0.9, SHIFTS, [1, 48], steps=100, lr=0.1, walks=12)
    assert found.to_dict() == again.to_dict()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["sizes"][1]["size"] == 48
    assert "48 examples without replacement" in " ".join(found.report().split())
    assert "escapes from a valley of wells" in found._repr_html_()
    # All examples without replacement are the whole gradient: nothing moves the walk.
    assert found.counts[1].stayed == 12
    found.plot(tmp_path / "escapes.png")
    assert (tmp_path / "escapes.png").stat().st_size > 5_000


def test_wilson_by_hand_and_by_counting_all_outcomes() -> None:
    # Newcombe 1998, table I: 15 of 148 gives 0.0624 to 0.1605, 0 of 20 gives 0 to 0.1611.
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    low, high = wilson(20, 20)
    assert high == 1.0 and low == pytest.approx(1 - 0.1611, abs=5e-5)
    ends = [wilson(k, 64) for k in range(65)]
    covered = []
    for chance in np.linspace(0.005, 0.995, 100):
        covered.append(sum(
            comb(64, k) * chance**k * (1 - chance) ** (64 - k)
            for k in range(65) if ends[k][0] <= chance <= ends[k][1]
        ))  # fmt: skip
    assert np.mean(covered) == pytest.approx(0.95, abs=0.01) and min(covered) > 0.85
    with pytest.raises(InputError, match="no count"):
        wilson(3, 2)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sizes": []}, "sizes is []"),
        ({"sizes": 4}, "expected some batch sizes"),
        ({"sizes": [0]}, "from 1 to 48"),
        ({"sizes": [49]}, "without replacement"),
        ({"walks": 0}, "walks is 0"),
        ({"steps": 0}, "steps is 0"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"rule": "newton"}, "not made of gradients alone"),
        ({"rule": "gdd"}, "did you mean 'gd'"),
        ({"lr": -1.0}, "above 0"),
        ({"w0": None}, "needs the start"),
        ({"loss": lambda w, d: jnp.sum(w * d)}, "jnp.mean in place of jnp.sum"),
        ({"loss": lambda w, d: jnp.mean(w * (d + 1.0))}, "no valley"),
        ({"loss": lambda w, d: jnp.mean(jnp.log(-w) + d)}, "not a finite number"),
    ],
)
def test_what_cannot_be_used_is_said(given: dict[str, Any], words: str) -> None:
    call: dict[str, Any] = {"loss": wells, "w0": 0.9, "data": SHIFTS, "sizes": [4], "lr": 0.1}
    with pytest.raises(InputError, match=re.escape(words)):
        sf.escapes(**{**call, **given})


def steep_wells(w, d):
    return jnp.mean(w**4 / 4 - w**2 / 2 + 8 * d * w)


def test_walks_that_all_diverge_do_not_stay() -> None:
    data = 2.0 * np.random.default_rng(1).normal(size=64)
    data -= data.mean()
    found = sf.escapes(steep_wells, 0.9, data, [1], steps=200, lr=0.2, walks=20)
    assert found.counts[0].diverged == 20 and "; 20" in found.report()
    assert "DIVERGES" in found.report() and "STAYS" not in found.report()
    assert "so does every walk" not in found.advice and "smaller η" in found.advice


@pytest.mark.parametrize("much", [{"walks": 10**8}, {"steps": 10**12}])
def test_more_walks_than_can_be_made_are_refused(much) -> None:
    with pytest.raises(sf.InputError, match="than can be"):
        sf.escapes(steep_wells, 0.9, np.zeros(8), [4], lr=0.1, **much)
