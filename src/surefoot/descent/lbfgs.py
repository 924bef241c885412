"""L-BFGS: for many variables, from values and gradients alone, whole chunks compiled."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from math import inf, isnan
from time import perf_counter
from typing import Any, Protocol, runtime_checkable

import jax
import numpy as np

from surefoot.calculus import compiled
from surefoot.descent.bounds import projected_gradient
from surefoot.descent.lbfgs_chunk import Chunk, Packed, Report, chunk, packed_size
from surefoot.descent.ratio import level, ran_away
from surefoot.descent.steps import StepRows, Vector, norm
from surefoot.terms import Status

MEMORY = 8
ROWS = 512
RECORD_NUMBERS = 2**20
FIRST_MOVE = 0.01
POLISH = 1e-6
WINDOW = 20
ROUNDING = 1e-13


@runtime_checkable
class JaxOracle(Protocol):
    """What a compiled engine needs: f as a pure function of the data and the point."""

    size: int

    @property
    def key(self) -> Hashable: ...
    @property
    def consts(self) -> Any: ...
    def jax_value(self, consts: Any, x: Any) -> Any: ...


@dataclass(frozen=True)
class LBFGSState:
    """Where an L-BFGS run is.

    Attributes:
        packed: the same, with gradient, direction and memory.
        first_value, extent: f(x0) and a length of the problem, to tell a runaway by.
        count: steps taken.
        fresh: whether the memory was just emptied.
        decrements, values: the last ½ gᵀHg (H the memory's inverse Hessian) and f.
        good_since: the step since which the result has been good enough; None before it is.
        direction: where a diverging run was heading.
    """

    x: Vector
    value: float
    status: Status | None
    gradient_norm: float
    packed: Packed
    first_value: float
    extent: float
    count: int = 0
    fresh: bool = True
    decrements: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    good_since: int | None = None
    direction: Vector | None = None


class LBFGS:
    """Minimise f over a box by limited-memory BFGS.

    Each step goes along d = −Hg, where H is the BFGS matrix of the last m pairs (s, y) over
    γI, γ = sᵀy/yᵀy, to a point that passes the Wolfe tests (`line_search`). With bounds, variables
    at a bound that −g pushes against are held, H is built among the others from the free rows of
    the pairs, and the path is bent onto the box (two-metric projection: Bertsekas, SIAM J. Control
    Optim. 20, 1982; Schmidt, van den Berg, Friedlander and Murphy, AISTATS 2009). So every
    evaluation lies in the box.

    It converges when ½gᵀHg ≤ tol·min(max(1, |f|), S), S = max(|f|, f(x0) − f), and then polishes:
    further steps, at most twice those taken, bring ½gᵀHg down to 10⁻⁶tol² of the same or to where
    the rounding of g lets it fall no more. If no acceptable point is found the memory is emptied
    once; if it fails again the run has STALLED.

    SciPy's L-BFGS-B stops on the relative decrease of f, which a slow step also fulfils.

    Source: Liu and Nocedal, Math. Prog. 45 (1989); Byrd, Nocedal and Schnabel (1994).

    Args:
        oracle: gives `jax_value(consts, x)`, `consts` and a `key` under which the compiled chunk
            is kept: the same function and shapes with other data do not compile again.
        lower, upper: (n,) bounds, ±inf where there are none.
        tol: see above.
        memory: pairs kept.

    Attributes:
        compile_seconds: time of calls that compiled.
        evaluations: of f with its gradient.
    """

    name = "l-bfgs"

    def __init__(
        self,
        oracle: JaxOracle,
        lower: Vector | None = None,
        upper: Vector | None = None,
        *,
        tol: float = 1e-9,
        memory: int = MEMORY,
    ) -> None:
        n = oracle.size
        self.lower = np.full(n, -inf) if lower is None else lower
        self.upper = np.full(n, inf) if upper is None else upper
        self.compile_seconds = 0.0
        self.evaluations = 0
        self._oracle = oracle
        self._tol = tol
        self._memory = memory
        self._bounded = bool(np.any(np.isfinite(self.lower)) or np.any(np.isfinite(self.upper)))
        self._box = (self.lower, self.upper) if self._bounded else None
        self._run: Callable[..., Chunk] | None = None
        self._rows = max(1, min(ROWS, RECORD_NUMBERS // max(n, 1)))

    def start(self, x0: Vector) -> LBFGSState:
        """Evaluate at x0 and aim a first, short step downhill."""
        blank = self._blank(x0)
        first, report = self._chunk(blank, -1.0, inf, 1)
        value = float(report.trial_value)
        if not report.found:
            status = Status.DIVERGED if value == -inf else Status.NOT_A_NUMBER
            return LBFGSState(x0, value, status, inf, blank, value, 0.0)
        packed = self._aim(first.packed)
        steep = float(np.asarray(first.numbers)[0, 1])
        status = Status.CONVERGED if steep == 0.0 else None
        extent = max(norm(x0), norm(packed.vectors[2]))
        return LBFGSState(x0, value, status, steep, packed, value, extent)

    def advance(self, state: LBFGSState, budget: int) -> tuple[LBFGSState, StepRows]:
        """One compiled chunk of at most `budget` steps."""
        factor = POLISH * self._tol**2
        limit = min(budget, self._rows)
        done, report = self._chunk(state.packed, factor, state.first_value, limit)
        steps, decrements = _steps(state.x, done, int(report.steps))
        if steps:
            last = steps[-1]
            state = replace(
                state, x=last.x, value=last.value, gradient_norm=last.gradient_norm,
                packed=done.packed, fresh=False,
                decrements=(state.decrements + decrements)[-WINDOW:],
                values=(*state.values, *steps.values[-WINDOW:].tolist())[-WINDOW:],
                count=state.count + len(steps),
            )  # fmt: skip
        state = self._conclude(state, report)
        if not steps and state.status is None:
            # The first search of the chunk failed and the memory was emptied: the new aim is tried
            # at once, since a chunk without a step and without an end is none.
            return self.advance(state, budget)
        return state, steps

    def _conclude(self, state: LBFGSState, report: Report) -> LBFGSState:
        """What to do after a chunk: go on, begin afresh, or end."""
        if report.trial_value == -inf or ran_away(
            state.x, state.value, state.extent, state.first_value
        ):
            heading = np.array(np.asarray(state.packed.vectors)[2])
            return replace(state, status=Status.DIVERGED, direction=heading)
        good = self._good_enough(state)
        if report.reached or (good and not report.found):
            return replace(state, status=Status.CONVERGED)
        if not report.found:
            if state.fresh:
                return replace(state, status=_stuck(state, report))
            return replace(state, packed=self._aim(state.packed), fresh=True, good_since=None)
        if not good:
            return replace(state, good_since=None)
        since = state.count if state.good_since is None else state.good_since
        # H knows few directions, so a small decrement may hide a long way to go in the others:
        # on ½Σwᵢxᵢ² with w from 1 to 10⁶ it reads 10⁻⁹ where f is 10⁻⁶ too high. So the run goes on
        # until the decrement is far smaller, or, rounding having the last word, hardly falls.
        spent = state.count - since >= max(50, 2 * since)
        half = WINDOW // 2
        tail = state.decrements
        falling = state.values[0] - state.value > ROUNDING * abs(state.value)
        level_off = len(tail) == WINDOW and not min(tail[half:]) < 0.25 * min(tail[:half])
        status = Status.CONVERGED if spent or (level_off and not falling) else None
        return replace(state, good_since=since, status=status)

    def _good_enough(self, state: LBFGSState) -> bool:
        if not state.decrements or state.fresh:
            return False
        return state.decrements[-1] <= level(self._tol, state.value, state.first_value)

    def _blank(self, x0: Vector) -> Packed:
        """A point whose value is not known yet: the first chunk evaluates it and goes nowhere."""
        m = self._memory
        small = np.zeros(packed_size(m))
        small[0], small[2] = inf, 1.0
        nothing = np.zeros_like(x0)
        return Packed(np.stack([x0, nothing, nothing]), np.zeros((2 * m, x0.size)), small)

    def _aim(self, packed: Packed) -> Packed:
        """An empty memory and a short step along −g, in units of x (Hager and Zhang's rule I0)."""
        x, slope_vector, _ = np.asarray(packed.vectors)
        value = float(np.asarray(packed.small)[0])
        gradient = projected_gradient(x, slope_vector, self.lower, self.upper)
        largest = float(np.max(np.abs(gradient), initial=0.0))
        length = float(np.max(np.abs(x), initial=0.0))
        scale = 1.0
        if largest > 0.0 and length > 0.0:
            scale = FIRST_MOVE * length / largest
        elif largest > 0.0:
            scale = (FIRST_MOVE * abs(value) / largest or 1.0) / largest
        direction = -scale * gradient
        fresh = self._blank(x)
        fresh.vectors[1:] = slope_vector, direction
        fresh.small[:3] = value, direction @ gradient, scale
        return fresh

    def _chunk(
        self, packed: Packed, factor: float, first_value: float, limit: int
    ) -> tuple[Chunk, Report]:
        """Run the compiled chunk; only what it reports leaves JAX."""
        begin, cold = perf_counter(), False
        with jax.enable_x64(True):
            if self._run is None:
                self._run, cold = self._compiled()
            done = self._run(
                self._oracle.consts, packed, np.array([factor, first_value, limit]), self._box
            )
            report = Report(*np.asarray(done.report).tolist())
        self.evaluations += int(report.evaluations)
        if cold:
            self.compile_seconds += perf_counter() - begin
        return done, report

    def _compiled(self) -> tuple[Callable[..., Chunk], bool]:
        """The chunk for this function and these shapes, and whether it is still to be compiled."""
        oracle, new = self._oracle, list[bool]()

        def make() -> Callable[..., Chunk]:
            new.append(True)
            return partial(chunk, oracle.jax_value, self._rows)

        key = ("l-bfgs", oracle.key, self._rows, self._bounded, self._memory)
        # Not every oracle can tell; those that cannot are compiled in the ordinary way.
        one_kernel = getattr(oracle, "fits_one_kernel", None)
        return compiled(key, make, quick=True, one_kernel=one_kernel), bool(new)


def _steps(x: Vector, done: Chunk, count: int) -> tuple[StepRows, tuple[float, ...]]:
    points, numbers = np.asarray(done.points)[:count], np.asarray(done.numbers)[:count]
    if 2 * count < len(done.points):
        # A view would keep the whole table of the chunk alive.
        points = points.copy()
    points.setflags(write=False)
    rows = StepRows(x, points, numbers[:, 0], numbers[:, 1], "l-bfgs")
    return rows, tuple(numbers[-WINDOW:, 2].tolist())


def _stuck(state: LBFGSState, report: Report) -> Status:
    if state.gradient_norm == 0.0:
        return Status.CONVERGED
    return Status.NOT_A_NUMBER if isnan(report.trial_value) else Status.STALLED
