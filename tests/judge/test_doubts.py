"""Points that looked like minima to an earlier judge and are none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from attack.points import false_claims, false_words, random_known

import surefoot as sf
from surefoot import PointKind as K
from surefoot import Status

MINIMA = {K.LOCAL_MINIMUM, K.FLAT_MINIMUM, K.GLOBAL_MINIMUM}
ZERO = np.zeros(2)


@pytest.mark.parametrize("seed", range(5000, 5100))
def test_known_points_in_random_disguise(seed: int) -> None:
    """Where a search from there leads depends on the last bit; `python -m attack` follows it."""
    assert false_words(random_known(seed)) == []


@pytest.mark.parametrize("seed", [8, 232, 1217, 20100, 20167])
def test_a_search_that_ran_far_out_ends_at_no_minimum(seed: int) -> None:
    """Without a floor the search leaves the point; out there rounding passed for level ground."""
    assert false_claims(seed) == []


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
@pytest.mark.parametrize("offset", [1e-2, 3e-3, -3e-3])
def test_beside_an_inflection_curvature_is_no_minimum(offset: float, sense: str) -> None:
    """Within tolerance of the inflection the slope is 0 and the curvature 6 t positive."""

    def f(x):
        sign = 1.0 if sense == "minimize" else -1.0
        t, s = x[0] - 500.0, x[1] - 3.0 - 1e-4 * (x[0] - 500.0) ** 2
        return sign * (t**3 + 10 * s**2 + 1e4)

    found = sf.classify(f, np.array([500.0 + offset, 3.0 + 1e-4 * offset**2]), sense=sense)
    assert found.kind not in MINIMA | {K.LOCAL_MAXIMUM}


@pytest.mark.parametrize("scale", [1e-3, 1.0, 40.0])
@pytest.mark.parametrize("shift", [0.0, 2.5])
def test_where_ad_absorbs_a_small_slope(scale: float, shift: float) -> None:
    """1 − cos z is exactly 0 below 10⁻⁸, so z − sin z looks level around 0."""
    found = sf.classify(lambda x: scale * (x - shift) - jnp.sin(scale * (x - shift)), shift)
    assert found.kind not in MINIMA


@pytest.mark.parametrize("step", [1, 20, 300])
def test_a_step_of_a_staircase_is_no_minimum(step: int) -> None:
    at = -2 * np.pi * step / 0.3
    found = sf.classify(lambda x: 0.3 * x - jnp.sin(0.3 * x), at)
    assert found.kind not in MINIMA


def poisson(b):
    return 2 * jnp.exp(b[0]) + 2 * jnp.exp(b[0] + b[1]) - 5 * b[0]


@pytest.mark.parametrize("b", [-10.0, -15.0, -20.0, -30.0, -33.0, -36.0, -40.0, -50.0, -100.0])
def test_an_infimum_that_is_not_attained_beside_a_minimum(b: float) -> None:
    found = sf.classify(poisson, np.array([np.log(2.5), b]))
    assert found.kind not in MINIMA
    assert found.attained is not True


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("1 + (x-1)^2 + e^(x-y)", {"x": 0.0, "y": 0.0}),
        ("x^4 - x^2 + 0*y + e^-y", None),
        ("cosh(x-1) + e^x/(1+y^2)", {"x": 1.0, "y": 1.0}),
    ],
)
def test_an_infimum_beside_an_offset(text: str, start: object) -> None:
    solution = sf.minimize(text, start)
    assert solution.status is Status.NOT_ATTAINED
    assert solution.verdict.kind not in MINIMA


def test_quasi_separable_data_in_any_units() -> None:
    rows = np.array([[1, 0], [1, 0], [1, 1], [1, 1.0]])
    labels = np.array([1, -1, 1, 1.0])
    for factor in (1.0, 1e4):
        solution = sf.minimize(
            lambda w, k=factor: k * jnp.sum(jnp.logaddexp(0.0, -labels * (rows @ w))), ZERO
        )
        assert solution.verdict.kind not in MINIMA


def test_a_collapsing_variance_excuses_no_other_slope() -> None:
    solution = sf.minimize(
        lambda p: jnp.sum((np.ones(4) - p[0]) ** 2) * jnp.exp(-2 * p[1]) / 2 + 4 * p[1], ZERO
    )
    assert solution.verdict.kind not in MINIMA


@pytest.mark.parametrize("text", ["tan x", "-1/x^2", "1/(x-2)", "x/(x-1)", "x^2 - 1/x", "log x",
                                  "log(x^2)"])  # fmt: skip
def test_a_pole_is_a_fall_without_end(text: str) -> None:
    solution = sf.minimize(text)
    assert solution.status is Status.UNBOUNDED
    assert solution.verdict.kind not in MINIMA
    assert np.isfinite(solution.value)


@pytest.mark.parametrize("text", ["asin x", "sqrt(1-x^2)", "acos x"])
def test_the_edge_of_a_domain_is_reached(text: str) -> None:
    solution = sf.minimize(text)
    assert abs(abs(float(solution.x)) - 1.0) < 2e-16


@pytest.mark.parametrize("text", ["sqrt x", "x^(2/3)", "sqrt(x) + x^2"])
def test_an_infinite_slope_does_not_stop_the_engine(text: str) -> None:
    solution = sf.minimize(text)
    assert solution.value < 1e-6


def test_slopes_that_are_infinite_at_a_bound() -> None:
    solution = sf.minimize("2x - sqrt(x)", {"x": 0.0}, bounds={"x": (0, 10)})
    assert float(solution.x["x"]) == pytest.approx(1 / 16)
    assert sf.classify(lambda x: x - jnp.cbrt(x), 0.0, bounds=(0, 10)).kind not in MINIMA


def test_valleys_that_no_line_meets() -> None:
    def peano(p):
        return (p[1] - p[0] ** 2) * (p[1] - 3 * p[0] ** 2)

    assert sf.classify(peano, ZERO, bounds=(0, 1)).kind not in MINIMA
    solution = sf.minimize(peano, ZERO, bounds=(0, 1))
    assert solution.value == pytest.approx(-1 / 3)

    def motzkin(p):
        return (
            p[0] ** 4 * p[1] ** 2
            + p[0] ** 2 * p[1] ** 4
            + p[2] ** 6
            - 4 * (p[0] * p[1] * p[2]) ** 2
        )

    assert sf.classify(motzkin, np.zeros(3)).kind not in MINIMA
    four = np.zeros(4)
    assert (
        sf.classify(
            lambda p: jnp.sum(p**2 * jnp.roll(p, 1) ** 2) - 4.05 * jnp.prod(p), four
        ).kind
        not in MINIMA
    )


def test_a_quadratic_that_falls_within_rounding_is_not_lowest_everywhere() -> None:
    c, s = np.cos(0.3), np.sin(0.3)
    found = sf.minimize(
        lambda p: (c * p[0] - s * p[1]) ** 2 - 1e-16 * (s * p[0] + c * p[1]) ** 2, np.ones(2)
    )
    assert found.verdict.kind is not K.GLOBAL_MINIMUM


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_oscillation_that_never_ends(scale: float) -> None:
    def f(x):
        x = scale * x
        safe = jnp.where(x == 0, 1.0, x)
        return jnp.where(x == 0, 0.0, x**4 * (0.5 + jnp.sin(1 / safe)))

    assert sf.classify(f, 0.0).kind not in MINIMA


def test_true_minima_are_not_doubted() -> None:
    for f, x in (
        (lambda x: jnp.sum(x**4), np.zeros(3)),
        (lambda x: jnp.sum(x**2) ** 3, np.zeros(2)),
        (lambda x: jnp.cosh(x[0]) + x[1] ** 6, np.zeros(2)),
        (lambda x: jnp.sum(jnp.abs(x)) + x[0] ** 2, np.zeros(2)),
        (lambda x: jnp.linalg.norm(x), np.zeros(3)),
    ):
        assert sf.classify(f, x).kind in MINIMA


def test_level_advice_is_true() -> None:
    found = sf.classify("|x-1|+|x-2|+|x-4|+|x-7|", 3.2)
    # Convex, so that no other stretch is lower; that it is one is still said.
    assert found.kind is K.GLOBAL_MINIMUM and found.flat
    assert "from 2 to 4" in found.advice


def test_the_move_that_is_advised_keeps_the_value() -> None:
    solution = sf.minimize("(a b - 2)^2", {"a": 1.0, "b": 1.0})
    assert solution.verdict.kind is K.FLAT_MINIMUM
    assert "seen by walking there" in solution.verdict.advice or "small" in solution.verdict.advice


def test_residuals_that_are_not_finite_name_their_line() -> None:
    solution = sf.least_squares(lambda p: jnp.log(p) - 1, np.array([-1.0, 2.0]))
    assert solution.status is Status.NOT_A_NUMBER
    assert "test_doubts.py" in solution.verdict.advice
    t = np.linspace(0, 1, 40)
    y = np.exp(-2 * t)
    with pytest.raises(sf.InputError, match="overflow in float64"):
        sf.least_squares(lambda p: p[0] * jnp.exp(-p[1] * t) - y, np.array([1.0, -400.0]))


FAR = [
    lambda x: -jnp.exp(-((x - 100) ** 2)),
    lambda x: -jnp.exp(-((x - 30) ** 2)),
    lambda x: -1e8 * jnp.exp(-((1e-2 * x - 40) ** 2)),
    lambda x: jnp.exp(-((x - 40) ** 2)),
]


@pytest.mark.parametrize("case", range(len(FAR)))
@pytest.mark.parametrize("shift", [0.0, 1e3])
def test_what_underflows_is_not_level(case: int, shift: float) -> None:
    f = FAR[case]
    found = sf.classify(lambda z: f(z - shift), shift)
    assert found.kind not in MINIMA
    turned = sf.classify(lambda z: -f(z - shift), shift, sense="maximize")
    assert turned.kind is found.kind
    if shift == 0.0:
        assert found.kind is K.UNKNOWN
        assert "double precision" in found.advice and "test_doubts.py" in found.advice


SATURATED = [
    (lambda x: jnp.exp(-(x**2)), 40.0, 0.0),
    (lambda x: jnp.tanh(x), -200.0, -1.0),
    (lambda x: jax.nn.sigmoid(x), -800.0, 0.0),
    (lambda x: jax.nn.softplus(x), -800.0, 0.0),
    (lambda x: jnp.exp(-x), 800.0, 0.0),
]


@pytest.mark.parametrize("case", range(len(SATURATED)))
def test_a_limit_that_rounding_reaches_is_not_attained(case: int) -> None:
    f, x, limit = SATURATED[case]
    found = sf.classify(f, x)
    assert found.kind is K.NOT_STATIONARY and found.attained is False
    assert f"what is left to {limit:.6g}:" in found.advice.replace("-0:", "0:")


def test_what_underflows_beside_a_minimum_is_not_level() -> None:
    found = sf.classify(lambda p: p[0] ** 2 - jnp.exp(-((p[1] - 100) ** 2)), ZERO)
    assert found.kind is K.UNKNOWN and "exp of -10000" in found.advice
    solution = sf.minimize(lambda x: -jnp.exp(-((x - 100) ** 2)), 0.0)
    assert solution.verdict.kind is K.UNKNOWN


@pytest.mark.parametrize(
    "f", [lambda x: jax.nn.relu(x), lambda x: jnp.maximum(x, 0.0) ** 2, lambda x: 0 * jnp.exp(x)]
)
def test_what_is_level_stays_level(f) -> None:
    assert sf.classify(f, -3.0).kind in {K.FLAT_MINIMUM, K.GLOBAL_MINIMUM}


@pytest.mark.parametrize("text", ["10^30 + x^2", "10^30 + x^4", "10^30 + cosh x"])
def test_a_large_constant_hides_no_slope(text: str) -> None:
    assert sf.classify(text, {"x": 5.0}).kind is K.NOT_STATIONARY


def test_a_large_constant_still_has_its_minimum() -> None:
    for text in ("10^30 + x^2", "10^30 + (x-3)^2", "10^6 + (x-3)^2 + y^2"):
        assert sf.minimize(text).verdict.kind is K.GLOBAL_MINIMUM
    assert sf.classify(lambda x: 1.0 + x**2, 1e-9).kind in MINIMA


def test_a_slope_below_the_rounding_of_the_value_is_a_slope() -> None:
    assert sf.classify(lambda x: 1e-20 * x + 1.0, 0.0).kind is K.NOT_STATIONARY
    assert sf.classify(lambda x: 0.0 * x + 1.0, 0.0).kind in MINIMA


@pytest.mark.parametrize("at", [0.0, 7.0, 7.3, -1e3])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_large_parts_that_cancel_at_a_minimum(at: float, scale: float) -> None:
    """1 − exp(−z²) is exactly 0 around its minimum, and further out is known to 10⁻¹⁶ only."""
    found = sf.classify(lambda x: scale * (1 - jnp.exp(-((x - at) ** 2))), at)
    assert found.kind is K.LOCAL_MINIMUM
    turned = sf.classify(lambda x: scale * (jnp.exp(-((x - at) ** 2)) - 1), at)
    assert turned.kind is K.LOCAL_MAXIMUM


def test_a_point_where_nothing_around_is_finite_is_no_minimum() -> None:
    found = sf.classify(lambda x: -1 / (1 + (x - 1e9) ** 2) ** 20, 0.0)
    assert found.kind not in MINIMA


def test_a_ridge_around_a_norm_that_falls_along_a_curve() -> None:
    def f(p):
        return jnp.sqrt((p[1] - p[0] ** 3) ** 2 + p[2] ** 2) - p[0] ** 4

    assert sf.classify(f, np.zeros(3)).kind not in MINIMA


SEPARABLE = np.array([[1.0, 0.5], [2.0, -1.0], [0.5, 0.2], [-1.0, 1.0], [-1.5, -2.0]])


@pytest.mark.parametrize("start", [(0.0, 0.0), (1.0, -1.0), (5.0, 5.0)])
@pytest.mark.parametrize("softplus", [jax.nn.softplus, lambda z: jnp.logaddexp(0.0, z)])
def test_separable_data_where_softplus_and_z_cancel(start, softplus) -> None:
    labels = np.array([1.0, 1.0, 1.0, 0.0, 0.0])

    def f(w):
        z = SEPARABLE @ w
        return jnp.mean(softplus(z) - labels * z)

    solution = sf.minimize(f, np.array(start))
    assert solution.status is Status.NOT_ATTAINED
    direction = np.asarray(solution.verdict.direction)
    assert np.all((2 * labels - 1) * (SEPARABLE @ direction) > 0)


def narrow(p):
    """Falls within two degrees of (1, 0.2345) only, where no sample of directions lies."""
    return jnp.linalg.norm(p) - 1.2 * jnp.maximum(p[0] - 30 * jnp.abs(p[1] - 0.2345 * p[0]), 0)


def pyramid(p):
    inner = p[0] - 3 * jnp.abs(p[1] - 0.2345 * p[0]) - 3 * jnp.abs(p[2] - 0.345 * p[0])
    return jnp.linalg.norm(p) - 3 * jnp.maximum(inner, 0) + 0.1 * jnp.sum(p**4)


def smooth_wedge(p):
    """No slope and no curvature at 0, and a narrow way down."""
    inner = p[0] - 10 * jnp.abs(p[1] - 0.3 * p[0])
    return jnp.sum(p**4) - 1.5 * jnp.maximum(inner, 0) ** 4


@pytest.mark.parametrize(("function", "size"), [(narrow, 2), (pyramid, 3), (smooth_wedge, 2)])
@pytest.mark.parametrize("shift", [0.0, 2.0])
def test_a_narrow_way_down_along_creases(function, size: int, shift: float) -> None:
    """Directions along which |u| and max(u, v) tie are looked at besides the sampled ones."""
    verdict = sf.classify(lambda p: function(p - shift), np.full(size, shift))
    assert verdict.kind not in MINIMA
    assert verdict.direction is not None
    step = 1e-3 * np.asarray(verdict.direction) / np.max(np.abs(verdict.direction))
    assert float(function(step)) < 0.0


@pytest.mark.parametrize("shift", [0.0, 3.0])
@pytest.mark.parametrize(
    ("function", "at"),
    [
        (lambda x: x * jnp.floor(x), 0.5),
        (lambda x: x**2 * jnp.round(x) ** 2, 0.1),
    ],
)
def test_level_ground_that_ends_at_a_jump_is_level(function, at: float, shift: float) -> None:
    verdict = sf.classify(lambda x: function(x - shift), at + shift)
    assert verdict.kind is K.FLAT_MINIMUM


def tied_wedge(p, slopes, width: float):
    """A bowl, but −(4)p₀² within a cone about (1, slopes); AD takes the bowl's curvature at 0."""
    inner = p[0] - width * jnp.sum(jnp.abs(p[1:] - slopes * p[0]))
    return jnp.sum(p**2) - 5 * jnp.maximum(inner, 0) ** 2 + jnp.sum(p**4)


