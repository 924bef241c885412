"""What the landscape of a scenario is made of: planes, what is shown of them, a recorded path."""

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any, Literal

from surefoot.terms.errors import InputError
from surefoot.terms.scenario_checks import (
    MOST_NUMBERS,
    MOST_SLICES,
    Pair,
    check_window,
    equal_lengths,
)


@dataclass(frozen=True)
class RecordedWalk:
    """A path that an engine has walked, in a plane or laid down on it: shown as recorded.

    Attributes:
        label: of the rule or the engine.
        numbers: (k,) how many steps had been taken at each point, rising.
        x, y: (k,) the points in the coordinates of the plane.
        value, slope: (k,) f and ‖∇f‖ at the points themselves, which need not lie in the plane.
        share: of the movement Σ ‖xₖ − x_last‖² what lies in the plane, 0 to 1.
        ended: why it ended before its last step; "" where it did not.
    """

    label: str
    numbers: tuple[int, ...]
    x: tuple[float, ...]
    y: tuple[float, ...]
    value: tuple[float, ...]
    slope: tuple[float, ...]
    share: float = 1.0
    ended: str = ""

    def __post_init__(self) -> None:
        columns = (self.x, self.y, self.value, self.slope)
        equal_lengths("a recorded walk", self.numbers, *columns)
        if not self.numbers:
            raise InputError("a recorded walk has no points; expected one or more")
        if not all(isfinite(each) for column in columns for each in column):
            raise InputError("a recorded walk holds numbers that are not finite")
        if self.numbers[0] < 0 or any(a >= b for a, b in pairwise(self.numbers)):
            raise InputError("a recorded walk's numbers of steps do not rise from 0 or more")
        if not 0.0 <= self.share <= 1.0:
            raise InputError(f"a recorded walk's share is {self.share}; expected 0 to 1")


@dataclass(frozen=True)
class PlaneCut:
    """Two coordinates of a function, with the others held fast.

    Attributes:
        label: the words for it, "x and y".
        names: the words for the two coordinates.
        fixed: the tape's inputs behind x and y: nothing for a function of two numbers, else the
            point with both coordinates at 0 (n,) and the two directions (n,), (n,).
        box: the window in x and the one in y.
        start: where the walks begin.
        eta: a learning rate that suits gradient descent there.
        recorded: a path that an engine has walked there, or None.
    """

    label: str
    names: tuple[str, str]
    fixed: tuple[float, ...]
    box: tuple[Pair, Pair]
    start: Pair
    eta: float
    recorded: RecordedWalk | None = None


@dataclass(frozen=True)
class PlaneOf:
    """What the landscape needs of a function of two numbers or more.

    Attributes:
        tape: as JSON; from x, y to value, gradient (2) and Hessian (xx, xy, yy).
        cuts: the planes that can be shown.
    """

    tape: Any
    cuts: tuple[PlaneCut, ...]


@dataclass(frozen=True)
class Landscape:
    """What the landscape shows.

    Attributes:
        box, start: the window in x and in y, and where all rules begin.
        cut: which of the function's planes.
        rules: the names of those that walk. chosen: the one whose step is taken apart.
        mode: whose η: "same" for all, the "best" each, or "tuned" by hand.
        eta: the same η. rates: rule → the tuned one.
        steps: how many each rule takes at most. at: the step that is shown; None for the last.
        basins: whether the basins of attraction of the chosen rule are coloured.
        surface: whether the surface is shown beside the map. turn: its direction and tilt, radians.
    """

    box: tuple[Pair, Pair]
    start: Pair
    eta: float
    rates: dict[str, float]
    rules: tuple[str, ...]
    chosen: str = "gd"
    cut: int = 0
    mode: Literal["same", "best", "tuned"] = "tuned"
    steps: int = 400
    at: int | None = None
    basins: bool = False
    surface: bool = True
    turn: Pair = (-0.6, 0.75)

    def __post_init__(self) -> None:
        for axis, window in zip("xy", self.box, strict=True):
            check_window(window, f"plane.box ({axis})")
        if not all(isfinite(each) for each in (*self.start, *self.turn)):
            raise InputError("plane.start and plane.turn are finite numbers")
        for name, rate in (("eta", self.eta), *self.rates.items()):
            if not (isfinite(rate) and rate > 0.0):
                raise InputError(f"plane's rate {name!r} is {rate}; expected a number above 0")
        if not 1 <= self.steps < MOST_NUMBERS:
            raise InputError(f"plane.steps is {self.steps}; expected 1 to {MOST_NUMBERS - 1}")
        if max(len(self.rules), len(self.rates)) > MOST_SLICES:
            raise InputError(f"plane.rules has {len(self.rules)} names; at most {MOST_SLICES}")


def check_cuts(cuts: tuple[PlaneCut, ...]) -> None:
    """Refuse planes that cannot be shown.

    Raises:
        InputError: naming the plane.
    """
    if not 1 <= len(cuts) <= MOST_SLICES:
        raise InputError(f"function.plane has {len(cuts)} cuts; expected 1 to {MOST_SLICES}")
    for i, cut in enumerate(cuts):
        where = f"function.plane.cuts[{i}]"
        check_window(cut.box[0], f"{where}.box")
        check_window(cut.box[1], f"{where}.box")
        if not all(isfinite(each) for each in cut.start):
            raise InputError(f"{where}.start is {cut.start}")
        if not (isfinite(cut.eta) and cut.eta > 0.0):
            raise InputError(f"{where}.eta is {cut.eta}; expected a number above 0")
