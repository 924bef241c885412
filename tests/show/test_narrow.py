"""Tables at the widths that terminals have: every number whole, nothing beyond the edge."""

import re
from io import StringIO
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import surefoot as sf
from surefoot.show import Column, Grid, print_blocks, shortened, significant, to_text
from surefoot.show.narrow import wrapped

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


def test_a_number_is_whole_where_the_terminal_is_too_narrow_for_it() -> None:
    grid = Grid((Column("a"), Column("b", numeric=True)), (("x", "1.23456789e-12"),))
    assert "1.23456789e-12" in to_text([grid], 13)


def test_columns_without_room_go_on_below_with_what_tells_the_rows_apart() -> None:
    columns = [Column("name"), *(Column(f"n{k}", numeric=True) for k in range(6))]
    rows = tuple((name, *(f"{k + 1}.23456e-12" for k in range(6))) for name in ("first", "other"))
    text = to_text([Grid(tuple(columns), rows, title="numbers", footnote="the end")], 60)
    assert max(map(len, text.splitlines())) <= 60
    assert all(text.count(f"{k + 1}.23456e-12") == 2 for k in range(6))
    assert text.count("first") == text.count("other") == 2
    assert "numbers, continued" in text and text.count("the end") == 1
    assert "numbers, continued" not in to_text([Grid(tuple(columns), rows, title="numbers")], 100)


def test_words_are_broken_between_words_and_long_ones_between_their_parts() -> None:
    assert wrapped("is supported here", 9) == "is\nsupported\nhere"
    assert wrapped("sin(1e-5*x)-1.25e-7*y", 8).split("\n") == ["sin(1e-5", "*x)", "-1.25e-7", "*y"]
    assert wrapped("a_name_of_many_letters", 8) == "a_name_o\nf_many_l\netters"
    assert wrapped("-1.2345678901234567e-300", 8) == "-1.2345678901234567e-300"


def test_what_is_shortened_ends_in_front_of_a_number() -> None:
    assert shortened("x + 1.2345e-9*y", 20) == "x + 1.2345e-9*y"
    assert shortened("x + 1.2345e-9*y", 10) == "x +…"


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=9),
    st.sampled_from([40, 60, 80]),
)
def test_no_table_cuts_a_number(values: list[float], width: int) -> None:
    numbers = [significant(value, 10) for value in values]
    columns = [Column("known"), *(Column(f"n{k}", numeric=True) for k in range(len(numbers)))]
    lines = to_text([Grid(tuple(columns), (("supported", *numbers),))], width).splitlines()
    words = [word for line in lines for word in line.split()]
    assert all(word in ("known", "supported", "continued", *numbers) or word[0] == "n"
               for word in words)  # fmt: skip
    assert all(number in words for number in numbers)
    assert max(map(len, lines)) <= width


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


def _wide_reports() -> dict[str, Any]:
    """Results with more numbers than fit side by side."""
    return {
        "kinks": sf.kinks("abs(x - 1) + floor(x) + 1e-9*abs(x-pi*1e-5)", (-2, 2)),
        "kinks of three": sf.kinks(
            "abs(x - pi*y) + abs(z-1.2345678e-7)*1.234567e-9 + floor(x*y)*1e-8",
            {"x": (-2, 2), "y": (-1, 3), "z": (-1, 1)},
        ),
        "stationary": sf.stationary_points(
            "(x^2+y-11)^2 + (x+y^2-7)^2", {"x": (-6, 6), "y": (-6, 6)}
        ),
        "chain of small numbers": sf.chain(
            "1e-9 sin(1e-5 x y)*exp(-x^2)", {"x": 1.234567e-5, "y": 2.3456789e-7}
        ),
        "race": sf.race(
            "x^2 + 10y^2", {"x": 1.0, "y": 1.0},
            {"gd": 1.23e-5, "a very long name of a rule": {"rule": "adam", "lr": 0.1}},
            300, starts=4,
        ),
        "rate": sf.learning_rate("1e-7 x^2 + 1.2e5 y^2", {"x": 1.0, "y": 1.0}, "momentum"),
        "minimize over": sf.minimize(
            "x^4 - 4x^2 + x + 1e-7y^2", over={"x": (-2, 2), "y": (-1e-5, 1e7)}
        ),
    }  # fmt: skip


REPORTS = _reports()
ALL = REPORTS | _wide_reports()


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", ALL)
def test_every_result_fits_the_terminal(name: str, width: int) -> None:
    lines = ALL[name].report(width).splitlines()
    assert max(map(len, lines)) <= width
    # A number that was cut ends in an ellipsis, or with its exponent on the next line.
    assert not re.search(r"[0-9.e-]…(\s|$)", "\n".join(lines))
    assert not re.search(r"\d(\.\d+)?e-?(\s|$)", "\n".join(lines))
    # Only the row of a column one letter wide has nothing but a letter in it.
    assert not re.search(r"^\s+[a-z]$", "\n".join(lines), re.MULTILINE)


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
