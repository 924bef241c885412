"""Every path from one entry of the argument to the output, with its local derivatives."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surefoot.calculus.local import Local, column, places
from surefoot.calculus.steps import Origin, Slot, Steps, as_function
from surefoot.program import Source

Array = np.ndarray[Any, np.dtype[Any]]

MOST_PATHS = 64
_MOST_LINKS = 4000


@dataclass(frozen=True)
class Link:
    """One step on a path, at one entry of its value.

    Attributes:
        number, name: the step, as in the rows of the chain.
        source: the user's line.
        entry: which entry of the step's value; () for a number.
        factor: ∂(this entry)/∂(the entry before it on the path).
    """

    number: int
    name: str
    source: Source
    entry: tuple[int, ...]
    factor: float


@dataclass(frozen=True)
class Path:
    """One path, from a parameter to the output.

    Attributes:
        links: the steps, in order.
        product: the product of their factors: what this path adds to ∂output/∂parameter.
    """

    links: tuple[Link, ...]
    product: float

    def to_dict(self) -> Mapping[str, Any]:
        """The path as plain names, numbers and strings."""
        return {
            "product": self.product,
            "links": [{**vars(link), "source": str(link.source)} for link in self.links],
        }

    @property
    def factors(self) -> str:
        """The local derivatives along the path in words; factors of one are left out."""
        parts = [f"{link.factor:.5g} ({_step(link)})" for link in self.links if link.factor != 1.0]
        return " · ".join(parts) or "1"

    def __str__(self) -> str:
        return f"{self.factors} = {self.product:.8g}"


def _step(link: Link) -> str:
    place = f"[{','.join(map(str, link.entry))}]" if link.entry else ""
    return f"#{link.number} {link.name}{place}"


def paths_from(
    steps: Steps,
    x: Array,
    place: int,
    values: Sequence[Array],
    local: Sequence[tuple[Local, ...]],
) -> tuple[Path, ...] | None:
    """All paths from coordinate `place` of the argument to the output.

    Steps with a local derivative of 0 end a path: nothing passes through them.

    Returns:
        the paths, or None where there are more than 64 or a step is too wide to follow.
    """
    number, leaf = next(
        (k, leaf)
        for k, leaf in enumerate(steps.program.structure.leaves)
        if leaf.start <= place < leaf.stop
    )
    search = _Search(steps, x, values, local)
    search.follow(("leaf", number), place - leaf.start, (), 1.0)
    return None if search.gave_up else tuple(search.found)


class _Search:
    """Depth-first search over the entries that a parameter moves."""

    def __init__(
        self,
        steps: Steps,
        x: Array,
        values: Sequence[Array],
        local: Sequence[tuple[Local, ...]],
    ) -> None:
        self.steps, self.x, self.values, self.local = steps, x, values, local
        self.found: list[Path] = []
        self.gave_up = False
        self._links = 0
        self._columns: dict[tuple[int, int, int], Array] = {}
        self._users: dict[tuple[str, int], list[tuple[Slot, int]]] = defaultdict(list)
        for slot in steps.slots:
            for k in places(slot):
                self._users[_key(slot.inputs[k])].append((slot, k))
        self._end = _key(steps.output) if steps.output.active else None
        self._leads = self._leading()

    def follow(
        self, here: tuple[str, int], entry: int, links: tuple[Link, ...], product: float
    ) -> None:
        """Extend a path from an entry of a slot or leaf through every step that uses it."""
        if here == self._end:
            self.found.append(Path(links, product))
        for slot, place in self._users[here]:
            if slot.index not in self._leads or self.gave_up:
                continue
            slopes = self._column(slot, place, entry)
            for moved in np.flatnonzero(slopes):
                self._links += 1
                if self._links > _MOST_LINKS or len(self.found) > MOST_PATHS:
                    self.gave_up = True
                    return
                factor = float(slopes[moved])
                at = tuple(int(i) for i in np.unravel_index(moved, slot.shape))
                link = Link(slot.index, slot.name, slot.source, at, factor)
                self.follow(("slot", slot.index), int(moved), (*links, link), product * factor)

    def _column(self, slot: Slot, place: int, entry: int) -> Array:
        """∂slot/∂argument[entry], flat."""
        key = (slot.index, place, entry)
        if key not in self._columns:
            self._columns[key] = self._compute(slot, place, entry)
        return self._columns[key]

    def _compute(self, slot: Slot, place: int, entry: int) -> Array:
        known = next((part for part in self.local[slot.index] if part.place == place), None)
        if known is not None and known.matrix is not None:
            return known.matrix.reshape(slot.size, -1)[:, entry]
        if known is not None and known.diagonal is not None:
            alone = np.zeros(slot.size)
            alone[entry] = known.diagonal.ravel()[entry]
            return alone
        arguments = self.steps.arguments(slot, self.values, self.x)
        function = as_function(slot.node, arguments, place, slot.position)
        return column(slot.node, function, arguments[place], entry).ravel()

    def _leading(self) -> set[int]:
        """The slots from which the output can be reached."""
        leads: set[int] = set()
        for slot in reversed(self.steps.slots):
            key = ("slot", slot.index)
            if key == self._end or any(user.index in leads for user, _ in self._users[key]):
                leads.add(slot.index)
        return leads


def _key(origin: Origin) -> tuple[str, int]:
    if origin.slot is not None:
        return ("slot", origin.slot)
    return ("leaf", origin.leaf if origin.leaf is not None else -1)
