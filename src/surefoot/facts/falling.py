"""Steps along a line that are shown to go down, by the slope at its start and the curvature on it.

With φ(t) = f(x + t d), φ′(0) ≤ s and φ″ ≤ M on [0, t],

    f(x + t d) ≤ f(x) + t s + ½ t² max(M, 0)

so that f falls by t a or more where s + ½ t max(M, 0) ≤ −a. Of d = −∇f(x) and a = ½ ‖d‖² that is so
for each t ≤ ‖d‖²/M; here s and M are interval bounds, of the function that the program computes
whatever its custom derivatives tell JAX.
"""

from math import prod

import numpy as np

from surefoot.facts.intervals.intervals import Flags, Floats, Intervals
from surefoot.facts.intervals.jet import jet
from surefoot.facts.intervals.jet_rules import table
from surefoot.facts.intervals.rounding import above, add_down, add_up, sum_margin
from surefoot.facts.line import Line
from surefoot.facts.precision import unlike_real
from surefoot.program import Program, walk
from surefoot.terms import UnsupportedError

TRIES = 3
"""So many steps are tried at once, each half of the one before."""
BLOCK = 64
"""Steps that are looked at together."""
MOST_STEPS, MOST_NUMBERS = 300, 200_000
"""Of a program, and in its largest array: beyond, and with loops, bounds take long."""


def can_be_bounded(program: Program) -> bool:
    """Whether bounds along a line are to be had, and take about a millisecond."""
    nodes = program.graph.nodes
    loops = any(node.primitive in ("scan", "while") for node in nodes)
    largest = max((prod(out.shape) for node in nodes for out in node.outputs), default=0)
    small = len(nodes) <= MOST_STEPS and largest <= MOST_NUMBERS
    return program.is_scalar and small and not loops and not unlike_real(program, None, None)


def falling_steps(
    program: Program, x: Floats, direction: Floats, first: Floats, tries: int = TRIES,
    *, by_half: bool = True,
) -> tuple[Floats, Floats]:  # fmt: skip
    """The longest of t, t/2, t/4, … that is shown to lower f, from each point.

    Args:
        program: returns one number.
        x, direction: (k, n) points, and d from each.
        first: (k,) the longest t that is tried. tries: how many are.
        by_half: by ½ t ‖d‖² or more; otherwise by anything.

    Returns:
        (k,) the steps, 0 where none is shown; and (k,) how far apart two computed values of f at
        the point may be, as far as bounds tell: 0 where they tell nothing.
    """
    rows = len(x)
    tried = first[:, None] * 0.5 ** np.arange(tries)
    # One part of the line for each try, and its start for the slope there.
    ends = np.concatenate([tried, np.zeros((rows, 1))], axis=1).ravel()
    line = Line(*(np.repeat(each, tries + 1, axis=0) for each in (x, direction)))
    in_t, made = table(1, True)
    constants = [made.literal(value) for value in program.consts]
    shape = (rows, tries + 1)
    with np.errstate(all="ignore"):
        inputs = list(line.jets(program, np.zeros_like(ends), ends, in_t))
        try:
            found = jet(in_t, walk(program.graph, made, constants, inputs)[0])
        except UnsupportedError:
            return np.zeros(rows), np.zeros(rows)
        slope = _highest(found.slope, shape)[:, -1:]
        bend = np.maximum(_highest(found.curvature, shape)[:, :-1], 0.0)
        change = add_up(slope, above(above(0.5 * tried * bend)))
        shown = change < 0.0
        if by_half:
            size = (direction * direction).sum(axis=1, keepdims=True)
            promise = 0.5 * above(size + sum_margin(size, direction.shape[1]))
            shown = add_up(change, promise) <= 0.0
        shown = shown & _defined(found.value, shape)
        spread = np.broadcast_to(found.value.upper - found.value.lower, (ends.size, 1))
    longest = np.argmax(shown, axis=1)
    steps = np.where(shown.any(axis=1), tried[np.arange(rows), longest], 0.0)
    rounding = spread.reshape(shape)[:, -1]
    return steps, np.where(np.isfinite(rounding), rounding, 0.0)


def fall_shown(program: Program, points: Floats) -> Flags:
    """(k,) whether f is shown to be lower at each of some points (k + 1, n) than at the one before.

    Of the points themselves, which are rounded: their difference has to be one that float64 holds.
    """
    x, steps = points[:-1], np.diff(points, axis=0)
    shown = np.zeros(len(steps), bool)
    exact = (add_down(x, steps) == points[1:]) & (add_up(x, steps) == points[1:])
    if can_be_bounded(program):
        for part in (slice(k, k + BLOCK) for k in range(0, len(steps), BLOCK)):
            whole = np.ones(len(x[part]))
            found = falling_steps(program, x[part], steps[part], whole, 1, by_half=False)
            shown[part] = found[0] > 0.0
    return shown & exact.all(axis=1)


def _highest(part: Intervals | None, shape: tuple[int, int]) -> Floats:
    if part is None:
        return np.zeros(shape)
    return np.broadcast_to(part.upper[:, 0, 0], (shape[0] * shape[1],)).reshape(shape)


def _defined(value: Intervals, shape: tuple[int, int]) -> Flags:
    if value.inside is None:
        return np.ones((shape[0], 1), bool)
    every = np.broadcast_to(value.inside[:, 0], (shape[0] * shape[1],)).reshape(shape)
    return every[:, :-1]
