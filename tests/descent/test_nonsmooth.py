"""Functions with kinks: every answer against a closed form, a linear program, or its own twin."""

import doctest
import time
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from surefoot.calculus import Evaluator
from surefoot.descent.loop import loop
from surefoot.descent.manifold import snap_points
from surefoot.descent.min_norm import min_norm
from surefoot.descent.nonsmooth import Nonsmooth
from surefoot.descent.steps import Limits
from surefoot.program import trace
from surefoot.terms import Status


class Watched:
    """An oracle that keeps every point it was asked about."""

    def __init__(self, f, size):
        self.inner = Evaluator(trace(f, np.zeros(size)))
        self.size = size
        self.seen = []

    def _keep(self, x):
        self.seen.append(np.array(x).reshape(-1, self.size))
        return x

    def value_and_gradient(self, x):
        return self.inner.value_and_gradient(self._keep(x))

    def values(self, points):
        return self.inner.values(self._keep(points))

    def values_and_gradients(self, points):
        return self.inner.values_and_gradients(self._keep(points))

    def derivatives(self, x):
        return self.inner.derivatives(self._keep(x))

    @property
    def points(self):
        return np.concatenate(self.seen)


def run(f, x0, lower=None, upper=None, *, max_steps=5000, seed=0, **limits):
    x0 = np.asarray(x0, float)
    engine = Nonsmooth(Watched(f, x0.size), lower, upper, seed=seed)
    return loop(engine, x0, Limits(max_steps, **limits))


