"""argmin as a function: its values, its derivatives of every kind, and where it says NaN."""

import doctest

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.program import trace
from surefoot.solve.implicit import argmin, sensitivity_matrix
from surefoot.terms import InputError


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def quartic(a):
    """Where (x − a)² + x⁴ is lowest: the root of 4x³ + 2x − 2a."""
    return argmin(lambda x: (x - a) ** 2 + x**4, 0.0)


def quartic_root(a):
    roots = np.roots([4, 0, 2, -2 * a])
    return float(roots[np.argmin(np.abs(roots.imag))].real)


# ── values ───────────────────────────────────────────────────────────────────────────────────────


@given(a=st.floats(-100, 100))
@settings(max_examples=20)
def test_value_and_slope_match_the_closed_form(a):
    x, slope = _compiled(a)
    root = quartic_root(a)
    assert float(x) == pytest.approx(root, rel=1e-11, abs=1e-12)
    assert float(slope) == pytest.approx(2 / (2 + 12 * root**2), rel=1e-10)


_quartic_pair = jax.jit(jax.value_and_grad(quartic))


def _compiled(a):
    with jax.enable_x64(True):
        return _quartic_pair(jnp.float64(a))


def test_rosenbrock_to_the_last_digits():
    def f(x):
        return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    np.testing.assert_allclose(argmin(f, jnp.array([-1.2, 1.0])), 1.0, atol=1e-12)


def test_more_unknowns_than_a_dense_hessian_is_made_for():
    target = jnp.sin(jnp.arange(200.0))

    def f(x):
        return jnp.sum(jnp.cosh(x - target)) + 0.5 * jnp.sum((x[1:] - x[:-1]) ** 2)

    x = jax.jit(lambda: argmin(f, jnp.zeros(200)))()
    assert float(jnp.max(jnp.abs(jax.grad(f)(x)))) <= 1e-12


def test_a_saddle_is_left_where_a_way_down_exists():
    x = argmin(lambda p: p[0] ** 2 - p[1] ** 2 + p[1] ** 4, jnp.zeros(2))
    np.testing.assert_allclose(np.abs(x), [0, np.sqrt(0.5)], atol=1e-12)


@pytest.mark.parametrize(
    ("f", "start"),
    [
        (lambda x: x, 1.0),
        (lambda x: -(x**2), 1.0),
        (lambda x: x**3, 0.0),
        (lambda x: x**3, 1.0),
        (lambda x: jnp.exp(-x), 0.0),
        (lambda x: 5 + jnp.exp(-x), 0.0),
        (lambda x: 1 / (1 + x**2), 1.0),
        (jnp.tanh, 0.0),
        (lambda x: 3 * jnp.tanh(x - 40), 40.0),
        (lambda x: jnp.log(x), -1.0),
        (lambda x: x * jnp.nan, 1.0),
    ],
)
def test_no_minimum_is_nan(f, start):
    assert np.isnan(argmin(f, start))


def test_the_monkey_saddle_is_no_minimum():
    x = argmin(lambda p: p[0] ** 3 - 3 * p[0] * p[1] ** 2, jnp.zeros(2))
    assert np.all(np.isnan(x))


@pytest.mark.parametrize("slant", [0.0, 0.4])
def test_a_surface_that_falls_along_a_curve_only_is_no_minimum(slant: float):
    """Peano's (y − x²)(y − 3x²) rises along every line through 0."""

    def f(p):
        y = p[1] - slant * p[0]
        return (y - p[0] ** 2) * (y - 3 * p[0] ** 2)

    assert np.all(np.isnan(argmin(f, jnp.zeros(2))))


def test_a_vanishing_tail_beside_a_good_variable_is_nan():
    assert np.all(np.isnan(argmin(lambda p: jnp.exp(-p[0]) + (p[1] - 1) ** 2, jnp.zeros(2))))


def test_too_few_steps_are_nan():
    def f(x):
        return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    assert np.all(np.isnan(argmin(f, jnp.array([-1.2, 1.0]), max_steps=3)))


def test_a_degenerate_minimum_has_no_false_derivative():
    def place(a):
        return argmin(lambda x: (x - a) ** 4, 0.0)

    x, slope = jax.value_and_grad(place)(3.0)
    assert float(x) == pytest.approx(3, abs=1e-6)
    assert np.isnan(slope) or 0.9 < float(slope) < 1.1


