"""Values from the program itself, derivatives from its standard form; NumPy only, no compile."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.compensated import residual
from surefoot.facts.quadratic import AffineForm, QuadraticForm
from surefoot.program import Node, Program, walk
from surefoot.program.numpy_rules import evaluate

Floats = NDArray[np.float64]


def numpy_outputs(
    program: Program,
    x: Floats,
    consts: Any = None,
    watch: Callable[[Node, Sequence[Any], Sequence[Any]], None] | None = None,
) -> list[Any]:
    """The program's outputs at a flat vector x (n,), computed step by step in NumPy.

    `watch` sees every step, as in `walk`.
    """
    x = np.asarray(x, dtype=np.float64)
    inputs: list[Any] = []
    start = 0
    for var in program.graph.inputs:
        stop = start + int(np.prod(var.shape, dtype=np.int64))
        inputs.append(x[start:stop].reshape(var.shape).astype(var.dtype))
        start = stop
    values = program.consts if consts is None else consts
    return walk(program.graph, evaluate, [evaluate.literal(v) for v in values], inputs, watch)


class QuadraticOracle:
    """Value of the program, gradient and Hessian of its quadratic form.

    Args:
        form: the program's quadratic form.
        program: the program, which is what `value` evaluates, so that whoever judges a point sees
            the user's function and not our reading of it.
        sign: −1 for an oracle of −f.
        residual: whether the program returns residuals, f being the sum of their squares.
    """

    def __init__(
        self,
        form: QuadraticForm,
        program: Program,
        sign: float = 1.0,
        *,
        residual: bool = False,
    ) -> None:
        assert form.size == program.structure.size, "the form is this program's"
        self.form = form
        self.program = program
        self.sign = float(sign)
        self.residual = residual
        self.size = form.size

    def value(self, x: Floats) -> float:
        """f(x) as the program computes it."""
        outputs = numpy_outputs(self.program, x)
        if self.residual:
            return self.sign * sum(float(np.sum(np.square(out))) for out in outputs)
        return self.sign * float(outputs[0])

    def residuals(self, x: Floats) -> Floats:
        """The residuals of a sum of squares, weighted, (m,).

        The program's own where it returns them, else those of its standard form.
        """
        if self.residual:
            outputs = numpy_outputs(self.program, x)
            return np.concatenate([np.ravel(np.asarray(out, dtype=np.float64)) for out in outputs])
        matrix, offset = self.form.rows
        dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
        return -np.sqrt(self.form.residual_weights) * residual(dense, x, offset)

    def gradient(self, x: Floats) -> Floats:
        """∇f(x) = ∇f(0) + H x; for sums of squares 2 Aᵀ(Ax − b), which cancels less."""
        x = np.asarray(x, dtype=np.float64)
        if self.form.is_least_squares:
            matrix, offset = self.form.rows
            left = np.asarray(matrix @ x) - offset
            return self.sign * np.asarray(
                matrix.T @ (2.0 * self.form.residual_weights * left)
            )
        return self.sign * self.form.gradient(x)

    def value_and_gradient(self, x: Floats) -> tuple[float, Floats]:
        """f(x) and ∇f(x)."""
        return self.value(x), self.gradient(x)

    def derivatives(self, x: Floats) -> tuple[float, Floats, Floats]:
        """f(x), ∇f(x) and the dense Hessian."""
        hessian = self.form.hessian
        dense = hessian if isinstance(hessian, np.ndarray) else hessian.toarray()
        return self.value(x), self.gradient(x), self.sign * dense

    def hessian_vector(self, x: Floats, v: Floats) -> Floats:
        """H v."""
        return self.sign * np.asarray(self.form.hessian @ np.asarray(v, dtype=np.float64))

    def values(self, X: Floats) -> Floats:
        """f at each row of X (k, n)."""
        return np.array([self.value(x) for x in X])

    def values_and_gradients(self, X: Floats) -> tuple[Floats, Floats]:
        """f and ∇f at each row of X (k, n)."""
        gradients = [self.gradient(x) for x in X]
        return self.values(X), np.array(gradients).reshape(len(X), self.size)

    def rounding(self, X: Floats) -> Floats:
        """Bounds on the rounding errors of f at each row of X (k, n): 4(n + 2)u Σ |terms|."""
        hessian = self.form.hessian
        size = np.abs(hessian if isinstance(hessian, np.ndarray) else hessian.toarray())
        reach = np.abs(X)
        linear = np.abs(self.form.gradient(np.zeros(self.size)))
        terms = 0.5 * np.sum(reach @ size * reach, axis=1) + reach @ linear
        return 4.0 * (self.size + 2) * 2.0**-53 * (terms + abs(float(self.form.constant)))


class AffineResidualOracle:
    """Residuals of the program, with the constant Jacobian of its affine form.

    Args:
        form: the program's affine form.
        program: the residual function.
    """

    def __init__(self, form: AffineForm, program: Program) -> None:
        self.form = form
        self.program = program
        self.rows, self.size = form.matrix.shape

    def residual(self, x: Floats) -> Floats:
        """r(x) as the program computes it, (m,)."""
        outputs = numpy_outputs(self.program, x)
        return np.concatenate([np.ravel(np.asarray(out, dtype=np.float64)) for out in outputs])

    def residual_and_jacobian(self, x: Floats) -> tuple[Floats, Floats]:
        """r(x) (m,) and A (m, n)."""
        matrix = self.form.matrix
        dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
        return self.residual(x), dense

    def curvature(self, x: Floats) -> Floats:
        """Σ rᵢ ∇²rᵢ = 0: an affine residual has no curvature of its own, (n, n)."""
        return np.zeros((self.size, self.size))