def rotation(size, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[0]


@pytest.mark.parametrize("start", [3.0, -4.0, 0.0, 1e6])
def test_abs_ends_at_its_corner(start):
    found = run(lambda x: jnp.abs(x[0]), [start])
    assert abs(found.x[0]) <= 1e-10
    assert found.status is Status.CONVERGED


@given(
    centre=st.floats(-1e3, 1e3), units=st.sampled_from([1e-4, 1.0, 1e4]),
    height=st.floats(-5, 5),
)  # fmt: skip
def test_a_shifted_and_scaled_corner_is_found_to_rounding(centre, units, height):
    oracle = _CornerOracle(centre, units, height)
    found = loop(Nonsmooth(oracle), np.array([centre + 7.3 / units]), Limits(2000))
    assert abs(found.x[0] - centre) * units <= 1e-9 * max(1, abs(centre * units))
    assert found.status is Status.CONVERGED


class _CornerOracle:
    """units·|x − centre| + height in NumPy: no compile for each example."""

    size = 1

    def __init__(self, centre, units, height):
        self.centre, self.units, self.height = centre, units, height

    def value_and_gradient(self, x):
        values, gradients = self.values_and_gradients(x[None, :])
        return float(values[0]), gradients[0]

    def values(self, points):
        return self.units * np.abs(points[:, 0] - self.centre) + self.height

    def values_and_gradients(self, points):
        return self.values(points), self.units * np.sign(points - self.centre)

    def derivatives(self, x):
        value, gradient = self.value_and_gradient(x)
        return value, gradient, np.zeros((1, 1))


def test_many_corners_at_once():
    target = np.arange(10.0)
    found = run(lambda x: jnp.sum(jnp.abs(x - target)), np.random.default_rng(0).normal(size=10))
    np.testing.assert_allclose(found.x, target, atol=1e-12)


def test_corners_in_rotated_and_badly_scaled_coordinates():
    turned = rotation(10, 3) * 10.0 ** np.linspace(-1.5, 1.5, 10) @ rotation(10, 4)
    target = np.random.default_rng(5).normal(size=10)
    found = run(lambda x: jnp.sum(jnp.abs(turned @ (x - target))), np.zeros(10))
    np.testing.assert_allclose(found.x, target, atol=1e-9)


def test_the_highest_of_three_parabolas():
    def f(x):
        pieces = [x[0] ** 2 + x[1] ** 2, (x[0] - 2) ** 2 + x[1] ** 2, (x[1] - 1) ** 2 + x[0]]
        return jnp.max(jnp.stack(pieces))

    found = run(f, [3.0, -4.0])
    # x₀ = 1 and the third piece takes over at y = ½ on the way down: 1 + y² = (1 − y)² + 1.
    np.testing.assert_allclose(found.x, [1.0, 0.5], atol=1e-9)
    assert found.value == pytest.approx(1.25, abs=1e-13)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_nonsmooth_rosenbrock(scale):
    def f(x):
        return 8 * jnp.abs(x[1] * scale - x[0] ** 2) + (1 - x[0]) ** 2

    found = run(f, [-1.2, 1.0 / scale])
    np.testing.assert_allclose(found.x, [1.0, 1.0 / scale], rtol=1e-8)
    assert found.value <= 1e-14


def coordinate_descent(A, b, weight, rounds=3000):
    x = np.zeros(A.shape[1])
    for _ in range(rounds):
        for j in range(x.size):
            column = A[:, j]
            slope = column @ (b - A @ x) + column @ column * x[j]
            x[j] = np.sign(slope) * max(abs(slope) - weight, 0) / (column @ column)
    return x


def test_lasso_in_twenty_variables():
    random = np.random.default_rng(1)
    A = random.normal(size=(40, 20))
    b = A[:, :5] @ random.normal(size=5) * 3 + 0.1 * random.normal(size=40)

    def f(x):
        return 0.5 * jnp.sum((A @ x - b) ** 2) + 5 * jnp.sum(jnp.abs(x))

    best = coordinate_descent(A, b, 5.0)
    reference = 0.5 * np.sum((A @ best - b) ** 2) + 5 * np.sum(np.abs(best))
    found = run(f, random.normal(size=20))
    assert found.value == pytest.approx(reference, rel=1e-12)
    np.testing.assert_allclose(found.x, best, atol=1e-10)
    assert found.status is Status.CONVERGED


def test_chebyshev_fit_against_a_linear_program():
    t = np.linspace(-1, 1, 50)
    V, y = np.vander(t, 6), np.exp(t)
    ones = np.ones((50, 1))
    reference = linprog(
        np.r_[np.zeros(6), 1],
        A_ub=np.block([[V, -ones], [-V, -ones]]),
        b_ub=np.r_[y, -y],
        bounds=[(None, None)] * 7,
    )
    found = run(lambda x: jnp.max(jnp.abs(V @ x - y)), np.zeros(6))
    assert found.value == pytest.approx(reference.fun, abs=1e-10)


ANCHORS = np.array([[1.0, 2.0, 3.0], [-1.0, 0.0, 5.0], [0.0, 0.0, 0.0]])


def distances(weights):
    def f(x):
        return sum(
            w * jnp.linalg.norm(x - a) for w, a in zip(weights, ANCHORS, strict=True)
        )

    return f


@pytest.mark.parametrize("start", [[5.0, 5.0, 5.0], ANCHORS[0], ANCHORS[1]])
def test_fermat_weber_with_its_best_place_at_an_anchor(start):
    # Weight 3 > 1 + 1: the heavy anchor is the answer, and JAX's gradient there is NaN.
    found = run(distances([3.0, 1.0, 1.0]), start)
    np.testing.assert_allclose(found.x, ANCHORS[0], atol=1e-10)
    assert found.status is Status.CONVERGED


def test_fermat_weber_between_two_anchors():
    found = run(lambda x: distances([1.0, 1.0, 0.0])(x), [5.0, 5.0, 5.0])
    assert found.value == pytest.approx(np.sqrt(12), rel=1e-12)


def test_hinge_loss_meets_its_dual():
    random = np.random.default_rng(2)
    X = random.normal(size=(60, 5))
    label = np.sign(X @ random.normal(size=5) + 0.5 * random.normal(size=60))
    rows = X * label[:, None]
    found = run(
        lambda w: 0.5 * jnp.sum(w**2) + jnp.sum(jax.nn.relu(1 - rows @ w)), np.zeros(5)
    )
    # Dual: max Σα − ½‖Σ α_i r_i‖², 0 ≤ α ≤ 1, by projected coordinate ascent.
    alpha, w = np.zeros(60), np.zeros(5)
    for _ in range(4000):
        for i in range(60):
            new = np.clip(alpha[i] + (1 - rows[i] @ w) / (rows[i] @ rows[i]), 0, 1)
            w += (new - alpha[i]) * rows[i]
            alpha[i] = new
    assert found.value == pytest.approx(alpha.sum() - 0.5 * w @ w, rel=1e-9)


def test_the_largest_eigenvalue_is_balanced():
    A = np.diag([1.0, -1.0, 0.5])
    B = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1.0]])
    found = run(lambda x: jnp.linalg.eigvalsh(A + x[0] * B)[-1], [2.0])
    grid = np.linspace(-3, 3, 200_001)
    best = min(np.linalg.eigvalsh(A + t * B)[-1] for t in grid[::50])
    assert found.value <= best + 1e-9