@pytest.mark.parametrize("shift", [0.0, -1.5])
@pytest.mark.parametrize(
    ("slopes", "width"),
    [((0.3123,), 100.0), ((0.3123, -0.7), 1.0), ((0.31, -0.2), 5.0), ((0.1, 0.2, -0.3), 2.0)],
)
def test_the_curvature_that_ad_picks_at_a_tie_does_not_decide(slopes, width, shift) -> None:
    def f(p):
        return tied_wedge(p - shift, np.array(slopes), width)

    at = np.full(len(slopes) + 1, shift)
    verdict = sf.classify(f, at)
    assert verdict.kind not in MINIMA
    step = 1e-3 * np.asarray(verdict.direction) / np.max(np.abs(verdict.direction))
    assert float(f(at + step)) < float(f(at))


def test_a_branch_that_is_taken_within_a_narrow_cone() -> None:
    def f(p):
        inside = p[0] > 10 * jnp.abs(p[1] - 0.3 * p[0])
        return jax.lax.cond(inside, lambda p: -p @ p, lambda p: p @ p, p)

    assert sf.classify(f, ZERO).kind not in MINIMA


@pytest.mark.parametrize(
    "f",
    [
        lambda p: jnp.sum(jnp.maximum(p, 0) ** 2) + jnp.sum(p**2),
        lambda p: jnp.sum(jnp.where(p > 0, 2 * p**2, p**2)),
        lambda p: jnp.sum(jnp.where(jnp.abs(p) < 1, p**2 / 2, jnp.abs(p) - 0.5)),
    ],
)
def test_a_tie_between_two_bowls_stays_a_minimum(f) -> None:
    # The largest of convex bowls is convex: then it is the lowest of all.
    assert sf.classify(f, np.zeros(3)).kind in (K.LOCAL_MINIMUM, K.GLOBAL_MINIMUM)