def test_units_of_x_and_height_do_not_matter():
    place = jax.jit(lambda u, h: argmin(lambda x: jnp.cosh(x / u - 1.5) + h, 0.0))
    for units, height in [(1e-8, 0.0), (1e8, 0.0), (1.0, 1e3)]:
        assert float(place(units, height)) == pytest.approx(1.5 * units, rel=1e-7)


# ── derivatives ──────────────────────────────────────────────────────────────────────────────────


def ridge_data():
    random = np.random.default_rng(0)
    return jnp.asarray(random.normal(size=(12, 3))), jnp.asarray(random.normal(size=12))


def ridge(X, y, weight):
    return argmin(
        lambda w: jnp.sum((X @ w - y) ** 2) + weight * jnp.sum(w**2), jnp.zeros(X.shape[1])
    )


def ridge_closed(X, y, weight):
    return jnp.linalg.solve(X.T @ X + weight * jnp.eye(X.shape[1]), X.T @ y)


@pytest.mark.parametrize("mode", [jax.jacfwd, jax.jacrev])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_ridge_regression_in_its_weight_and_in_its_data(mode, which):
    arguments = (*ridge_data(), 0.7)
    ours = jax.jit(mode(ridge, which))(*arguments)
    closed = jax.jacfwd(ridge_closed, which)(*arguments)
    np.testing.assert_allclose(ours, closed, rtol=1e-9, atol=1e-12)


def test_against_finite_differences_through_a_pytree():
    def place(c):
        f = lambda p: jnp.cosh(p["a"] - c) + jnp.sum((p["b"] - p["a"] * c) ** 2) + p["a"] ** 4  # noqa: E731
        return argmin(f, {"a": 0.3, "b": jnp.zeros(2)})

    place = jax.jit(place)
    slope = jax.jit(jax.jacfwd(place))(0.8)
    h = 1e-5
    above, below = place(0.8 + h), place(0.8 - h)
    for name in ("a", "b"):
        quotient = (above[name] - below[name]) / (2 * h)
        np.testing.assert_allclose(slope[name], quotient, rtol=1e-8)


def test_second_derivatives_in_all_modes():
    a = 2.0
    x = quartic_root(a)
    # x'(a) = 2/(2 + 12x²); once more: x'' = −24 x x'² · x' / 2 ... = −48 x x' / (2 + 12x²)²
    first = 2 / (2 + 12 * x**2)
    second = -48 * x * first / (2 + 12 * x**2) ** 2
    for twice in (
        jax.grad(jax.grad(quartic)), jax.jacfwd(jax.jacfwd(quartic)), jax.hessian(quartic)
    ):  # fmt: skip
        assert float(twice(a)) == pytest.approx(second, rel=1e-9)


def test_vmap_over_data_is_a_loop_over_data():
    data = jnp.linspace(-2, 2, 7)
    together = jax.vmap(jax.value_and_grad(quartic))(data)
    for k, a in enumerate(data):
        x, slope = _quartic_pair(a)
        np.testing.assert_allclose(together[0][k], x, atol=1e-15)
        np.testing.assert_allclose(together[1][k], slope, rtol=1e-14)


def test_an_inner_problem_inside_an_outer_one():
    # Outer: the weight whose ridge solution predicts a held-out point best.
    X, y = ridge_data()

    def held_out(log_weight):
        w = ridge(X[:9], y[:9], jnp.exp(log_weight))
        return jnp.sum((X[9:] @ w - y[9:]) ** 2)

    both = jax.jit(jax.value_and_grad(held_out))
    h = 1e-5
    quotient = (both(0.3 + h)[0] - both(0.3 - h)[0]) / (2 * h)
    assert float(both(0.3)[1]) == pytest.approx(float(quotient), rel=1e-7)


def test_an_argmin_of_an_argmin():
    # Leader and follower: the follower answers y = (x + 1)/2, the leader minimises x² + y².
    def leader(x):
        y = argmin(lambda y: (y - x) ** 2 + (y - 1) ** 2, 0.0)
        return x**2 + y**2

    assert float(argmin(leader, 0.3)) == pytest.approx(-0.2, abs=1e-12)


