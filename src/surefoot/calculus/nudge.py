"""A small move: what the gradient predicts, and what the function does."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus.checks import require_finite, whole_numbers_as_real
from surefoot.calculus.evaluate import Evaluator
from surefoot.formulas import as_function
from surefoot.program import as_argument, trace
from surefoot.show import Block, Column, Heading, Note, Report, grid, significant
from surefoot.terms import InputError

_FAR_OFF = 0.25
"""A prediction with curvature that misses by more of the change has not seen what happens."""


@dataclass(frozen=True)
class Share:
    """What one parameter's move does to the value, to first order.

    Attributes:
        path: the parameter's name.
        slope: g_i = ∂f/∂w_i.
        move: dw_i.
        change: g_i · dw_i.
    """

    path: str
    slope: float
    move: float
    change: float


@dataclass(frozen=True, repr=False)
class Nudge(Report):
    """Predicted and actual change of a function under a small move.

    Attributes:
        before, after: f(w) and f(w + dw).
        actual: after − before.
        predicted: gᵀdw, by the gradient alone.
        predicted_curved: gᵀdw + ½ dwᵀH dw, with the curvature along the move.
        difference: actual − predicted.
        rounding: how much of `actual` may be rounding: one unit in the last place of the values.
        shares: g_i · dw_i for every parameter that moves, in the order of the parameters.
    """

    before: float
    after: float
    actual: float
    predicted: float
    predicted_curved: float
    difference: float
    rounding: float
    shares: tuple[Share, ...]

    def to_dict(self) -> Mapping[str, Any]:
        """The result as plain names, numbers and strings."""
        return {**vars(self), "shares": [vars(share) for share in self.shares]}

    @property
    def _size(self) -> float:
        """The largest change, seen or predicted: two ends at one height are no rounding."""
        return max(abs(self.actual), abs(self.predicted), abs(self.predicted_curved))

    def blocks(self) -> list[Block]:
        """The report: the changes, then which parameter made how much of it."""
        changes = [
            ("actual change", _signed(self.actual, 8)),
            ("predicted by the gradient", f"{self.predicted:+.8g}"),
            ("with curvature", f"{self.predicted_curved:+.8g}"),
            ("actual − predicted", _signed(self.difference, 3)),
        ]
        blocks: list[Block] = [
            Heading(f"f goes from {self.before:.10g} to {self.after:.10g}"),
            grid([Column(""), Column("", numeric=True)], changes),
        ]
        if not isfinite(self.after):
            text = "The move ends where the function has no finite value. Try a shorter one."
            blocks.append(Note("note", text))
        elif self._size <= 8.0 * self.rounding:
            text = "The move is so small that the actual change is mostly rounding."
            blocks.append(Note("note", text))
        elif abs(self.actual - self.predicted_curved) > _FAR_OFF * self._size:
            text = (
                "Slope and curvature at the start miss most of the change: the move is too long "
                "for them, or a corner or a jump lies on the way. Try a shorter one."
            )
            blocks.append(Note("note", text))
        shares = sorted(self.shares, key=lambda share: -abs(share.change))
        numbers = [Column(name, numeric=True) for name in ("slope", "move", "slope · move")]
        rows = [
            (s.path, significant(s.slope), significant(s.move), f"{s.change:+.6g}") for s in shares
        ]
        blocks.append(grid([Column(""), *numbers], rows, limit=12))
        return blocks


def _signed(number: float, digits: int) -> str:
    return "nan" if isnan(number) else f"{number:+.{digits}g}"


# Infinity is shown as it comes; what NumPy has to say of it adds nothing.
@np.errstate(all="ignore")
def nudge(f: Any, w: Any, dw: Any) -> Nudge:
    """Move the argument a little and compare the change with what the derivatives predict.

        predicted = gᵀdw,    with curvature = gᵀdw + ½ dwᵀH dw,    actual = f(w + dw) − f(w)

    in float64, with g and H at w. The difference from the first shrinks with the square of the
    move, from the second with its cube, where f is smooth.

    Args:
        f: a function of a pytree of real arrays that returns one number, or a formula.
        w: the point.
        dw: the move, in the structure and shapes of w (one number moves everything by it).

    Raises:
        InputError: w or dw is not made of real numbers of matching shape, or f does not return
            one number.

    Example:
        >>> import numpy as np
        >>> result = nudge(lambda w: w @ w, np.array([1.0, 2.0]), np.array([0.1, 0.0]))
        >>> round(result.predicted, 12), round(result.actual, 12)
        (0.2, 0.21)
    """
    program = trace(as_function(f), w)
    if not program.is_scalar:
        raise InputError(
            f"nudge follows one number, but {program.name} returns "
            f"{[tuple(out.shape) for out in program.outputs]}; return one entry or jnp.sum(…) of it"
        )
    dtype = program.outputs[0].dtype
    if dtype.kind not in "fiub":
        raise InputError(
            f"nudge follows one real number, but {program.name} returns {dtype} numbers; return "
            "jnp.real(…) or jnp.abs(…) of it"
        )
    structure = program.structure
    x = structure.ravel(as_argument(w), "w")
    move = structure.fill(whole_numbers_as_real(as_argument(dw)), "dw")
    require_finite(x, structure.paths, "nudge: w")
    require_finite(move, structure.paths, "nudge: dw")
    with np.errstate(over="ignore"):
        require_finite(x + move, structure.paths, "nudge: w + dw")
    before, after, gradient, bend = _along(program, x, move)
    moved = np.flatnonzero(move)
    predicted = float(gradient[moved] @ move[moved])
    paths = structure.paths
    return Nudge(
        before=before,
        after=after,
        actual=after - before,
        predicted=predicted,
        predicted_curved=predicted + 0.5 * bend,
        difference=(after - before) - predicted,
        rounding=float(np.spacing(max(abs(before), abs(after)))),
        shares=tuple(
            Share(paths[int(i)], float(gradient[i]), float(move[i]), float(gradient[i] * move[i]))
            for i in moved
        ),
    )


def _along(program: Any, x: Any, move: Any) -> tuple[float, float, Any, float]:
    """f(w), f(w + dw), the gradient, and dwᵀH dw."""
    evaluator = Evaluator(program)
    before, after = (float(value) for value in evaluator.values(np.stack([x, x + move])))
    try:
        _, gradient = evaluator.value_and_gradient(x)
        bend = float(move @ evaluator.hessian_vector(x, move))
    except (TypeError, ValueError):
        # A while loop has no reverse mode; the two directional derivatives are forward mode.
        with jax.enable_x64(True):
            gradient = np.array(jax.jacfwd(program.flat, argnums=1)(program.consts, jnp.asarray(x)))

            def line(t: Any) -> Any:
                return program.flat(program.consts, jnp.asarray(x) + t * jnp.asarray(move))

            bend = float(jax.jacfwd(jax.jacfwd(line))(0.0))
    return before, after, gradient, bend
