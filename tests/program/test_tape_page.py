"""The page on tapes says what the code does."""

import re
from pathlib import Path

import jax.numpy as jnp
import pytest

from surefoot.problem import read_problem_file
from surefoot.program import trace
from surefoot.program.tape import ARITY, BINARY, REDUCTIONS, TERNARY, UNARY, Tape, curve_tape
from surefoot.program.tape.tape import MOST_NUMBERS, MOST_OPS, MOST_WORK


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "tape.md").read_text(encoding="utf-8")


def test_the_table_of_operations_is_complete(page: str) -> None:
    rows = dict(re.findall(r"^\| (one argument|two|of a column) \| `([^`]+)` \|$", page, re.M))
    assert rows["one argument"].split() == list(UNARY)
    assert rows["two"].split() == list(BINARY)
    assert rows["of a column"].split() == list(REDUCTIONS)
    assert set(ARITY) == {*UNARY, *BINARY, *TERNARY, *REDUCTIONS, "ipow"}


def test_the_fields_are_those_of_the_format(page: str) -> None:
    section = page.split("## The format", 1)[1].split("Registers are", 1)[0]
    fields = re.findall(r"^\| `(\w+)` \|", section, re.M)
    assert fields == list(Tape(0, (), (), 1, (), ()).to_json())


def test_the_example_gives_what_it_says(page: str) -> None:
    code = page.split("```python\n", 1)[1].split("```", 1)[0]
    names: dict[str, object] = {}
    shown = 0
    for line in code.splitlines():
        statement, _, comment = line.partition("#")
        numbers = re.findall(r"-?\d+\.?\d*", comment.rsplit(":", 1)[-1])
        if not numbers or "↦" in comment:
            exec(statement, names)
        else:
            value = eval(statement, names)
            found = value if isinstance(value, list) else [value]
            for number, wanted in zip(numbers, found, strict=True):
                assert str(wanted).startswith(number)
                shown += 1
    assert shown == 5


def test_the_fit_is_as_short_as_told(page: str, repository: Path) -> None:
    found = re.search(r"(\d+) rows, (\d+) parameters\) becomes (\d+) operations and (\d+)", page)
    assert found is not None
    file = read_problem_file(repository / "examples" / "thermal_expansion.toml")
    program = trace(lambda p: jnp.sum(file.formula(p) ** 2), file.start)
    tape = curve_tape(program)
    rows, size, ops, columns = map(int, found.groups())
    assert (tape.lanes, program.structure.size, len(tape.columns)) == (rows, size, columns)
    # Another JAX may write a derivative with a few operations more or less.
    assert ops * 0.8 <= len(tape.ops) <= ops * 1.2
    assert 17_000 <= tape.work <= 21_000


def test_the_limits_are_those_told(page: str) -> None:
    for limit in (MOST_OPS, MOST_WORK, MOST_NUMBERS):
        assert f"{limit:,}" in page
