"""Reports: the same words in the terminal, in a pipe and on a page."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.show.examples import HIMMELBLAU, MISRA, UNBOUNDED

from surefoot.show import (
    Column,
    Heading,
    Parameter,
    Report,
    SolutionView,
    grid,
    print_blocks,
    solution_blocks,
    to_html,
    to_text,
    verdict_blocks,
    verdict_view,
)
from surefoot.terms import Confidence, Evidence, PointKind, Verdict

VIEWS = [HIMMELBLAU, MISRA, UNBOUNDED]


def solution_report(view: SolutionView, width: int = 80) -> str:
    return to_text(solution_blocks(view), width)


def solution_html(view: SolutionView) -> str:
    return to_html(solution_blocks(view))


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
def test_a_report_fits_in_80_columns_and_has_no_colour_codes(view: SolutionView) -> None:
    text = solution_report(view)
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert not re.search(r"[ \t]$", text, re.MULTILINE)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
def test_a_report_says_what_matters(view: SolutionView) -> None:
    text = " ".join(solution_report(view).split())
    for words in (view.title, view.status, view.verdict.sentence, view.verdict.advice):
        assert words in text
    assert view.verdict.name.replace("_", " ") in text
    for item in view.parameters:
        assert item.path in text
    for warning in view.warnings:
        assert warning in text


def test_certified_digits_are_all_there() -> None:
    text = solution_report(MISRA)
    for number in ("238.94213", "0.00055015643", "0.1245513889", "2.707", "233.04 … 244.84", "mg"):
        assert number in text


def test_a_pipe_gets_plain_text_and_a_terminal_gets_colour() -> None:
    pipe, terminal = StringIO(), Terminal()
    print_blocks(solution_blocks(HIMMELBLAU), pipe)
    print_blocks(solution_blocks(HIMMELBLAU), terminal)
    assert pipe.getvalue() == solution_report(HIMMELBLAU) + "\n"
    assert "\x1b" in terminal.getvalue() or "NO_COLOR" in __import__("os").environ


def test_a_refusal_comes_before_the_point() -> None:
    text = solution_report(UNBOUNDED)
    assert text.index("UNBOUNDED") < text.index("NOT STATIONARY") < text.index("parameter")


@pytest.mark.parametrize("width", [60, 72, 80, 120])
def test_narrow_reports_lose_no_word(width: int) -> None:
    wide = solution_report(HIMMELBLAU, 200)
    narrow = solution_report(HIMMELBLAU, width)
    assert max(map(len, narrow.splitlines())) <= width
    assert sorted("".join(narrow.split())) == sorted("".join(wide.split()))


def test_names_that_look_like_markup_are_shown_as_they_are() -> None:
    hostile = "W1[3,2] [red]x[/red] :smile: <script>alert(1)</script> &amp;"
    view = replace(
        HIMMELBLAU, title=hostile, parameters=(Parameter("W1[3,2]", 1.0), Parameter(hostile, 2.0))
    )
    text = solution_report(view, 200)
    assert text.count(hostile) == 2
    assert "W1[3,2]" in text
    page = solution_html(view)
    assert "<script" not in page
    assert "W1[3,2]" in page


def test_a_name_cannot_drive_the_terminal() -> None:
    hostile = "x\x1b[2J\x07\ry\u202ez"
    terminal = Terminal()
    view = replace(HIMMELBLAU, parameters=(Parameter(hostile, 1.0),))
    print_blocks(solution_blocks(view), terminal)
    shown = terminal.getvalue()
    for sign in ("\x1b[2J", "\x07", "\r", "\u202e"):
        assert sign not in shown


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
def test_the_page_is_well_formed_and_holds_the_same_words(view: SolutionView) -> None:
    page = _Page()
    page.feed(solution_html(view))
    assert page.open == []
    shown = "".join(page.text)
    for word in solution_report(view, 300).split():
        assert word in shown


def test_ten_thousand_parameters_do_not_flood_the_screen() -> None:
    many = tuple(Parameter(f"w[{k}]", float(k)) for k in range(10_000))
    text = solution_report(replace(HIMMELBLAU, parameters=many))
    assert len(text.splitlines()) < 90
    assert "9,960 more parameters" in text


def test_counts_are_worded_and_what_never_ran_is_left_out() -> None:
    counts = {"value": 1, "steps": 1, "gradient": 2, "gradients": 10, "hessian": 10}
    counts["products"] = 0
    view = replace(HIMMELBLAU, counts=counts, notes=("The search began at 0.5, 0.4.",))
    text = " ".join(solution_report(view).split())
    assert "1 value · 1 step · 12 gradients · 10 Hessians · trace" in text
    assert "note The search began at 0.5, 0.4." in text


def test_only_checks_that_do_not_hold_need_their_sentence() -> None:
    evidence = tuple(
        Evidence(f"check {holds}", "q", 1.0, 2.0, holds, note=f"why {holds}")
        for holds in (True, False, None)
    )
    verdict = replace(HIMMELBLAU.verdict, evidence=evidence)
    text = solution_report(replace(HIMMELBLAU, verdict=verdict))
    assert "why False" in text
    assert "why None" in text
    assert "why True" not in text


def test_a_view_without_anything_still_reads() -> None:
    view = SolutionView(title="", verdict=verdict_view(_verdict(PointKind.UNKNOWN)))
    assert "UNKNOWN" in solution_report(view)
    assert "NaN" in solution_report(view)


@pytest.mark.parametrize(
    ("kind", "sense", "tone"),
    [
        (PointKind.LOCAL_MINIMUM, "minimize", "good"),
        (PointKind.LOCAL_MAXIMUM, "minimize", "bad"),
        (PointKind.LOCAL_MAXIMUM, "maximize", "good"),
        (PointKind.GLOBAL_MINIMUM, "maximize", "bad"),
        (PointKind.LOCAL_MAXIMUM, "", "good"),
        (PointKind.SADDLE_POINT, "minimize", "doubtful"),
        (PointKind.NOT_STATIONARY, "", "bad"),
        (PointKind.INFEASIBLE_POINT, "minimize", "bad"),
        (PointKind.KINK, "minimize", "doubtful"),
        (PointKind.UNKNOWN, "maximize", "doubtful"),
    ],
)
def test_the_tone_is_what_was_hoped_for(kind: PointKind, sense: str, tone: str) -> None:
    assert verdict_view(_verdict(kind), sense).tone == tone


def test_an_infimum_that_is_not_attained_is_no_good_news() -> None:
    verdict = replace(_verdict(PointKind.FLAT_MINIMUM), attained=False)
    assert verdict_view(verdict, "minimize").tone == "doubtful"


def test_a_verdict_alone() -> None:
    verdict = replace(
        _verdict(PointKind.FLAT_MINIMUM),
        gap=1e-12,
        flat=tuple(f"w[{k}]" for k in range(9)),
        evidence=(
            Evidence("slope", "‖g‖", 1e-12, 1e-9, True),
            Evidence("curvature", "λ", nan, inf, None),
            Evidence("bound", "x ≤ 1", 2.0, 1.0, False, where="model.py:12"),
        ),
    )
    view = verdict_view(verdict)
    text = to_text(verdict_blocks(view))
    assert "level as w[0], w[1], w[2], w[3], w[4], w[5], … change" in " ".join(text.split())
    for words in ("FLAT MINIMUM", "at most 1e-12", "✓", "✗", "?", "model.py:12", "NaN"):
        assert words in text
    stream = StringIO()
    print_blocks(verdict_blocks(view), stream)
    assert stream.getvalue() == text + "\n"
    assert "model.py:12" in to_html(verdict_blocks(view))


@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=60), st.floats()), min_size=1, max_size=5
    )
)
def test_any_name_and_any_number_can_be_shown(rows: list[tuple[str, float]]) -> None:
    view = replace(
        HIMMELBLAU, parameters=tuple(Parameter(name, value) for name, value in rows)
    )
    assert solution_report(view)
    assert solution_html(view)


def test_a_grid_drops_empty_columns_and_counts_what_it_leaves_out() -> None:
    columns = [Column("a"), Column("b"), Column("c", numeric=True)]
    made = grid(columns, [("1", "", "2.5")] * 9, limit=3)
    assert [column.heading for column in made.columns] == ["a", "c"]
    assert len(made.rows) == 3
    assert "6 more" in to_text([made])
    assert to_text([grid([Column("a")], [])]) == ""


def test_a_crooked_grid_is_our_mistake() -> None:
    from surefoot.show import Grid

    with pytest.raises(AssertionError, match="2 cells in 1 columns"):
        Grid((Column("a"),), (("1", "2"),))


class _Page(HTMLParser):
    """Collects the text and the tags left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _verdict(kind: PointKind) -> Verdict:
    return Verdict(kind, Confidence.SUPPORTED)


def test_a_result_only_lists_its_blocks() -> None:
    class Result(Report):
        def blocks(self) -> list[Heading]:
            return [Heading("a <b> title")]

    assert str(Result()) == Result().report() == "a <b> title"
    assert "a &lt;b&gt; title" in Result()._repr_html_()
    with pytest.raises(NotImplementedError):
        Report().report()
