"""The part of a scenario that the lab's Noise tab shows: examples, and walks on batches of them."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

from surefoot.terms.errors import InputError
from surefoot.terms.scenario_checks import MOST_NUMBERS, Pair, check_tape, check_window

FEWEST_EXAMPLES = 3
MOST_EXAMPLES = 256
"""The gradients of all of them are taken anew at each move of the ball."""
MOST_WALKS = 64
MOST_STEPS = 1_000
MOST_SEED = 2**32 - MOST_WALKS - 1
"""Seeds of the last walk still have 32 bits."""
OUTPUTS = {1: 3, 2: 6}
"""Outputs of the tape: loss, gradient, and the distinct entries of the Hessian."""


@dataclass(frozen=True)
class ExampleSet:
    """The examples that a loss is the mean over.

    Attributes:
        tape: as JSON; from w (p numbers) and the numbers of one example to the loss, the gradient
            (p) and the Hessian (one number, or xx, xy, yy) of that example.
        names: the p names of the parameters, one or two.
        data: the n examples, one after the other.
        width: how many numbers an example has.
        of: of how many examples these are a sample; n where they are all.
    """

    tape: Any
    names: tuple[str, ...]
    data: tuple[float, ...]
    width: int
    of: int

    @property
    def count(self) -> int:
        """n."""
        return len(self.data) // self.width

    def __post_init__(self) -> None:
        where = "function.examples"
        if len(self.names) not in OUTPUTS:
            raise InputError(f"{where}.names has {len(self.names)} names; expected 1 or 2")
        if self.width < 1 or len(self.data) % self.width:
            raise InputError(
                f"{where}.data has {len(self.data)} numbers, which are no examples of {self.width}"
            )
        if not FEWEST_EXAMPLES <= self.count <= MOST_EXAMPLES:
            raise InputError(
                f"{where} has {self.count} examples; expected {FEWEST_EXAMPLES} to {MOST_EXAMPLES}"
            )
        if len(self.data) > MOST_NUMBERS:
            raise InputError(
                f"{where}.data has {len(self.data)} numbers; at most {MOST_NUMBERS} are shown"
            )
        if not all(isfinite(number) for number in self.data):
            raise InputError(f"{where}.data has an entry that is not finite")
        if self.of < self.count:
            raise InputError(f"{where}.of is {self.of}, but there are {self.count} examples")
        check_tape(self.tape, f"{where}.tape")
        inputs, outputs = len(self.names) + self.width, OUTPUTS[len(self.names)]
        found = self.tape["outputs"]
        if self.tape["inputs"] != inputs or not isinstance(found, list | tuple) or (
            len(found) != outputs  # pyright: ignore[reportUnknownArgumentType]
        ):
            raise InputError(f"{where}.tape should have {inputs} inputs and {outputs} outputs")


@dataclass(frozen=True)
class NoiseView:
    """Walks on minibatches, all from one start, each with a seed of its own.

    Attributes:
        start: where all walks begin, (p,). box: the window of each parameter.
        eta, beta: learning rate and momentum of gradient descent; β = 0 is without.
        size, replace, seed: as in `sf.Batches`; the walks have the seeds `seed`, `seed` + 1, …
        walks, steps: how many, and how long.
        average: whether the mean of the last half of each walk is shown as a second end.
        at: the step that is shown; None for the last.
    """

    start: tuple[float, ...]
    box: tuple[Pair, ...]
    eta: float
    size: int
    replace: bool = False
    seed: int = 0
    beta: float = 0.0
    walks: int = 16
    steps: int = 200
    average: bool = False
    at: int | None = None

    def __post_init__(self) -> None:
        for number, window in enumerate(self.box):
            check_window(window, f"noise.box[{number}]")
        if not all(isfinite(each) for each in self.start):
            raise InputError("noise.start has an entry that is not finite")
        if not (isfinite(self.eta) and self.eta > 0.0):
            raise InputError(f"noise.eta is {self.eta}; expected a number above 0")
        if not 0.0 <= self.beta < 1.0:
            raise InputError(f"noise.beta is {self.beta}; expected at least 0 and below 1")
        within = (
            ("walks", self.walks, 1, MOST_WALKS), ("steps", self.steps, 1, MOST_STEPS),
            ("seed", self.seed, 0, MOST_SEED), ("at", self.at or 0, 0, MOST_STEPS),
        )  # fmt: skip
        for name, value, least, most in within:
            if not least <= value <= most:
                raise InputError(f"noise.{name} is {value}; expected {least} to {most}")

    def check_against(self, examples: ExampleSet) -> None:
        """Refuse a view that is of other examples.

        Raises:
            InputError: another number of parameters, a batch that cannot be drawn.
        """
        size = len(examples.names)
        if len(self.start) != size or len(self.box) != size:
            raise InputError(f"noise.start and noise.box have one entry for each of {size} numbers")
        if not 1 <= self.size <= examples.count:
            raise InputError(f"noise.size is {self.size}; expected 1 to {examples.count}")
