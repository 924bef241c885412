"""How a program bends on a box: by its steps, exactly, by its Hessian, by points."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surefoot.facts.curvature.analysis import by_steps, not_followed, stopped_by
from surefoot.facts.curvature.boxes import OnBoxes, by_boxes
from surefoot.facts.curvature.exact import as_floats, hessian, signs
from surefoot.facts.curvature.forms import Form
from surefoot.facts.curvature.structure import hessian_bounds, moduli
from surefoot.facts.curvature.summands import bends_by_summands
from surefoot.facts.curvature.terms import Atom
from surefoot.facts.curvature.witness import Witness, witness
from surefoot.facts.degree import degree
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.intervals.nowhere import no_value_met
from surefoot.facts.krawczyk import GradientField
from surefoot.facts.precision import unlike_real
from surefoot.facts.spectrum import spectrum
from surefoot.program import Program
from surefoot.terms import UnsupportedError

MOST_AT_ONCE = 6
"""Variables: bounds of the whole Hessian, n² at each step, only sharpen the numbers."""

STEPS = "step by step: each step keeps it"
EXACT = "its Hessian is constant, and has no eigenvalue of the other sign, in fractions"
SUMMANDS = (
    "the Hessian of its quadratic part has no eigenvalue of the other sign, in fractions, and each "
    "other summand is so step by step"
)
PARTS = "the sum of the curvatures of its parts is never of the other sign"
HOLES = "the points where it is defined are not shown to be a convex set"
BOXES = "bounds of the Hessian on the parts of the box, by intervals and by Arb"


@dataclass(frozen=True, eq=False)
class Way:
    """How one of the two questions, convex? concave?, is answered.

    Attributes:
        holds: True or False where it is known, else None.
        how: how it is known that it holds. agreed: whether Arb agrees, where it was asked.
        witness: the points that refute it. why: what stood in the way.
    """

    holds: bool | None
    how: str = ""
    agreed: bool = True
    witness: Witness | None = None
    why: str = ""


@dataclass(frozen=True, eq=False)
class Found:
    """Both answers, and bounds of the curvature.

    Attributes:
        convex, concave: the answers. form: the output in normal form, for the proof.
        least, most: the eigenvalues of the Hessian lie between, on the whole box.
        lower, upper: the box without parts where the function is not defined.
        inside: whether it is shown to be defined all over that box.
        stopped: the step that stopped the proof by steps, where one did.
        boxes: how many parts of the box were looked at.
    """

    convex: Way
    concave: Way
    form: Form
    least: float
    most: float
    lower: Floats
    upper: Floats
    inside: bool
    stopped: Atom | None
    boxes: int = 0


def bend(
    program: Program, lower: Floats, upper: Floats, *, budget: int = 2000, refute: bool = True,
    seed: int = 0, stop: Callable[[], bool] = lambda: False,
) -> Found:  # fmt: skip
    """How a program's one number bends on a box, whose sides may be infinite.

    Args:
        budget: the most parts of the box that are looked at; 0: none.
        refute: whether points that contradict convexity or concavity are looked for.
    """
    try:
        form, lower, upper, starts = by_steps(program, lower, upper)
    except UnsupportedError as error:
        form, starts = not_followed(str(error)), {}
    rounded = unlike_real(program, lower, upper)
    if rounded:
        # What is proved is proved of real numbers.
        nothing = Way(None, why=f"the function uses {rounded}")
        return Found(nothing, nothing, form, -np.inf, np.inf, lower, upper, True, None)
    if form.holes:
        ways = {side: Way(False, agreed=seen.agreed, witness=seen)
                if refute and (seen := _witness(program, lower, upper, side, seed)) is not None
                else Way(None, why=HOLES) for side in (True, False)}  # fmt: skip
        return Found(ways[True], ways[False], form, -np.inf, np.inf, lower, upper, False, None)
    if form.bounds.inside is not None and _has_no_value(program, lower, upper):
        nothing = Way(None, why="no point of the box was met where the function has a value")
        return Found(nothing, nothing, form, -np.inf, np.inf, lower, upper, False, None)
    n = lower.size
    up, down = bool(form.convex.all()), bool(form.concave.all())
    ways = {side: Way(True, STEPS) if shown else Way(None)
            for side, shown in ((True, up), (False, down))}  # fmt: skip
    low, high = hessian_bounds(form, n, starts)
    least, most = moduli(low, high)
    if not (up or down):
        if not (least > 0.0 or most < 0.0):
            least, most = _quadratic(program, ways, least, most)
        if least > 0.0 and ways[True].holds is None:
            ways[True] = Way(True, PARTS)
        if most < 0.0 and ways[False].holds is None:
            ways[False] = Way(True, PARTS)
    if all(way.holds is None for way in ways.values()):
        parts = bends_by_summands(program, lower, upper)
        ways = {side: Way(True, SUMMANDS) if shown else Way(None)
                for side, shown in zip((True, False), parts, strict=True)}  # fmt: skip
    boxes = 0
    sought = refute or budget > 0 or any(way.holds for way in ways.values())
    if sought and not (up and down) and not (least > 0.0 and np.isfinite(most)):
        least, most = _over_the_box(program, lower, upper, least, most)
    for side in (True, False):
        if ways[side].holds is not None or ways[not side].holds is True:
            continue
        points = _witness(program, lower, upper, side, seed) if refute else None
        if points is not None:
            ways[side] = Way(False, agreed=points.agreed, witness=points)
        elif budget:
            found = _boxes(program, lower, upper, side, budget, stop)
            boxes += found.boxes
            ways[side] = Way(True, BOXES, found.agreed, why=found.why) if found.shown else Way(
                None, why=found.why)  # fmt: skip
            if found.shown:
                least, most = max(least, found.least), min(most, found.most)
    if up and down:
        least = most = 0.0
    stopped = None if up or down else stopped_by(form)
    inside = form.bounds.inside is None or bool(form.bounds.inside.all())
    return Found(ways[True], ways[False], form, least, most, lower, upper, inside, stopped, boxes)


def _has_no_value(program: Program, lower: Floats, upper: Floats) -> bool:
    try:
        with np.errstate(all="ignore"):
            return no_value_met(program, lower, upper)
    except UnsupportedError:
        return False


def _quadratic(
    program: Program, ways: dict[bool, Way], least: float, most: float
) -> tuple[float, float]:
    known = degree(program)
    if not (known.proved and known.at_most(2)):
        return least, most
    matrix = hessian(program)
    if matrix is None:
        return least, most
    negative, positive = signs(matrix)
    if negative == 0:
        ways[True] = Way(True, EXACT)
    if positive == 0:
        ways[False] = Way(True, EXACT)
    low, high = (side[None] for side in as_floats(matrix))
    first, last = spectrum(low, high)
    return max(least, float(first[0])), min(most, float(last[0]))


def _over_the_box(
    program: Program, lower: Floats, upper: Floats, least: float, most: float
) -> tuple[float, float]:
    """Tighter bounds of the curvature, from one look at the whole box."""
    if lower.size > MOST_AT_ONCE:
        return least, most
    try:
        with np.errstate(all="ignore"):
            found = GradientField(program)(lower[None], upper[None], jacobian=True).jacobian
    except UnsupportedError:
        return least, most
    assert found is not None, "asked for"
    first, last = spectrum(found.lower, found.upper)
    return max(least, float(first[0])), min(most, float(last[0]))


def _witness(
    program: Program, lower: Floats, upper: Floats, side: bool, seed: int
) -> Witness | None:
    try:
        return witness(program, lower, upper, convex=side, seed=seed)
    except UnsupportedError:
        return None


def _boxes(
    program: Program, lower: Floats, upper: Floats, side: bool, budget: int,
    stop: Callable[[], bool],
) -> OnBoxes:  # fmt: skip
    try:
        return by_boxes(program, lower, upper, up=side, budget=budget, stop=stop)
    except UnsupportedError as error:
        return OnBoxes(False, why=str(error))
