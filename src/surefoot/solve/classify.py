"""The verdict on a point that somebody else found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surefoot.calculus import Evaluator
from surefoot.problem import Sense
from surefoot.show import Block, Heading, Note, Report, verdict_blocks, verdict_view
from surefoot.solve.closed import quadratic_verdict
from surefoot.solve.judging import judge_point
from surefoot.solve.proved import of_a_convex_function
from surefoot.solve.question import ask, require_finite_data
from surefoot.solve.where import where_words
from surefoot.terms import InputError, Verdict


@dataclass(frozen=True, repr=False)
class Classification(Verdict, Report):
    """A verdict that stands alone, and shows itself.

    Attributes:
        sense: what was looked for.
        where: the point and the value there, as a sentence.
        title: the function's name or formula.
    """

    sense: Sense = "minimize"
    where: str = ""
    title: str = ""

    __repr__ = Report.__repr__

    def blocks(self) -> Sequence[Block]:
        """The report."""
        blocks: list[Block] = [Heading(f"classify {self.title}")] if self.title else []
        blocks += verdict_blocks(verdict_view(self))
        if self.where:
            blocks.insert(len(blocks[:1]), Note("where", self.where))
        return blocks


def classify(
    f: Any,
    x: Any,
    *,
    data: Mapping[str, Any] | None = None,
    bounds: Any = None,
    sense: Sense = "minimize",
    tol: float = 1e-9,
) -> Classification:
    """Say what a point is: a minimum, a saddle, a corner, no stationary point at all.

    The same judge as in `minimize`; nothing is searched for.

    Args:
        f: the function or formula.
        x: the point, in the structure of f's argument.
        data, bounds, tol: as in `minimize`; with bounds the words speak of the box.
        sense: "maximize" turns the advice uphill.

    Raises:
        InputError: anything that cannot be used as it is.

    Example:
        >>> import surefoot as sf
        >>> sf.classify("x^2 - y^2", {"x": 0.0, "y": 0.0}).kind.name
        'SADDLE_POINT'
    """
    if x is None:
        raise InputError("classify needs the point: classify(f, x)")
    text = isinstance(sense, str)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not text or sense not in ("minimize", "maximize"):
        raise InputError(f'sense is {sense!r}; expected "minimize" or "maximize"')
    question = ask(f, x, sense=sense, data=data, bounds=bounds, tol=tol)
    problem = question.problem
    point = problem.structure.ravel(x if not isinstance(x, list) else question.start, "x")
    evaluator = Evaluator(problem.objective, sign=problem.sign)
    require_finite_data(question, evaluator.value, point)
    verdict = quadratic_verdict(problem, point)
    if verdict is None:
        verdict = judge_point(problem, point, evaluator)
    value = problem.sign * evaluator.value(point)
    verdict = of_a_convex_function(problem, point, verdict, value)
    return Classification(
        **vars(verdict),
        sense=sense,
        where=where_words(problem, point, value),
        title=problem.objective.name,
    )