@pytest.mark.parametrize("shift", [0.0, 2.0])
@pytest.mark.parametrize(
    ("f", "start"),
    [
        (lambda x: jnp.logaddexp(0.0, x) - x, 1.0),
        (lambda x: jnp.logaddexp(0.0, x) - x, 5.0),
        (lambda x: jnp.cosh(x) - jnp.sinh(x), 1.0),
        (lambda x: jnp.sqrt(1.0 + x * x) - x, 3.0),
    ],
)
def test_a_fall_that_two_cancelling_terms_hide_is_no_level_ground(f, start, shift) -> None:
    solution = sf.minimize(lambda x: f(x - shift), start + shift)
    assert solution.verdict.kind not in MINIMA
    assert solution.status is not Status.CONVERGED


def test_cancellation_seen_by_somebody_elses_step() -> None:
    walk = sf.descend("log(1 + exp(x)) - x", 0.0, "gd", 1, lr=80)
    assert walk.verdict.kind is K.NOT_STATIONARY and walk.verdict.attained is False


def test_level_ground_without_cancellation_stays_level() -> None:
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)

    def cross_entropy(w):
        z = inputs @ w
        return jnp.mean(jax.nn.logsumexp(z, axis=1) - z[np.arange(40), labels])

    found = sf.minimize(cross_entropy, np.zeros((3, 3)))
    assert found.first_verdict.kind is K.FLAT_MINIMUM
    assert found.verdict.kind is K.GLOBAL_MINIMUM and found.verdict.flat
    hinge = sf.classify(lambda x: jnp.maximum(0.0, 1.0 - x) ** 2 + 0.1, 2.0)
    assert hinge.kind is K.GLOBAL_MINIMUM and hinge.flat


