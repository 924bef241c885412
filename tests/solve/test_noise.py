"""noise: the cloud, the noise scale and its error bar, against hands and simulated truth."""

import json
import re
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.calculus.example_gradients import ExampleGradients
from surefoot.descent import gradient_cloud as cloud_file
from surefoot.descent.noise_scale import NoiseScale, batch_variance, noise_scale
from surefoot.terms import InputError


def half_square(w: Any, d: Any) -> Any:
    return 0.5 * jnp.mean(jnp.sum((w - d) ** 2, axis=-1))


def squares(w: Any, batch: Any) -> Any:
    return jnp.mean((batch[0] @ w - batch[1]) ** 2)


def regression(seed: int, n: int, p: int = 3) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((n, p))
    return features, features @ np.arange(1.0, p + 1) + 0.5 * rng.standard_normal(n)


def test_by_hand() -> None:
    # Slopes w − d at w = 4: 4, 3, 2, 3. Mean 3, Σ(d − 1)² = 2, so tr Σ = 2/3, ‖g‖² = 9 − 1/6.
    found = sf.noise(lambda w, d: 0.5 * jnp.mean((w - d) ** 2), 4.0, [0.0, 1.0, 2.0, 1.0])
    assert found.cloud.value == pytest.approx(0.5 * (16 + 9 + 4 + 9) / 4)
    assert found.cloud.gradient == pytest.approx([3.0])
    assert found.trace == pytest.approx(2 / 3)
    assert found.square == pytest.approx(9 - 1 / 6)
    assert found.scale == pytest.approx((2 / 3) / (9 - 1 / 6))
    np.testing.assert_allclose(found.cloud.points, [[4, 0], [3, 0], [2, 0], [3, 0]])
    assert found.cloud.share == pytest.approx(1.0)
    assert found.share_of_progress(1) == pytest.approx(1 / (1 + found.scale))


def test_a_cloud_by_hand_in_two_coordinates() -> None:
    # The examples lie on a cross about (0, 2) with arms 1 (along) and 3 (across the gradient).
    data = np.array([[0.0, 1.0], [0.0, 3.0], [3.0, 2.0], [-3.0, 2.0]])
    found = sf.noise(half_square, np.array([0.0, 4.0]), data)
    assert found.cloud.gradient == pytest.approx([0.0, 2.0])
    np.testing.assert_allclose(np.abs(found.cloud.axes), [[0, 1], [1, 0]], atol=1e-12)
    np.testing.assert_allclose(found.cloud.points[:, 0], [3, 1, 2, 2])
    np.testing.assert_allclose(np.abs(found.cloud.points[:, 1]), [0, 0, 3, 3], atol=1e-12)
    assert found.trace == pytest.approx(20 / 3)
    np.testing.assert_allclose(found.cloud.covariance, np.diag([18 / 3, 2 / 3]), atol=1e-12)


def test_the_jackknife_is_the_one_that_leaves_out() -> None:
    rng = np.random.default_rng(2)
    gradients = rng.standard_normal((12, 4)) + np.array([1.0, 0.0, 0.0, 2.0])

    def numbers(rows: Any) -> tuple[float, float]:
        mean = rows.mean(axis=0)
        trace = float(np.sum((rows - mean) ** 2)) / (len(rows) - 1)
        return trace, float(mean @ mean) - trace / len(rows)

    left = np.array([numbers(np.delete(gradients, i, axis=0)) for i in range(12)])
    errors = np.sqrt(11 / 12 * np.sum((left - left.mean(axis=0)) ** 2, axis=0))
    found = _scale_of(gradients)
    assert (found.trace, found.square) == pytest.approx(numbers(gradients))
    assert (found.trace_error, found.square_error) == pytest.approx(tuple(errors))


def _scale_of(gradients: Any) -> NoiseScale:
    n = len(gradients)
    mean = gradients.mean(axis=0)
    apart = gradients - mean
    sizes = np.sum(apart**2, axis=1)
    covariance = apart.T @ apart / (n - 1)
    return noise_scale(float(mean @ mean), sizes, apart @ mean, float(np.sum(covariance**2)))


