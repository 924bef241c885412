"""Many starts as one batch; the best end is answered, the others are reported as basins."""

from dataclasses import replace
from typing import Any

from surefoot.calculus import Evaluator
from surefoot.descent import Basins, Run, loop, many_starts, starting_points
from surefoot.facts import SmoothnessKind, smoothness
from surefoot.judge.advice import ELSEWHERE
from surefoot.program import Vector
from surefoot.solve.answer import Answer, finish, on_to_the_end
from surefoot.solve.attempts import engine_for, told
from surefoot.solve.clock import Clock
from surefoot.solve.methods import METHODS, plan
from surefoot.solve.progress import Progress
from surefoot.solve.question import Question, require_finite_data, require_squares
from surefoot.solve.settings import Settings
from surefoot.terms import InputError

POLISH_STEPS = 200
"""For an end that is close to its minimum a few do; one that creeps is reported where it is."""
_BY_VALUE = ("direct-search",)


def start_points(question: Question, starts: Any, settings: Settings) -> Vector:
    """What `starts=` means, flat (k, n); checked before any work.

    Raises:
        InputError: no start at all, or one that cannot be used.
    """
    problem = question.problem
    return starting_points(
        starts, problem.structure, question.start, problem.lower, problem.upper, settings.seed
    )


def from_many_starts(
    question: Question, evaluator: Evaluator, settings: Settings, points: Vector
) -> tuple[Answer, Basins]:
    """The best end of many starts, judged, and all distinct ends.

    All starts descend in lockstep, one batched call for each step; every distinct end is then
    polished by the engine that the structure allows.

    Raises:
        InputError: a function that can only be searched by value.
    """
    problem = question.problem
    require_finite_data(question, evaluator.value, points[0])
    if problem.residual:
        require_squares(question, evaluator)
    rough = smoothness(problem.objective)
    if rough.kind is SmoothnessKind.JUMPS or settings.method in _BY_VALUE:
        raise InputError(
            f"starts= descends along slopes, but {rough.why}; leave starts out: direct-search "
            "looks at the whole box by itself"
        )
    method = (
        plan(problem, rough)[0] if settings.method == "auto" else METHODS[settings.method]
    )
    clock = Clock(settings)

    def polish(x: Vector) -> tuple[Vector, float]:
        limits = clock.limits()
        limits = replace(limits, max_steps=min(limits.max_steps, POLISH_STEPS))
        run = loop(engine_for(question, evaluator, settings, method), x, limits)
        return run.x, run.value

    progress = Progress(settings.progress, f"{len(points)} starts")
    try:
        run, basins = many_starts(
            evaluator,
            points,
            problem.lower,
            problem.upper,
            tol=problem.tolerances.tol,
            polish=polish,
            limits=clock.limits(),
            callback=told(question, settings),
            progress=progress,
        )
    finally:
        progress.close()
    best = run if not basins else replace(run, x=basins[0].x, value=basins[0].value)
    answer = on_to_the_end(
        question, evaluator, _judged(question, evaluator, best, method, clock), clock
    )
    advice = answer.verdict.advice
    if basins:
        maximize = problem.sense == "maximize"
        basins = basins.turned() if maximize else basins
        better = "higher" if maximize else "lower"
        seen = f"is not known; {basins[0].count} of {len(points)} starts ended here, none {better}."
        advice = advice.replace(ELSEWHERE, seen)
    verdict = replace(answer.verdict, advice=advice)
    return replace(answer, verdict=verdict, notes=(basins.sentence, *answer.notes)), basins


def _judged(
    question: Question, evaluator: Evaluator, run: Run, method: Any, clock: Clock
) -> Answer:
    named = replace(
        method, name=f"multi-start + {method.name}", why=f"Many starts at once. {method.why}"
    )
    return finish(question, evaluator, run, named, clock)