def test_large_problems_differentiate_by_conjugate_gradients():
    scale = jnp.arange(1.0, 201)

    def place(a):
        return argmin(lambda x: jnp.sum(scale * (x - a) ** 2) + jnp.sum(x**2), jnp.zeros(200))

    forward = jax.jit(jax.jacfwd(place))(2.0)
    np.testing.assert_allclose(forward, scale / (scale + 1), rtol=1e-10)
    weights = jnp.cos(scale)
    reverse = jax.jit(jax.grad(lambda a: weights @ place(a)))(2.0)
    assert float(reverse) == pytest.approx(float(weights @ (scale / (scale + 1))), rel=1e-9)


def test_the_start_has_no_influence_on_the_derivative():
    slope = jax.grad(lambda s: argmin(lambda x: (x - 2.0) ** 2, s))(0.5)
    assert float(slope) == 0


def test_a_flat_direction_has_no_derivative_unless_least_norm_is_asked_for():
    def place(a, singular):
        return argmin(lambda x: (x[0] + x[1] - a) ** 2, jnp.zeros(2), singular=singular)

    assert np.all(np.isnan(jax.jacobian(lambda a: place(a, "nan"))(2.0)))
    least = jax.jacobian(lambda a: place(a, "least-norm"))(2.0)
    np.testing.assert_allclose(least, [0.5, 0.5], rtol=1e-12)
    total = jax.grad(lambda a: jnp.sum(place(a, "least-norm")))(2.0)
    assert float(total) == pytest.approx(1)


def test_units_do_not_make_a_hessian_singular():
    units = jnp.array([1e-3, 1.0, 1e3])

    def place(a):
        return argmin(lambda x: jnp.sum((x * units - a) ** 2), jnp.zeros(3))

    np.testing.assert_allclose(place(1.0) * units, 1.0, rtol=1e-7)
    np.testing.assert_allclose(jax.jacobian(place)(1.0) * units, 1.0, rtol=1e-9)
    wide, data = np.array([1e-9, 1.0, 1e9]), np.array([1.0])
    program = trace(lambda x: jnp.sum((x * wide - data) ** 2), np.zeros(3))
    index = [c.size for c in program.consts].index(1)
    moved = sensitivity_matrix(program, 1 / wide, index)
    np.testing.assert_allclose(moved[:, 0] * wide, 1.0, rtol=1e-9)


@pytest.mark.parametrize(
    ("units", "start"), [((1e-9, 1e9), 0.0), ((1e-9, 1e-3, 1e9), 0.3), ((1e9, 1.0), 0.0)]
)
def test_mixed_units_change_nothing(units, start):
    """x/u is the same function of the data whatever the units u of the variables are."""
    u, size = jnp.asarray(units), len(units)
    root = np.random.default_rng(0).standard_normal((size, size))
    matrix = jnp.asarray(root @ root.T + np.eye(size))

    def place(a):
        def f(x):
            z = x / u - a
            return 0.5 * z @ matrix @ z + jnp.sum(jnp.cosh(z) - 1)

        return argmin(f, start * u) / u

    a = jnp.arange(1.0, size + 1)
    total = jax.value_and_grad(lambda a: jnp.sum(place(a)))
    # One compile for jit, vmap and both modes.
    placed, moved, (_, slopes) = jax.jit(
        lambda a, both: (jax.vmap(place)(both), jax.jacfwd(place)(a), total(a))
    )(a, jnp.stack([a, -a]))
    np.testing.assert_allclose(placed, [a, -a], rtol=1e-9)
    np.testing.assert_allclose(moved, np.eye(size), atol=1e-9)
    np.testing.assert_allclose(slopes, 1.0, rtol=1e-9)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_a_fit_in_any_units_of_its_data(unit):
    """p₀ exp(−p₁ t) with t and y in units that make p₀ and p₁ differ by up to 10¹⁸."""
    t = jnp.linspace(0, 1, 20)

    def fit(y):
        def loss(p):
            return jnp.sum((p[0] * jnp.exp(-p[1] * t * unit) - y) ** 2)

        return argmin(loss, jnp.array([0.5 * unit, 1 / unit]))

    y = unit * jnp.exp(-2 * t)
    np.testing.assert_allclose(fit(y) / jnp.array([unit, 1 / unit]), [1, 2], rtol=1e-8)
    moved = jax.jvp(fit, (y,), (y,))[1]  # twice the heights double p₀ and leave p₁
    np.testing.assert_allclose(moved / jnp.array([unit, 1 / unit]), [1, 0], atol=1e-8)


