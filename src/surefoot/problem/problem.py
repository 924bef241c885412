"""What is asked: an objective, a sense, bounds, tolerances."""

from dataclasses import dataclass, field
from numbers import Real
from typing import Literal

import numpy as np

from surefoot.program import Program, Structure, Vector
from surefoot.terms import InputError

Sense = Literal["minimize", "maximize"]


NO_LIMITS = (
    "Limits between variables (subject_to) are not solved by this version; bounds keep single "
    "variables within limits"
)


@dataclass(frozen=True)
class Tolerances:
    """How exactly an answer must hold.

    Attributes:
        tol: a point is stationary when its Newton decrement ½ gᵀ|H|⁻¹g is at most
            tol·max(1, |f|), or its gradient is below its own rounding width. Scaling x changes
            neither.
    """

    tol: float = 1e-9

    def __post_init__(self) -> None:
        if not isinstance(self.tol, Real) or not 0.0 < self.tol < 1.0:
            raise InputError(
                f"tol is {repr(self.tol)[:50]}; expected a number between 0 and 1, e.g. 1e-9"
            )


@dataclass(frozen=True)
class Problem:
    """Find the best value of an objective over a box.

    Attributes:
        objective: the program; it returns a number, or residuals where `residual` is set.
        sense: whether small or large values are better. Engines and judge always minimise:
            what they evaluate is the negative of an objective that is maximised.
        lower, upper: bounds, flat (n,), ±inf where there is none.
        residual: whether the objective is Σ rᵢ² of the residuals that the program returns.
        tolerances: how exactly an answer must hold.
    """

    objective: Program
    sense: Sense
    lower: Vector
    upper: Vector
    residual: bool = False
    tolerances: Tolerances = field(default_factory=Tolerances)

    def __post_init__(self) -> None:
        assert self.lower.shape == self.upper.shape == (self.size,), "flat bounds"

    @property
    def structure(self) -> Structure:
        """How the argument is laid out."""
        return self.objective.structure

    @property
    def size(self) -> int:
        """Number of coordinates n."""
        return self.structure.size

    @property
    def sign(self) -> float:
        """+1 for a minimisation, −1 for a maximisation."""
        return 1.0 if self.sense == "minimize" else -1.0

    @property
    def is_bounded(self) -> bool:
        """Whether any coordinate has a finite bound."""
        return bool(np.isfinite(self.lower).any() or np.isfinite(self.upper).any())


def require_number(program: Program) -> None:
    """Refuse a function that does not return one real number.

    Raises:
        InputError: naming what was returned and what to write instead.
    """
    name, outputs = program.name, program.outputs
    if not outputs:
        raise InputError(f"{name} returns None; did you forget `return`?")
    if len(outputs) > 1:
        raise InputError(
            f"{name} returns {len(outputs)} values; a loss is one number. Return the one to "
            "optimise (sum or weigh them)"
        )
    shape, dtype = tuple(outputs[0].shape), np.dtype(outputs[0].dtype)
    if shape != ():
        raise InputError(
            f"{name} returns an array of shape {shape}; a loss is one number. Sum it "
            "(jnp.sum, jnp.mean), or give residuals to surefoot.least_squares"
        )
    require_real(name, dtype)


def require_residuals(program: Program) -> None:
    """Refuse a residual function that does not return real arrays.

    Raises:
        InputError: naming what was returned and what to write instead.
    """
    if not program.outputs or not any(np.prod(out.shape) for out in program.outputs):
        raise InputError(
            f"{program.name} returns no residuals; did you forget `return`, or is the data empty?"
        )
    for out in program.outputs:
        require_real(program.name, np.dtype(out.dtype))


def require_real(name: str, dtype: np.dtype) -> None:  # type: ignore[type-arg]
    """Refuse outputs that have no slope.

    Raises:
        InputError: for whole numbers, truth values and complex numbers.
    """
    if dtype.kind == "b":
        raise InputError(
            f"{name} returns a truth value; a loss is a real number. {NO_LIMITS}"
        )
    if dtype.kind in "iu":
        raise InputError(
            f"{name} returns a whole number ({dtype.name}), whose slope is zero wherever it "
            "exists; compute in real numbers (1.0 instead of 1, no int casts, no counting)"
        )
    if dtype.kind == "c":
        raise InputError(
            f"{name} returns a complex number; return its size (jnp.abs) or its real part"
        )
