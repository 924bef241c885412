"""The chain rule, line by line: values forward, sensitivities backward."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus.contribution import Contribution, contribution_of
from surefoot.calculus.evaluate import compiled
from surefoot.calculus.local import MOST_STEPS, Local, measure, name_of_origin, read_locals
from surefoot.calculus.steps import Steps
from surefoot.formulas import as_function
from surefoot.program import Source, as_argument, trace
from surefoot.show import (
    Block,
    Column,
    Grid,
    Heading,
    Note,
    Report,
    grid,
    shortened,
    significant,
)

Array = np.ndarray[Any, np.dtype[Any]]

_REARRANGING = (
    "broadcast_in_dim", "reshape", "squeeze", "expand_dims", "convert_element_type", "copy",
    "transpose", "stop_gradient",
)  # fmt: skip
_SHOWN = 80


@dataclass(frozen=True)
class Row:
    """One step of the chain.

    Attributes:
        number: its number, in order of execution; "#3" elsewhere means this one.
        source: the user's line.
        text: the piece of the line, or of the formula, that the step comes from.
        name: the step as a person knows it: "sin", "relu", "where".
        primitive: JAX's name for it.
        inputs: what it takes: "#3" for a step, "W1" for a parameter, "data", "constant".
        value: its value.
        local: the local derivative with respect to each argument that depends on the parameters.
        sensitivity: ∂output/∂step, in the shape of the value; None for steps that are not real
            numbers (comparisons, indices).
        share: Σ |sensitivity · value| / |output|: by how many percent the output moves, at most,
            when the step's entries move by one percent; None where the output is 0.
        active: whether the step depends on the parameters at all.
    """

    number: int
    source: Source
    text: str
    name: str
    primitive: str
    inputs: tuple[str, ...]
    value: Array
    local: tuple[Local, ...]
    sensitivity: Array | None
    share: float | None
    active: bool

    def to_dict(self) -> Mapping[str, Any]:
        """The row as plain names, numbers and strings; arrays above 64 entries as a summary."""
        return {
            "number": self.number,
            "source": str(self.source),
            "text": self.text,
            "name": self.name,
            "primitive": self.primitive,
            "inputs": list(self.inputs),
            "shape": list(self.value.shape),
            "value": _plain(self.value),
            "local": [{"argument": part.argument, "text": str(part)} for part in self.local],
            "sensitivity": None if self.sensitivity is None else _plain(self.sensitivity),
            "share": self.share,
        }


@dataclass(frozen=True, repr=False)
class Chain(Report):
    """The chain rule at a point.

    Attributes:
        name: the function's name or the formula's text.
        value: the output.
        gradient: ∂output/∂w, in the structure of w.
        rows: the steps, in order of execution.
    """

    name: str
    value: float
    gradient: Any
    rows: tuple[Row, ...]
    _steps: Steps = field(repr=False, compare=False)
    _x: Array = field(repr=False, compare=False)

    def contribution(self, path: str) -> Contribution:
        """How one parameter contributes to the output: the product of local derivatives along its
        paths, checked by moving the parameter.

        Args:
            path: the parameter's name, e.g. "W1[3,2]".

        Raises:
            InputError: there is no parameter of that name, or it is a whole array.
        """
        return contribution_of(self._steps, self._x, path, [row.local for row in self.rows])

    def to_dict(self) -> Mapping[str, Any]:
        """The chain as plain names, numbers and strings."""
        return {
            "name": self.name,
            "value": self.value,
            "rows": [row.to_dict() for row in self.rows],
        }

    def blocks(self) -> list[Block]:
        """The report: one table for each of the user's lines."""
        shown = [row for row in self.rows if row.primitive not in _REARRANGING] or list(self.rows)
        blocks: list[Block] = [Heading(f"{self.name} = {self.value:.10g}")]
        for place, rows in groupby(
            shown[:_SHOWN], key=lambda row: (row.source.file, row.source.line)
        ):
            group = list(rows)
            source = group[0].source
            is_line = source.line and place[0] != "<formula>"
            blocks.append(_line_grid(group, f"{source}  {source.text}" if is_line else ""))
        hidden, rest = len(self.rows) - len(shown), len(shown) - _SHOWN
        if rest > 0:
            blocks.append(Note("more", f"{rest} more steps are in .rows.", "quiet"))
        if hidden:
            text = f"{hidden} steps that only rearrange or convert are in .rows."
            blocks.append(Note("more", text, "quiet"))
        text = "∂out is the slope of the output in the step; share, by how many percent the "
        text += "output moves, at most, when the step moves by one percent."
        blocks.append(Note("read", text, "quiet"))
        return blocks


