"""A solution laid out: which words and tables stand in a report, and in which order.

The terminal and the page draw the same list of blocks, so they cannot tell different stories.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from surefoot.show.grid import Column, Grid, grid
from surefoot.show.numbers import duration, measure, significant, with_error, with_unit
from surefoot.show.view import Parameter, SolutionView, VerdictView
from surefoot.terms import Evidence, at_most

ROWS_SHOWN = 40


@dataclass(frozen=True)
class Heading:
    """The title of a report."""

    text: str


@dataclass(frozen=True)
class Claim:
    """What the point is, and how that is known; `tone` is "good", "doubtful" or "bad"."""

    name: str
    lines: tuple[str, ...]
    tone: str


@dataclass(frozen=True)
class Note:
    """A labelled sentence; `tone` is "quiet", "plain" or "bad"."""

    label: str
    text: str
    tone: str = "plain"


Block = Heading | Claim | Grid | Note


def solution_blocks(view: SolutionView) -> list[Block]:
    """The blocks of a solution's report, top to bottom."""
    blocks: list[Block] = [Heading(view.title)]
    if not view.answered:
        # A refusal is the news; what the last point is comes second.
        blocks.append(Claim(_words(view.status_name) or "NO ANSWER", (view.status,), "bad"))
    claim = _claim(view.verdict)
    if not view.answered:
        # Under a refusal the kind of the last point must not read as the answer.
        first = f"Of the last point, which is no answer: {claim.lines[0]}"
        claim = Claim(claim.name, (first, *claim.lines[1:]), claim.tone)
    blocks.append(claim)
    blocks += [Note("warning", text, "bad") for text in view.warnings]
    if view.parameters:
        blocks.append(parameter_grid(view.parameters, view.confidence_level))
    blocks.append(_value_grid(view))
    if view.verdict.evidence:
        blocks.append(evidence_grid(view.verdict.evidence))
    if view.verdict.advice:
        blocks.append(Note("next", view.verdict.advice))
    if view.engine:
        blocks.append(Note("engine", _joined(view.engine, view.why), "quiet"))
    if view.status and view.answered and _walked(view):
        blocks.append(Note("ended", view.status, "quiet"))
    blocks += [Note("note", text, "quiet") for text in view.notes]
    effort = _effort(view.counts, view.timings)
    if effort:
        blocks.append(Note("effort", effort, "quiet"))
    return blocks


def verdict_blocks(view: VerdictView) -> list[Block]:
    """The blocks of a verdict that stands alone."""
    blocks: list[Block] = [_claim(view)]
    if view.evidence:
        blocks.append(evidence_grid(view.evidence))
    if view.advice:
        blocks.append(Note("next", view.advice))
    return blocks


def parameter_grid(parameters: Sequence[Parameter], level: float = 0.95) -> Grid:
    """The point as a table, with standard errors and intervals where there are any."""
    columns = [
        Column("parameter"),
        Column("value", numeric=True),
        Column("standard error", numeric=True),
        Column(f"{significant(100 * level, 3)} % interval", whole=True, spare=1),
        Column("unit", quiet=True),
        Column("", flexible=True, quiet=True),
    ]
    rows = [
        (
            item.path,
            repr(item.value) if item.exact else with_error(item.value, item.standard_error),
            _error(item.standard_error),
            _interval(item),
            item.unit,
            item.note,
        )
        for item in parameters[: ROWS_SHOWN + 1]
    ]
    made = grid(columns, rows, limit=ROWS_SHOWN)
    left_out = len(parameters) - ROWS_SHOWN
    below = [f"{item.path}: {item.label}" for item in parameters[:ROWS_SHOWN] if item.label]
    if left_out > 0:
        below.insert(0, f"… and {left_out:,} more parameters")
    return Grid(made.columns, made.rows, made.title, "\n".join(below))


def _walked(view: SolutionView) -> bool:
    """Whether there were steps that could end in some way: a closed form and a search have none."""
    return view.status_name != "CONVERGED" or view.counts.get("steps", 1) > 0


def evidence_grid(evidence: Sequence[Evidence]) -> Grid:
    """The checks as a table: what was measured, and against what."""
    columns = [
        Column(""),
        Column("check"),
        Column("quantity", flexible=True, quiet=True, spare=1),
        Column("measured", numeric=True),
        Column("against", numeric=True),
        Column("where", flexible=True, quiet=True, spare=2),
    ]
    rows = [
        (
            {True: "✓", False: "✗", None: "?"}[item.holds],
            item.name,
            item.formula,
            measure(item.measured, item.bound),
            measure(item.threshold),
            item.where,
        )
        for item in evidence
    ]
    if all(item.measured is None and item.threshold is None for item in evidence):
        rows = [(mark, name, formula, "", "", where) for mark, name, formula, _, _, where in rows]
    # A check that holds speaks for itself; one that does not needs its sentence.
    notes = [f"{item.name}: {item.note}" for item in evidence if item.note and not item.holds]
    made = grid(columns, rows, title="evidence")
    return Grid(made.columns, made.rows, made.title, "\n".join(notes))


def _claim(view: VerdictView) -> Claim:
    lines = [view.sentence, view.confidence[:1].upper() + view.confidence[1:] + "."]
    if isfinite(view.gap):
        lines.append(f"The value is at most {at_most(view.gap)} from the best one.")
    if view.flat:
        shown = ", ".join(view.flat[:6]) + (", …" if len(view.flat) > 6 else "")
        lines.append(
            f"It stays level as {shown} changes, one way at least."
            if len(view.flat) == 1
            else f"Nearby it stays level as {shown} change in a certain way."
        )
    return Claim(_words(view.name), tuple(line for line in lines if line != "."), view.tone)


def _value_grid(view: SolutionView) -> Grid:
    rows = [(view.value_label, with_unit(significant(view.value, 10), view.value_unit))]
    rows += [(name, significant(number, 6)) for name, number in view.statistics.items()]
    return grid([Column(""), Column("", numeric=True)], rows)


def _error(error: float | None) -> str:
    if error is None:
        return ""
    return significant(error, 4) if isfinite(error) else "–"


def _interval(item: Parameter) -> str:
    if item.interval is None:
        return ""
    if not all(map(isfinite, item.interval)):
        return "–"
    lower, upper = item.interval
    return f"{significant(lower, 6)} … {significant(upper, 6)}"


def _effort(counts: Mapping[str, int], timings: Mapping[str, float]) -> str:
    totals: dict[str, int] = {}
    for name, number in counts.items():
        # One gradient at a time or many in a batch: the reader wants to know how many in all.
        word = _counted(name)
        totals[word] = totals.get(word, 0) + number
    parts = [
        f"{number:,} {word.removesuffix('s') if number == 1 else word}"
        for word, number in totals.items()
        if number
    ]
    parts += [f"{name} {duration(seconds)}" for name, seconds in timings.items()]
    return " · ".join(parts)


def _counted(name: str) -> str:
    word = name.removesuffix("s")
    return f"{word.capitalize() if word in ('hessian', 'jacobian') else word}s"


def _joined(engine: str, why: str) -> str:
    return f"{engine}: {why}" if why else engine


def _words(name: str) -> str:
    return name.replace("_", " ")
