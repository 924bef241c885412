"""AD against the definition of a slope: alarms where they disagree, none where they agree."""

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.calculus.ladder import find_limit, rungs
from surefoot.calculus.limits import limit_check
from surefoot.calculus.slopes import Finding
from surefoot.terms import InputError


@jax.custom_jvp
def wrong_by_a_little(x):
    return jnp.sin(x)


wrong_by_a_little.defjvp(
    lambda primals, tangents: (jnp.sin(primals[0]), 1.00001 * jnp.cos(primals[0]) * tangents[0])
)


def wave(power):
    """|x|^power sin(1/x), 0 at 0: a slope at 0 exists for powers above 1 only."""

    def f(x):
        safe = jnp.where(x == 0.0, 1.0, x)
        return jnp.where(x == 0.0, 0.0, jnp.abs(safe) ** power * jnp.sin(1 / safe))

    return f


def python_branch(x):
    return x if x > 0 else -x


ALARMS = {
    "abs": (lambda x: jnp.abs(x), 0.0, Finding.CORNER),
    "relu": (lambda x: jax.nn.relu(x - 3.0), 3.0, Finding.CORNER),
    "relu − relu": (lambda x: jax.nn.relu(x) - jax.nn.relu(-x), 0.0, Finding.WRONG_SLOPE),
    "max": (lambda x: jnp.maximum(x, 1.0), 1.0, Finding.CORNER),
    "floor": (lambda x: jnp.floor(x), 1.0, Finding.JUMP),
    "floor at −2": (lambda x: jnp.floor(x), -2.0, Finding.JUMP),
    "where jumps": (lambda x: jnp.where(x > 1, x + 1e-6, x), 1.0, Finding.JUMP),
    "sign times 1e-9": (lambda x: x + 1e-9 * jnp.sign(x), 0.0, Finding.JUMP),
    "stop_gradient": (lambda x: x * jax.lax.stop_gradient(x), 2.0, Finding.WRONG_SLOPE),
    "custom_jvp": (wrong_by_a_little, 0.7, Finding.WRONG_SLOPE),
    "x log x": (
        lambda x: jnp.where(x > 0, x * jnp.log(jnp.where(x > 0, x, 1.0)), 0.0),
        0.0,
        Finding.VERTICAL,
    ),
    "norm": (lambda x: jnp.sqrt(x * x), 0.0, Finding.CORNER),
    "python branch": (python_branch, 0.0, Finding.CORNER),
    "int cast": (lambda x: x + jnp.asarray(x * 4, jnp.int32), 0.5, Finding.JUMP),
}


@pytest.mark.parametrize("name", ALARMS)
def test_alarms(name) -> None:
    f, x, finding = ALARMS[name]
    result = limit_check(f, x)
    assert result.slopes[0].finding is finding, str(result)
    assert result.alarms
    assert f"AD gives {result.slopes[0].ad:.10g}".lower() in str(result).lower()


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("stretch", [1e-3, 1.0, 1e3])
def test_quotients_that_swing_for_ever(scale, stretch) -> None:
    f = wave(1.0)
    result = limit_check(lambda x: scale * f(stretch * x), 0.0)
    assert result.slopes[0].finding is Finding.SWINGS and result.alarms
    even = limit_check(lambda x: scale * jnp.abs(x) + scale * f(x), 0.0)
    assert even.slopes[0].finding is Finding.SWINGS


@pytest.mark.parametrize("power", [1.5, 2.0, 3.0])
def test_a_wave_that_dies_out_has_a_slope(power) -> None:
    result = limit_check(wave(power), 0.0)
    assert result.slopes[0].finding is Finding.AGREES
    assert abs(result.slopes[0].limit) < 1e-6


def test_a_wave_that_the_rungs_step_over_is_no_alarm() -> None:
    for rate in (1e3, 1e6, 1e9):
        result = limit_check(lambda x, r=rate: jnp.sin(r * x) / r + x**2, 0.3)
        assert not result.alarms, rate


@pytest.mark.parametrize("name", ["abs", "relu − relu", "where jumps"])
@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_alarms_do_not_depend_on_scale(name, scale) -> None:
    f, x, finding = ALARMS[name]
    assert limit_check(lambda t: scale * f(t / scale), x * scale).slopes[0].finding is finding


