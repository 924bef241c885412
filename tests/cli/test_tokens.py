"""The command line as people type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.cli.tokens import ordered
from surefoot.terms import InputError

OPTIONS = {"--from": True, "--at": True, "--tol": True, "--json": False, "--help": False}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["x^2"], ["--", "x^2"]),
        (["-x^2+4x"], ["--", "-x^2+4x"]),
        (["-x"], ["--", "-x"]),
        (["-3"], ["--", "-3"]),
        (["--x^2"], ["--", "--x^2"]),
        (["--x"], ["--", "--x"]),
        (["-(x-1)^2", "--json"], ["--json", "--", "-(x-1)^2"]),
        (["--json", "-x^2"], ["--json", "--", "-x^2"]),
        (["--at", "-3", "-x^2"], ["--at=-3", "--", "-x^2"]),
        (["-x^2", "--at", "x=-3", "--json"], ["--at=x=-3", "--json", "--", "-x^2"]),
        (["--at=-3", "-x"], ["--at=-3", "--", "-x"]),
        (["--from", "--x", "x"], ["--from=--x", "--", "x"]),
        (["--", "--json"], ["--", "--json"]),
        (["x", "--", "--json"], ["--", "x", "--json"]),
        (["--json"], ["--json"]),
        (["x = 1"], ["--", "x = 1"]),
        ([""], ["--", ""]),
        ([], []),
    ],
)
def test_what_is_a_formula_and_what_is_an_option(typed: list[str], expected: list[str]) -> None:
    assert ordered(typed, OPTIONS) == expected


@pytest.mark.parametrize("typed", [["x", "--at"], ["--at", "--json", "x"], ["--at"]])
def test_an_option_without_its_value_is_said(typed: list[str]) -> None:
    with pytest.raises(InputError, match="--at needs a value"):
        ordered(typed, OPTIONS)


def test_one_option_in_two_spellings_is_refused() -> None:
    with pytest.raises(InputError, match="--from and --at are the same option"):
        ordered(["x", "--at", "1", "--from=2"], OPTIONS)


def test_a_slip_of_the_pen_gets_a_suggestion() -> None:
    with pytest.raises(InputError, match=r"no option --jsn; did you mean --json\?"):
        ordered(["x", "--jsn"], OPTIONS)
    with pytest.raises(InputError, match=r"no option --qqqqq; the options are --at, --from"):
        ordered(["--qqqqq=3", "x"], OPTIONS)


@given(st.text(max_size=40).filter(lambda text: not text.startswith("--")))
def test_nothing_that_begins_otherwise_is_lost(formula: str) -> None:
    assert ordered(["--tol", "1", formula], OPTIONS) == ["--tol=1", "--", formula]
