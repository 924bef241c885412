"""Minibatches: data, how many examples a step sees, and in which order."""

from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.draws import drawn_places
from surefoot.solve.examples import Examples, examples_of
from surefoot.solve.settings import is_whole
from surefoot.terms import InputError


@dataclass(frozen=True, eq=False)
class Batches:
    """Minibatches of data for a loss(params, batch) that is a mean over the batch.

    Without replacement the data is shuffled anew for each epoch and cut into ⌊n/size⌋ batches; the
    n mod size examples at the end of an order sit that epoch out. With replacement each place of
    a batch is drawn by itself. The batch of step k depends on data length, size, `replace` and
    seed alone: the same seed gives the same walk, however it is recorded.

    Args:
        data: an array, or a dict or tuple of arrays, whose first axis goes over the n examples.
        size: examples in a batch.
        replace: whether an example may come twice in a batch.
        seed: of the draws.

    Raises:
        InputError: a size that is none, or larger than the data without replacement; data without
            examples, or whose arrays differ in their number.

    Example:
        >>> import surefoot as sf
        >>> batches = sf.Batches([1.0, 2.0, 3.0, 4.0], 2, seed=1)
        >>> sorted(batches.indices(2).ravel().tolist())  # two batches are one epoch
        [0, 1, 2, 3]
    """

    data: Any = field(repr=False)
    size: int
    _: KW_ONLY
    replace: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        count = self.examples.count
        require_size(self.size, count, self.replace)
        require_seed(self.seed)

    @cached_property
    def examples(self) -> Examples:
        """The data, checked."""
        return examples_of(self.data)

    @property
    def count(self) -> int:
        """n, how many examples the data has."""
        return self.examples.count

    def indices(self, steps: int) -> NDArray[np.int64]:
        """The examples of the first batches, (steps, size) places in the data."""
        if not is_whole(steps, least=0):
            raise InputError(f"steps is {steps!r}; expected a whole number from 0 to 2⁶³ − 1")
        return drawn_places(
            int(self.seed), int(steps), self.count, int(self.size), bool(self.replace)
        )


def require_size(size: Any, count: int, replace: Any) -> None:
    """Refuse a batch size that cannot be drawn.

    Raises:
        InputError: with the sizes that can.
    """
    if not isinstance(replace, bool | np.bool_):
        raise InputError(f"replace is {replace!r}; expected True or False")
    if not is_whole(size, least=1):
        raise InputError(
            f"the batch size is {size!r}; expected a whole number of examples from 1 to {count}"
        )
    if size > count and not replace:
        raise InputError(
            f"a batch of {size} cannot be drawn from {count} examples without replacement; take at "
            f"most {count}, or replace=True"
        )


def require_seed(seed: Any) -> None:
    """Refuse what is no seed.

    Raises:
        InputError: anything but a whole number of at least 0.
    """
    if not is_whole(seed, least=0):
        raise InputError(f"seed is {seed!r}; expected a whole number from 0 to 2⁶³ − 1")


def require_batches(batches: Any, data: Any) -> None:
    """Refuse what is no Batches, and data= beside it.

    Raises:
        InputError: with what to write.
    """
    if not isinstance(batches, Batches):
        raise InputError(
            f"batches is {type(batches).__name__}; expected sf.Batches(data, size, seed=0)"
        )
    if data is not None:
        raise InputError(
            "data= hands arrays to f by name; with minibatches the data is in sf.Batches(data, "
            "size), and f is a loss(params, batch)"
        )