@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize(("p", "n"), [(1, 100), (3, 30), (20, 100)])
@pytest.mark.parametrize("share", [0.2, 20.0, 300.0])
def test_the_error_bar_covers_the_truth(p: int, n: int, share: float, heavy: bool) -> None:
    """`share` is ‖g‖²/(tr Σ/n): from a gradient that the noise hides to one that stands out."""
    rng = np.random.default_rng([p, n, int(share), heavy])
    roots = np.geomspace(1.0, 0.2, p)
    gradient = np.ones(p) * np.sqrt(share / n * np.sum(roots**2) / p)
    truth = n / share
    hits, within, square, trace = 0, [], 0.0, 0.0
    for _ in range(400):
        normal = rng.standard_normal((n, p))
        if heavy:
            normal = rng.standard_t(5, (n, p)) / np.sqrt(5 / 3)
        found = _scale_of(gradient + normal * roots)
        low, high = found.interval
        hits += low <= truth <= high
        square += found.square / 400
        trace += found.trace / 400
        within.append(abs(found.scale - truth) <= found.scale_error)
    assert hits / 400 >= (0.85 if share == 20.0 and p == 1 else 0.9)
    if share == 300.0:  # the error bar is a standard error where B is well known
        assert 0.6 <= np.mean(within) <= 0.8
    # Unbiased: 400 means of n examples know ‖g‖² and tr Σ to a few per cent of tr Σ/n and tr Σ.
    total = float(np.sum(roots**2))
    assert trace == pytest.approx(total, rel=0.05)
    assert square == pytest.approx(
        float(gradient @ gradient), abs=4 * np.sqrt((4 * share + 2) / 400) * total / n
    )


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("shift", [0.0, 1e3])
def test_scaled_and_shifted(scale: float, shift: float) -> None:
    features, target = regression(1, 200)

    def loss(w: Any, batch: Any) -> Any:
        return scale * squares(w - shift, batch) + shift

    here = sf.noise(squares, np.ones(3), (features, target), sizes=[1, 10], draws=50)
    there = sf.noise(loss, np.ones(3) + shift, (features, target), sizes=[1, 10], draws=50)
    assert there.scale == pytest.approx(here.scale, rel=1e-8)
    assert there.standard_error == pytest.approx(here.standard_error, rel=1e-6)
    assert there.trace == pytest.approx(scale**2 * here.trace, rel=1e-8)
    assert there.spreads[1].measured == pytest.approx(scale * here.spreads[1].measured, rel=1e-6)


@pytest.mark.parametrize("replace", [False, True])
def test_the_spread_of_batches_is_the_one_foretold(replace: bool) -> None:
    found = sf.noise(squares, np.ones(3), regression(2, 160), sizes=[1, 4, 16, 64, 120],
                     draws=600, replace=replace)  # fmt: skip
    for spread in found.spreads:
        assert abs(spread.measured - spread.predicted) < 4 * spread.error
        np.testing.assert_allclose(spread.points.mean(axis=0), [np.linalg.norm(
            found.cloud.gradient), 0.0], atol=5 * spread.measured / np.sqrt(600))  # fmt: skip
    power, error = found.exponent
    assert abs(power + 0.5) < 4 * error and error < 0.02


def test_batches_of_all_the_data_have_no_noise_unless_drawn_twice() -> None:
    given: dict[str, Any] = {"sizes": [160], "draws": 20}
    data = regression(2, 160)
    whole = sf.noise(squares, np.ones(3), data, **given).spreads[0]
    assert whole.predicted == 0.0 and whole.measured < 1e-12
    again = sf.noise(squares, np.ones(3), data, replace=True, **given).spreads[0]
    assert again.measured == pytest.approx(again.predicted, rel=0.5) and again.predicted > 0.1
    assert batch_variance(2.0, 10, 1, True) == pytest.approx(batch_variance(2.0, 10, 1, False))


def test_in_chunks_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    data = regression(3, 101)
    whole = sf.noise(squares, np.ones(3), data, sizes=[2], draws=7)
    monkeypatch.setattr("surefoot.calculus.example_gradients.MOST", 13)
    monkeypatch.setattr(cloud_file, "TOGETHER", 24)
    parts = sf.noise(squares, np.ones(3), data, sizes=[2], draws=7)
    np.testing.assert_allclose(parts.cloud.points, whole.cloud.points, atol=1e-12)
    assert parts.scale == pytest.approx(whole.scale, rel=1e-12)
    np.testing.assert_allclose(parts.spreads[0].squares, whole.spreads[0].squares)


def test_many_coordinates_keep_some_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    # 400 coordinates, one of which spreads ten times as much as the others.
    rng = np.random.default_rng(4)
    wide = np.ones(400)
    wide[7] = 10.0
    data = rng.standard_normal((600, 400)) * wide
    monkeypatch.setattr(cloud_file, "KEPT", 100_000)
    found = sf.noise(half_square, np.full(400, 3.0), data, sizes=[4], draws=20)
    assert found.cloud.rows == 250 and found.cloud.covariance is None
    assert abs(found.cloud.axes[1][7]) > 0.9
    assert found.trace == pytest.approx(499.0, rel=0.05)
    truth = 499.0 / (400 * 9.0)
    assert found.interval[0] <= truth <= found.interval[1]
    assert "second axis was found from 250 of 600" in " ".join(found.report().split())


def test_memory_of_the_chunks_is_bounded() -> None:
    from surefoot.solve.examples import examples_of
    from surefoot.solve.sampled_loss import sampled_loss

    examples = examples_of(np.zeros((5000, 1000)))
    sampled = sampled_loss(half_square, np.ones(1000), examples)
    gradients = ExampleGradients(sampled.single, examples.leaves, np.ones(1000))
    assert gradients.chunk * 1000 <= 2**21
    assert max(len(found) for _, _, found in gradients.chunks()) == gradients.chunk < 5000


