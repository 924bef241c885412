"""The Noise tab of a loss(params, batch): the mean loss as a subject, and its examples."""

import re
from dataclasses import replace
from math import isfinite
from typing import Any

import jax
import numpy as np

from surefoot.problem import flat_bounds
from surefoot.program import as_argument
from surefoot.solve.batches import Batches, require_batches
from surefoot.solve.examples import Examples
from surefoot.solve.examples_shown import examples_shown, sample_of
from surefoot.solve.sampled_loss import SampledLoss, sampled_loss
from surefoot.solve.shown import Subject, subject_of, suggested_rate
from surefoot.solve.snippet import (
    Missing,
    argument_text,
    below,
    definition,
    source_of,
)
from surefoot.terms import InputError, NoiseView, Scenario, ShownFunction

MOST_WRITTEN = 400
"""Numbers of data that are written out in the Python that the page shows."""


def noise_scenario(
    loss: Any, box: Any, start: Any, eta: float | None, batches: Batches
) -> tuple[Scenario, Subject]:
    """What the lab shows of a loss on minibatches, and the mean loss over the shown examples.

    Raises:
        InputError: a loss with more than two parameters, or without a tape; anything else that
            cannot be used as it is.
    """
    require_batches(batches, None)
    begin = 0.0 if start is None else as_argument(start)
    examples = sample_of(batches.examples, int(batches.seed))
    sampled = sampled_loss(loss, begin, examples)
    program, point = sampled.question.problem.objective, sampled.question.start
    if point.size > 2:
        raise InputError(
            f"the Noise tab shows losses with one or two parameters; this one has {point.size}. "
            "sf.noise and sf.descend(…, batches=…) take any number"
        )
    subject = subject_of(loss, program, point=point)
    shown = subject.shown()
    if shown.tape is None or (point.size == 2 and shown.plane is None):
        raise InputError(
            "the Noise tab computes the loss in the page, and this one has no tape: "
            f"{shown.why or 'its second derivatives take too long'}"
        )
    found = examples_shown(sampled, batches.count)
    shown = replace(shown, examples=found, snippet=_snippet(loss, sampled))
    windows = _windows(subject, shown, box)
    rate = eta if eta is not None else _rate(subject, shown)
    view = NoiseView(
        start=tuple(point.tolist()), box=windows, eta=rate,
        size=min(int(batches.size), found.count), replace=bool(batches.replace),
        seed=int(batches.seed),
    )  # fmt: skip
    if shown.plane is not None:
        (x0, x1), (first, second) = windows, point.tolist()
        cut = replace(shown.plane.cuts[0], box=(x0, x1), start=(first, second))
        shown = replace(shown, plane=replace(shown.plane, cuts=(cut,)))
    scenario = Scenario(
        shown, windows[0], float(point[0]) if point.size == 1 else shown.slices[0].start,
        rate, tab="noise", noise=view,
    )  # fmt: skip
    return scenario, subject


def _windows(subject: Subject, shown: ShownFunction, box: Any) -> tuple[tuple[float, float], ...]:
    """The window of each parameter; the start lies inside where nobody says otherwise."""
    if box is not None:
        if subject.size == 1 and not isinstance(box, dict):
            box = tuple(box)
        lower, upper = flat_bounds(box, subject.program.structure, "box")
        if not (np.isfinite(lower).all() and np.isfinite(upper).all()):
            raise InputError("box has an end that is not finite; expected (lower, upper), numbers")
        return tuple(zip(lower.tolist(), upper.tolist(), strict=True))
    found = (subject.window(),) if shown.plane is None else shown.plane.cuts[0].box
    widened: list[tuple[float, float]] = []
    for (low, high), at in zip(found, subject.centre.tolist(), strict=True):
        room = 0.1 * (high - low)
        widened.append((min(low, at - room), max(high, at + room)))
    return tuple(widened)


def _rate(subject: Subject, shown: ShownFunction) -> float:
    """Half of what suits the noise-free descent: examples that curve more than their mean need
    shorter steps."""
    suits = (
        suggested_rate(subject.line(), float(subject.centre[0]))
        if shown.plane is None else shown.plane.cuts[0].eta
    )  # fmt: skip
    return float(f"{0.5 * suits:.2g}") if isfinite(suits) else 0.1


def _snippet(loss: Any, sampled: SampledLoss) -> str:
    """Python that makes `loss`, `data` and the mean loss f again; comments where it cannot."""
    made = definition(loss, "loss")
    if isinstance(made, Missing):
        ours = str(getattr(loss, "__module__", "")).startswith("surefoot.")
        own = source_of(loss) if ours else None
        if own is None:
            return made.comment()
        made = own.rstrip()  # a preset's loss, which needs no more than its text
        made += f"\n\nloss = {loss.__name__}" if loss.__name__ != "loss" else ""
    head = ["import jax.numpy as jnp", "import numpy as np", "import surefoot as sf"]
    if re.search(r"\bAny\b", made):
        head.insert(0, "from typing import Any\n")
    lines = [made, "", _data(sampled.examples), "", "def f(w):", "    return loss(w, data)"]
    structure = sampled.question.problem.structure
    argument = argument_text(structure)
    if argument not in (None, "v[0]"):
        lines += ["", "def flat(v):", f"    return f({argument})"]
    return below(head, "\n".join(lines))


def _data(examples: Examples) -> str:
    if sum(leaf.size for leaf in examples.leaves) > MOST_WRITTEN:
        return "data = ...  # the examples that sf.lab was given"
    texts = [_Text(f"np.array({leaf.tolist()!r})") for leaf in examples.leaves]
    return f"data = {jax.tree_util.tree_unflatten(examples.treedef, texts)!r}"


class _Text(str):
    """Shown without quotes inside a tuple or a dict."""

    def __repr__(self) -> str:
        return str(self)
