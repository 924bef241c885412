"""Which line made the first NaN or infinity, in the value or in the gradient."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus.evaluate import compiled
from surefoot.calculus.local import places
from surefoot.calculus.steps import Origin, Slot, Steps, as_function
from surefoot.program import Program, Source, Vector

Array = np.ndarray[Any, np.dtype[Any]]

_VALUE_HINTS = {
    "log": "log needs a positive number",
    "log1p": "log1p needs a number above −1",
    "sqrt": "sqrt needs a number that is not negative",
    "rsqrt": "1/sqrt needs a positive number",
    "div": "the divisor must not be 0",
    "pow": "a negative base has no fractional power, and 0 no negative one",
    "integer_pow": "0 has no negative power, and a huge base overflows",
    "exp": "exp overflows above 709.78 (in float32 above 88.7)",
    "asin": "arcsin needs a number between −1 and 1",
    "acos": "arccos needs a number between −1 and 1",
    "acosh": "arccosh needs a number of at least 1",
    "atanh": "arctanh needs a number between −1 and 1",
    "sub": "infinity minus infinity is not a number",
    "mul": "0 times infinity is not a number, and huge products overflow",
    "cholesky": "the matrix is not positive definite",
}
_SLOPE_HINTS = {
    "sqrt": "the slope of sqrt at 0 is infinite",
    "log": "the slope of log at 0 is infinite",
    "div": "the slope of a quotient is infinite where the divisor is 0",
    "pow": "the slope of a power below 1 is infinite at 0",
    "norm": "a norm has a corner at 0; smooth it: jnp.sqrt(jnp.sum(x**2) + 1e-12)",
    "cbrt": "the slope of cbrt at 0 is infinite",
}
_GUARD = (
    "jnp.where does not stop it, since 0 · ∞ is NaN: guard the argument itself, "
    "e.g. jnp.sqrt(jnp.where(x > 0, x, 1.0))"
)


@dataclass(frozen=True)
class Blame:
    """The step that made the first number that is not finite.

    Attributes:
        source: the user's line; an empty Source where the point or the data is to blame.
        primitive: JAX's name of the step; "" where the point or the data is to blame.
        kind: whether it showed in the value, or only in the gradient.
        sentence: what happened and what to write instead.
    """

    source: Source
    primitive: str
    kind: Literal["value", "gradient"]
    sentence: str


def blame_nonfinite(program: Program, x: Vector) -> Blame | None:
    """The line that made NaN or infinity first, for a program that returns one number.

    From an output that is not finite the steps are followed back through arguments that are not
    finite, to one whose arguments all are: a harmless −∞ in a mask is not blamed. Where the value
    is finite, the backward pass is followed likewise from the output to the step whose slope is
    not.

    Args:
        program: returns one real number.
        x: flat point (n,).

    Returns:
        the blame, or None where value and gradient are finite.
    """
    steps = Steps(program, "blame")
    with jax.enable_x64(True):
        consts = tuple(jnp.asarray(value) for value in program.consts)
        found = compiled((program.key, "sensitivities"), lambda: steps.sensitivities)(consts, x)
        values = [np.asarray(value) for value in found[1]]
        slopes = {slot.index: np.asarray(s) for slot, s in zip(steps.real, found[2], strict=True)}
        gradient = np.asarray(found[3])
        if not np.isfinite(found[0]):
            return _of_value(steps, values, np.asarray(x))
        if not np.all(np.isfinite(gradient)):
            return _of_gradient(steps, values, slopes, gradient, np.asarray(x))
    return None


def _of_value(steps: Steps, values: Sequence[Array], x: Array) -> Blame:
    leaves = jax.tree_util.tree_leaves(steps.program.structure.unravel(x))

    def read(origin: Origin) -> Array:
        if origin.slot is not None:
            return values[origin.slot]
        if origin.leaf is not None:
            return np.asarray(leaves[origin.leaf])
        if origin.captured is not None:
            return steps.program.consts[origin.captured]
        return np.asarray(origin.constant)

    here = steps.output
    while here.slot is not None:
        slot = steps.slots[here.slot]
        worse = _worst([(origin, read(origin)) for origin in slot.inputs], values[slot.index])
        if worse is None:
            return _blame_step(slot, values[slot.index], [read(o) for o in slot.inputs])
        here = worse
    return _blame_argument(steps, here, x)


def _worst(arguments: Sequence[tuple[Origin, Array]], made: Array) -> Origin | None:
    """The argument to follow back: one with NaN before one with infinity; None if all are finite.

    A constant −∞ (the start of a maximum, the fill of a mask) is followed only if nothing else
    explains a result that is infinite.
    """
    nan = [o for o, a in arguments if _is_real(a) and np.isnan(a).any()]
    if nan:
        return nan[0]
    infinite = [o for o, a in arguments if _is_real(a) and np.isinf(a).any() and o.constant is None]
    return infinite[0] if infinite else None


def _is_real(array: Array) -> bool:
    return jnp.issubdtype(array.dtype, jnp.floating)


def _blame_step(slot: Slot, made: Array, arguments: Sequence[Array]) -> Blame:
    flat = made.astype(np.float64).ravel()
    bad = int(np.flatnonzero(~np.isfinite(flat))[0]) if flat.size else 0
    what = "NaN" if flat.size and np.isnan(flat[bad]) else "infinity"
    given = _given(slot, arguments, bad)
    place = (
        "" if made.ndim == 0 else f" at entry {list(map(int, np.unravel_index(bad, made.shape)))}"
    )
    hint = _hint(slot, _VALUE_HINTS)
    return Blame(
        slot.source,
        slot.node.primitive,
        "value",
        f"{slot.source}: `{slot.source.segment}` gives {what}{place}: {slot.name} of {given}"
        + (f"; {hint}" if hint else ""),
    )


def _given(slot: Slot, arguments: Sequence[Array], bad: int) -> str:
    """The arguments that made the bad entry, where the step works entry by entry."""
    words: list[str] = []
    for argument in arguments:
        if argument.size == 1:
            words.append(f"{argument.item():.6g}")
        elif argument.shape == slot.shape:
            words.append(f"{argument.ravel()[bad]:.6g}")
        else:
            words.append(f"an array of shape {argument.shape}")
    return " and ".join(words) or "nothing"


def _hint(slot: Slot, hints: dict[str, str]) -> str:
    inside = [node.primitive for inner in slot.node.inner for node in inner.nodes]
    names = [slot.name, slot.node.primitive, *inside]
    return next((hints[name] for name in names if name in hints), "")


def _blame_argument(steps: Steps, origin: Origin, x: Array) -> Blame:
    if origin.leaf is not None:
        bad = int(np.flatnonzero(~np.isfinite(x))[0])
        name = steps.program.structure.paths[bad]
        return Blame(Source(), "", "value", f"the point itself is not finite: {name} is {x[bad]}")
    array = (
        np.asarray(origin.constant)
        if origin.captured is None
        else steps.program.consts[origin.captured]
    )
    what = "NaN" if np.isnan(array).any() else "infinity"
    count = int((~np.isfinite(array)).sum())
    return Blame(
        Source(),
        "",
        "value",
        f"an array of shape {array.shape} that {steps.program.name} captured holds {what} in "
        f"{count} place(s); clean the data before it is used",
    )


def _of_gradient(
    steps: Steps, values: Sequence[Array], slopes: dict[int, Array], gradient: Array, x: Array
) -> Blame:
    """The step, nearest to the output, that turns a finite sensitivity into one that is not."""
    for slot in reversed(steps.slots):
        arriving = slopes.get(slot.index)
        if arriving is None or not np.all(np.isfinite(arriving)):
            continue
        arguments = steps.arguments(slot, values, x)
        for place in places(slot):
            try:
                pull = jax.vjp(
                    as_function(slot.node, arguments, place, slot.position),
                    jnp.asarray(arguments[place]),
                )[1]
                leaving = np.asarray(pull(jnp.asarray(arriving))[0])
            except (TypeError, ValueError):  # a step without reverse mode
                continue
            if np.all(np.isfinite(leaving)):
                continue
            hint = _hint(slot, _SLOPE_HINTS) or "its slope is not finite there"
            masked = f"; {_GUARD}" if not np.all(arriving) else ""
            bad = int(np.flatnonzero(~np.isfinite(leaving))[0])
            given = np.asarray(arguments[place]).ravel()[bad]
            return Blame(
                slot.source,
                slot.node.primitive,
                "gradient",
                f"{slot.source}: the value is finite, but the slope of `{slot.source.segment}` "
                f"is not, at {given:.6g}: {hint}{masked}",
            )
    bad = int(np.flatnonzero(~np.isfinite(gradient))[0])
    name = steps.program.structure.paths[bad]
    return Blame(
        Source(),
        "",
        "gradient",
        f"the slope with respect to {name} is {gradient[bad]}: the "
        "sensitivities of many steps overflow when they are added up",
    )
