"""The best value in a whole box, with proof: search, then let the judge show the cover again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import Limits, loop
from surefoot.facts import SmoothnessKind, smoothness
from surefoot.facts.boxed import Boxed
from surefoot.facts.convex import how_convex
from surefoot.facts.intervals import enclose
from surefoot.judge.advice import Words
from surefoot.judge.box_advice import best_of_box, faces_of
from surefoot.judge.cover import Covered, judge_cover
from surefoot.program import Vector
from surefoot.search.lowest import Budget, Ended, Found, lowest
from surefoot.solve.answer import Answer
from surefoot.solve.attempts import descend, engine_for
from surefoot.solve.judging import judge_point
from surefoot.solve.many import from_many_starts
from surefoot.solve.methods import CLOSED_FORM, METHODS, plan
from surefoot.solve.progress import Narrowing
from surefoot.solve.proved import of_a_convex_function
from surefoot.solve.question import Question, require_finite_data
from surefoot.solve.settings import Settings
from surefoot.terms import (
    Confidence,
    PointKind,
    Status,
    UnsupportedError,
    Verdict,
    noted_interrupts,
)

SECONDS = 60.0
SEARCHING = 0.6
"""Of the time that there is; the rest is for the judge, who looks at about half as many parts."""
AFTER_CTRL_C = 3.0
"""Seconds for the judge, once somebody waits."""
LOOKED = 0.8
"""Of the speed of the search, that of the judge."""
LOCAL_STEPS, LOCAL_SHARE = 500, 0.05
ENGINE = "branch and bound"
_WHY = "The best value in a whole box was asked for, with proof."
_GLOBAL = (PointKind.GLOBAL_MINIMUM, PointKind.GLOBAL_MAXIMUM)

_ONWARD = {
    Ended.DONE: "Rounding inside the function hides what is left: set tol higher, or write it so "
    "that large parts do not cancel.",
    Ended.BOXES: "The number of boxes was reached: raise max_steps or tol, or give a smaller box.",
    Ended.SECONDS: "The time was up: raise time_limit or tol, or give a smaller box.",
    Ended.MEMORY: "Too many boxes waited for the memory that was allowed: raise "
    'options={"megabytes": …} or tol, or give a smaller box.',
    Ended.STOPPED: "It was stopped: let it run on, raise tol, or give a smaller box.",
    Ended.STUCK: "In {where} nothing better could be shown: the function jumps, has a pole or "
    "ends there. Give a box without that part.",
}
_STATUS = {
    Ended.DONE: Status.STALLED, Ended.BOXES: Status.STEP_LIMIT, Ended.SECONDS: Status.TIME_LIMIT,
    Ended.MEMORY: Status.STEP_LIMIT, Ended.STOPPED: Status.INTERRUPTED,
    Ended.STUCK: Status.STALLED,
}  # fmt: skip


def over_the_box(
    question: Question, evaluator: Evaluator, settings: Settings, points: Vector | None
) -> tuple[Answer, Any]:
    """The answer for a whole box, and the basins of many starts where these were asked for."""
    with noted_interrupts() as interrupted:
        return _Over(question, evaluator, settings, interrupted).answer(points)


@dataclass
class _Over:
    question: Question
    evaluator: Evaluator
    settings: Settings
    interrupted: Callable[[], bool]
    stopped: bool = False

    def __post_init__(self) -> None:
        self.began = perf_counter()
        problem = self.question.problem
        self.boxed = Boxed(problem.objective, problem.sign, problem.lower, problem.upper)

    def answer(self, points: Vector | None) -> tuple[Answer, Any]:
        question, problem = self.question, self.question.problem
        require_finite_data(question, self.evaluator.value, question.start)
        basins = None
        starts = [question.start, 0.5 * problem.lower + 0.5 * problem.upper]
        if points is None and self.settings.method == "auto":
            quick = self.convex()
            if quick is not None:
                if quick.verdict.confidence is Confidence.PROVED:
                    return quick, None
                starts.insert(0, quick.point)
        if points is not None:
            many, basins = from_many_starts(question, self.evaluator, self.settings, points)
            starts.insert(0, many.point)
        try:
            found = self.search(np.array(starts))
            if not np.isfinite(found.high):
                return self.without_proof("no value was met in the box"), basins
            judged_from = perf_counter()
            covered = self.judged(found)
        except UnsupportedError as error:
            return self.without_proof(str(error)), basins
        seconds = {"judge": perf_counter() - judged_from}
        if not np.isfinite(covered.proof.bound) and covered.verdict.kind not in _GLOBAL:
            bottomless = self.bottomless(found)
            if bottomless is not None:
                return bottomless, basins
        return self.told(found, covered, seconds), basins

    def convex(self) -> Answer | None:
        """The answer by descent where the function is proved to be convex on the box."""
        problem = self.question.problem
        up = problem.sign > 0.0
        if how_convex(problem.objective, problem.lower, problem.upper, up=up) is None:
            return None
        whole = enclose(problem.objective, problem.lower[None], problem.upper[None])[0]
        if whole.inside is not None and not bool(whole.inside.all()):
            return None  # where it has no value is told by the parts
        found = descend(self.question, self.evaluator, self.settings)
        before = perf_counter()
        verdict = of_a_convex_function(
            problem, found.point, found.verdict, problem.sign * found.value
        )
        words = Words(not up, problem.structure.paths)
        faces = faces_of(words, found.point, problem.lower, problem.upper)
        if verdict.confidence is Confidence.PROVED and faces:
            further = best_of_box(words, faces, "")
            verdict = replace(verdict, advice=f"{verdict.advice} {further}")
        spent = found.seconds.get("judge", 0.0) + perf_counter() - before
        return replace(found, verdict=verdict, seconds={**found.seconds, "judge": spent})

    # ── search ─────────────────────────────────────────────────────────────────────────────────

    def left(self) -> float:
        """Seconds that are left."""
        limit = self.settings.time_limit or SECONDS
        return max(0.0, limit - (perf_counter() - self.began))

    def search(self, starts: Vector) -> Found:
        problem, settings = self.question.problem, self.settings
        shown = Narrowing(settings.progress, "searching the box")
        structure, sign = problem.structure, problem.sign

        def told(looked: int, waiting: int, x: Vector, high: float, low: float) -> None:
            shown(looked, waiting, sign * high, high - low)
            if settings.callback is not None and settings.callback(
                looked, structure.unravel(x), sign * high
            ):
                self.stopped = True

        # Of each part that waits its ends, its bound and its place in the tree.
        held = int(settings.megabytes * 1e6 / (16.0 * problem.size + 48.0))
        budget = Budget(
            settings.boxes, SEARCHING * self.left(), max(1, held),
            lambda: self.stopped or self.interrupted(), told,
        )  # fmt: skip
        try:
            return lowest(self.boxed, problem.tolerances.tol, budget, starts, self.local())
        finally:
            shown.close()

    def local(self) -> Callable[[Vector], Vector | None] | None:
        """A run of the engine that the structure asks for, where Newton's steps do not do."""
        question, settings = self.question, self.settings
        rough = smoothness(question.problem.objective)
        named = settings.method not in ("auto", CLOSED_FORM)
        if rough.kind is SmoothnessKind.SMOOTH and not named:
            return None
        method = METHODS[settings.method] if named else plan(question.problem, rough)[0]

        def run(x: Vector) -> Vector | None:
            left = self.left()
            if left <= 0.0 or self.interrupted():
                return None
            limits = Limits(max_steps=LOCAL_STEPS, time_limit=LOCAL_SHARE * left)
            end = loop(engine_for(question, self.evaluator, settings, method), x, limits)
            return end.x if np.isfinite(end.value) else None

        return run

    # ── judging ────────────────────────────────────────────────────────────────────────────────

    def judged(self, found: Found) -> Covered:
        already = self.interrupted()
        return judge_cover(
            self.question.problem, found.x, self.boxed, found.cover(self.most(found)),
            own=self.evaluator.value(found.x), ordinary=lambda: self.ordinary(found.x),
            onward=self.onward(found),
            # The first Ctrl-C ended the search, and what that found is worth the look.
            stop=lambda: self.interrupted() and not already,
        )  # fmt: skip

    def most(self, found: Found) -> int | None:
        """How many parts the judge has time to look at; None for all that the search did."""
        if found.ended not in (Ended.SECONDS, Ended.STOPPED):
            return None
        seconds = AFTER_CTRL_C if found.ended is Ended.STOPPED else max(1.0, self.left())
        return int(LOOKED * seconds * found.boxes / max(found.seconds, 1e-3)) + 16

    def ordinary(self, x: Vector) -> Verdict:
        return judge_point(
            self.question.problem, x, self.evaluator, self.question.start,
            "The search of the box found no way on from here.",
        )  # fmt: skip

    def onward(self, found: Found) -> str:
        where = ""
        if found.stuck:
            lower, upper = found.stuck[0]
            paths = self.question.problem.structure.paths
            where = ", ".join(
                f"{path} {a:.6g} … {b:.6g}"
                for path, a, b in zip(paths[:4], lower, upper, strict=False)
            )
        return _ONWARD[found.ended].replace("{where}", where)

    def told(self, found: Found, covered: Covered, seconds: dict[str, float]) -> Answer:
        verdict, proof = covered.verdict, covered.proof
        # A convex function that ends in the box is searched; that its minimum is the lowest is
        # proved without the cover.
        problem = self.question.problem
        raised = of_a_convex_function(problem, found.x, verdict, problem.sign * covered.value)
        best = raised.kind in _GLOBAL
        endless = raised.attained is False
        warnings: tuple[str, ...] = ()
        if proof.undefined:
            warnings = (
                f"On {proof.undefined:,} of {proof.parts:,} parts of the box the function is not "
                "shown to be defined everywhere; the answer is for the points where it has a "
                "value.",
            )
        ended = Status.INTERRUPTED if self.interrupted() else _STATUS[found.ended]
        status = Status.CONVERGED if best else Status.NOT_ATTAINED if endless else ended
        return Answer(
            found.x, covered.value, status, verdict, ENGINE, _WHY,
            warnings=warnings, seconds=seconds, boxes=found.boxes,
        )  # fmt: skip

    def bottomless(self, found: Found) -> Answer | None:
        """The way down from the best point where no bound was found and it has no end: a pole."""
        if self.interrupted() or not self.left() > 0.0:
            return None
        settings = replace(self.settings, time_limit=self.left())
        question = replace(self.question, start=found.x)
        moves = "rises" if question.problem.sense == "maximize" else "falls"
        further = self.without_proof(
            f"the value {moves} without end in it", question=question, settings=settings
        )
        return replace(further, boxes=found.boxes) if further.status is Status.UNBOUNDED else None

    def without_proof(
        self, why: str, *, question: Question | None = None, settings: Settings | None = None
    ) -> Answer:
        """The ordinary answer, with the reason why nothing more is claimed."""
        settings = settings or self.settings
        if settings.method == CLOSED_FORM:
            settings = replace(settings, method="auto")
        found = descend(question or self.question, self.evaluator, settings)
        sentence = f"Nothing is proved of the whole box: {why}"
        return replace(found, warnings=(f"{sentence.rstrip('.')}.", *found.warnings))
