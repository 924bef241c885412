"""A function at many points, each value with a bound on its rounding error."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from numbers import Real
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus.derivatives import gradient
from surefoot.calculus.evaluate import Evaluator, compiled
from surefoot.calculus.rounding import guessed_rounding, unit_roundoff, value_and_rounding
from surefoot.calculus.steps import Steps
from surefoot.formulas import as_function
from surefoot.program import Program, Structure, Vector, trace
from surefoot.terms import InputError, UnsupportedError

_MEMORY = 2**22
"""Numbers held at once while many points are evaluated."""


class Sampler:
    """f as a function of flat float64 points, with rounding bounds; also where f cannot be traced.

    Args:
        f: a function of a pytree that returns one real number.
        w: a value of its argument.

    Attributes:
        structure: the layout of the argument.
        program: the traced function, or None where f looks at its numbers (`if x > 0`); then it
            is called point by point, and the rounding bound is a guess from the value alone.
    """

    def __init__(self, f: Any, w: Any, what: str) -> None:
        self.f = f = as_function(f)
        if not callable(f):
            raise InputError(f"{what}: expected a function or a formula, found {type(f).__name__}")
        self._refusal: InputError | None = None
        try:
            self.program: Program | None = trace(f, w)
            self.structure = self.program.structure
        except InputError as refusal:
            # Either the argument is refused, which Structure says again, or f looks at numbers.
            self.structure = Structure(w)
            self.program = None
            self._refusal = refusal
        self.steps = Steps(self.program, what) if self.program else None
        self.what = what

    @property
    def roundoff(self) -> float:
        """The unit roundoff of the coarsest type that any step computes in."""
        slots = self.steps.real if self.steps else ()
        return max([2.0**-53, *(unit_roundoff(slot) for slot in slots)])

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        """f(x), and what JAX says the gradient is, (n,)."""
        if self.program is not None:
            evaluator = Evaluator(self.program)
            try:
                return evaluator.value_and_gradient(x)
            except (TypeError, ValueError):  # a while loop allows forward mode only
                consts = self.program.consts
                with jax.enable_x64(True):
                    slopes = jax.jacfwd(self.program.flat, argnums=1)(consts, jnp.asarray(x))
                    value = self.program.flat(consts, jnp.asarray(x))
                return float(value), np.array(slopes)
        value = float(self._one_by_one(x[None])[0])
        with jax.enable_x64(True):
            slopes = gradient(self._number)(self.structure.unravel(x))
        flat = [np.ravel(leaf) for leaf in jax.tree_util.tree_leaves(slopes)]
        return value, np.concatenate(flat)

    def __call__(self, points: Vector) -> tuple[Vector, Vector]:
        """f at each row of points (k, n), (k,), and bounds on the rounding errors, (k,)."""
        if self.steps is None:
            values = self._one_by_one(points)
            return values, 16.0 * 2.0**-53 * np.abs(values)
        try:
            return self._batched(self.steps, points)
        except (InputError, UnsupportedError):
            assert self.program is not None, "the steps are the program's"
            values = Evaluator(self.program).values(points)
            return values, guessed_rounding(values, self.roundoff)

    def _number(self, tree: Any) -> Any:
        value: Any = self.f(tree)
        shape = getattr(value, "shape", () if isinstance(value, Real) else None)
        if shape != ():
            found = type(value).__name__ if shape is None else f"an array of shape {shape}"
            raise InputError(f"{self.what} needs one real number from the function, found {found}")
        return value

    def _one_by_one(self, points: Vector) -> Vector:
        try:
            with jax.enable_x64(True):
                return np.array(
                    [float(self._number(self.structure.unravel(point))) for point in points]
                )
        except Exception as error:
            # Where numbers do not help either, what was said of the trace is what is wrong.
            if self._refusal is None or isinstance(error, InputError):
                raise
            raise self._refusal from error

    def _batched(self, steps: Steps, points: Vector) -> tuple[Vector, Vector]:
        held = sum(slot.size for slot in steps.slots) + self.structure.size
        count = len(points)
        # A few fixed sizes, so that ladders of other lengths do not compile again.
        rows = min(max(64, 1 << (count - 1).bit_length()), max(1, _MEMORY // (4 * held)))
        padded = np.concatenate([points, np.repeat(points[-1:], -count % rows, axis=0)])
        with jax.enable_x64(True):
            consts = tuple(jnp.asarray(value) for value in steps.program.consts)
            function = compiled(
                (steps.program.key, "rounding"),
                lambda: jax.vmap(lambda c, x: value_and_rounding(steps, c, x), in_axes=(None, 0)),
            )
            parts = [
                function(consts, padded[start : start + rows])
                for start in range(0, len(padded), rows)
            ]
        values, noise = (np.concatenate([np.asarray(part[i]) for part in parts]) for i in (0, 1))
        return values[:count].astype(np.float64), noise[:count].astype(np.float64)
