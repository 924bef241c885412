"""The best point as a function: argmin with implicit derivatives, and how an answer moves."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.flatten_util import ravel_pytree
from numpy.typing import NDArray

from surefoot.calculus import Evaluator
from surefoot.descent.pure_newton import DENSE, pure_newton
from surefoot.formulas import as_function
from surefoot.program import Program, hessian_vector
from surefoot.program.riddles import explain
from surefoot.program.structure import flattened
from surefoot.terms import InputError

Vector = NDArray[np.float64]


def argmin(
    f: Any,
    x0: Any,
    *,
    max_steps: int = 1000,
    tol: float | None = None,
    singular: str = "nan",
) -> Any:
    """The minimum of a smooth f near x0 as a pure function of whatever f captures.

    ``jit``, ``vmap``, ``grad`` (forward and reverse mode, any order) go through it. With x*(θ) the
    answer, g = ∇f its gradient and θ the data that f captures, the derivative is the implicit
    function theorem's (Krantz & Parks 2003; for programs: Blondel et al. 2022, eq. 2):

        H = ∂g/∂x at x*(θ),   H · dx*/dθ = −∂g/∂θ

    so nothing is differentiated through the solver's steps, and x0 has no influence on it.

    A pure function cannot raise on what it finds: where no stationary minimum is found within
    `max_steps`, every number of the answer is NaN. That is also the answer where the steps run
    off to infinity (exp(−x)). The derivative is NaN wherever the answer is, and wherever the
    minimum is not regular, so that the theorem does not hold: at a corner, at a degenerate
    minimum such as that of (x − a)⁴, and where H is singular.

    Args:
        f: a formula, or a function of one pytree, twice differentiable, returning one real number.
            It may capture traced arrays.
        x0: the start: a scalar, an array of floats, or a pytree of them. Its dtype is kept;
            Python integers count as floats. float64 needs ``jax.enable_x64``.
        max_steps: the most trial steps of the inner trust-region Newton method.
        tol: bound on the Newton decrement ½gᵀH⁻¹g relative to max(1, |f|). Default: 1e-9 in
            float64, 1e-4 in float32. The steps go on to the last digits whatever `tol` is; it
            only decides whether the end counts as an answer.
        singular: what the derivative is where H is singular to rounding, so that the theorem does
            not apply. "nan": NaN. "least-norm": the solution of least norm, right for every
            quantity that the flat directions do not change (over-parametrised models), wrong at a
            degenerate minimum such as that of (x − a)⁴.

    Returns:
        The minimum, JAX arrays in the structure of x0.

    Raises:
        InputError: f does not return one real number, or x0 is not made of floats.

    Example:
        >>> import jax, surefoot as sf
        >>> float(jax.grad(lambda a: sf.argmin(lambda x: (x - a)**2 + x**2, 0.0))(2.0))
        0.5
    """
    f = as_function(f)
    _check_options(f, max_steps, tol, singular)
    start, unravel = _flat_start(x0)
    _check_value(f, unravel, start)
    dtype = start.dtype
    if tol is None:
        tol = 1e-9 if dtype == jnp.float64 else 1e-4
    bound = tol

    def captured_value(x: Any) -> Any:
        return jnp.asarray(f(unravel(x))).astype(dtype).reshape(())

    # What f captures becomes an argument, so that the answer can be tied to it.
    value_of, data = jax.closure_convert(captured_value, start)

    def root(begin: Any, data: Any) -> Any:
        def value(x: Any) -> Any:
            return value_of(x, *data)

        def solve(_: Any, begin: Any) -> Any:
            x, found, regular = pure_newton(
                value, begin, max_steps, bound, strict=singular == "nan"
            )
            return jnp.where(found, x, jnp.nan), jnp.where(regular, 1, jnp.nan).astype(dtype)

        def tangent(product: Callable[[Any], Any], rhs: Any) -> Any:
            return lax.custom_linear_solve(product, rhs, _linear_solver(singular), symmetric=True)

        x, factor = lax.custom_root(jax.grad(value), begin, solve, tangent, has_aux=True)
        return _differentiable(x, factor, data)

    # One compile for the whole: outside jit every small step would be compiled by itself.
    try:
        return unravel(jax.jit(root)(start, data))
    except ValueError as error:
        # JAX says so of a loop without a fixed length, once it is differentiated.
        if "Reverse-mode differentiation" not in str(error):
            raise
        raise explain(error, f) or error from error


@jax.custom_jvp
def _differentiable(x: Any, factor: Any, data: Any) -> Any:
    """x, whose derivative is multiplied by `factor`: NaN where the minimum is not regular.

    It is tied to the data as well: where ∂g/∂θ is identically 0, as at a corner, the derivative
    has no other way to become NaN.
    """
    return x


@_differentiable.defjvp
def _(primals: Any, tangents: Any) -> Any:
    x, factor, _ = primals
    moved, _, moves = tangents
    tie = sum((jnp.sum(move.astype(x.dtype)) for move in moves), jnp.zeros((), x.dtype))
    return x, factor * moved + (factor - 1) * tie


def sensitivity_matrix(
    program: Program,
    x: Vector,
    const_index: int,
    free_mask: NDArray[np.bool_] | None = None,
    *,
    squares: bool = False,
    sign: float = 1.0,
) -> Vector:
    """How a minimum moves when one captured array changes.

    With x* the minimum of f(c, x) over the coordinates that are free, in order:

        H = ∂²f/∂x∂x (free, free),   C = ∂²f/∂x∂c (free, all),   dx*/dc = −H⁻¹ C

    Coordinates that are not free (at a bound that pushes back) do not move: their rows are 0.

    Args:
        program: the objective f, one real number; or residuals r, of which f = Σ rᵢ² is minimised.
        x: (n,) a stationary minimum.
        const_index: which of `program.consts`.
        free_mask: (n,) mask of the coordinates strictly between their bounds; None for all.
        squares: whether the program returns residuals.
        sign: −1 where x is a maximum.

    Returns:
        (n, size of the captured array) matrix; NaN in the rows of free coordinates where H is
        singular to rounding (the minimum is then not unique, and no derivative exists).

    Raises:
        InputError: the captured array does not hold floating-point numbers.
    """
    const = program.consts[const_index]
    if not np.issubdtype(const.dtype, np.floating):
        raise InputError(
            f"the captured array of shape {const.shape} holds {const.dtype.name} numbers, and an "
            "answer has no derivative in those; capture it as floats: A = np.asarray(A, float)"
        )
    assert squares or program.is_scalar, "the sensitivity of a minimum asks for a scalar objective"
    mask = np.ones(x.size, bool) if free_mask is None else np.asarray(free_mask, bool)
    where = np.flatnonzero(mask)
    matrix = np.zeros((x.size, const.size))
    if where.size == 0 or const.size == 0:
        return matrix
    objective = Evaluator(program, residual=squares)
    hessian, mixed = _second_derivatives(objective, np.asarray(x, np.float64), const_index, where)
    matrix[where] = _solve_scaled(sign * hessian, -sign * mixed)
    return matrix


def _second_derivatives(
    objective: Evaluator, x: Vector, const_index: int, where: NDArray[np.intp]
) -> tuple[Vector, Vector]:
    """The Hessian of the free coordinates (m, m), and ∂²f/∂x∂c (m, size of c)."""
    with jax.enable_x64(True):
        consts = [jnp.asarray(value) for value in objective.program.consts]
        moved = consts[const_index]

        def gradient(point: Any, const: Any) -> Any:
            lifted = (*consts[:const_index], const, *consts[const_index + 1 :])
            return jax.grad(lambda z: objective.jax_value(lifted, z))(point)

        @jax.jit
        def both(point: Any, const: Any) -> Any:
            units = jnp.eye(x.size)[where]
            products = jax.vmap(lambda v: hessian_vector(lambda z: gradient(z, const), point, v))
            # Whichever mode asks for fewer passes: as many as there are unknowns, or data.
            mode = jax.jacrev if where.size < moved.size else jax.jacfwd
            mixed = mode(lambda c: gradient(point, c)[where])(const)
            return products(units)[:, where], mixed.reshape(where.size, -1)

        hessian, mixed = both(jnp.asarray(x), moved)
        return np.asarray(hessian), np.asarray(mixed, np.float64)


def _solve_scaled(hessian: Vector, rhs: Vector) -> Vector:
    """H⁻¹ rhs after scaling H to a unit diagonal; NaN where that is singular to rounding."""
    symmetric = (hessian + hessian.T) / 2
    diagonal = np.diag(symmetric)
    nowhere = np.full_like(rhs, np.nan)
    if not np.all(np.isfinite(symmetric)) or not np.all(diagonal > 0):
        return nowhere
    root = np.sqrt(diagonal)
    scaled = symmetric / np.outer(root, root)
    values, basis = np.linalg.eigh(scaled)
    if not values[0] > 8 * len(values) * np.finfo(np.float64).eps * values[-1]:
        return nowhere
    inner = basis @ ((basis.T @ (rhs / root[:, None])) / values[:, None])
    return inner / root[:, None]


def _linear_solver(singular: str) -> Callable[[Callable[[Any], Any], Any], Any]:
    """The solver of H y = b that the derivative uses: dense, or conjugate gradients when large."""

    def solve(product: Callable[[Any], Any], rhs: Any) -> Any:
        if rhs.size > DENSE:
            return _conjugate(product, rhs)
        hessian = jax.vmap(product)(jnp.eye(rhs.size, dtype=rhs.dtype))
        hessian = (hessian + hessian.T) / 2
        epsilon = 8 * rhs.size * jnp.finfo(rhs.dtype).eps
        # Scaling to a unit diagonal first: units must not make a Hessian look singular.
        diagonal = jnp.diag(hessian)
        root = jnp.sqrt(jnp.where(diagonal != 0, jnp.abs(diagonal), 1))
        values, basis = jnp.linalg.eigh(hessian / jnp.outer(root, root))
        if singular == "least-norm":
            kept = jnp.abs(values) > epsilon * jnp.max(jnp.abs(values))
            inverse = jnp.where(kept, 1 / jnp.where(kept, values, 1), 0)
            answer = basis @ (inverse * (basis.T @ (rhs / root))) / root
            level = jnp.where(kept, 0, basis) / root[:, None]
            return answer - level @ jnp.linalg.lstsq(level, answer)[0]
        regular = jnp.all(diagonal > 0) & (values[0] > epsilon * values[-1])
        answer = basis @ ((basis.T @ (rhs / root)) / jnp.where(regular, values, 1)) / root
        return jnp.where(regular, answer, jnp.nan)

    return solve


def _conjugate(product: Callable[[Any], Any], rhs: Any) -> Any:
    """Conjugate gradients to the last digits; NaN where they do not get to a solution."""
    epsilon = jnp.finfo(rhs.dtype).eps
    answer, _ = jax.scipy.sparse.linalg.cg(
        product, rhs, tol=float(8 * epsilon), maxiter=10 * rhs.size
    )
    residual = jnp.linalg.norm(product(answer) - rhs)
    good = residual <= jnp.sqrt(epsilon) * jnp.linalg.norm(rhs)
    return jnp.where(good, answer, jnp.nan)


def _flat_start(x0: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The start as one vector of floats, and the way back."""
    pairs, treedef = flattened(x0, "argmin: x0")
    floats = [_float_leaf(leaf, "x0" + jax.tree_util.keystr(path)) for path, leaf in pairs]
    if sum(leaf.size for leaf in floats) == 0:
        raise InputError(
            f"argmin: x0 has no numbers in it (found {x0!r}); give a scalar, an array of floats, "
            "or a dict or tuple of them"
        )
    return ravel_pytree(treedef.unflatten(floats))