# ── bounds ───────────────────────────────────────────────────────────────────────────────────────


def test_bounds_hold_at_every_evaluation_and_active_ones_are_met_exactly():
    lower, upper = np.zeros(5), np.array([1.0, 0.5, 3.0, 1.0, 10.0])
    oracle = Watched(lambda x: jnp.sum(jnp.abs(x - jnp.arange(5.0))), 5)
    found = loop(Nonsmooth(oracle, lower, upper), np.full(5, 0.4))
    np.testing.assert_allclose(found.x, [0, 0.5, 2, 1, 4], atol=1e-12)
    assert found.x[1] == 0.5 and found.x[3] == 1.0
    assert np.all(oracle.points >= lower) and np.all(oracle.points <= upper)


def test_a_start_on_a_bound_that_must_be_left():
    lower, upper = np.zeros(2), np.full(2, 5.0)
    found = run(lambda x: -x[0] + jnp.abs(x[1]), [0.0, 1.0], lower, upper)
    np.testing.assert_allclose(found.x, [5.0, 0.0], atol=1e-12)


def test_a_fixed_variable_and_one_sided_bounds():
    lower, upper = np.array([2.0, -np.inf, 1.0]), np.array([2.0, -1.0, np.inf])
    oracle = Watched(lambda x: jnp.sum(jnp.abs(x)) + x[2] ** 2, 3)
    found = loop(Nonsmooth(oracle, lower, upper), np.array([2.0, -4.0, 3.0]))
    np.testing.assert_allclose(found.x, [2.0, -1.0, 1.0], atol=1e-12)
    assert np.all(oracle.points >= lower) and np.all(oracle.points <= upper)


def test_outside_the_bounds_nothing_is_defined():
    found = run(
        lambda x: jnp.sqrt(x[0]) + jnp.abs(x[1] - 2), [1.0, 1.0], np.zeros(2), np.full(2, 5.0)
    )
    assert found.value == pytest.approx(0, abs=1e-9)


# ── what must not be believed ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("f", "value"),
    [
        # A kink that is a maximum, where AD's slope is 0.
        (lambda x: -jnp.abs(x[0]) + 0.1 * x[0] ** 2, -2.5),
        # AD says 0 at 0; the true slope is 1.
        (lambda x: jax.nn.relu(x[0]) - jax.nn.relu(-x[0]) + 0.1 * x[0] ** 2, -2.5),
    ],
)
def test_a_zero_gradient_at_a_kink_is_not_the_end(f, value):
    assert run(f, [0.0]).value == pytest.approx(value, abs=1e-10)


def test_no_lower_end_is_said():
    found = run(lambda x: -jnp.abs(x[0]), [1.0])
    assert found.status is Status.DIVERGED
    np.testing.assert_allclose(np.abs(found.state.direction), [1.0])


def test_nan_at_the_start_is_said():
    assert run(lambda x: jnp.log(-jnp.abs(x[0]) - 1), [1.0]).status is Status.NOT_A_NUMBER


def test_nan_beyond_an_edge_is_walked_around():
    found = run(lambda x: -jnp.log(x[0]) + 2 * jnp.abs(x[0] - 1), [3.0])
    assert found.x[0] == pytest.approx(1.0, abs=1e-9)


def test_equal_seeds_give_equal_runs():
    def f(x):
        return jnp.max(jnp.abs(x - jnp.arange(3.0))) + 0.1 * jnp.sum(x**2)

    first, second = run(f, np.ones(3), seed=4), run(f, np.ones(3), seed=4)
    np.testing.assert_array_equal(first.trajectory.points, second.trajectory.points)


def test_a_step_limit_gives_the_best_point_back():
    found = run(lambda x: jnp.sum(jnp.abs(x)), np.full(4, 3.0), max_steps=3)
    assert found.status is Status.STEP_LIMIT and found.steps == 3 and found.value < 12


def test_a_creeping_kink_in_thirty_variables():
    # Chained Mifflin 2 (Haarala, Miettinen & Mäkelä 2004, problem 8): plain BFGS creeps here.
    def f(x):
        ring = x[:-1] ** 2 + x[1:] ** 2 - 1
        return jnp.sum(-x[:-1] + 2 * ring + 1.75 * jnp.abs(ring))

    found = run(f, np.full(30, -1.0))
    other = run(f, np.full(30, 0.3))
    assert found.status is Status.CONVERGED
    assert found.value == pytest.approx(other.value, abs=1e-7)
    assert found.value == pytest.approx(-20.6535240, abs=1e-6)