def test_one_sided_slopes_are_right() -> None:
    slope = limit_check(lambda x: jnp.where(x > 2, 5 * x - 10, jnp.sin(x - 2)), 2.0).slopes[0]
    assert slope.left == pytest.approx(1.0, abs=1e-9)
    assert slope.right == pytest.approx(5.0, abs=1e-9)
    slope = limit_check(lambda x: jax.nn.relu(x) - jax.nn.relu(-x), 0.0).slopes[0]
    assert (slope.ad, slope.limit) == (0.0, pytest.approx(1.0))


def test_suspects_name_the_line() -> None:
    def f(x):
        kept = jax.lax.stop_gradient(x)
        return x * kept

    (suspect,) = limit_check(f, 2.0).suspects
    assert "test_limits.py" in suspect
    assert "stop_gradient(x)" in suspect


SMOOTH = {
    "sin": jnp.sin,
    "tanh": jnp.tanh,
    "polynomial": lambda x: x**4 - 3 * x**3 + 2 * x - 1,
    "(1 + x) − 1": lambda x: (1 + x) - 1,
    "sin x − x": lambda x: jnp.sin(x) - x,
    "cancelling squares": lambda x: (x + 1e6) ** 2 - 1e12,
    "gelu": jax.nn.gelu,
    "softplus": jax.nn.softplus,
    "logsumexp": lambda x: jax.nn.logsumexp(jnp.stack([x, 2 * x, -x])),
    "sqrt(1 + x²)": lambda x: jnp.sqrt(1 + x * x),
    "constant": lambda x: 0 * x + 3.0,
    "scan": lambda x: jax.lax.fori_loop(0, 8, lambda i, c: jnp.sin(c) + x / (1 + x * x), x),
    "while": lambda x: jax.lax.while_loop(
        lambda c: c[0] < 3, lambda c: (c[0] + 1, jnp.sin(c[1])), (0, x)
    )[1],
    "solve": lambda x: jnp.linalg.solve(
        jnp.array([[2.0, 1.0], [1.0, 3.0]]) + jnp.sin(x) * jnp.eye(2), jnp.ones(2)
    )[0],
    "float32 inside": lambda x: jnp.sin(x.astype(jnp.float32)).astype(jnp.float64),
    "sin(1e5 x)": lambda x: jnp.sin(1e5 * x),
    "narrow bell": lambda x: jnp.exp(-x * x * 1e6),
    "huber": lambda x: jnp.where(jnp.abs(x) < 1, 0.5 * x * x, jnp.abs(x) - 0.5),
    "relu²": lambda x: jax.nn.relu(x) ** 2,
    "|x|^1.5": lambda x: jnp.abs(x) ** 1.5,
}


@pytest.mark.parametrize("name", SMOOTH)
def test_no_alarm_on_smooth_functions(name) -> None:
    # In these places the function, as computed, is nothing but rounding: no alarm, no answer.
    lost = {("float32 inside", 1e8), ("float32 inside", -1e8), ("float32 inside", 1e-300)}
    lost |= {("sin(1e5 x)", 1e8), ("sin(1e5 x)", -1e8)}
    for x in (0.0, 1e-8, -1e-8, 0.3, 1.0, -2.7, 1e3, 1e8, -1e8, 1e-300):
        result = limit_check(SMOOTH[name], x)
        assert not result.alarms, f"{x}: {result}"
        if (name, x) not in lost:
            assert result.slopes[0].finding is Finding.AGREES, f"{x}: {result}"


@pytest.mark.parametrize("scale", [1e-12, 1e12])
@pytest.mark.parametrize("name", ["polynomial", "sin", "logsumexp", "(1 + x) − 1"])
def test_no_alarm_when_the_function_is_scaled(name, scale) -> None:
    f = SMOOTH[name]
    for x in (0.0, 0.3, 1e8):
        assert not limit_check(lambda t: scale * f(t), x).alarms


@pytest.mark.parametrize(
    "f", [jnp.log, lambda x: 1 / x, lambda x: x * jnp.log(x), lambda x: x**-0.7, jsp.gammaln]
)
def test_no_alarm_near_the_edge_of_the_domain(f) -> None:
    for x in (1e-100, 1e-8, 0.7, 12.0, 1e8):
        result = limit_check(f, x)
        assert result.slopes[0].finding is Finding.AGREES, f"{x}: {result}"


def test_a_kink_close_by_is_no_alarm() -> None:
    slope = limit_check(lambda x: jnp.abs(x - 1e-9), 0.0).slopes[0]
    assert slope.finding is Finding.AGREES
    assert slope.limit == pytest.approx(-1.0)


