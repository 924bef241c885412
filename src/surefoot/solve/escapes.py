"""How often the noise of minibatches carries a walk out of a poor valley: escapes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.calculus import Evaluator
from surefoot.descent import some_steps
from surefoot.descent.walks import batch_walks, settled
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.approached import approached
from surefoot.solve.batches import require_seed, require_size
from surefoot.solve.escape_report import Escapes, SizeCount
from surefoot.solve.examples import examples_of
from surefoot.solve.sampled_loss import sampled_loss
from surefoot.solve.settings import is_whole
from surefoot.solve.step_rule import step_rule
from surefoot.terms import InputError, ended_interrupts

SETTLE = 200
NEAR = 1e-3
"""Two ends are of one valley if they are closer than this share of how far the walks spread."""
FIRST = 1e-4
"""The first step downhill from an end, as a share of how far the walks spread."""
MOST_VALLEYS = 64
MOST_WALKS = 200_000
"""Ends of walks, each of which is judged by itself."""
MOST_GRADIENTS = 100_000_000_000
"""Of single examples: a day's work."""
ROUNDING = 1e-10
STAYED, DEEPER, ELSEWHERE, UNSETTLED, DIVERGED = range(5)


def escapes(
    loss: Any,
    w0: Any,
    data: Any,
    sizes: Sequence[int],
    rule: Any = "gd",
    steps: int = 1000,
    *,
    lr: Any = None,
    options: Mapping[str, Any] | None = None,
    walks: int = 64,
    replace: bool = False,
    seed: int = 0,
) -> Escapes:
    """Count the walks that leave the valley of their start for a deeper one, by batch size.

    For each size b there are `walks` walks from w0 with seeds seed, seed + 1, …, all of them in one
    batched program; each is the walk that `descend` makes with sf.Batches(data, b, seed=…). The
    valley of a point is the minimum of the loss on all the data that small steps downhill from it
    end in. A walk has escaped if its last point is in a valley whose minimum is lower than that of
    the valley of w0; one that left and came back has not. The share comes with Wilson's 95 %
    interval. The same walk without noise tells whether it is the noise that carries them.

    Args:
        loss: loss(params, batch), a mean over the examples of the batch.
        w0: where all walks begin.
        data: an array, or a dict or tuple of arrays, whose first axis goes over the examples.
        sizes: batch sizes.
        rule, steps, lr, options: as in `descend`; a rule that is made of gradients.
        walks: for each size.
        replace: whether an example may come twice in a batch.
        seed: of the first walk of each size.

    Raises:
        InputError: anything that cannot be used as it is; a start in no valley, because small steps
            from it reach no minimum.
    """
    chosen = step_rule(rule, lr, options)
    if chosen.rule is not None and not chosen.rule.first_order:
        raise InputError(f"the rule {chosen.name!r} is not made of gradients alone; take 'gd'")
    examples = examples_of(data)
    wanted = _sizes(sizes, examples.count, replace)
    for name, number in (("walks", walks), ("steps", steps)):
        if not is_whole(number, least=1):
            raise InputError(f"{name} is {number!r}; expected a whole number of at least 1")
    require_seed(seed)
    _require_bearable(int(walks), int(steps), wanted)
    if w0 is None:
        raise InputError("escapes needs the start: escapes(loss, w0, data, sizes)")
    sampled = sampled_loss(loss, w0, examples)
    problem, start = sampled.question.problem, sampled.question.start
    evaluator = Evaluator(problem.objective)
    if not np.isfinite(evaluator.value(start)):
        raise InputError("the value at the start is not a finite number; start elsewhere")
    each = np.repeat(np.array(wanted), int(walks))
    seeds = int(seed) + np.arange(len(each), dtype=np.int64) % int(walks)
    with np.errstate(all="ignore"):
        ends, good = batch_walks(
            sampled.single, examples.leaves, chosen.make, chosen.key, start, chosen.eta,
            int(steps), each, seeds, bool(replace),
        )  # fmt: skip
        with ended_interrupts():
            whole = some_steps(
                evaluator, chosen.make, chosen.key, start, chosen.eta, int(steps), int(steps)
            )
        ends = np.concatenate([ends, whole.points[-1:]])
        good = np.append(good, whole.over is None)
        valleys = Valleys(problem, evaluator, start, ends[good])
        fates = np.array([
            valleys.fate(end) if fine else DIVERGED for end, fine in zip(ends, good, strict=True)
        ])
    counts = [
        _counted(size, fates[k * walks : (k + 1) * walks]) for k, size in enumerate(wanted)
    ]
    return Escapes(
        problem=problem, start=start, home=valleys.minima[0], home_value=valleys.values[0],
        valleys=tuple((m, v) for m, v in zip(valleys.minima, valleys.values, strict=True)),
        counts=tuple(counts), without_noise=_word(int(fates[-1])), rule=chosen.name,
        equation=chosen.equation, steps=int(steps), examples=examples.count,
        replace=bool(replace), seed=int(seed),
    )  # fmt: skip