# ── parts ────────────────────────────────────────────────────────────────────────────────────────


def test_the_shortest_vector_of_a_hull():
    vector, weights = min_norm(np.array([[1.0, 0.0], [0.0, 1.0], [3.0, 3.0]]))
    np.testing.assert_allclose(vector, [0.5, 0.5], atol=1e-14)
    np.testing.assert_allclose(weights, [0.5, 0.5, 0.0], atol=1e-14)


@given(seed=st.integers(0, 10_000), rows=st.integers(1, 12), size=st.integers(1, 6))
def test_no_row_is_shorter_than_the_shortest_vector_along_it(seed, rows, size):
    random = np.random.default_rng(seed)
    G = random.normal(size=(rows, size)) + random.normal(size=size)
    v, weights = min_norm(G)
    assert np.all(weights >= 0) and weights.sum() == pytest.approx(1)
    # The variational inequality of a projection: g·v ≥ ‖v‖² for every g of the hull.
    assert np.all(G @ v >= v @ v - 1e-10 * np.max(G**2))


def test_a_bound_takes_up_what_it_can():
    vector, _ = min_norm(np.array([[2.0, 1.0]]), np.array([[-1.0, 0.0]]))
    np.testing.assert_allclose(vector, [0.0, 1.0], atol=1e-14)


def test_the_snap_meets_two_curved_pieces_in_one_go():
    evaluator = Evaluator(
        trace(lambda x: 8 * jnp.abs(x[1] - x[0] ** 2) + (1 - x[0]) ** 2, np.zeros(2))
    )
    x = np.array([1 + 3e-4, 1 - 2e-4])
    points = x + 1e-3 * np.random.default_rng(0).uniform(-1, 1, (8, 2))
    values, gradients = evaluator.values_and_gradients(points)
    found = snap_points(
        evaluator, x, points, values, gradients, np.ones(2), np.full(2, np.nan)
    )
    assert np.min(np.max(np.abs(found - 1), axis=1)) <= 1e-8


def test_examples_of_the_page(repository):
    page = repository / "docs" / "nonsmooth.md"
    # A closing fence is no output: it ends the example before it.
    text = page.read_text().replace("```python", "").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, "nonsmooth.md", str(page), 0)
    assert len(examples.examples) >= 10
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples).failed == 0


# ── ended from outside, in the midst of a step ─────────────────────────────────────────────────


class Slow(Watched):
    """An oracle whose Hessians take a twentieth of a second, as those of large functions do."""

    def derivatives(self, x):
        time.sleep(0.05)
        return super().derivatives(x)


def widest(x):
    return jnp.max(jnp.abs(x - jnp.arange(12.0))) + 0.01 * jnp.sum(x**2)


def test_the_time_limit_acts_within_a_snap() -> None:
    oracle = Slow(widest, 12)
    x0 = np.zeros(12)
    oracle.inner.derivatives(x0), oracle.inner.value_and_gradient(x0), oracle.values(x0[None])
    ended = loop(Nonsmooth(oracle), x0, Limits(time_limit=0.6))
    assert ended.status is Status.TIME_LIMIT
    assert ended.seconds < 0.6 + 0.4, "one snap alone would take 4 seconds"
    assert ended.value < float(widest(x0))


def test_a_snap_that_is_stopped_asks_for_nothing_more() -> None:
    oracle = Watched(widest, 12)
    points = np.random.default_rng(0).normal(size=(30, 12))
    values, gradients = oracle.values_and_gradients(points)
    oracle.seen.clear()
    found = snap_points(
        oracle, points[0], points, values, gradients, np.ones(12), np.full(12, np.nan),
        lambda: True,
    )  # fmt: skip
    assert len(found) == 0 and not oracle.seen


def test_a_sampling_step_that_is_stopped_claims_nothing() -> None:
    """At the minimum of |x| + |y| all that is left to do is to say so: not when cut short."""
    engine = Nonsmooth(Watched(lambda x: jnp.sum(jnp.abs(x)), 2))
    state = replace(engine.start(np.zeros(2)), level=0)
    engine.stop = lambda: True
    cut, steps = engine.advance(state, 1)
    assert cut.status is None and cut.level == 0 and steps[0].note == "cut short"
    engine.stop = lambda: False
    assert engine.advance(state, 200)[0].status is Status.CONVERGED