def test_digits_and_the_best_h() -> None:
    slope = limit_check(lambda x: jnp.sin(x) * jnp.exp(x), 1.3).slopes[0]
    assert slope.digits is not None
    assert slope.digits >= 12
    # The central quotient errs by h²f‴/6 + ε|f|/h, which is least near (3ε)^(1/3) ≈ 1e-5.
    assert 1e-6 <= slope.best_h <= 1e-3
    assert [r.rounded for r in slope.rungs] == sorted(r.rounded for r in slope.rungs)


def test_infinite_slopes_and_domains() -> None:
    root = limit_check(jnp.sqrt, 0.0).slopes[0]
    assert root.finding is Finding.VERTICAL
    assert not root.alarm  # AD says inf too
    assert limit_check(jnp.log, -1.0).slopes[0].finding is Finding.NOT_FINITE
    half = limit_check(lambda x: jnp.sqrt(x) ** 3, 0.0).slopes[0]
    assert half.finding in (Finding.ONE_SIDED, Finding.WRONG_SLOPE)
    assert half.limit == pytest.approx(0.0, abs=1e-6)
    edge = limit_check(lambda x: jnp.where(x >= 0, 3 * x, jnp.nan), 0.0).slopes[0]
    assert edge.finding is Finding.ONE_SIDED
    assert not edge.alarm
    assert edge.limit == pytest.approx(3.0)


def test_coordinates_of_a_pytree_by_name() -> None:
    def f(w):
        return jnp.sum(jnp.abs(w["a"])) + w["b"] ** 2

    result = limit_check(f, {"a": jnp.array([1.0, 0.0, -2.0]), "b": 3.0})
    assert [s.name for s in result.slopes] == ["a[0]", "a[1]", "a[2]", "b"]
    assert [s.name for s in result.alarms] == ["a[1]"]
    assert "ALARM  a[1]" in str(result)
    plain = result.to_dict()
    assert plain["checked"] == plain["total"] == 4
    assert plain["slopes"][3]["finding"] == "AGREES"


def test_a_direction_finds_what_coordinates_miss() -> None:
    def f(w):
        # 0 along both axes, a corner along the diagonal.
        length = jnp.sqrt(jnp.where(w @ w > 0, w @ w, 1.0))
        return 2**0.5 * w[0] * w[1] / length

    assert not limit_check(f, np.zeros(2)).alarms
    (slope,) = limit_check(f, np.zeros(2), [1, 1]).slopes
    assert slope.name == "direction"
    assert slope.finding is Finding.CORNER
    assert (slope.left, slope.right) == (pytest.approx(-1.0), pytest.approx(1.0))


def test_direction_is_not_normalised() -> None:
    def f(w):
        return w @ w

    once, twice = (limit_check(f, [1.0, 2.0], d).slopes[0].limit for d in ([1, 1], [2, 2]))
    assert (once, twice) == (pytest.approx(6.0), pytest.approx(12.0))


def test_long_arguments_are_sampled_and_it_is_said() -> None:
    w = np.random.default_rng(0).normal(size=400)
    result = limit_check(lambda x: jnp.sum(jnp.sin(x) * jnp.arange(400)), w)
    assert len(result.slopes) == 128
    assert result.total == 400
    assert "128 of 400" in str(result)
    assert not result.alarms


@settings(max_examples=60)
@given(
    st.integers(0, 5),
    st.floats(-30, 30),
    st.floats(-8, 8).map(lambda e: 10.0**e),
    st.floats(-10, 10).map(lambda e: 10.0**e),
)
def test_no_alarm_on_shifted_and_stretched_functions(which, shift, stretch, height) -> None:
    f = [jnp.sin, jnp.tanh, jnp.arctan, jax.nn.silu, jnp.cos, jax.nn.sigmoid][which]
    p = np.array([shift, stretch, height])

    def g(x):
        q = jnp.asarray(p)  # a captured array, so that one compilation serves all examples
        return q[2] * f((x - q[0]) / q[1])

    assert not limit_check(g, 1.7).alarms


@settings(max_examples=40)
@given(st.floats(-30, 30), st.floats(-6, 6).map(lambda e: 10.0**e), st.floats(0.01, 10))
def test_corners_anywhere_are_found(place, height, bend) -> None:
    p = np.array([place, height, bend])

    def f(x):
        q = jnp.asarray(p)
        return q[1] * (jnp.abs(x - q[0]) * q[2] + jnp.sin(x))

    slope = limit_check(f, place).slopes[0]
    assert slope.finding is Finding.CORNER
    assert slope.right - slope.left == pytest.approx(2 * height * bend, rel=1e-5)