def test_least_norm_in_mixed_units():
    """Units must not make a Hessian singular here either, nor a singular one regular."""

    def place(a):
        def f(x):
            return (1e9 * x[0] - a) ** 2 + (1e-9 * x[1] - a) ** 2 + (x[2] + x[3] - a) ** 2

        return argmin(f, jnp.zeros(4), singular="least-norm")

    moved = jax.jacobian(place)(2.0) * jnp.array([1e9, 1e-9, 1.0, 1.0])
    np.testing.assert_allclose(moved, [1, 1, 0.5, 0.5], rtol=1e-8)


def two_roots(x, a):
    return jnp.maximum((x - a) ** 2, (x + a) ** 2)


IRREGULAR = {
    "corner": (lambda x, a: jnp.abs(x - a), 2.0, 0.0),
    "corner, met": (lambda x, a: jnp.abs(x - a), 2.0, 2.0),
    "corner beside a square": (lambda x, a: jnp.abs(x - a) + 0.1 * x**2, 0.3, 0.0),
    "corner on a square": (lambda x, a: jnp.abs(x - a) + x**2, 0.0, 0.0),
    "two parabolas": (two_roots, 2.0, 1.0),
    "level": (lambda x, a: jax.nn.relu(x - a), 2.0, 0.0),
    "quartic": (lambda x, a: (x - a) ** 4, 3.0, 0.0),
    "sextic": (lambda x, a: (x - a) ** 6, 3.0, 0.0),
    "quartic beside a square": (
        lambda x, a: (x[0] - a) ** 4 + 1e6 * (x[1] - a) ** 2 + 1, 2.0, [0.3, -0.4]
    ),
    "sextic beside a square": (
        lambda x, a: (x[0] - a) ** 6 + (x[1] - a) ** 2 + 1, 2.0, [0.3, -0.4]
    ),
    "no floor": (lambda x, a: a * x, 1.0, 0.0),
    "not attained": (lambda x, a: jnp.exp(-a * x), 5.0, 0.0),
    "not finite": (lambda x, a: a * jnp.log(x), 1.0, -1.0),
    "empty group": (
        lambda b, a: 2 * jnp.exp(b[0]) + 2 * jnp.exp(b[0] + b[1]) - a * b[0], 5.0, [0.0, 0.0]
    ),
}  # fmt: skip


@pytest.mark.parametrize("mode", [jax.jacfwd, jax.jacrev])
@pytest.mark.parametrize("name", IRREGULAR)
def test_no_derivative_where_the_theorem_does_not_hold(name, mode):
    f, a, start = IRREGULAR[name]
    slope = mode(lambda a: argmin(lambda x: f(x, a), jnp.asarray(start)))(a)
    assert np.all(np.isnan(slope))


@pytest.mark.parametrize("factor", [1e-4, 1.0, 1e4])
def test_an_empty_group_has_no_best_rate(factor):
    """exp(b₀ + b₁) → 0 as b₁ → −∞, and no b₁ is best."""

    def f(b):
        return factor * (2 * jnp.exp(b[0]) + 2 * jnp.exp(b[0] + b[1]) - 5 * b[0])

    assert np.all(np.isnan(argmin(f, jnp.zeros(2))))


def test_a_corner_near_by_is_no_harm():
    """Huber's loss is a parabola around its minimum, whatever it is further out."""

    def place(a):
        def huber(x):
            z = jnp.abs(x - a)
            return jnp.where(z < 1, z**2 / 2, z - 0.5)

        return argmin(huber, 0.0)

    x, slope = jax.value_and_grad(place)(3.0)
    assert float(x) == pytest.approx(3.0) and float(slope) == pytest.approx(1.0)


# ── dtypes ───────────────────────────────────────────────────────────────────────────────────────


