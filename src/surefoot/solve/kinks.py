"""Every place of a box where a function is not smooth."""

from collections.abc import Mapping
from typing import Any

from surefoot.facts.reached import Named
from surefoot.facts.switches import SmoothnessKind
from surefoot.problem import flat_bounds, require_number, shape_giver, with_data
from surefoot.program import Program, Vector, trace
from surefoot.solve.kink_doubts import doubt_of
from surefoot.solve.kinks_in_many import places_in_many
from surefoot.solve.kinks_on_line import places_in_one
from surefoot.solve.kinks_report import Kinks, Smoothness
from surefoot.solve.settings import is_whole
from surefoot.terms import Box, Confidence, InputError, noted_interrupts


@noted_interrupts()
def kinks(
    f: Any,
    over: Any,
    *,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
    most: int = 100,
    seed: int = 0,
) -> Kinks:
    """Every place of a box where a function is not smooth, and where AD's number is no slope of it.

    Steps that can break smoothness are read from the program (abs, max, min, relu, a norm at 0,
    sign, floor, round, comparisons and where, clip, sort, roots and quotients). Intervals show on
    which parts of the box none of them switches. Where one does, the function is compared with
    itself on the other side, its choices frozen (`surefoot.facts.pieces`): f₊ − f₋ is the jump of
    its value, f₊′ − f₋′ that of its slope. A switch that the function does not feel, as in x·|x|,
    Huber's loss or logsumexp, is no kink.

    Of one variable all places are found. Of several variables the switches are surfaces: for each
    step a point on its surface is shown, if lines through the box meet it, with the slopes across.

    Args:
        f: a function of one argument written in jax.numpy that returns one number, or a formula.
        over: the box: `sf.Box`, a tuple of two numbers, or a dict name → (lower, upper); a side
            may be infinite.
        data: arrays by name, as in `minimize`.
        example: any value of the argument's shape, where the box does not tell it.
        most: so many places are listed; of further ones the number is told.
        seed: of the lines through a box of several variables.

    Raises:
        InputError: anything that cannot be used as it is.
        UnsupportedError: a step without an interval rule, by name and line.

    Example:
        >>> import surefoot as sf
        >>> [(place.kind.name, float(place.x)) for place in sf.kinks("abs(x - 1) + x^2", (-2, 2))]
        [('KINK', 1.0)]
    """
    program, lower, upper = _asked(f, over, data, example)
    if not is_whole(most, least=1):
        raise InputError(f"most is {most!r}; expected a whole number of at least 1")
    named = Named(program)
    box = Box(program.structure.unravel(lower), program.structure.unravel(upper))
    doubt = doubt_of(program, lower, upper)
    if not named.anything and named.known.kind is SmoothnessKind.SMOOTH and doubt is None:
        return Kinks((), (), 0, Smoothness.SMOOTH, Confidence.PROVED, program, box)
    with noted_interrupts() as interrupted:
        if lower.size == 1:
            found = places_in_one(program, named, lower, upper, most, interrupted)
        else:
            found = places_in_many(program, named, lower, upper, most, seed, interrupted)
    if doubt is not None:
        found.doubted(doubt)
    smooth, known = found.verdict
    zero = named.known.why if named.known.zero_gradient and found.places else ""
    return Kinks(
        tuple(found.places), tuple(found.unresolved), found.more, smooth, known, program, box,
        f"{zero[0].upper()}{zero[1:]}." if zero else "",
    )  # fmt: skip


def _asked(
    f: Any, over: Any, data: Mapping[str, Any] | None, example: Any
) -> tuple[Program, Vector, Vector]:
    if over is None:
        raise InputError("over is the box to look at, e.g. over=(-2, 2), or a dict of such pairs")
    function = with_data(f, data)
    program = trace(function, shape_giver(function, None, over, example))
    require_number(program)
    lower, upper = flat_bounds(over, program.structure, "over")
    return program, lower, upper