def test_vectors_and_wrong_shapes() -> None:
    with pytest.raises(InputError, match="one real number"):
        limit_check(lambda x: x**2, np.ones(3))
    with pytest.raises(InputError, match="expected"):
        limit_check(jnp.sum, np.ones(3), np.ones(2))
    with pytest.raises(InputError, match="int"):
        limit_check(lambda x: x, np.array(3))


# ── the ladder by itself ─────────────────────────────────────────────────────────────────────


def test_ladder_of_a_known_expansion() -> None:
    h = rungs(0.5, 1e-6)
    limit = find_limit(h, 2.0 + 3.0 * h - 7.0 * h**2, np.full(len(h), 1e-15), 1)
    assert limit.value == pytest.approx(2.0, abs=1e-12)
    assert abs(limit.value - 2.0) <= limit.error


def test_ladder_does_not_believe_a_coarse_plateau() -> None:
    # D = 1 for h above 1e-6, −1 below it: the limit is −1.
    h = rungs(0.5, 1e-10)
    limit = find_limit(h, np.where(h > 1e-6, 1.0, -1.0), np.full(len(h), 1e-14), 1)
    assert limit.value == pytest.approx(-1.0)


def test_ladder_says_when_there_is_no_limit() -> None:
    h = rungs(0.5, 1e-10)
    noise = np.full(len(h), 1e-15)
    assert find_limit(h, 1 / h, noise, 1).growth == pytest.approx(1.0)
    assert find_limit(h, h**-0.5, noise, 1).growth == pytest.approx(0.5)
    assert not find_limit(h, np.sin(1 / h), noise, 1).exists
    assert not find_limit(h, np.full(len(h), np.nan), noise, 1).known


def test_a_long_argument_needs_no_square_matrix() -> None:
    found = limit_check(lambda p: jnp.sum(p**2), np.ones(50_000))
    assert len(found.slopes) == 128 and not found.alarms


def test_what_rounding_makes_look_like_a_jump_is_undecided() -> None:
    slope = limit_check(lambda x: jnp.cos(1e14 * x), 0.3).slopes[0]
    assert slope.finding is Finding.UNDECIDED and not slope.alarm


@pytest.mark.parametrize("size", [1e-8, 1e-9])
def test_a_small_corner_is_seen(size: float) -> None:
    slope = limit_check(lambda x: x + size * jnp.abs(x), 0.0).slopes[0]
    assert slope.finding is Finding.CORNER


def test_the_end_of_float64_raises_no_warning() -> None:
    limit_check(lambda x: x * x, 1e308)


@pytest.mark.parametrize(("offset", "x"), [(1e20, 1.0), (-1e20, -3.0), (1e30, 7.0), (1e40, 1e5)])
def test_a_slope_that_rounding_hides_is_not_agreement(offset: float, x: float) -> None:
    result = limit_check(lambda t: offset + t**2, x)
    slope = result.slopes[0]
    assert slope.finding is Finding.HIDDEN
    assert not slope.alarm and slope.digits is None and np.isnan(slope.limit)
    assert "AGREES" not in str(result) and "rounding in the value hides" in str(result)


@pytest.mark.parametrize("offset", [0.0, 3.0, 1e20])
def test_a_zero_slope_agrees_to_what_rounding_can_hide(offset: float) -> None:
    result = limit_check(lambda t: 0.0 * t + offset, 1.0)
    assert result.slopes[0].finding is Finding.AGREES
    assert result.slopes[0].error >= 2.0**-53 * offset
    assert f"to ± {result.slopes[0].error:.1g}" in str(result)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0 + 1e-5, -1.0])
@pytest.mark.parametrize(("offset", "scale"), [(0.0, 1.0), (1e6, 1.0), (0.0, 1e-9), (-5.0, 1e9)])
def test_a_wrong_rule_of_ones_own_is_found_out(factor: float, offset: float, scale: float) -> None:
    @jax.custom_jvp
    def cube(x):
        return x**3

    @cube.defjvp
    def _(primals, tangents):
        return cube(primals[0]), factor * 3.0 * primals[0] ** 2 * tangents[0]

    @jax.custom_vjp
    def square(x):
        return x**2

    square.defvjp(lambda x: (x**2, x), lambda x, g: (factor * 2.0 * x * g,))
    for result in (
        limit_check(lambda x: offset + scale * cube(x), 2.0),
        limit_check(lambda x: offset + scale * square(x), 2.0),
    ):
        assert result.slopes[0].finding is Finding.WRONG_SLOPE
        assert result.alarms and "test_limits.py" in result.suspects[0]
