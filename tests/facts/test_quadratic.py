"""Standard forms: exact coefficients in every spelling, and refusal of everything else."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from tests.facts.generator import N, affine, quadratic

from surefoot.facts import (
    AffineResidualOracle,
    QuadraticOracle,
    affine_form,
    numpy_outputs,
    quadratic_form,
    read_quadratic,
)
from surefoot.program import trace

RNG = np.random.default_rng(4)
A, B, W = RNG.normal(size=(10, 8)), RNG.normal(size=10), RNG.random(10)
Q = A.T @ A
X = np.linspace(-1.0, 2.0, 8)
LATTICE = np.random.default_rng(5).integers(-4, 5, size=(10, N)).astype(float)


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_random_quadratics_are_read_exactly(seed: int) -> None:
    f = quadratic(np.random.default_rng(seed))
    program = trace(f, LATTICE[0])
    form = quadratic_form(program)
    assert form is not None, read_quadratic(program)
    wanted = np.array([float(numpy_outputs(program, x)[0]) for x in LATTICE])
    found = np.array([form.value(x) for x in LATTICE])
    np.testing.assert_allclose(found, wanted, rtol=2e-15)  # the norm's root rounds
    expanded = [
        form.constant + form.gradient_at_zero @ x + 0.5 * x @ form.hessian @ x for x in LATTICE
    ]
    np.testing.assert_array_equal(expanded, np.rint(wanted))
    np.testing.assert_array_equal(form.hessian, form.hessian.T)
    if form.is_least_squares:
        for x, value in zip(LATTICE, wanted, strict=True):
            residual = form.residual_matrix @ x - form.residual_offset
            total = residual @ residual + form.residual_constant
            assert total == pytest.approx(value, rel=1e-14, abs=1e-12)
    np.testing.assert_array_equal(form.negated().hessian, -form.hessian)


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_random_affine_maps_are_read_exactly(seed: int) -> None:
    f = affine(np.random.default_rng(seed), depth=4)
    program = trace(f, LATTICE[0])
    form = affine_form(program)
    assert form is not None
    wanted = np.array([numpy_outputs(program, x)[0] for x in LATTICE])
    np.testing.assert_array_equal([form.value(x) for x in LATTICE], wanted)


def residual(x: jax.Array) -> jax.Array:
    return A @ x - B


SUMS_OF_SQUARES = {
    "sum of powers": lambda x: jnp.sum((A @ x - B) ** 2),
    "r @ r": lambda x: residual(x) @ residual(x),
    "dot": lambda x: jnp.dot(residual(x), residual(x)),
    "vdot": lambda x: (lambda r: jnp.vdot(r, r))(residual(x)),
    "mean": lambda x: jnp.mean(jnp.square(A @ x - B)),
    "half": lambda x: 0.5 * jnp.sum((A @ x - B) ** 2),
    "norm": lambda x: jnp.linalg.norm(A @ x - B) ** 2,
    "norm times norm": lambda x: jnp.linalg.norm(residual(x)) * jnp.linalg.norm(residual(x)),
    "r * r": lambda x: (lambda r: jnp.sum(r * r))(residual(x)),
    "abs": lambda x: jnp.sum(jnp.abs(A @ x - B) ** 2),
    "ridge": lambda x: jnp.sum((A @ x - B) ** 2) + 0.1 * jnp.sum(x**2),
    "weighted": lambda x: jnp.sum(W * (A @ x - B) ** 2),
    "minus three": lambda x: jnp.sum((x - 3) ** 2),
    "in jit": lambda x: jax.jit(lambda y: jnp.sum((A @ y - B) ** 2))(x),
    "in vmap": lambda x: jnp.mean(jax.vmap(lambda a, t: (a @ x - t) ** 2)(A, B)),
    "in a Python loop": lambda x: sum((A[i] @ x - B[i]) ** 2 for i in range(10)),
    "in a long Python loop": lambda x: sum((A[i % 10] @ x - i) ** 2 for i in range(80)),
    "whitened": lambda x: jnp.sum(
        jax.scipy.linalg.solve_triangular(np.linalg.cholesky(Q), Q @ x - 1, lower=True) ** 2
    ),
    "variance": lambda x: jnp.var(x),
    "polynomial fit": lambda x: jnp.sum((jnp.polyval(x, B) - W) ** 2),
    "convolution": lambda x: jnp.sum((jnp.convolve(x, B) - 1) ** 2),
    "matrix": lambda x: jnp.sum((x.reshape(2, 4) @ A[:4, :3] - 1) ** 2),
    "smoothing": lambda x: jnp.sum((x - 1) ** 2) + 9 * jnp.sum(jnp.diff(x, n=2) ** 2),
    "of single precision data": lambda x: jnp.sum((A.astype(np.float32) @ x) ** 2),
}
OTHERS = {
    "quadratic form": lambda x: x.T @ Q @ x + B[:8] @ x + 3,
    "einsum": lambda x: jnp.einsum("i,ij,j", x, Q, x),
    "x(x − 1)": lambda x: jnp.sum(x * (x - 1)),
    "saddle": lambda x: x[0] ** 2 - x[1] ** 2,
    "hill": lambda x: -jnp.sum((x - 1) ** 2),
    "square and slope": lambda x: jnp.sum((A @ x - B) ** 2) - x[0],
    "affine": lambda x: B[:8] @ x + 2,
}


@pytest.mark.parametrize("name", [*SUMS_OF_SQUARES, *OTHERS])
def test_common_spellings(name: str) -> None:
    f = {**SUMS_OF_SQUARES, **OTHERS}[name]
    program = trace(f, X)
    form = quadratic_form(program)
    assert form is not None, read_quadratic(program)
    assert form.is_least_squares is (name in SUMS_OF_SQUARES)
    with jax.enable_x64(True):
        every = jax.jit(lambda x: (f(x), jax.grad(f)(x), jax.hessian(f)(x)))(X)
    value, gradient, hessian = (np.asarray(part) for part in every)
    scale = 1 + np.max(np.abs(hessian))
    np.testing.assert_allclose(form.hessian, hessian, atol=1e-13 * scale)
    np.testing.assert_allclose(form.gradient(X), gradient, atol=1e-12 * scale)
    oracle = QuadraticOracle(form, program)
    found = oracle.derivatives(X)
    np.testing.assert_allclose(found[0], value, rtol=1e-13)
    np.testing.assert_allclose(found[1], gradient, atol=1e-12 * scale)
    np.testing.assert_allclose(oracle.hessian_vector(X, X), hessian @ X, atol=1e-11 * scale)
    values, gradients = oracle.values_and_gradients(np.stack([X, X]))
    np.testing.assert_array_equal(values, [found[0]] * 2)
    np.testing.assert_array_equal(gradients, [found[1]] * 2)
    if form.is_least_squares:
        r = form.residual_matrix @ X - form.residual_offset
        np.testing.assert_allclose(r @ r + form.residual_constant, value, rtol=1e-13)


FALSE = {
    "cubic": lambda x: jnp.sum(x**3),
    "Rosenbrock": lambda x: jnp.sum((x[1:] - x[:-1] ** 2) ** 2),
    "exp": lambda x: jnp.sum(jnp.exp(x)),
    "abs": lambda x: jnp.sum(jnp.abs(x)),
    "norm": lambda x: jnp.linalg.norm(x),
    "relu squared": lambda x: jnp.sum(jax.nn.relu(x) ** 2),
    "root of a sum squared": lambda x: jnp.sqrt(jnp.sum(x)) ** 2,
    "huber": lambda x: jnp.sum(jnp.where(jnp.abs(x) < 1, x**2, 2 * jnp.abs(x) - 1)),
    "quotient": lambda x: jnp.sum(x**2 / (1 + x**2)),
    "vector": lambda x: x**2,
    "NaN data": lambda x: jnp.sum((x - np.nan) ** 2),
    "infinite data": lambda x: jnp.sum((x - np.inf) ** 2),
    "zero divisor": lambda x: jnp.sum(x**2 / 0.0),
    "whole numbers": lambda x: jnp.sum(x.astype(int) ** 2 * 1.0),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_no_quadratic_is_refused(name: str) -> None:
    program = trace(FALSE[name], X)
    assert quadratic_form(program) is None
    assert isinstance(read_quadratic(program), str)


def test_structured_arguments() -> None:
    program = trace(lambda p: p["x"] ** 2 + (p["y"] - 2) ** 2 + p["x"] * 0, {"x": 1.0, "y": 0.0})
    form = quadratic_form(program)
    assert form is not None and form.is_least_squares
    np.testing.assert_array_equal(form.hessian, 2 * np.eye(2))
    np.testing.assert_array_equal(form.gradient_at_zero, [0, -4])


def test_data_changed_in_place_is_seen() -> None:
    data = B.copy()

    def f(x: jax.Array) -> jax.Array:
        return jnp.sum((A @ x - data) ** 2)

    before = quadratic_form(trace(f, X))
    data[:] = 0
    after = quadratic_form(trace(f, X))
    assert before is not None and after is not None
    assert np.any(before.residual_offset) and not np.any(after.residual_offset)


@pytest.mark.parametrize("shift", [0.0, 1e6, 1e12])
def test_far_from_the_origin_the_residual_form_keeps_its_digits(shift: float) -> None:
    form = quadratic_form(trace(lambda x: jnp.sum((A @ (x - shift) - B) ** 2), X))
    assert form is not None
    best = np.linalg.lstsq(A, B, rcond=None)[0] + shift
    found = np.linalg.lstsq(form.residual_matrix, form.residual_offset, rcond=None)[0]
    np.testing.assert_allclose(found, best, rtol=1e-12)


def test_large_and_sparse() -> None:
    n = 20_000
    program = trace(lambda x: jnp.sum((x[1:] - x[:-1]) ** 2) + jnp.sum((x - 1) ** 2), np.ones(n))
    form = quadratic_form(program)
    assert form is not None and form.is_least_squares
    assert sparse.issparse(form.hessian) and form.hessian.nnz == 3 * n - 2
    assert sparse.issparse(form.residual_matrix)
    x = np.random.default_rng(0).normal(size=n)
    wanted = np.sum(np.diff(x) ** 2) + np.sum((x - 1) ** 2)
    r = form.residual_matrix @ x - form.residual_offset
    np.testing.assert_allclose(r @ r + form.residual_constant, wanted, rtol=1e-12)
    np.testing.assert_allclose(form.value(x), wanted, rtol=1e-12)


def test_too_large_is_refused_with_the_reason() -> None:
    program = trace(lambda x: jnp.sum(jnp.outer(x, x)), np.ones(3000))
    assert "more than 4 million terms" in str(read_quadratic(program))


def test_an_affine_residual_has_its_oracle() -> None:
    program = trace(residual, X)
    form = affine_form(program)
    assert form is not None
    oracle = AffineResidualOracle(form, program)
    found, jacobian = oracle.residual_and_jacobian(X)
    np.testing.assert_allclose(found, A @ X - B, atol=1e-13)
    np.testing.assert_array_equal(jacobian, A)
    assert (oracle.rows, oracle.size) == (10, 8)
    assert not np.any(oracle.curvature(X))
    assert affine_form(trace(lambda x: x**2, X)) is None
    assert affine_form(trace(jnp.sin, X)) is None


def test_the_oracle_evaluates_the_program_not_the_form() -> None:
    form = quadratic_form(trace(SUMS_OF_SQUARES["half"], X))
    other = trace(SUMS_OF_SQUARES["ridge"], X)
    assert form is not None
    with jax.enable_x64(True):
        wanted = float(SUMS_OF_SQUARES["ridge"](X))
    assert QuadraticOracle(form, other).value(X) == pytest.approx(wanted, rel=1e-14)
    assert QuadraticOracle(form, other, sign=-1.0).value(X) == pytest.approx(-wanted, rel=1e-14)


def test_a_small_problem_loads_no_scipy() -> None:
    script = (
        "import sys, numpy as np, jax.numpy as jnp\n"
        "before = 'scipy' in sys.modules\n"
        "from surefoot.program import trace\n"
        "from surefoot.facts import quadratic_form, QuadraticOracle\n"
        "A = np.arange(24.0).reshape(8, 3)\n"
        "p = trace(lambda x: jnp.sum((A @ x - 1) ** 2), np.ones(3))\n"
        "f = quadratic_form(p); f.hessian; f.residual_matrix\n"
        "QuadraticOracle(f, p).derivatives(np.ones(3))\n"
        "print(before or 'scipy.sparse' not in sys.modules)\n"
    )
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["True"]