def test_float32_is_kept_with_its_own_tolerance():
    with jax.enable_x64(False):
        x, slope = jax.value_and_grad(quartic)(2.0)
    assert x.dtype == slope.dtype == jnp.float32
    assert float(x) == pytest.approx(quartic_root(2.0), rel=1e-6)
    assert float(slope) == pytest.approx(2 / (2 + 12 * quartic_root(2.0) ** 2), rel=1e-5)


def test_a_float32_start_stays_float32_among_doubles():
    a = jnp.float64(2.0)
    x = argmin(lambda x: (x - a) ** 2, jnp.zeros(2, jnp.float32)[0])
    assert x.dtype == jnp.float32 and float(x) == pytest.approx(2)


def test_python_integers_are_floats():
    x = argmin(lambda p: (p[0] - 3) ** 2 + (p[1] + 1) ** 2, (0, 0))
    assert isinstance(x, tuple)
    np.testing.assert_allclose(x, [3.0, -1.0])


# ── bad input ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("f", "x0", "words"),
    [
        (lambda x: x, jnp.zeros(3), "an array of shape (3,)"),
        (lambda x: (x, x), 0.0, "found a tuple"),
        (lambda x: None, 0.0, "found None"),
        (lambda x: jnp.int32(3), 0.0, "int32"),
        (jnp.sum, jnp.arange(3), "floating-point numbers, found int"),
        (jnp.sum, True, "found bool"),
        (jnp.sum, "0", "found str"),
        (jnp.sum, {}, "no numbers"),
        (jnp.sum, jnp.zeros(2, jnp.complex64), "complex64"),
        (jnp.sum, jnp.zeros(2, jnp.bfloat16), "too few digits"),
    ],
)
def test_what_argmin_refuses_in_a_sentence(f, x0, words):
    with pytest.raises(InputError) as caught:
        argmin(f, x0)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "options", [{"max_steps": 0}, {"max_steps": True}, {"tol": 0.0}, {"singular": "zero"}]
)
def test_options_outside_their_range(options):
    with pytest.raises(InputError, match=next(iter(options))):
        argmin(lambda x: x**2, 1.0, **options)


# ── sensitivity of an answer ─────────────────────────────────────────────────────────────────────


def test_the_matrix_is_the_derivative_of_the_answer():
    X, y = (np.asarray(part) for part in ridge_data())
    program = trace(lambda w: jnp.sum((X @ w - y) ** 2) + 0.7 * jnp.sum(w**2), np.zeros(3))
    at = np.asarray(ridge_closed(X, y, 0.7))
    for value, which in ((X, 0), (y, 1)):
        index = [c.shape for c in program.consts].index(value.shape)
        ours = sensitivity_matrix(program, at, index)
        closed = jax.jacfwd(ridge_closed, which)(jnp.asarray(X), jnp.asarray(y), 0.7)
        np.testing.assert_allclose(ours, np.asarray(closed).reshape(3, -1), rtol=1e-9, atol=1e-12)


def test_a_variable_held_by_a_bound_does_not_move():
    data = np.array([1.0, -2.0])
    program = trace(lambda x: jnp.sum((x - data) ** 2) + x[0] * x[1], np.zeros(2))
    moved = sensitivity_matrix(program, np.array([1.0, 0.0]), 0, np.array([True, False]))
    np.testing.assert_allclose(moved, [[1, 0], [0, 0]], atol=1e-14)


def test_a_minimum_that_is_not_unique_has_no_sensitivity():
    data = np.array([1.0])
    program = trace(lambda x: jnp.sum((x[0] + x[1] - data) ** 2), np.zeros(2))
    assert np.all(np.isnan(sensitivity_matrix(program, np.array([0.5, 0.5]), 0)))


def test_whole_numbers_have_no_derivative():
    data = np.array([1, 2])
    program = trace(lambda x: jnp.sum((x - data) ** 2), np.zeros(2))
    index = [c.dtype.kind for c in program.consts].index("i")
    with pytest.raises(InputError, match="floats"):
        sensitivity_matrix(program, np.array([1.0, 2.0]), index)


def test_examples_of_the_page(repository):
    page = repository / "docs" / "argmin.md"
    # A closing fence is no output: it ends the example before it.
    text = page.read_text().replace("```python", "").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, "argmin.md", str(page), 0)
    assert len(examples.examples) >= 10
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples).failed == 0
