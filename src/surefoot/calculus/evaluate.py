"""A program's value and derivatives at flat float64 points: NumPy in, compiled JAX inside."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import cached_property
from threading import RLock
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus.checks import no_derivative
from surefoot.calculus.compiler import QUICK, known
from surefoot.calculus.one_kernel import OneKernel, fits_one_kernel
from surefoot.calculus.rounding import coarsest_unit, guessed_rounding, value_and_rounding
from surefoot.calculus.steps import Steps
from surefoot.program import (
    Program,
    Structure,
    Vector,
    has_open_loop,
    hessian,
    hessian_vector,
    is_reverse_only,
    require_a_mode,
    trace,
    with_reverse_mode,
)
from surefoot.terms import InputError, SurefootError, UnsupportedError

ONE_FUNCTION = 8
"""Up to this many coordinates value, gradient and Hessian come out of one compiled function: the
numbers that are not needed cost less than a microsecond each, another compile 50 ms."""
FEW = 64
"""Up to this many points are evaluated one after the other inside one compiled loop."""
BUFFER = 2**16
"""The most numbers that such a call takes at once."""
_CACHE_SIZE = 256
_compiled: OrderedDict[Any, Callable[..., Any]] = OrderedDict()
_compiling = RLock()
"""Several pages of the lab ask at once, each from a thread of its own."""


def compiled(
    key: Any,
    make: Callable[[], Callable[..., Any]],
    *,
    quick: bool = False,
    one_kernel: Callable[[], bool] | None = None,
    donate: tuple[int, ...] = (),
) -> Callable[..., Any]:
    """The jitted function for a key, made once; the least recently used of 256 is dropped.

    Args:
        key: hashable that names the function: the program's key and what is asked of it.
        make: builds the pure function (consts, ...) -> arrays; called only for a new key.
        quick: compile in less time, for a function of many small steps. Rounding may then differ
            in the last bit from what JAX gives for the same expression.
        one_kernel: whether to ask for one kernel, for a loop of many small steps; called only
            for a new key.
        donate: arguments that are not used again, whose memory the results may take.
    """
    with _compiling:
        found = _compiled.get(key)
        if found is None:
            options = known(QUICK) if quick else {}
            if one_kernel is not None and one_kernel():
                found = OneKernel(make(), options)
            else:
                found = jax.jit(make(), compiler_options=options, donate_argnums=donate)
            _compiled[key] = found
            while len(_compiled) > _CACHE_SIZE:
                _compiled.popitem(last=False)
        else:
            _compiled.move_to_end(key)
        return found


class Evaluator:
    """Value and derivatives of an objective at flat points.

    The objective is sign·f(x) for a program that returns a number, and sign·Σ rᵢ(x)² for one that
    returns residuals. All methods take and return float64 NumPy arrays; NaN and infinity come
    back as they are. Nothing is compiled before it is asked for, and what one evaluator compiled
    serves every later program with the same steps and shapes.

    Args:
        program: the objective or the residual.
        sign: −1 to turn a maximisation into a minimisation.
        residual: whether the program returns residuals.
        device: where the captured arrays are put, and with them every call; None for the CPU.

    Attributes:
        size: number of coordinates n.
        compile_seconds: time spent in first calls, which compile.
        longest_compile: the longest of them.
        before_call: called before every evaluation with whether it compiles; what it raises goes
            through to the caller. For work that has a time limit and asks in many places.
        counts: evaluations by name.
    """

    def __init__(
        self,
        program: Program,
        *,
        sign: float = 1.0,
        residual: bool = False,
        device: Any = None,
    ) -> None:
        self.program = program
        self.size = program.structure.size
        self.sign = sign
        self.is_residual = residual
        self.compile_seconds = self.longest_compile = 0.0
        self.before_call: Callable[[bool], None] | None = None
        self.counts: Counter[str] = Counter()
        self._known: dict[str, Callable[..., Any]] = {}
        self._device = device

    @cached_property
    def device(self) -> Any:
        """Where the function is evaluated."""
        return self._device or jax.devices("cpu")[0]

    @cached_property
    def key(self) -> Any:
        """Evaluators with equal keys run the same compiled code."""
        return (self.program.key, self.sign, self.is_residual, self._device)

    @cached_property
    def consts(self) -> tuple[Any, ...]:
        """The captured arrays on the device, once, as arguments of the compiled code."""
        with jax.enable_x64(True):
            return tuple(jax.device_put(value, self.device) for value in self.program.consts)

    @property
    def structure(self) -> Structure:
        """How the point is laid out."""
        return self.program.structure

    @property
    def is_plain(self) -> bool:
        """Whether the objective is what the program returns."""
        return not self.is_residual and self.sign == 1.0

    # ── pure functions, for engines that compile a whole loop ──────────────────────────────────

    def fits_one_kernel(self) -> bool:
        """Whether a loop over value and gradient may be compiled into one kernel."""
        return fits_one_kernel(self.program.graph)

    def jax_residual(self, consts: Any, x: Any) -> Any:
        """Residuals (m,) at x (n,); pure."""
        out = self.program.flat(consts, x)
        parts = out if isinstance(out, list) else [out]
        return jnp.concatenate([jnp.ravel(part).astype(jnp.float64) for part in parts])

    def jax_value(self, consts: Any, x: Any) -> Any:
        """The objective, a scalar, at x (n,); pure, with a reverse mode."""
        return self._value(consts, x)

    @cached_property
    def _value(self) -> Callable[[Any, Any], Any]:
        return with_reverse_mode(self._plain_value, self.program.graph)

    def _plain_value(self, consts: Any, x: Any) -> Any:
        if self.is_residual:
            residual = self.jax_residual(consts, x)
            return self.sign * jnp.sum(residual * residual)
        return self.sign * jnp.asarray(self.program.flat(consts, x), dtype=jnp.float64)

    def jax_value_and_gradient(self, consts: Any, x: Any) -> Any:
        """The objective and its gradient (n,) at x (n,); pure."""
        return jax.value_and_grad(self.jax_value, argnums=1)(consts, x)

    # ── Oracle ─────────────────────────────────────────────────────────────────────────────────

    def value(self, x: Vector) -> float:
        """f(x)."""
        if self._one_function:
            return float(self._call("hessian", lambda: self._derivatives, x, name="value")[0])
        return float(self._call("value", lambda: self.jax_value, x))

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        """f(x) and ∇f(x) (n,)."""
        if self._one_function:
            value, gradient, _ = self._call(
                "hessian", lambda: self._derivatives, x, name="gradient"
            )
            return float(value), np.array(gradient)
        values, gradients = self._one_by_one(x[None])
        return float(values[0]), gradients[0]

    def derivatives(self, x: Vector) -> tuple[float, Vector, Vector]:
        """f(x), ∇f(x) (n,) and the dense ∇²f(x) (n, n), symmetrised."""
        value, gradient, hessian = self._call("hessian", lambda: self._derivatives, x)
        return float(value), np.array(gradient), np.array(hessian)

    def hessian_vector(self, x: Vector, v: Vector) -> Vector:
        """∇²f(x) v, (n,), without the Hessian."""
        return np.array(self._call("hessian_vector", lambda: self._hessian_vector, x, v))

    def hessian_products(self, x: Vector, directions: Vector) -> Vector:
        """∇²f(x) v for each row v of directions (k, n): (k, n), as one batch."""

        def products(consts: Any, vectors: Any, point: Any) -> Any:
            return jax.vmap(lambda v: self._hessian_vector(consts, point, v))(vectors)

        found = self._call("products", lambda: products, directions, x, name="hessian_vector")
        return np.array(found)

    def values(self, points: Vector) -> Vector:
        """f at each row of points (k, n): (k,)."""
        return np.array(
            self._call("values", lambda: jax.vmap(self.jax_value, in_axes=(None, 0)), points)
        )

    def values_and_gradients(self, points: Vector) -> tuple[Vector, Vector]:
        """f and ∇f at each row of points (k, n): (k,) and (k, n).

        Few points are evaluated one after the other inside one call, which costs no compile for
        each k; many as a batch, compiled for their number.
        """
        if len(points) <= FEW and self._one_function:
            found = [self.value_and_gradient(x) for x in points]
            return np.array([f for f, _ in found]), np.array([g for _, g in found])
        if len(points) <= FEW:
            return self._one_by_one(points)
        values, gradients = self._call(
            "gradients",
            lambda: jax.vmap(self.jax_value_and_gradient, in_axes=(None, 0)),
            points,
        )
        return np.array(values), np.array(gradients)

    def rounding(self, points: Vector) -> Vector:
        """Bounds on the rounding errors of the values at each row of points (k, n): (k,).

        Compiles a function several times the size of the objective; where the steps cannot be
        followed (a while loop over many numbers) the bound is a guess from the value alone.
        """
        points = np.asarray(points, dtype=np.float64)
        try:
            found = self._call("rounding", self._rounding, points)
        except (InputError, UnsupportedError):
            return guessed_rounding(self.values(points), coarsest_unit(self.program))
        return np.array(found, dtype=np.float64)

    def _rounding(self) -> Callable[..., Any]:
        steps = Steps(self.scalar, "rounding")

        def bounds(consts: Any, points: Any) -> Any:
            return jax.lax.map(lambda x: value_and_rounding(steps, consts, x)[1], points)

        return bounds

    @cached_property
    def scalar(self) -> Program:
        """The objective as a program that returns one number."""
        if not self.is_residual:
            return self.program

        def total(w: Any) -> Any:
            leaves = jax.tree_util.tree_leaves(self.program.function(w))
            return sum(jnp.sum(jnp.asarray(leaf) ** 2) for leaf in leaves)

        example = self.program.structure.unravel(np.zeros(self.size))
        return trace(total, example, name=self.program.name)

    # ── ResidualOracle ─────────────────────────────────────────────────────────────────────────

    @property
    def rows(self) -> int:
        """Number of residuals m."""
        return sum(int(np.prod(out.shape)) for out in self.program.outputs)

    def residual(self, x: Vector) -> Vector:
        """r(x), (m,)."""
        return np.array(self._call("residual", lambda: self.jax_residual, x))

    def residual_and_jacobian(self, x: Vector) -> tuple[Vector, Vector]:
        """r(x) (m,) and its Jacobian (m, n)."""
        residual, jacobian = self._call("jacobian", lambda: self._residual_and_jacobian, x)
        return np.array(residual), np.array(jacobian)

    def curvature(self, x: Vector) -> Vector:
        """The second-order term Σᵢ rᵢ ∇²rᵢ of half the sum of squares, (n, n)."""
        return np.array(self._call("curvature", lambda: self._curvature, x))

    def _one_by_one(self, points: Vector) -> tuple[Vector, Vector]:
        rows = min(FEW, max(1, BUFFER // max(self.size, 1)))
        parts: list[tuple[Vector, Vector]] = []
        for first in range(0, len(points), rows):
            block = np.zeros((rows, self.size))
            count = min(rows, len(points) - first)
            block[:count] = points[first : first + count]
            found = self._call("gradient", lambda: self._in_turn, block, count=count)
            parts.append((np.asarray(found[0])[:count], np.asarray(found[1])[:count]))
        values, gradients = zip(*parts, strict=True)
        return np.concatenate(values), np.concatenate(gradients)

    # ── how ────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _one_function(self) -> bool:
        return self.size <= ONE_FUNCTION

    @cached_property
    def _gradient(self) -> Callable[[Any, Any], Any]:
        return jax.grad(self.jax_value, argnums=1)

    def _in_turn(self, consts: Any, points: Any, count: Any) -> Any:
        """Value and gradient at the first `count` rows of points (k, n)."""

        def put(k: Any, found: Any) -> Any:
            value, gradient = self.jax_value_and_gradient(consts, points[k])
            return found[0].at[k].set(value), found[1].at[k].set(gradient)

        return jax.lax.fori_loop(0, count, put, (jnp.zeros(len(points)), jnp.zeros_like(points)))

    def _derivatives(self, consts: Any, x: Any) -> Any:
        value, slope = self.jax_value_and_gradient(consts, x)
        dense = hessian(lambda y: self._gradient(consts, y), x)
        return value, slope, 0.5 * (dense + dense.T)

    def _hessian_vector(self, consts: Any, x: Any, v: Any) -> Any:
        return hessian_vector(lambda y: self._gradient(consts, y), x, v)

    def _residual_and_jacobian(self, consts: Any, x: Any) -> Any:
        graph = self.program.graph
        require_a_mode(graph)
        cheaper = self.rows >= self.size
        forward = has_open_loop(graph) or (cheaper and not is_reverse_only(graph))
        jacobian = (jax.jacfwd if forward else jax.jacrev)(self.jax_residual, argnums=1)
        return self.jax_residual(consts, x), jacobian(consts, x)

    def _curvature(self, consts: Any, x: Any) -> Any:
        def weighted(held: Any, y: Any) -> Any:
            weights, consts = held
            return jnp.vdot(weights, self.jax_residual(consts, y))

        slope = jax.grad(with_reverse_mode(weighted, self.program.graph), argnums=1)
        held = self.jax_residual(consts, x), consts
        return hessian(lambda y: slope(held, y), x)

    def _call(
        self,
        what: str,
        make: Callable[[], Callable[..., Any]],
        *arguments: Vector,
        name: str = "",
        count: int | None = None,
    ) -> Any:
        if count is None:
            count = len(arguments[0]) if arguments[0].ndim == 2 else 1
        else:
            arguments = (*arguments, np.asarray(count))
        function = self._known.get(what)
        if self.before_call is not None:
            self.before_call(function is None and (self.key, what) not in _compiled)
        self.counts[name or what] += count
        with jax.enable_x64(True):
            if function is not None:
                return function(self.consts, *arguments)
            before = time.perf_counter()
            loop = self.fits_one_kernel if what == "gradient" else None
            function = self._known[what] = compiled((self.key, what), make, one_kernel=loop)
            try:
                result = jax.block_until_ready(function(self.consts, *arguments))
            except NotImplementedError as error:
                if isinstance(error, SurefootError):
                    raise
                del self._known[what]
                raise no_derivative(self.program.name, error) from error
            spent = time.perf_counter() - before
            self.compile_seconds += spent
            self.longest_compile = max(self.longest_compile, spent)
            return result
