"""Bounds as the lab shows them: the function that is drawn ends there.

Beyond the bounds no point can be the answer. The page knows what the end of a domain is: it draws
nothing there, calls nothing lower there, and says so of a step that leaves it. So the function is
drawn as one that has no value outside its bounds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from surefoot.program import Vector
from surefoot.program.tape import Tape
from surefoot.show import exactly
from surefoot.solve.plane import cut_of_plane
from surefoot.solve.window import Window

if TYPE_CHECKING:
    from surefoot.problem import Problem
    from surefoot.terms import PlaneOf

ROOM = 0.04
"""The window reaches so far beyond a bound, as a share of its width, that the end is seen."""
WHOLE = 8.0
"""A box that is at most so many times wider than the window is shown whole."""
MOST_TOLD = 3


@dataclass(frozen=True, eq=False)
class Limits:
    """The bounds that a drawn function has; see `limits_of`.

    Attributes:
        lower, upper: (n,), ±inf where there is none.
    """

    lower: Vector
    upper: Vector

    @property
    def held(self) -> Sequence[int]:
        """The coordinates that have a bound."""
        return np.flatnonzero(np.isfinite(self.lower) | np.isfinite(self.upper)).tolist()

    def fixes(self, number: int) -> bool:
        """Whether the bounds leave a coordinate one value: nothing can be drawn along it."""
        return bool(self.lower[number] == self.upper[number])

    @property
    def _sides(self) -> Sequence[tuple[int, str, float]]:
        """Each bound on its own: the coordinate, ">=" or "<=", and the number."""
        pairs = [
            ((i, ">=", float(self.lower[i])), (i, "<=", float(self.upper[i]))) for i in self.held
        ]
        return [side for pair in pairs for side in pair if isfinite(side[2])]

    def ended(self, function: Callable[[Any], Any], point: Vector) -> Callable[[Any], Any]:
        """A function of a flat vector that is NaN, with its derivatives, outside the bounds.

        Args:
            point: inside the bounds. The function is asked there for what is outside: it was
                never asked beyond its bounds, and may have a loop that does not end there.
        """
        # One test of the whole vector: the graph is small however many bounds there are.
        lower, upper = self.lower, self.upper

        def ends(x: Any) -> Any:
            # Factors, and not a choice between the function and NaN: derivatives have them, too.
            here = jnp.all((x >= lower) & (x <= upper))
            safe = x * jnp.where(here, 1.0, 0.0) + jnp.where(here, 0.0, point)
            return function(safe) * jnp.where(here, 1.0, jnp.nan)

        return ends

    def within(self, number: int, box: Window) -> Window:
        """The part of a window inside the bounds of a coordinate; the window if there is none."""
        low, high = max(box[0], float(self.lower[number])), min(box[1], float(self.upper[number]))
        return (low, high) if low < high else box

    def framed(self, number: int, box: Window, *, whole: bool = True) -> Window:
        """The window cut to the bounds, or all between them, with room to see the function end.

        Args:
            whole: whether a box that is little wider than the window is shown whole.
        """
        lower, upper = float(self.lower[number]), float(self.upper[number])
        low, high = self.within(number, box)
        if whole and lower < upper and upper - lower <= WHOLE * (high - low):
            low, high = lower, upper
        room = ROOM * (high - low)
        return (low - room if low == lower else low, high + room if high == upper else high)

    def framed_plane(self, plane: "PlaneOf", also: Sequence[Window] | None = None) -> "PlaneOf":
        """The plane of two numbers with a window inside the bounds; it holds the one `also`."""
        cut = plane.cuts[0]
        pairs = zip(cut.box, also or cut.box, strict=True)
        both = [(min(a[0], b[0]), max(a[1], b[1])) for a, b in pairs]
        box = self.framed(0, both[0]), self.framed(1, both[1])
        start = None if cut.recorded is None else cut.start
        tape = Tape.from_json(plane.tape)
        made = cut_of_plane(tape, cut.names, cut.fixed, box, start, cut.label)
        slope = float(np.linalg.norm(tape.run([*made.start, *made.fixed])[1:3]))
        eta = short_step(made.eta, slope, min(high - low for low, high in box))
        made = replace(made, eta=eta, recorded=cut.recorded)
        return replace(plane, cuts=(made, *plane.cuts[1:]))

    # ── words ──────────────────────────────────────────────────────────────────────────────────

    def chains(self, paths: Sequence[str]) -> Sequence[tuple[str, ...]]:
        """The bounds as people write them, ("0", "≤", "x", "≤", "2"), of the first coordinates."""
        found: list[tuple[str, ...]] = []
        for i in self.held[:MOST_TOLD]:
            low, high = (exact_number(float(side[i])) for side in (self.lower, self.upper))
            if self.lower[i] == self.upper[i]:
                found.append((paths[i], "=", low))
            elif not isfinite(self.lower[i]):
                found.append((paths[i], "≤", high))
            elif not isfinite(self.upper[i]):
                found.append((paths[i], "≥", low))
            else:
                found.append((low, "≤", paths[i], "≤", high))
        return found

    def words(self, paths: Sequence[str]) -> str:
        """The bounds for a sentence: "0 ≤ x ≤ 2, y ≥ 1"."""
        more = ", …" if len(self.held) > MOST_TOLD else ""
        return ", ".join(" ".join(chain) for chain in self.chains(paths)) + more

    def test(self) -> str:
        """Python that is true inside the bounds of a list v."""
        sides = [f"(v[{i}] {sign} {side!r})" for i, sign, side in self._sides]
        return " & ".join(sides)


def limits_of(problem: "Problem") -> Limits | None:
    """The bounds of a problem; None where it has none."""
    return Limits(problem.lower, problem.upper) if problem.is_bounded else None


def short_step(eta: float, slope: float, width: float) -> float:
    """The rate, or one whose first step is a quarter of the window: a longer one soon leaves it."""
    return float(f"{0.25 * width / slope:.2g}") if eta * slope > 0.25 * width else eta


def exact_number(x: float) -> str:
    """A bound, or what lies at one, with all its digits and a true minus sign."""
    return exactly(x).replace("-", "\N{MINUS SIGN}")
