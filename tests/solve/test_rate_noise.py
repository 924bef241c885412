"""learning_rate with minibatches: the limit in mean square and the floor, against simulation."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.descent.noise_floor import additive_floor, batch_squares
from surefoot.descent.stability import MODES
from surefoot.solve import Regime
from surefoot.terms import InputError

RNG = np.random.default_rng(0)
SCALES = np.array([0.3, 1.0, 5.0])
POINTS = RNG.standard_normal((64, 3)) * [1.0, 2.0, 0.5]
POINTS -= POINTS.mean(axis=0)
FEATURES = RNG.standard_normal((40, 2)) * [1.0, 2.0]
TARGET = FEATURES @ [1.0, -1.0] + 0.7 * RNG.standard_normal(40)


def alike(w: Any, d: Any) -> Any:
    """Examples that curve alike and disagree about the minimum."""
    return 0.5 * jnp.mean(jnp.sum(SCALES * (w - d) ** 2, axis=-1))


def squares(w: Any, batch: Any) -> Any:
    return jnp.mean((batch[0] @ w - batch[1]) ** 2)


def settled(walk: Any, hessian: Any, best: Any, skip: int) -> tuple[float, float]:
    """Mean of ½(x − x*)ᵀH(x − x*) over a walk, and its error from the means of 40 pieces."""
    away = walk.points[skip:] - best
    excess = 0.5 * np.einsum("kp,pq,kq->k", away, hessian, away)
    pieces = excess[: len(excess) // 40 * 40].reshape(40, -1).mean(axis=1)
    return float(pieces.mean()), float(pieces.std(ddof=1) / np.sqrt(40))


def test_one_mode_by_hand() -> None:
    # h = 2, c = 3, η = 0.25: x⁺ = ½x − ¼ξ, so E x² = (3/16)/(1 − ¼) = ¼ and the excess is ¼.
    one = additive_floor("gd", 0.25, np.array([2.0]), np.array([3.0]), {})
    assert one == pytest.approx(0.25)
    assert one == pytest.approx(0.25 * 3.0 / (2.0 * (2.0 - 0.5)))
    # Without memory momentum and Nesterov are gradient descent.
    for name in ("momentum", "nesterov"):
        same = additive_floor(name, 0.25, np.array([2.0]), np.array([3.0]), {"beta": 0.0})
        assert same == pytest.approx(one)
    # Momentum's variance on one mode in closed form: η c (1+β)/(h(1−β)(2(1+β) − ηh)).
    eta, h, c, b = 0.1, 2.0, 3.0, 0.8
    wanted = 0.5 * h * eta * c * (1 + b) / (h * (1 - b) * (2 * (1 + b) - eta * h))
    found = additive_floor("momentum", eta, np.array([h]), np.array([c]), {"beta": b})
    assert found == pytest.approx(wanted)
    assert additive_floor("gd", 1.1, np.array([2.0]), np.array([3.0]), {}) == np.inf
    # Without noise too nothing settles beyond the limit.
    assert additive_floor("gd", 1.1, np.array([2.0]), np.zeros(1), {}) == np.inf
    assert additive_floor("gd", 0.5, np.array([0.0, -1.0]), np.ones(2), {}) == 0.0


def test_two_examples_by_hand_in_mean_square() -> None:
    # Curvatures 1 and 3, both with their minimum at 0: E(1 − ηh)² = 1 − 4η + 5η² < 1 for η < 0.8,
    # where 2/E h is 1.
    data = np.array([1.0, 3.0])
    rate = sf.learning_rate(lambda w, h: 0.5 * jnp.mean(h * w**2), 1.0,
                            batches=sf.Batches(data, 1, replace=True), lr=0.9)  # fmt: skip
    assert rate.noise is not None and rate.noise.limit == pytest.approx(0.8)
    assert rate.limit == pytest.approx(1.0)
    assert rate.suggestion == pytest.approx(0.4) and "mean square" in rate.reason
    assert rate.regime is Regime.NOISE_GROWS and rate.regime_of(1.1) is Regime.DIVERGES
    assert rate.noise.floor(0.5) == 0.0
    text = " ".join(rate.report().split())
    assert "noise itself grows at this η" in text and "beyond the limit in mean square" in text
    whole = batch_squares(np.eye(1) * 2.0, np.eye(1) * 5.0, 1.0)
    assert whole == pytest.approx(5.0)


def test_the_limit_in_mean_square_is_where_walks_begin_to_grow() -> None:
    rng = np.random.default_rng(3)
    factors = rng.standard_normal((20, 2, 2))
    batches = sf.Batches(factors, 2, replace=True)

    def loss(w: Any, f: Any) -> Any:
        return 0.5 * jnp.mean(jnp.sum((f @ w) ** 2, axis=-1))

    rate = sf.learning_rate(loss, np.ones(2), batches=batches)
    assert rate.noise is not None and rate.noise.limit is not None
    hessians = np.einsum("kij,kil->kjl", factors, factors)
    for share, grows in ((0.9, False), (1.1, True)):
        eta = share * rate.noise.limit
        # E xxᵀ by its own recursion, over all pairs of a batch.
        steps = [np.eye(2) - eta * 0.5 * (a + b) for a in hessians for b in hessians]
        second = np.eye(2)
        for _ in range(60):
            second = np.mean([s @ second @ s.T for s in steps], axis=0)
        assert bool(np.trace(second) > 2.0) is grows


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov"])
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_the_floor_of_examples_that_curve_alike(name: str, scale: float) -> None:
    data = scale * POINTS
    batches = sf.Batches(data, 4, replace=True, seed=1)
    rate = sf.learning_rate(alike, np.ones(3), name, batches=batches)
    assert rate.noise is not None
    for share in (0.02, 0.4):
        eta = share * rate.limit
        walk = sf.descend(alike, np.zeros(3), name, 24_000, lr=eta, batches=batches)
        mean, error = settled(walk, np.diag(SCALES), np.zeros(3), 2_000)
        floor = rate.noise.floor(eta)
        assert error < 0.06 * mean
        assert abs(mean - floor) < 4 * error
        # All examples curve alike: the covariance alone says it.
        variances = SCALES**2 * data.var(axis=0) / 4
        assert floor == pytest.approx(
            additive_floor(name, eta, SCALES, variances, rate.parameters), rel=1e-6
        )


def test_small_rates_settle_at_a_quarter_of_eta_times_the_trace() -> None:
    batches = sf.Batches(POINTS, 4, replace=True)
    rate = sf.learning_rate(alike, np.ones(3), batches=batches)
    assert rate.noise is not None
    trace = float(np.sum(SCALES**2 * POINTS.var(axis=0))) / 4
    assert rate.noise.floor(1e-5) == pytest.approx(1e-5 * trace / 4, rel=1e-4)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_floor_of_examples_that_curve_differently(share: float) -> None:
    batches = sf.Batches((FEATURES, TARGET), 2, replace=True, seed=2)
    rate = sf.learning_rate(squares, np.zeros(2), batches=batches)
    assert rate.noise is not None and rate.noise.limit is not None
    assert rate.noise.limit < rate.limit
    eta = share * rate.noise.limit
    hessian = 2 * FEATURES.T @ FEATURES / 40
    best = np.linalg.lstsq(FEATURES, TARGET, rcond=None)[0]
    walk = sf.descend(squares, np.zeros(2), "gd", 40_000, lr=eta, batches=batches)
    mean, error = settled(walk, hessian, best, 2_000)
    floor = rate.noise.floor(eta)
    assert error < 0.1 * mean
    assert abs(mean - floor) < 4 * error
    # What the covariance alone says is too low, and by more than the error.
    low = additive_floor("gd", eta, rate.noise.curvatures, rate.noise.variances, {})
    assert low < floor and (share < 0.3 or low < mean - 4 * error)


def test_epochs_settle_lower() -> None:
    batches = sf.Batches(POINTS, 4, seed=1)
    rate = sf.learning_rate(alike, np.ones(3), batches=batches)
    assert rate.noise is not None
    eta = 0.02 * rate.limit
    walk = sf.descend(alike, np.zeros(3), "gd", 16_000, lr=eta, batches=batches)
    mean, error = settled(walk, np.diag(SCALES), np.zeros(3), 2_000)
    assert mean + 4 * error < rate.noise.floor(eta)
    assert "epochs settle lower" in " ".join(rate.report().split())


def test_the_best_first_step_is_the_one_measured() -> None:
    batches = sf.Batches((FEATURES, TARGET), 1, replace=True)
    start = np.array([3.0, 2.0])
    rate = sf.learning_rate(squares, start, batches=batches)
    assert rate.noise is not None and rate.noise.best_first is not None
    slopes = 2 * FEATURES * (FEATURES @ start - TARGET)[:, None]

    def expected(eta: float) -> float:
        return float(np.mean([
            np.mean((FEATURES @ (start - eta * slope) - TARGET) ** 2) for slope in slopes
        ]))

    best = rate.noise.best_first
    assert expected(best) < min(expected(0.98 * best), expected(1.02 * best))
    assert rate.noise.best_without is not None and best < rate.noise.best_without


def test_a_rate_for_a_floor() -> None:
    rate = sf.learning_rate(alike, np.ones(3), batches=sf.Batches(POINTS, 4))
    assert rate.noise is not None
    wanted = rate.noise.floor(0.03)
    assert rate.noise.rate_for(wanted, rate.limit) == pytest.approx(0.03, rel=1e-6)
    assert rate.noise.rate_for(1e9, rate.limit) == pytest.approx(0.999 * rate.limit)
    with pytest.raises(InputError, match="above 0"):
        rate.noise.rate_for(0.0, rate.limit)


def test_larger_batches_and_what_is_said() -> None:
    floors = []
    for size in (1, 4, 16, 64):
        rate = sf.learning_rate(alike, np.ones(3), lr=0.1, batches=sf.Batches(POINTS, size))
        assert rate.noise is not None
        floors.append(rate.noise.floor(0.1))
        text = " ".join(rate.report().split())
        assert f"With {size} of 64 examples a step" in text and "nan" not in text
        if size < 64:
            assert f"at half of η {rate.noise.floor(0.05):.3g}" in text
    # Without replacement the variance is (n − b)/(b(n − 1)) of an example's.
    assert floors[1] == pytest.approx(floors[0] * (64 - 4) / (4 * 63))
    assert floors[3] == 0.0 and "nothing keeps a walk above it" in text
    near = sf.learning_rate(alike, 1e-3 * np.ones(3), lr=0.3, batches=sf.Batches(POINTS, 1))
    assert "leads away from it" in " ".join(near.report().split())


def test_where_there_is_no_theory_it_says_so() -> None:
    batches = sf.Batches(POINTS, 4)
    adam = sf.learning_rate(alike, np.ones(3), "adam", batches=batches)
    assert adam.noise is None
    assert "divides by a P that the noise changes" in " ".join(adam.report().split())
    wide = np.random.default_rng(1).standard_normal((8, 320))
    many = sf.learning_rate(lambda w, d: 0.5 * jnp.mean(jnp.sum((w - d) ** 2, axis=-1)),
                            np.ones(320), batches=sf.Batches(wide, 2))  # fmt: skip
    assert many.noise is None and "too many coordinates" in " ".join(many.report().split())
    plain = sf.learning_rate("x^2", 1.0)
    assert plain.noise is None and "noise" not in plain.report()
    slope = sf.learning_rate(lambda w, d: jnp.mean(w * d), 1.0, batches=sf.Batches(np.ones(4), 2))
    assert slope.noise is None and "no minimum was reached" in " ".join(slope.report().split())


def test_what_cannot_be_used_is_said() -> None:
    with pytest.raises(InputError, match=r"expected sf.Batches"):
        sf.learning_rate(alike, np.ones(3), batches=4)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="hands arrays to f by name"):
        sf.learning_rate(alike, np.ones(3), batches=sf.Batches(POINTS, 4), data={"a": POINTS})


def test_the_equation_of_a_mode_holds() -> None:
    eta, h, c, given = 0.3, 1.7, 0.9, {"beta": 0.6}
    for name in ("momentum", "nesterov"):
        matrix = MODES[name].matrix(eta, h, given)
        key = jax.random.normal(jax.random.key(0), (200_000,))
        noise = np.sqrt(c) * np.asarray(key, np.float64)
        x, m, total = 0.0, 0.0, 0.0
        ahead = 1.0 + given["beta"] if name == "nesterov" else 1.0
        for xi in noise:
            x, m = (
                matrix[0, 0] * x + matrix[0, 1] * m - eta * ahead * xi,
                matrix[1, 0] * x + matrix[1, 1] * m + xi,
            )
            total += x * x
        found = additive_floor(name, eta, np.array([h]), np.array([c]), given)
        assert 0.5 * h * total / len(noise) == pytest.approx(found, rel=0.03)
