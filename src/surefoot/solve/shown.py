"""A function as the lab shows it: tape, step tapes, words, cuts, window and start."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from math import isfinite
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np

from surefoot.descent.rules import RULES
from surefoot.facts import SmoothnessKind, smoothness
from surefoot.formulas import Formula, parse
from surefoot.problem import Problem, require_number
from surefoot.program import Program, Vector, trace
from surefoot.program.tape import NotOnTape, initial_state, step_tape
from surefoot.solve.limits import Limits, limits_of
from surefoot.solve.line import Cut, Line, tape_or_reason
from surefoot.solve.plane import plane_of
from surefoot.solve.snippet import Origin, snippet_of, source_of
from surefoot.solve.suited import two_digits
from surefoot.solve.window import Window, start_in, window_around, window_of
from surefoot.terms import (
    FormulaError,
    InputError,
    PlaneOf,
    ShownFunction,
    Slice,
    SmoothnessWords,
    StepRule,
)

MOST_CUTS = 64
SAMPLES = 601
SHOWN_RULES = ("gd",)
"""The rules that the page has a control for."""
_WORDS: dict[SmoothnessKind, Literal["smooth", "kinked", "jumps", "unknown"]] = {
    SmoothnessKind.SMOOTH: "smooth",
    SmoothnessKind.KINKED: "kinked",
    SmoothnessKind.JUMPS: "jumps",
    SmoothnessKind.UNKNOWN: "unknown",
}


@dataclass(frozen=True, eq=False)
class Subject:
    """A function of one or several numbers, ready to be looked at.

    Attributes:
        program: returns one number; what the ball rolls on.
        formula: the formula that is drawn, where it is one.
        function: the user's function, for its source text.
        name: the words for it, e.g. "loss".
        paths: the names of the coordinates, (n,).
        centre: the point that cuts go through, (n,).
        units: name → unit.
        spreads: half-widths of the windows of the cuts, (n,), NaN where none is known.
        origin: what the user gave, for the Python that makes it again.
        limits: the bounds, where it has some: `program` is NaN beyond them.
        unlimited: the program without them, whose graph tells how smooth it is.
    """

    program: Program
    formula: Formula | None
    function: Any
    name: str
    paths: Sequence[str]
    centre: Vector
    origin: Origin
    units: dict[str, str] = field(default_factory=dict[str, str])
    spreads: Vector | None = None
    limits: Limits | None = None
    unlimited: Program | None = None

    @property
    def size(self) -> int:
        """The number of coordinates n."""
        return self.program.structure.size

    @cached_property
    def _taped(self) -> tuple[Any, str]:
        return tape_or_reason(self.program)

    @cached_property
    def _lines(self) -> dict[int, Line]:
        return {}

    def line(self, number: int = 0) -> Line:
        """The line that is shown as cut `number`: along that coordinate, through the centre.

        The same object each time: a page without a tape asks at every move of the hand, and a new
        line would trace the cut and hand over the captured arrays again.

        Raises:
            InputError: there is no such cut.
        """
        if not 0 <= number < min(self.size, MOST_CUTS):
            raise InputError(f"there is no slice {number}; {self.name} has {self.size} coordinates")
        if number not in self._lines:
            self._lines[number] = self._drawn(number)
        return self._lines[number]

    def _drawn(self, number: int) -> Line:
        if self.size == 1:
            return Line(self.program, None, self._taped[0])
        direction = np.zeros(self.size)
        direction[number] = 1.0
        cut = Cut(float(self.centre[number]), self.centre, direction)
        return Line(self.program, cut, self._taped[0])

    def window(self, number: int = 0) -> Window:
        """A window with what there is to see along a cut."""
        if self.size == 1:
            return window_of(self.line())
        return self.window_at_centre(number)

    def window_at_centre(self, number: int = 0) -> Window:
        """A window around the centre: as wide as `spreads` say, else as the curvature does."""
        line, centre = self.line(number), float(self.centre[number])
        spread = np.nan if self.spreads is None else float(self.spreads[number])
        if not (isfinite(spread) and spread > 0.0):
            spread = _spread(line, centre)
        if self.limits is None:
            return window_around(line, centre, spread)
        box = self.limits.within(number, (centre - spread, centre + spread))
        return self.limits.framed(number, box, whole=self.spreads is None)

    def shown(self, box: Window | None = None) -> ShownFunction:
        """Everything about the function that a scenario holds.

        Args:
            box: the window that samples are taken in, where the function has no tape.
        """
        tape, why = self._taped
        slices = () if self.size == 1 else tuple(self._slices(1 if tape is None else MOST_CUTS))
        samples = None
        if tape is None:
            window = box or (slices[0].box if slices else self.window())
            if self.limits is not None:
                window = self.limits.within(0, window)
            samples = self.line().samples(window, SAMPLES)
        known = smoothness(self.unlimited or self.program)
        variable = slices[0].variable if slices else self.paths[0]
        formula, source, mathml, spoken = self._written()
        return ShownFunction(
            title=f"{self.name}({', '.join(self.paths[:3])}{', …' if self.size > 3 else ''})",
            variable=variable,
            formula=formula,
            source=source,
            snippet=snippet_of(self.origin),
            mathml=mathml,
            spoken=spoken,
            tape=None if tape is None else tape.to_json(),
            steps={} if tape is None else _steps(self.program, self.centre),
            why=why,
            smoothness=SmoothnessWords(_WORDS[known.kind], known.why or known.kind.value),
            slices=slices,
            samples=samples,
            plane=None if tape is None else self._plane(slices),
        )  # fmt: skip

    def _plane(self, slices: Sequence[Slice]) -> PlaneOf | None:
        """The planes, but none along a coordinate that its bounds fix: it would be a line."""
        plane, limits = plane_of(self.program, self.paths, slices), self.limits
        if plane is None or limits is None:
            return plane
        fixed = {path for i, path in enumerate(self.paths) if limits.fixes(i)}
        cuts = tuple(cut for cut in plane.cuts if fixed.isdisjoint(cut.names))
        if not cuts:
            return None
        plane = replace(plane, cuts=cuts)
        if self.size > 2:
            return plane
        return limits.framed_plane(plane, (slices[0].box, slices[1].box))

    def _written(self) -> tuple[str | None, str | None, str | None, str | None]:
        """The function as it is read and heard: formula, source, MathML, words.

        A text alone has no bounds: what is typed again, or proved, would be another function.
        """
        formula, limits = self.formula, self.limits
        if formula is None:
            return None, source_of(self.function), None, None
        text, mathml, spoken = formula.text, formula.mathml, formula.spoken
        if limits is None:
            return text, None, mathml, spoken
        words = limits.words(self.paths)
        markup = f"{mathml.removesuffix('</math>')}<mtext>,\N{EM SPACE}{words}</mtext></math>"
        return None, f"{text}, {words}", markup, f"{spoken}, {words}"

    def _slices(self, most: int) -> Sequence[Slice]:
        found: list[Slice] = []
        for i in range(min(self.size, most)):
            path, line, box = self.paths[i], self.line(i), self.window(i)
            assert line.cut is not None
            unit = self.units.get(path, self.units.get(path.partition("[")[0], ""))
            start = start_in(line, box)
            found.append(Slice(f"along {path}", path, unit, line.cut.fixed, box, start))
        return found


def subject_of(
    f: Any,
    program: Program,
    *,
    point: Vector | None = None,
    units: dict[str, str] | None = None,
) -> Subject:
    """The subject of a traced function that returns one number.

    Args:
        f: the formula or the user's function.
        point: what cuts of a function of several numbers go through.

    Raises:
        InputError: it returns something else than one real number.
    """
    require_number(program)
    centre = np.zeros(program.structure.size) if point is None else point
    formula = f if isinstance(f, Formula) else None
    name = (formula.name or "L") if formula is not None else program.name
    origin = Origin(f, program.structure)
    paths = program.structure.paths
    return Subject(program, formula, f, name, paths, centre, origin, units or {})


def subject_of_problem(
    problem: Problem, point: Vector, name: str, units: dict[str, str], spreads: Vector | None
) -> Subject:
    """The subject of a problem: what its engines minimise within its bounds, through its answer.

    That is Σ rᵢ² for residuals, and −f where f is maximised: the ball rolls down.
    """
    program, limits = problem.objective, limits_of(problem)
    function = getattr(program, "function", None)
    formula = function if isinstance(function, Formula) else None
    test = "" if limits is None else limits.test()
    origin = Origin(function, problem.structure, problem.residual, problem.sign, test)
    unlimited = None
    if problem.residual or problem.sign < 0.0:
        inner, consts = program, program.consts

        def minimised(x: Any) -> Any:
            out = inner.flat(consts, x)
            if problem.residual:
                parts = out if isinstance(out, list) else [out]
                return sum(jnp.sum(part * part) for part in parts)
            return -out

        # The argument is a flat vector here, whatever the user's structure is.
        program = trace(minimised, np.zeros(problem.size))
        formula = None if problem.residual or formula is None else _negative(formula)
        name = f"-{name}" if problem.sign < 0.0 and formula is None else name
    if limits is not None:
        unlimited, whole = program, partial(program.flat, program.consts)
        program = trace(limits.ended(whole, point), np.zeros(problem.size))
    paths = problem.structure.paths
    return Subject(
        program, formula, function, name, paths, point, origin, dict(units), spreads, limits,
        unlimited,
    )  # fmt: skip


def _negative(formula: Formula) -> Formula | None:
    """The formula of −f; None where a text does not say it, since f has data of its own."""
    if formula.data:
        return None
    body = formula.text.partition("=")[2] if formula.name else formula.text
    try:
        return parse(f"-({body.strip()})", variables=list(formula.variables))
    except FormulaError:
        return None  # the text is too long with the sign


def suggested_rate(line: Line, w: float) -> float:
    """A step scale that is sure to be stable near w: 1/φ″ where the curve bends up, else 0.1.

    Half of the limit 2/φ″ of a valley with that curvature; two digits are enough for a slider.
    """
    curvature = line.at(w)[2]
    if not (isfinite(curvature) and curvature > 1e-12):
        return 0.1
    return two_digits(min(max(1.0 / curvature, 1e-9), 1e9))


def _spread(line: Line, centre: float) -> float:
    """Where the curve has risen by about half of its value, or by what is plain to see."""
    value, _, curvature = line.at(centre)
    size = 0.75 * max(abs(centre), 1.0)
    if not (isfinite(value) and isfinite(curvature)) or curvature == 0.0 or abs(value) < 1e-9:
        return size
    return float(min(np.sqrt(2.0 * abs(value) / abs(curvature)), 4.0 * size))


def _steps(program: Program, centre: Vector) -> dict[str, StepRule]:
    found: dict[str, StepRule] = {}
    for name in SHOWN_RULES:
        rule = RULES[name]
        try:
            tape = step_tape(program, rule)
        except NotOnTape:
            continue  # the engine walks this rule; the curve itself is alive
        start = float(centre[0])
        state = tuple(float(value) for value in initial_state(rule, start))
        found[name] = StepRule(tape.to_json(), state, rule.label)
    return found


def short_name(name: str) -> str:
    """The name of a function as it stands in a title: "L" for a formula or a long name."""
    return name if len(name) <= 30 and name.isidentifier() else "L"