class Valleys:
    """The minima that ends of walks lie above, found one by one.

    Attributes:
        minima: flat points, that of the start first. values: the loss there.

    Raises:
        InputError: there is no minimum below the start.
    """

    def __init__(
        self, problem: Problem, evaluator: Evaluator, start: Vector, ends: Vector
    ) -> None:
        self._problem, self._evaluator = problem, evaluator
        points = np.concatenate([start[None], ends])
        spread = float(np.max(np.linalg.norm(points - start, axis=1)))
        below = settled(evaluator, points, SETTLE, FIRST * (spread or 1.0))
        home = approached(problem, evaluator, below[0])
        if not home.is_minimum:
            raise InputError(
                "small steps downhill from the start reach no minimum, so that it lies in no "
                f"valley to escape from ({home.verdict.kind.value})"
            )
        self.minima = [home.point]
        self.values = [evaluator.value(home.point)]
        self._near = NEAR * max(spread, float(np.linalg.norm(home.point - start)))
        self._below = dict(zip(map(bytes, points), below, strict=True))

    def fate(self, end: Vector) -> int:
        """What became of a walk that ended here."""
        below = self._below[bytes(end)]
        place = self._known(below)
        if place is None and len(self.minima) < MOST_VALLEYS:
            found = approached(self._problem, self._evaluator, below)
            if found.is_minimum:
                place = self._known(found.point)
                if place is None:
                    place = len(self.minima)
                    self.minima.append(found.point)
                    self.values.append(self._evaluator.value(found.point))
        if place is None:
            return UNSETTLED
        if place == 0:
            return STAYED
        margin = ROUNDING * (abs(self.values[0]) + abs(self.values[place]))
        return DEEPER if self.values[place] < self.values[0] - margin else ELSEWHERE

    def _known(self, point: Vector) -> int | None:
        away = [float(np.linalg.norm(point - minimum)) for minimum in self.minima]
        nearest = int(np.argmin(away))
        return nearest if away[nearest] <= self._near else None


def _require_bearable(walks: int, steps: int, sizes: Sequence[int]) -> None:
    if walks * len(sizes) > MOST_WALKS:
        raise InputError(
            f"{walks} walks of {len(sizes)} batch sizes are more ends than can be judged "
            f"({MOST_WALKS:,}); take at most {MOST_WALKS // len(sizes)} walks"
        )
    if walks * steps * sum(sizes) > MOST_GRADIENTS:
        raise InputError(
            f"{steps} steps of {walks} walks with batches of {', '.join(map(str, sizes))} need "
            f"{walks * steps * sum(sizes):,} gradients of single examples, more than can be worked "
            f"out ({MOST_GRADIENTS:,}); take fewer walks, fewer steps or smaller batches"
        )


def _counted(size: int, fates: NDArray[np.int64]) -> SizeCount:
    counts = np.bincount(fates, minlength=5)
    return SizeCount(size, len(fates), *(int(counts[k]) for k in range(5)))


def _word(fate: int) -> str:
    return ("stays", "escapes", "ends in another valley", "settles nowhere", "diverges")[fate]


def _sizes(sizes: Any, count: int, replace: Any) -> list[int]:
    if isinstance(sizes, str) or not isinstance(sizes, Sequence | np.ndarray) or len(sizes) == 0:
        raise InputError(f"sizes is {sizes!r}; expected some batch sizes, e.g. [1, 8, 64]")
    for size in sizes:
        require_size(size, count, replace)
    return sorted({int(size) for size in sizes})
