"""Tables at the widths that terminals have: every number whole, nothing beyond the edge."""

import re
from io import StringIO
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.show import Column, Grid, print_blocks, to_text

COLUMNS = (
    Column("parameter"),
    Column("measured value", numeric=True),
    Column("note", flexible=True),
    Column("left", numeric=True, spare=1),
    Column("best h", numeric=True, spare=2),
)
ROWS = (
    ("hidden.weights[12,31]", "-0.123456789012", "at its lower bound", "-0.1234567", "3.1e-5"),
    ("b", "12.5", "", "12.5", "1e-6"),
)
GRID = Grid(COLUMNS, ROWS, footnote="as it was")


def _lines(width: int) -> list[str]:
    return to_text([GRID], width).splitlines()


@pytest.mark.parametrize("width", [50, 60, 80, 120])
def test_no_number_is_cut_and_no_line_is_too_long(width: int) -> None:
    lines = _lines(width)
    assert max(map(len, lines)) <= width
    assert any("-0.123456789012" in line for line in lines)
    assert any("12.5" in line for line in lines)


def test_columns_go_in_their_order_and_the_table_says_so() -> None:
    assert "not shown" not in to_text([GRID], 120)
    assert "not shown for want of room: best h" in to_text([GRID], 62)
    assert "not shown for want of room: left, best h" in to_text([GRID], 50)
    assert "as it was" in to_text([GRID], 50)


def test_headings_are_wrapped_before_a_column_is_given_up() -> None:
    grid = Grid((Column("standard error", numeric=True), Column("x", whole=True)), (("1.5", "2"),))
    text = to_text([grid], 14)
    assert "standard\n" in text and "error" in text and "…" not in text


def test_what_must_be_cut_shows_that_it_is_cut() -> None:
    grid = Grid((Column("a"), Column("b", numeric=True)), (("x", "1.23456789e-12"),))
    assert "1.23456…" in to_text([grid], 13)


def _loss(w: Any) -> Any:
    hidden = jnp.tanh(w["layer_one_weights"] @ jnp.array([0.5, -1.2, 2.0]))
    return (w["W2"] @ hidden - 1.0) ** 2


def _reports() -> dict[str, Any]:
    random = np.random.default_rng(0)
    w = {"layer_one_weights": random.normal(size=(4, 3)), "W2": random.normal(size=4)}
    chain = sf.chain(_loss, w)
    x = np.linspace(0.0, 3.0, 12)
    noisy = 2.5 * np.exp(-1.3 * x) + 0.01 * random.normal(size=12)
    return {
        "limit_check": sf.limit_check(_loss, w),
        "ladder": sf.limit_check(lambda x: jnp.abs(x) ** 1.5 + x, 0.3),
        "nudge": sf.nudge(_loss, w, 1e-3),
        "chain": chain,
        "contribution": chain.contribution("layer_one_weights[3,2]"),
        "fit": sf.curve_fit(
            lambda x, p: p["amplitude_of_signal"] * jnp.exp(-p["rate"] * x),
            x, noisy, {"amplitude_of_signal": 1.0, "rate": 1.0},
        ),
        "classify": sf.classify("x^2 - y^2", {"x": 0.0, "y": 0.0}),
    }  # fmt: skip


REPORTS = _reports()


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", REPORTS)
def test_every_result_fits_the_terminal(name: str, width: int) -> None:
    lines = REPORTS[name].report(width).splitlines()
    assert max(map(len, lines)) <= width
    # A number that was cut ends in an ellipsis.
    assert not re.search(r"[0-9.]…(\s|$)", "\n".join(lines))


@pytest.mark.parametrize("name", REPORTS)
def test_repr_is_one_short_line(name: str) -> None:
    assert "\n" not in repr(REPORTS[name])
    assert len(repr(REPORTS[name])) <= 160


def test_a_fit_keeps_its_intervals_at_eighty_columns() -> None:
    assert "95 % interval" in REPORTS["fit"].report(80)


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "xterm-256color")]
)
def test_colour_only_where_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    for name in ("NO_COLOR", "TERM", "COLORTERM", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv(variable, value)
    stream = _Terminal()
    print_blocks(REPORTS["classify"].blocks(), stream)
    coloured = re.search(r"\x1b\[[0-9;]*3[0-9]", stream.getvalue()) is not None
    assert coloured is (value == "xterm-256color")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert max(len(line.rstrip()) for line in plain.splitlines()) <= 60
