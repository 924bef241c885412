"""What the judge asks of its surroundings; structural, so a NumPy fake serves as well as JAX."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Index: TypeAlias = NDArray[np.intp]
Blame: TypeAlias = Callable[[Vector], str]
Hidden: TypeAlias = Callable[[Matrix], str]
"""Points (k, n) on a line → the step that hides how f moves along them, "" if none does."""
Creases: TypeAlias = Callable[[Vector, Vector], Matrix]
"""x (n,), lengths (n,) → normals (k, n) of the planes along which the formula changes at x."""
SparseHessian: TypeAlias = Callable[[Vector], Any]
"""x (n,) → ∇²f as a scipy.sparse matrix (n, n)."""

EPS = float(np.finfo(np.float64).eps)


@runtime_checkable
class Oracle(Protocol):
    """Numbers of a function that is minimised: flat float64 in, NumPy out, NaN as it comes."""

    @property
    def size(self) -> int: ...
    def value(self, x: Vector, /) -> float: ...
    def value_and_gradient(self, x: Vector, /) -> tuple[float, Vector]: ...
    def derivatives(self, x: Vector, /) -> tuple[float, Vector, Matrix]: ...
    def hessian_vector(self, x: Vector, v: Vector, /) -> Vector: ...
    def values(self, X: Matrix, /) -> Vector: ...
    def values_and_gradients(self, X: Matrix, /) -> tuple[Vector, Matrix]: ...


@runtime_checkable
class Bounded(Protocol):
    """What an oracle may offer as well: bounds on the rounding inside the function.

    It may cost a compile, and is asked only where what was measured contradicts itself.
    """

    def rounding(self, X: Matrix, /) -> Vector: ...


@runtime_checkable
class Structure(Protocol):
    """The shape of the user's argument."""

    @property
    def paths(self) -> Sequence[str]: ...
    def unravel(self, vec: Vector, /) -> Any: ...


@runtime_checkable
class Tolerances(Protocol):
    """How exactly a claim must hold."""

    @property
    def tol(self) -> float: ...


@runtime_checkable
class Problem(Protocol):
    """What is asked: sense, bounds and names; the numbers come from the oracle."""

    @property
    def sense(self) -> str: ...
    @property
    def lower(self) -> Vector: ...
    @property
    def upper(self) -> Vector: ...
    @property
    def structure(self) -> Structure: ...
    @property
    def tolerances(self) -> Tolerances: ...


@runtime_checkable
class Switch(Protocol):
    """A place near x where the function changes its formula, as reported by the facts."""

    @property
    def kind(self) -> Any: ...
    @property
    def source(self) -> Any: ...
    @property
    def distance(self) -> float: ...
    @property
    def scale(self) -> float: ...
    @property
    def primitive(self) -> str: ...
    @property
    def words(self) -> str: ...


@runtime_checkable
class Form(Protocol):
    """A proven quadratic ½ xᵀHx + gᵀx + c of the minimised function."""

    @property
    def is_least_squares(self) -> Any: ...
    @property
    def hessian(self) -> Any: ...
    @property
    def gradient(self) -> Any: ...
    @property
    def constant(self) -> Any: ...


@runtime_checkable
class Below(Protocol):
    """How much lower a function could be than at a point, and the way there."""

    @property
    def gain(self) -> float: ...
    @property
    def step(self) -> Vector: ...
    @property
    def value(self) -> float: ...
    @property
    def null(self) -> Matrix: ...


@runtime_checkable
class Squares(Protocol):
    """What a form that is a sum of squares offers as well."""

    @property
    def residual_constant(self) -> float: ...
    def value(self, x: Vector, /) -> float: ...
    def residual_rounding(self, x: Vector, /) -> float: ...
    def below(self, x: Vector, free: Mask, /) -> Below | None: ...