def _float_leaf(leaf: Any, path: str) -> Any:
    """A leaf of the start as a JAX array of floats."""
    if isinstance(leaf, int | float) and not isinstance(leaf, bool):
        try:
            return jnp.asarray(float(leaf), jnp.result_type(float))
        except OverflowError:
            raise InputError(f"argmin: {path} is a whole number beyond float64") from None
    dtype = getattr(leaf, "dtype", None)
    if dtype is None or not jnp.issubdtype(dtype, jnp.floating):
        found = type(leaf).__name__ if dtype is None else f"{dtype} of shape {jnp.shape(leaf)}"
        raise InputError(
            f"argmin: {path} has to be made of floating-point numbers, found {found}; "
            "write it with decimal points, or x0.astype(float)"
        )
    if jnp.finfo(dtype).bits < 32:
        raise InputError(
            f"argmin: {path} is {dtype}, which has too few digits for a Hessian; "
            "write x0.astype(jnp.float32)"
        )
    return jnp.asarray(leaf, jax.dtypes.canonicalize_dtype(dtype))


def _check_value(f: Callable[[Any], Any], unravel: Callable[[Any], Any], start: Any) -> None:
    """Raise unless f returns one real number."""
    try:
        out = jax.eval_shape(lambda x: f(unravel(x)), start)
    except InputError:
        raise
    except Exception as error:
        raise explain(error, f) or error from error
    if not isinstance(out, jax.ShapeDtypeStruct):
        raise InputError(
            f"argmin: f has to return one number, found {_kind(out)}; return its loss alone"
        )
    if out.size != 1 or out.ndim > 0:
        raise InputError(
            f"argmin: f has to return one number, found an array of shape {out.shape}; "
            "write e.g. jnp.sum(...) around it"
        )
    if not jnp.issubdtype(out.dtype, jnp.floating):
        raise InputError(
            f"argmin: f returns {out.dtype} numbers, which have no slope to follow; "
            "return a float"
        )


def _kind(out: Any) -> str:
    return "None" if out is None else f"a {type(out).__name__}"


def _check_options(f: Any, max_steps: Any, tol: Any, singular: Any) -> None:
    """Raise for options outside their range."""
    if not callable(f):
        raise InputError(f"argmin: f has to be a function of one argument, found {f!r}")
    whole = isinstance(max_steps, int) and not isinstance(max_steps, bool)
    # It is counted in a compiled loop, in 32 bits where JAX is left as it comes.
    if not whole or not 1 <= max_steps < 2**31:
        raise InputError(
            f"argmin: max_steps has to be a whole number from 1 to 2³¹ − 1, found "
            f"{repr(max_steps)[:50]}"
        )
    if tol is not None and not (isinstance(tol, int | float) and 0 < tol < 1):
        raise InputError(f"tol is {tol!r}; expected a number between 0 and 1, e.g. 1e-9")
    if not isinstance(singular, str) or singular not in ("nan", "least-norm"):
        raise InputError(
            f"argmin: singular has to be 'nan' or 'least-norm', found {singular!r}"
        )