def test_a_fall_is_claimed_as_far_as_it_was_followed() -> None:
    """−x³ + 10⁻¹⁰⁰ x⁴ turns at 10¹⁰⁰, which no ray reaches; of −x² the form tells all."""
    assert "as far as it was followed" in sf.minimize("-x^3 + 1e-100x^4", 1.0).verdict.advice
    assert "as far as it was followed" not in sf.minimize("-x^2", 1.0).verdict.advice


@pytest.mark.parametrize(
    ("f", "start", "limit"),
    [
        ("x/sqrt(1 + x^2)", 1.0, 1.0),
        ("x^2/(1 + x^2)", 1.0, 1.0),
        ("3 - 1/(1 + (x - 7)^2)", 9.0, 3.0),
        ("x/(1 + x^4)^(1/4)", 0.5, 1.0),
    ],
)
def test_what_saturates_like_a_power_attains_no_maximum(f: str, start: float, limit: float) -> None:
    """At 10⁷, where a search leaves it, its values go up in last digits, or not at all."""
    verdict = sf.maximize(f, start).verdict
    assert verdict.kind is K.NOT_STATIONARY and verdict.attained is False
    assert f"to {limit:g}" in verdict.advice or f"towards {limit:g}" in verdict.advice
    assert "as far as it was followed" in verdict.advice


