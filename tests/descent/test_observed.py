"""The observed rate on sequences whose rate is known."""

import numpy as np
import pytest

from surefoot.descent import RateKind, Unseen, observed_rate

K = np.arange(400.0)


@pytest.mark.parametrize("scale", [1e-200, 3.0, 1e200])
@pytest.mark.parametrize("rho", [0.5, 0.9, 0.999, 1.0 - 1e-6])
def test_a_geometric_sequence_is_linear_whatever_its_scale(rho: float, scale: float) -> None:
    seen = observed_rate(scale * rho ** K[:300])
    assert seen.kind is RateKind.LINEAR and seen.rate is not None
    assert 1.0 - seen.rate == pytest.approx(1.0 - rho, rel=1e-4)


@pytest.mark.parametrize("power", [0.5, 1.0, 1.5, 3.0])
@pytest.mark.parametrize("shift", [1.0, 20.0, 100.0])
def test_a_power_is_sublinear_wherever_it_begins(power: float, shift: float) -> None:
    seen = observed_rate(1e5 * (K + shift) ** -power)
    assert seen.kind is RateKind.SUBLINEAR and seen.rate == 1.0
    assert seen.power == pytest.approx(power, rel=0.02)


@pytest.mark.parametrize("power", [0.5, 1.5])
def test_a_power_that_has_hardly_begun_to_fall_is_not_called_linear(power: float) -> None:
    seen = observed_rate((K + 3000.0) ** -power)
    assert seen.kind is RateKind.NONE and seen.unseen is Unseen.SLOWING


@pytest.mark.parametrize("order", [2.0, 3.0])
def test_squaring_is_superlinear_with_its_order(order: float) -> None:
    seen = observed_rate(np.array([0.7 ** (order**k) for k in range(7)]), floor=1e-300)
    assert seen.kind is RateKind.SUPERLINEAR and seen.rate == 0.0
    assert seen.order == pytest.approx(order)


@pytest.mark.parametrize("turn", [0.05, 0.3, 1.3, 3.0])
def test_a_swing_through_the_minimum_has_the_rate_of_its_envelope(turn: float) -> None:
    seen = observed_rate(0.95**K * np.abs(np.cos(turn * K + 0.2)))
    assert seen.kind is RateKind.LINEAR
    assert seen.rate == pytest.approx(0.95, abs=3e-3)


def test_noise_about_a_steady_fall_does_not_hide_it() -> None:
    noise = np.exp(np.random.default_rng(0).normal(size=400))
    seen = observed_rate(0.97**K * noise)
    assert seen.kind is RateKind.LINEAR and seen.rate == pytest.approx(0.97, abs=0.01)


@pytest.mark.parametrize("seed", range(20))
def test_mere_noise_has_no_rate(seed: int) -> None:
    noise = np.exp(np.random.default_rng(seed).normal(size=400))
    assert observed_rate(noise).unseen is Unseen.LEVEL


@pytest.mark.parametrize(
    "sizes",
    [1.1**K, np.ones(400), 0.9**K + 1e-3 * np.abs(np.sin(K)), 2.0 + np.sin(0.1 * K)],
    ids=["grows", "constant", "hovers", "swings"],
)
def test_what_does_not_shrink_has_no_rate(sizes: np.ndarray) -> None:
    seen = observed_rate(sizes)
    assert seen.kind is RateKind.NONE and seen.rate is None and seen.unseen is Unseen.LEVEL


def test_a_fall_that_still_gains_speed_is_said_to() -> None:
    assert observed_rate(np.exp(-1e-4 * K**2)).unseen is Unseen.GAINING


def test_steps_below_the_rounding_do_not_count() -> None:
    rng = np.random.default_rng(1)
    sizes = 0.8**K + 1e-16 * rng.random(400)
    seen = observed_rate(sizes, floor=1e-15)
    assert seen.kind is RateKind.LINEAR and seen.exact
    assert seen.rate == pytest.approx(0.8, rel=1e-3)
    assert seen.window[1] < 160


def test_few_points_tell_nothing_and_an_exact_end_only_that() -> None:
    assert observed_rate(0.5 ** K[:4]).unseen is Unseen.SHORT
    assert observed_rate(np.array([0.0, 0.0])).unseen is Unseen.FLAT
    seen = observed_rate(np.array([1.0, 0.0, 0.0, 0.0]))
    assert seen.kind is RateKind.SUPERLINEAR and seen.exact and seen.window == (0, 1)


def test_steps_that_were_not_recorded_are_counted() -> None:
    every = np.arange(0, 2000, 10)
    seen = observed_rate(0.99**every, every)
    assert seen.rate == pytest.approx(0.99, rel=1e-9)


@pytest.mark.parametrize("power", [0.5, 1.0, 1.5, 3.0])
@pytest.mark.parametrize("shift", [1.0, 100.0])
def test_the_factor_told_of_a_power_is_that_of_the_last_step(power: float, shift: float) -> None:
    sizes = (K + shift) ** -power
    seen = observed_rate(sizes)
    last = 1.0 - sizes[-1] / sizes[-2]
    assert 1.0 - seen.now == pytest.approx(last, rel=0.05)
    # That of the middle of the last quarter is another one.
    assert abs((1.0 - seen.late) / last - 1.0) > 0.1


@pytest.mark.parametrize("every", [20, 399])
@pytest.mark.parametrize("floor", [0.0, 1e-5])
def test_few_records_of_many_steps_are_not_called_few_steps(every: int, floor: float) -> None:
    steps = np.append(np.arange(0, 399, every), 399)[-4:]
    seen = observed_rate(0.97 ** steps.astype(float), steps, floor)
    assert seen.kind is RateKind.NONE and seen.unseen is Unseen.SPARSE


def test_a_rate_is_a_step_and_not_a_record() -> None:
    steps = np.arange(0, 400, 7)
    seen = observed_rate(0.97 ** steps.astype(float), steps)
    assert seen.rate == pytest.approx(0.97) and seen.window == (203, 399)
    even = np.arange(0, 12, 2)
    sparse = observed_rate(0.9 ** (2.0**even), even)
    # Of every second step the logarithm grows fourfold, which is no order of four.
    assert sparse.kind is RateKind.SUPERLINEAR and sparse.order is None
