"""Seven landscapes, each with the one thing that it teaches."""

from dataclasses import dataclass

from surefoot.studio.subjects import subject_of_formula
from surefoot.studio.wire import read_formula
from surefoot.terms import Landscape, Scenario

ALL = ("gd", "momentum", "nesterov", "rmsprop", "adam", "newton", "l-bfgs")
Span = tuple[float, float]


@dataclass(frozen=True)
class PlanePreset:
    """A landscape with its window, its start, its rates and its lesson.

    Attributes:
        name: the word for it, also in files and links.
        formula: of x and y, as a person would type it.
        box, start: the window in x and in y, and where all rules begin.
        rates: η of gd, momentum and nesterov, of rmsprop, of adam. Newton takes whole steps.
        lesson: what to try, and what it shows.
        rules: those that walk at first.
    """

    name: str
    formula: str
    box: tuple[Span, Span]
    start: Span
    rates: tuple[float, float, float, float]
    lesson: str
    rules: tuple[str, ...] = ALL


PLANE_PRESETS = (
    PlanePreset(
        "Himmelblau",
        "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        ((-5.5, 5.5), (-5.0, 5.0)), (0.0, -3.0), (0.01, 0.004, 0.05, 0.2),
        "Four valleys of the same depth: which one a rule finds is decided by the start, and by "
        "the rule. Drag the start across a ridge and watch the paths change sides; Newton goes to "
        "a place of zero slope, whatever it is, and that need not be the nearest one.",
    ),
    PlanePreset(
        "Rosenbrock",
        "(1 - x)^2 + 100(y - x^2)^2",
        ((-2.0, 2.0), (-1.0, 3.0)), (-1.2, 1.0), (0.0015, 0.0004, 0.01, 0.05),
        "The valley is easy to find and slow to follow: its floor is 2,500 times flatter than its "
        "walls are steep, and η has to suit the walls. Newton, which knows the curvature, needs a "
        "handful of steps.",
    ),
    PlanePreset(
        "narrow valley",
        "0.5x^2 + 25y^2",
        ((-5.0, 5.0), (-3.4, 3.4)), (-4.2, 2.4), (0.036, 0.012, 0.05, 0.2),
        "Fifty times steeper across than along. Gradient descent jumps from wall to wall: the "
        "gradient stands at right angles to the level line and does not point at the minimum. "
        "Momentum averages the jumps away, and dividing by the curvature removes them.",
    ),
    PlanePreset(
        "saddle",
        "x^2 - y^2 + 0.1y^4",
        ((-3.6, 3.6), (-3.4, 3.4)), (-3.0, 0.001), (0.05, 0.02, 0.05, 0.1),
        "Along x the origin looks like a minimum, along y like a maximum. Gradient descent waits "
        "there before it falls to one side; RMSProp and Adam, which divide by the size of the "
        "slope in each direction, hardly notice it; Newton takes it for the goal. Put the start at "
        "y = 0 exactly, and none of them leaves it.",
    ),
    PlanePreset(
        "six-hump camel",
        "(4 - 2.1x^2 + x^4/3)x^2 + x y + (4y^2 - 4)y^2",
        ((-2.2, 2.2), (-1.5, 1.5)), (1.33, 1.0), (0.03, 0.01, 0.02, 0.05),
        "Six minima in three heights. A rule with momentum can roll through a shallow one and end "
        "in a deeper one, or the other way round: a lower end is luck of the start, not a merit "
        "of the rule.",
    ),
    PlanePreset(
        "crater",
        "1 - e^(-(x^2 + y^2)/2)",
        ((-4.4, 4.4), (-4.0, 4.0)), (-2.8, 1.9), (0.9, 0.3, 0.05, 0.1),
        "Far out there is hardly any slope, so a step of η times the slope hardly moves. RMSProp "
        "and Adam divide by the size of the slope and walk at one pace everywhere; Newton is sent "
        "away from the minimum where the surface bends down.",
    ),
    PlanePreset(
        "corner valley",
        "|x| + 3|y| + 0.05(x^2 + y^2)",
        ((-4.0, 4.0), (-3.6, 3.6)), (-3.1, 2.2), (0.06, 0.012, 0.03, 0.06),
        "Along the crease the slope does not fade, so steps of constant η never end: the paths "
        "hop across it for ever. Newton trusts a curvature that says nothing of the corner, and "
        "leaves.",
    ),
)  # fmt: skip


def plane_preset_scenario(preset: PlanePreset) -> Scenario:
    """A preset as a scenario with its tapes, opened on the landscape."""
    subject = subject_of_formula(read_formula(preset.formula))
    shown = subject.shown()
    gd, heavy, rmsprop, adam = preset.rates
    rates = {
        "gd": gd, "momentum": heavy, "nesterov": heavy, "rmsprop": rmsprop, "adam": adam,
        "newton": 1.0,
    }  # fmt: skip
    first = shown.slices[0]
    return Scenario(
        function=shown, box=first.box, start=first.start, eta=gd, tab="landscape",
        plane=Landscape(preset.box, preset.start, gd, rates, preset.rules),
        preset=preset.name, lesson=preset.lesson,
    )  # fmt: skip
