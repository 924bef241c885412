"""The steps of a program as the user sees them, with JAX's own sensitivity of each.

Backward sensitivities come from JAX alone: each step's value gets a perturbation ε_k = 0 added to
it, and the gradient with respect to all ε at once is ∂output/∂step_k, for every k.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.program import (
    Graph,
    Node,
    Program,
    Source,
    Table,
    evaluate,
    holds_reverse_only,
    walk,
)
from surefoot.terms import InputError

FORWARD_LIMIT = 4096
"""Most perturbed entries in forward mode, which costs one pass for each of them."""


@dataclass(frozen=True)
class Origin:
    """Where an argument of a step comes from: one of the three fields is not None.

    Attributes:
        slot: the number of the slot that made it.
        leaf: the number of the leaf of the program's argument.
        captured: the number of the captured array.
        constant: a constant written into the program.
        active: whether it depends on the argument.
    """

    slot: int | None = None
    leaf: int | None = None
    captured: int | None = None
    constant: Any = None
    active: bool = False


@dataclass(frozen=True)
class Slot:
    """One array that a step makes.

    Attributes:
        index: its number, in order of execution.
        step: the number of the step that makes it.
        node: that step.
        position: which of the step's outputs it is.
        inputs: where the step's arguments come from.
        active: whether it depends on the program's argument.
    """

    index: int
    step: int
    node: Node
    position: int
    inputs: tuple[Origin, ...]
    active: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.node.outputs[self.position].shape

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)

    @property
    def dtype(self) -> Any:
        """The array's type."""
        return self.node.outputs[self.position].dtype

    @property
    def is_real(self) -> bool:
        """Whether a slope with respect to it makes sense."""
        return is_real(self.dtype)

    @property
    def source(self) -> Source:
        """The user's line."""
        return self.node.source

    @property
    def name(self) -> str:
        """The step in the user's words: "sin", "relu", "scan[1]"."""
        label = self.node.label.strip("_<>") or self.node.primitive
        label = _NAMES.get(label, label)
        return label if len(self.node.outputs) == 1 else f"{label}[{self.position}]"


_NAMES = {
    "integer_pow": "power", "pow": "power", "dot_general": "matmul", "reduce_sum": "sum",
    "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod", "select_n": "where",
    "logistic": "sigmoid", "convert_element_type": "astype", "broadcast_in_dim": "broadcast",
}  # fmt: skip
"""What a person calls some of JAX's primitives: as in jax.numpy where it has a name for them."""


def is_real(dtype: Any) -> bool:
    """Whether a type holds real floating-point numbers."""
    return dtype is not None and bool(jnp.issubdtype(dtype, jnp.floating))