def test_at_the_minimum_it_is_all_noise() -> None:
    data = regression(5, 300)
    best = np.linalg.lstsq(*data, rcond=None)[0]
    found = sf.noise(squares, best, data, sizes=[8])
    low, high = found.interval
    assert found.square < 0.0 and found.scale == np.inf and high == np.inf and low > 100
    text = " ".join(found.report().split())
    assert "MOSTLY NOISE" in text and "do not tell the gradient from 0" in text
    assert found.share_of_progress(8) == 0.0


def test_examples_that_agree_have_no_noise() -> None:
    found = sf.noise(half_square, np.array([1.0, 2.0]), np.zeros((5, 2)), sizes=[2])
    assert found.trace == 0.0 and found.scale == 0.0 and found.share_of_progress(1) == 1.0
    assert "same gradient" in found.advice and "nan" not in found.report()


def test_what_it_says_grows_with_the_noise() -> None:
    rng = np.random.default_rng(6)
    data = rng.standard_normal((400, 2))
    calm = sf.noise(half_square, np.array([10.0, 0.0]), data, sizes=[1, 16])
    assert calm.scale < 0.05 and "single example already points the way" in calm.advice
    rough = sf.noise(half_square, np.array([0.4, 0.0]), data, sizes=[1, 16])
    assert 5 < rough.scale < 40
    assert f"A batch of {round(rough.scale)} makes half the progress" in rough.advice
    assert "grows as the gradient shrinks" in rough.advice


def test_seeds_report_plot_and_dict(tmp_path: Any) -> None:
    data = regression(7, 60)
    found = sf.noise(squares, np.ones(3), data, draws=30, seed=3)
    again = sf.noise(squares, np.ones(3), data, draws=30, seed=3)
    other = sf.noise(squares, np.ones(3), data, draws=30, seed=4)
    assert found.to_dict() == again.to_dict()
    assert found.spreads[0].measured != other.spreads[0].measured
    assert found.scale == other.scale
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["examples"] == 60
    assert [spread.size for spread in found.spreads] == [1, 2, 4, 8, 15, 30]
    text = found.report()
    assert "NOISE SCALE" in text and "gradient noise of squares" in found._repr_html_()
    assert found.count == 60 and repr(found) == "<Noise: gradient noise of squares>"
    found.plot(tmp_path / "noise.png")
    assert (tmp_path / "noise.png").stat().st_size > 5_000


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sizes": []}, "sizes is []"),
        ({"sizes": "8"}, "expected some batch sizes"),
        ({"sizes": 8}, "expected some batch sizes"),
        ({"sizes": [0]}, "from 1 to 60"),
        ({"sizes": [61]}, "without replacement"),
        ({"draws": 1}, "at least 2"),
        ({"seed": -1}, "seed is -1"),
        ({"data": np.zeros((2, 3))}, "a spread with its error needs 3"),
        ({"data": np.zeros((0, 3))}, "no examples in it"),
        ({"w": None}, "needs the point"),
        ({"loss": lambda w, b: jnp.sum(w - b)}, "jnp.mean in place of jnp.sum"),
        ({"loss": lambda w, b: jnp.sum((w - b) ** 2, axis=1)}, "return their mean: jnp.mean"),
        ({"loss": lambda w, b: jnp.mean(jnp.sqrt(b - w))}, "is not a finite number"),
    ],
)
def test_what_cannot_be_used_is_said(given: dict[str, Any], words: str) -> None:
    loss = given.pop("loss", half_square)
    w = given.pop("w", np.ones(3))
    data = given.pop("data", np.ones((60, 3)) * 0.5)
    with pytest.raises(InputError, match=re.escape(words)):
        sf.noise(loss, w, data, **given)


@pytest.mark.parametrize("factor", [1e-300, 1e-200, 1e200])
def test_the_noise_scale_has_no_units(factor: float) -> None:
    def loss(w, b):
        return jnp.mean((b * w - 1.0) ** 2)

    data = np.arange(10.0)
    plain = sf.noise(loss, 1.0, data)
    found = sf.noise(lambda w, b: factor * loss(w, b), 1.0, data)
    np.testing.assert_allclose(found.scale, plain.scale, rtol=1e-9)
    np.testing.assert_allclose(found.spreads[0].measured, factor * plain.spreads[0].measured)
    assert found.advice == plain.advice
    found.report()
    json.dumps(found.to_dict(), allow_nan=False)


def test_no_gradient_at_all_is_no_noise() -> None:
    found = sf.noise(lambda w, b: jnp.mean((b * w - b) ** 2), 1.0, np.arange(10.0))
    assert np.isnan(found.scale) and "NOISE" not in found.report().upper().split("\n")[2]
    assert "NO GRADIENT" in found.report() and "0 here" in found.advice
    json.dumps(found.to_dict(), allow_nan=False)


def test_more_batches_than_can_be_drawn_are_refused() -> None:
    with pytest.raises(sf.InputError, match="more than can be drawn"):
        sf.noise(lambda w, b: jnp.mean((w - b) ** 2), 1.0, np.arange(10.0), draws=10**9)