def chain(f: Any, w: Any) -> Chain:
    """Follow the chain rule through every step of a function.

    Forward, each step's value; backward, its sensitivity, by

        ∂L/∂step = Σ over the steps that use it of ∂L/∂user · ∂user/∂step

    in float64. The sensitivities are JAX's: a zero perturbation is added to every step and the
    output differentiated with respect to all of them at once. Library functions, custom derivative
    rules, branches and loops are one step each; your own functions are entered, and every step
    names your line.

    Args:
        f: a function of a pytree of real arrays that returns one number, or a formula.
        w: the point.

    Raises:
        InputError: w is not made of real numbers, or f does not return one number.
        TraceError: f cannot be followed.
    """
    program = trace(as_function(f), w)
    steps = Steps(program, "chain")
    x = program.structure.ravel(as_argument(w), "w")
    with_locals = len(steps.slots) <= MOST_STEPS

    def everything(consts: Any, point: Any) -> Any:
        value, values, slopes, gradient = steps.sensitivities(consts, point)
        local = measure(steps, consts, point, values) if with_locals else None
        return value, values, slopes, gradient, local

    with jax.enable_x64(True):
        consts = tuple(jnp.asarray(value) for value in program.consts)
        found = compiled((program.key, "chain"), lambda: everything)(consts, x)
    value, values, slopes, gradient = found[:4]
    local = read_locals(steps, found[4]) if with_locals else [()] * len(steps.slots)
    return Chain(
        name=program.name,
        value=float(value),
        gradient=program.structure.unravel(np.asarray(gradient)),
        rows=_rows(steps, values, slopes, local, float(value)),
        _steps=steps,
        _x=x,
    )


def _rows(steps: Steps, values: Any, slopes: Any, local: Any, output: float) -> tuple[Row, ...]:
    slope_of = {slot.index: slope for slot, slope in zip(steps.real, slopes, strict=True)}
    rows: list[Row] = []
    for slot, value, parts in zip(steps.slots, values, local, strict=True):
        array = _array(value)
        slope = slope_of.get(slot.index)
        sensitivity = None if slope is None else np.asarray(slope)
        share = None
        if sensitivity is not None and output != 0.0:
            share = float(np.sum(np.abs(sensitivity * array), dtype=np.float64)) / abs(output)
        rows.append(
            Row(
                number=slot.index,
                source=slot.source,
                text=slot.source.segment,
                name=slot.name,
                primitive=slot.node.primitive,
                inputs=tuple(name_of_origin(steps, origin) for origin in slot.inputs),
                value=array,
                local=parts,
                sensitivity=sensitivity,
                share=share,
                active=slot.active,
            )
        )
    return tuple(rows)


def _array(value: Any) -> Any:
    """A step's value in NumPy; of a random key its numbers."""
    if jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        value = jax.random.key_data(value)
    return np.asarray(value)


def _line_grid(rows: list[Row], title: str) -> Grid:
    names = ("step", "value", "local derivative", "∂out")
    columns = [Column(""), *(Column(name) for name in names), Column("share", numeric=True)]
    columns.append(Column("", flexible=True, quiet=True))
    cells = [
        (
            f"#{row.number}",
            f"{row.name}({', '.join(row.inputs)})",
            _summary(row.value, 4),
            ", ".join(f"∂/∂{part.argument} {part}" for part in row.local) or "no slope",
            "–" if row.sensitivity is None else _summary(row.sensitivity, 4),
            "" if row.share is None else f"{row.share:.3g} %",
            # A line of code stands above its table; the pieces of a formula stand beside it.
            "" if title else shortened(row.text, 48),
        )
        for row in rows
    ]
    return grid(columns, cells, title=title)


def _summary(array: Array, digits: int = 8) -> str:
    if array.size == 1:
        return significant(array.item(), max(digits, 5))
    if array.size == 0:
        return f"{array.shape} empty"
    if array.dtype == bool:
        return f"{array.shape} {int(array.sum())} true"
    if array.size <= 3:
        return "[" + ", ".join(significant(float(v), min(digits, 5)) for v in array.ravel()) + "]"
    if not np.all(np.isfinite(array.astype(np.float64))):
        return f"{array.shape} {int((~np.isfinite(array.astype(np.float64))).sum())} not finite"
    return f"{array.shape} {array.min():.4g} … {array.max():.4g}"


def _plain(array: Array) -> Any:
    if array.size <= 64:
        return array.tolist()
    return {"summary": _summary(array), "norm": float(np.linalg.norm(array.astype(np.float64)))}