def test_steps_of_the_function_itself_are_no_saturation() -> None:
    for x in (0.3, 7.5, 1e6 + 0.5):
        assert sf.classify(lambda v: jnp.floor(v) + 0.0 * v, x).attained is not False


def test_next_to_a_division_by_zero_nothing_is_called_a_corner() -> None:
    """A mixture whose narrow part has shrunk onto one measurement: −log s has no end there."""
    d = np.array([2.0, 3.0, 0.0, 1.0, 4.0])

    def loss(p):
        narrow = 0.5 * jnp.exp(-0.5 * ((d - p["m"]) / p["s"]) ** 2) / p["s"]
        return -jnp.sum(jnp.log(narrow + 0.5 * jnp.exp(-0.5 * (d - p["n"]) ** 2)))

    point = {"m": 1.9999999999999996, "n": 2.0, "s": 5.4544732132910684e-15}
    verdict = sf.classify(loss, point, bounds={"s": (0.0, None)})
    assert verdict.kind is K.UNKNOWN and "division" in verdict.advice


@pytest.mark.parametrize("steps", [20, 30, 45, 60])
def test_beside_a_flat_minimum_nothing_is_lower_by_more_than_the_tolerance(steps: int) -> None:
    for f, start in (("x^4", {"x": 1.0}), ("x^6 + y^2", {"x": 1.0, "y": 1.0})):
        walk = sf.descend(f, start, "newton", steps)
        assert walk.first_verdict.kind is K.LOCAL_MINIMUM, (f, walk.x)


def test_a_net_of_zeros_is_judged() -> None:
    x = np.linspace(-2.0, 2.0, 60)[:, None]
    y = np.sin(2.0 * x[:, 0])

    def loss(w):
        return jnp.mean((jnp.tanh(x @ w["W"].T + w["b"]) @ w["v"] + w["c"] - y) ** 2)

    zeros = {"W": np.zeros((6, 1)), "b": np.zeros(6), "v": np.zeros(6), "c": float(y.mean())}
    verdict = sf.classify(loss, zeros)
    # Moving W and v together goes down like their product; no straight step of one alone does.
    assert verdict.kind not in MINIMA
