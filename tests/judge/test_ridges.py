"""Corners with several sharp and several smooth directions, against what is known of them."""

import jax.numpy as jnp
import numpy as np
import pytest
from tests.judge.oracles import JaxOracle, judged, problem

from surefoot.judge import judge
from surefoot.terms import PointKind as K

MINIMA = {K.LOCAL_MINIMUM, K.GLOBAL_MINIMUM, K.FLAT_MINIMUM}
norm = jnp.linalg.norm


def two_bars(x):
    """Two curved corners; along both f is x₁² + x₃²."""
    return (
        jnp.abs(x[0] - x[1] ** 2) + 0.5 * jnp.abs(x[2] - x[1] * x[3]) + x[1] ** 2 + x[3] ** 2
    )


def three_pieces(x):
    """A maximum of three whose curvatures, weighted by ⅓, add up to something positive."""
    a = x[0] - x[2] ** 2 + x[3] ** 2
    b = -x[0] + x[1] + 3 * x[2] ** 2 + x[3] ** 2
    return jnp.max(jnp.stack([a, b, -x[1] + 2 * x[2] ** 2 - 0.5 * x[3] ** 2]))


def curved_norm(x):
    """A norm that vanishes on a surface, along which f is x₂² + x₃²."""
    bent = jnp.stack([x[0] - x[2] ** 2, x[1] + x[2] * x[3]])
    return norm(bent) + 0.3 * x[0] + 0.7 * x[2] ** 2 + x[3] ** 2


def groups(x):
    """Group norms, one of them not at its corner."""
    smooth = jnp.sum((x[4:] - 1) ** 2) + 0.3 * x[0] + 0.2 * x[3] * x[4]
    return norm(x[:2]) + norm(x[2:4]) + smooth


def two_bars_falling(x):
    """Along both corners f is −0.4 x₁² + x₃²."""
    return two_bars(x) - 1.4 * x[1] ** 2


def three_pieces_falling(x):
    """The weighted curvatures of the three add up to −⅔ along x₂."""
    a = x[0] - 3 * x[2] ** 2 + x[3] ** 2
    b = -x[0] + x[1] - x[2] ** 2 + x[3] ** 2
    return jnp.max(jnp.stack([a, b, -x[1] + 2 * x[2] ** 2 - 0.5 * x[3] ** 2]))


def curved_norm_falling(x):
    """Along the surface f is −½x₂² + x₃²."""
    return curved_norm(x) - 1.5 * x[2] ** 2


def bent_valley(x):
    """Nesterov's nonsmooth Rosenbrock function: zero is among the slopes, and f falls along a
    valley that itself has a corner (Gürbüzbalaban and Overton 2012)."""
    return jnp.abs(x[0] - 1) / 4 + jnp.sum(jnp.abs(x[1:] - 2 * jnp.abs(x[:-1]) + 1))


def crossed(x):
    """A corner that bends up and one that bends down, with a smooth direction."""
    return jnp.abs(x[0]) - jnp.abs(x[1]) + x[2] ** 2


RISING = [(two_bars, (0, 0, 0, 0)), (three_pieces, (0, 0, 0, 0)), (curved_norm, (0, 0, 0, 0)),
          (groups, (0, 0, 0, 0, 1, 1))]  # fmt: skip
FALLING = [(two_bars_falling, (0, 0, 0, 0)), (three_pieces_falling, (0, 0, 0, 0)),
           (curved_norm_falling, (0, 0, 0, 0)), (bent_valley, (0, -1)), (bent_valley, (0, -1, 1)),
           (bent_valley, (0, -1, 1, 1)), (crossed, (0, 0, 0))]  # fmt: skip


def disguised(function, point, seed: int, kind: str):
    """The verdict on c · f(A(x − b)) at the point that is `point` there."""
    rng, size = np.random.default_rng(seed), len(point)
    matrix = np.eye(size)
    if kind == "rotated":
        matrix = np.linalg.qr(rng.standard_normal((size, size)))[0]
    elif kind == "scaled":
        matrix = np.diag(10.0 ** rng.uniform(-1.5, 1.5, size))
    shift = rng.standard_normal(size) if kind in ("rotated", "shifted") else np.zeros(size)
    factor = 10.0 ** rng.uniform(-6, 6)
    oracle = JaxOracle(function, size, matrix=matrix, shift=shift, factor=factor)
    x = shift + np.linalg.solve(matrix, np.array(point, dtype=float))
    return judge(problem(size), x, oracle=oracle), oracle, x


@pytest.mark.parametrize("kind", ["plain", "shifted", "rotated", "scaled"])
@pytest.mark.parametrize(("function", "point"), RISING)
def test_a_minimum_on_several_ridges_is_told(function, point, kind: str) -> None:
    for seed in range(2):
        verdict, _, _ = disguised(function, point, seed, kind)
        assert verdict.kind is K.LOCAL_MINIMUM, (seed, verdict.advice)


@pytest.mark.parametrize("kind", ["plain", "shifted", "rotated", "scaled"])
@pytest.mark.parametrize(("function", "point"), FALLING)
def test_a_way_down_along_a_ridge_is_never_a_minimum(function, point, kind: str) -> None:
    for seed in range(2):
        verdict, oracle, x = disguised(function, point, seed, kind)
        assert verdict.kind not in MINIMA, seed
        if verdict.direction is not None:
            step = np.asarray(verdict.direction)
            tried = x + np.outer([1.0, 0.1, 1e-2, 1e-3], step)
            assert np.min(oracle.values(tried)) < oracle.value(x)


@pytest.mark.parametrize("seed", range(6))
def test_lasso_with_many_zeros(seed: int) -> None:
    """min ½‖Ax − b‖² + λ‖x‖₁ with b made so that x is its minimum, strictly."""
    rng = np.random.default_rng(seed)
    size, zeros, weight = 12, int(rng.integers(3, 10)), 10.0 ** rng.uniform(-2, 2)
    matrix = rng.standard_normal((20, size))
    x = rng.standard_normal(size) + np.sign(rng.standard_normal(size))
    signs = np.sign(x)
    x[:zeros], signs[:zeros] = 0.0, rng.uniform(-0.8, 0.8, zeros)
    rhs = matrix @ x + weight * matrix @ np.linalg.solve(matrix.T @ matrix, signs)

    def lasso(v):
        return 0.5 * jnp.sum((matrix @ v - rhs) ** 2) + weight * jnp.sum(jnp.abs(v))

    assert judged(lasso, x).kind is K.LOCAL_MINIMUM
    beside = x.copy()
    beside[-1] += 0.1
    assert judged(lasso, beside).kind not in MINIMA


def test_a_corner_that_cannot_be_told_says_why() -> None:
    verdict = judged(lambda x: jnp.abs(x[0]) + x[1] ** 4 + x[2] ** 4, (0.0, 0.0, 0.0))
    assert verdict.kind is K.KINK
    assert "no curvature was found along it" in verdict.advice
