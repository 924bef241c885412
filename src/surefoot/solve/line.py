"""A function along one axis: what the lab draws, and what its ball rolls on.

A function of one number is its own line. One of several numbers is cut along a direction d through
a point x: φ(t) = f(x + (t − t₀)·d), with slope φ′ = dᵀ∇f and curvature φ″ = dᵀ∇²f d.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np

from surefoot.calculus import Evaluator
from surefoot.program import Program, Vector, trace
from surefoot.program.tape import NotOnTape, Tape, curve_tape
from surefoot.terms import Samples


@dataclass(frozen=True, eq=False)
class Cut:
    """A direction through a point, and the coordinate along it: x + (t − t₀)·d.

    Attributes:
        t0: the coordinate of the point itself.
        point, direction: (n,).
    """

    t0: float
    point: Vector
    direction: Vector

    @property
    def fixed(self) -> tuple[float, ...]:
        """What the tape of a function of several numbers takes behind t."""
        return (self.t0, *self.point.tolist(), *self.direction.tolist())


class Line:
    """Value, slope and curvature along one axis.

    Args:
        program: returns one number.
        cut: the direction; None where the program takes one number.
        tape: the program's tape, or None where it has none; then the compiled function is asked.
    """

    def __init__(self, program: Program, cut: Cut | None, tape: Tape | None) -> None:
        assert cut is not None or program.structure.size == 1, "a cut for more than one number"
        self.program = program
        self.cut = cut
        self.tape = tape

    def at(self, w: float) -> tuple[float, float, float]:
        """Value, slope and curvature at w, by the compiled function."""
        value, slope, curvature = self.evaluator.derivatives(np.array([w]))
        return value, float(slope[0]), float(curvature[0, 0])

    def many(
        self, w: Vector, stop: Callable[[], bool] = lambda: False
    ) -> tuple[Vector, Vector, Vector]:
        """Value, slope and curvature at each of w, (k,) each; NaN from where `stop` said so."""
        if self.tape is not None:
            fixed = () if self.cut is None else self.cut.fixed
            points = np.empty((len(w), 1 + len(fixed)))
            points[:, 0] = w
            points[:, 1:] = fixed
            with np.errstate(all="ignore"):
                found = self.tape.run_many(points)
        else:
            found = np.full((len(w), 3), np.nan)
            for row, t in enumerate(w.tolist()):
                if stop():
                    break
                found[row] = self.at(t)
        return found[:, 0], found[:, 1], found[:, 2]

    def samples(self, box: tuple[float, float], count: int) -> Samples:
        """Value, slope and curvature at `count` equal distances across a window."""
        w = np.linspace(*box, count)
        value, slope, curvature = self.many(w)
        return Samples(
            tuple(w.tolist()), tuple(value.tolist()), tuple(slope.tolist()),
            tuple(curvature.tolist()),
        )  # fmt: skip

    @cached_property
    def function(self) -> Callable[[Any], Any]:
        """φ itself, of a number or a tracer."""
        program, consts = self.program, self.program.consts
        if self.cut is None:
            return lambda t: program.flat(consts, jnp.reshape(t, (1,)))
        t0, point, direction = self.cut.t0, self.cut.point, self.cut.direction
        return lambda t: program.flat(consts, point + (t - t0) * direction)

    @cached_property
    def evaluator(self) -> Evaluator:
        """The compiled φ."""
        if self.cut is None:
            return Evaluator(self.program)
        return Evaluator(trace(self.function, 0.0, name="t"))


def tape_or_reason(program: Program) -> tuple[Tape | None, str]:
    """The curve's tape, or None and a sentence that says why there is none."""
    try:
        return curve_tape(program), ""
    except NotOnTape as refusal:
        return None, refusal.reason
    except (ValueError, TypeError, NotImplementedError) as refusal:
        # JAX's own words for a loop of open length, or a derivative rule that cannot be followed.
        return None, f"its derivatives cannot be traced: {refusal}".split("\n", 1)[0]