class Steps:
    """A program that returns one number, as a list of steps that can be perturbed.

    A call whose inside lies on the calling line (a library function such as `jax.nn.relu`), a
    custom derivative rule, a branch or a loop is one step; a function of the user's own is
    entered.

    Raises:
        InputError: the program returns something else than one real number.
    """

    def __init__(self, program: Program, what: str) -> None:
        if not program.is_scalar or not is_real(program.outputs[0].dtype):
            shapes = ", ".join(str(tuple(out.shape)) for out in program.outputs)
            raise InputError(
                f"{what} follows one real number, but {program.name} returns {shapes or 'nothing'}"
                f" of {', '.join(str(out.dtype) for out in program.outputs)}; "
                "return one entry or jnp.sum(…) of it"
            )
        self.program = program
        self._whole: dict[Node, bool] = {}
        self.slots: list[Slot] = []
        table = Table[Origin](
            name="steps",
            rules={},
            literal=lambda value: Origin(constant=value),
            default=self._lay_out,
            whole=self.is_whole,
        )
        graph = program.graph
        self.output = walk(
            graph,
            table,
            [Origin(captured=k) for k in range(len(graph.consts))],
            [Origin(leaf=k, active=True) for k in range(len(graph.inputs))],
        )[0]

    def is_whole(self, node: Node) -> bool:
        """Whether a call is one step in the user's eyes."""
        if node not in self._whole:
            self._whole[node] = node.primitive.startswith("custom_") or _on_one_line(
                node.inner[0], node.source
            )
        return self._whole[node]

    @cached_property
    def real(self) -> tuple[Slot, ...]:
        """The slots that hold real numbers, which are perturbed."""
        return tuple(slot for slot in self.slots if slot.is_real)

    @cached_property
    def reverse_only(self) -> bool:
        """Whether forward mode is out of the question."""
        return any(holds_reverse_only(slot.node) for slot in self.slots)

    def _lay_out(self, node: Node, *arguments: Origin) -> tuple[Origin, ...]:
        step = self.slots[-1].step + 1 if self.slots else 0
        active = any(argument.active for argument in arguments)
        made: list[Origin] = []
        for position in range(len(node.outputs)):
            slot = Slot(len(self.slots), step, node, position, arguments, active)
            self.slots.append(slot)
            made.append(Origin(slot=slot.index, active=active and slot.is_real))
        return tuple(made)

    # ── pure functions, for jit, vmap and grad ─────────────────────────────────────────────────

    def run(self, consts: Any, x: Any, moves: Sequence[Any] | None = None) -> tuple[Any, list[Any]]:
        """The output and the value of every slot, each real slot moved by its entry of `moves`."""
        values: list[Any] = []
        pending = iter(moves) if moves is not None else None

        def bind(node: Node, *arguments: Any) -> tuple[Any, ...]:
            result = apply(node, *arguments)
            if pending is not None:
                result = tuple(
                    out + next(pending) if is_real(var.dtype) else out
                    for out, var in zip(result, node.outputs, strict=True)
                )
            values.extend(result)
            return result

        table = Table[Any](
            name="steps", rules={}, literal=evaluate.literal, default=bind, whole=self.is_whole
        )
        leaves = jax.tree_util.tree_leaves(self.program.structure.unravel_jax(x))
        return walk(self.program.graph, table, list(consts), leaves)[0], values

    def still(self) -> list[Any]:
        """A zero perturbation for every real slot."""
        return [jnp.zeros(slot.shape, slot.dtype) for slot in self.real]

    def sensitivities(self, consts: Any, x: Any) -> tuple[Any, list[Any], list[Any], Any]:
        """What moves the output, by JAX; pure.

        Returns:
            the output; the value of every slot; ∂output/∂slot for every real slot; the gradient
            with respect to x (n,).
        """

        def output(moves: list[Any], point: Any) -> tuple[Any, list[Any]]:
            return self.run(consts, point, moves)

        try:
            (value, values), (slopes, gradient) = jax.value_and_grad(
                output, argnums=(0, 1), has_aux=True
            )(self.still(), x)
        except (ValueError, TypeError):
            # A while loop has no reverse mode; forward mode costs a pass for each entry.
            self._check_forward()
            (slopes, gradient), values = jax.jacfwd(output, argnums=(0, 1), has_aux=True)(
                self.still(), x
            )
            value = self.run(consts, x)[0]
        return value, values, slopes, gradient

    def _check_forward(self) -> None:
        entries = sum(slot.size for slot in self.real) + self.program.structure.size
        if entries > FORWARD_LIMIT:
            loop = next((slot for slot in self.slots if slot.node.primitive == "while"), None)
            where = f" at {loop.source}" if loop else ""
            raise InputError(
                f"the while loop{where} allows forward mode only, which costs a pass for each of "
                f"the {entries} numbers in {self.program.name}; use jax.lax.fori_loop or scan "
                "with a fixed number of steps"
            )

    # ── the arguments of a step, at given values ───────────────────────────────────────────────

    def arguments(self, slot: Slot, values: Sequence[Any], x: Any) -> list[Any]:
        """The arguments of the step that makes a slot, as arrays."""
        leaves = jax.tree_util.tree_leaves(self.program.structure.unravel(np.asarray(x)))

        def read(origin: Origin) -> Any:
            if origin.slot is not None:
                return values[origin.slot]
            if origin.leaf is not None:
                return leaves[origin.leaf]
            if origin.captured is not None:
                return self.program.consts[origin.captured]
            return origin.constant

        return [read(origin) for origin in slot.inputs]


def apply(node: Node, *arguments: Any) -> tuple[Any, ...]:
    """The results of one step, as JAX computes them, custom derivative rules in force."""
    assert evaluate.default is not None, "the evaluation table has a rule for every step"
    result = evaluate.default(node, *arguments)
    return result if isinstance(result, tuple) else (result,)


def as_function(
    node: Node, arguments: Sequence[Any], place: int, position: int
) -> Callable[[Any], Any]:
    """One output of a step as a function of one of its arguments."""

    def g(value: Any) -> Any:
        filled = [*arguments[:place], value, *arguments[place + 1 :]]
        return apply(node, *filled)[position]

    return g


def _on_one_line(graph: Graph, place: Source) -> bool:
    """Whether everything inside is blamed on one line: a library's inside, not the user's."""
    return all(
        (node.source.file, node.source.line) == (place.file, place.line)
        and all(_on_one_line(inner, place) for inner in node.inner)
        for node in graph.nodes
    )
