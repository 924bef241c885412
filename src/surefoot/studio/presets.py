"""Seven curves, each with the one thing that it teaches."""

from dataclasses import dataclass

from surefoot.studio.subjects import subject_of_formula
from surefoot.studio.wire import read_formula
from surefoot.terms import InputError, Scenario


@dataclass(frozen=True)
class Preset:
    """A curve with its window, its ball and its lesson.

    Attributes:
        name: the word for it, also in files and links.
        formula: as a person would type it.
        box, start, eta: the window, where the ball begins, the step scale.
        lesson: what to try, and what it shows.
    """

    name: str
    formula: str
    box: tuple[float, float]
    start: float
    eta: float
    lesson: str


PRESETS = (
    Preset(
        "double well",
        "0.08w^4 - 0.6w^2 + 0.25w + 0.15 sin(3w) + 1.9",
        (-3.4, 3.4), 1.88354, 0.50,
        "Where the ball begins decides which valley it finds. From the right it settles in the "
        "shallow valley near w = 1.72, although a deeper one lies near w = −2.18: the slope only "
        "knows the ground underfoot.",
    ),
    Preset(
        "bowl",
        "0.5w^2 + 0.5",
        (-3.0, 3.0), 2.6, 0.50,
        "One number decides everything: η times the curvature, which is 1 here. Below 1 the ball "
        "slides in from one side, between 1 and 2 it overshoots and returns, above 2 every step "
        "ends higher than it began.",
    ),
    Preset(
        "narrow ravine cut",
        "0.05w^2 + 1 - e^(-40(w-1)^2)",
        (-3.5, 3.5), 2.6, 0.50,
        "A cut across a narrow ravine. The step that suits the wide slope is twenty times too "
        "long for the ravine at w = 1: the ball passes it by and ends outside, at w = 0. Below "
        "η = 0.025 it stays in the ravine, but the way there takes many times more steps.",
    ),
    Preset(
        "plateau",
        "w^2/(1 + w^2)",
        (-7.0, 7.0), 6.0, 0.50,
        "A slope near zero does not mean that the ball has arrived. Out here it is below 0.01 "
        "and the ball crawls for hundreds of steps; from w = 1 the same η takes a handful.",
    ),
    Preset(
        "kink",
        "|w - 0.3| + 0.1w^2",
        (-3.0, 3.0), 2.6, 0.50,
        "At a corner the slope does not shrink as the ball comes close, so the steps do not "
        "either: it hops from side to side for ever. Half the η halves the hops; only an η that "
        "goes to zero ends them.",
    ),
    Preset(
        "jump",
        "0.3(w - 2)^2 - 2.5(w < 0)",
        (-3.0, 4.0), -1.5, 0.30,
        "A slope cannot see a jump. Every step to the right goes downhill by its slope, yet the "
        "one across w = 0 climbs by almost 2, and the ball ends above where it was just before.",
    ),
    Preset(
        "cliff",
        "0.1(w + 1)^2 + e^(4(w - 2))",
        (-3.0, 2.7), 2.5, 0.20,
        "At a steep wall one step can leave the picture: the slope of 30 at the start throws the "
        "ball far past the valley at w = −1, and from there it walks back a tenth at a time. A "
        "shorter step, or a cap on the slope, keeps it in the picture.",
    ),
)  # fmt: skip

DEFAULT = PRESETS[0]


def preset_named(name: str) -> Preset:
    """The preset of a name.

    Raises:
        InputError: with the names that there are.
    """
    for preset in PRESETS:
        if preset.name == name:
            return preset
    names = ", ".join(preset.name for preset in PRESETS)
    raise InputError(f"there is no preset {name!r}; there are {names}")


def preset_scenario(preset: Preset = DEFAULT) -> Scenario:
    """A preset as a scenario with its tapes; the default is the lab's first screen."""
    subject = subject_of_formula(read_formula(preset.formula))
    return Scenario(
        function=subject.shown(preset.box), box=preset.box, start=preset.start,
        eta=preset.eta, preset=preset.name, lesson=preset.lesson,
    )  # fmt: skip
