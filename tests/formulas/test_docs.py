"""The pages on formulas and problem files say what the code does."""

import re
from pathlib import Path

import numpy as np
import pytest

from surefoot.formulas import parse, to_text
from surefoot.formulas.functions import SPELLINGS
from surefoot.problem.files import read_problem_file
from surefoot.terms import FormulaError

VARIABLES = ["a", "b", "c", "w", "x", "y", "A"]


def _page(repository: Path, name: str) -> str:
    return (repository / "docs" / name).read_text(encoding="utf-8")


def _rows(page: str, heading: str) -> list[list[list[str]]]:
    """Rows of the table under a heading; each cell is its pieces of code."""
    section = page.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    rows: list[list[list[str]]] = []
    for line in lines:
        # A cell ends at a bar outside of code.
        pieces = re.split(r"\|(?=(?:[^`]*`[^`]*`)*[^`]*$)", line)[1:-1]
        rows.append([re.findall(r"`([^`]+)`", piece) for piece in pieces])
    return rows


def test_what_you_write_is_what_it_means(repository: Path) -> None:
    rows = _rows(_page(repository, "formulas.md"), "What it means")
    assert len(rows) > 25
    point = {"a": 1.7, "b": 0.6, "c": -2.3, "x": 0.45, "y": -1.2}
    point |= {"w": np.array([0.3, -2.0]), "A": np.array([[1.0, 2.0], [-0.5, 0.25]])}
    for written, (meaning,) in rows:
        expected = parse(meaning, variables=VARIABLES)
        for text in written:
            formula = parse(text, variables=VARIABLES)
            np.testing.assert_allclose(
                np.asarray(formula(point), dtype=float), np.asarray(expected(point), dtype=float),
                rtol=1e-14, err_msg=text,
            )  # fmt: skip


def test_what_is_refused_reads_two_ways(repository: Path) -> None:
    rows = _rows(_page(repository, "formulas.md"), "What is refused as ambiguous")
    assert len(rows) > 15
    for (text,), *readings in rows:
        with pytest.raises(FormulaError, match="two ways"):
            parse(text)
        trees = {to_text(parse(r, variables=[*VARIABLES, "xy", "sinx", "T", "log_2", "tg"]).tree)
                 for cell in readings for r in cell if r != "a"}  # fmt: skip
        assert len(trees) == 2 or text == "a(x+1)", text


def test_every_function_is_on_the_page(repository: Path) -> None:
    section = _page(repository, "formulas.md").split("## Functions\n")[1].split("\n## ")[0]
    words = set(re.findall(r"[a-z]+[0-9]*p?[0-9]*", section))
    spare = {"arccos", "arctan", "arctan2", "arcsinh", "arccosh", "arctanh", "maximum", "minimum",
             "logistic", "gammaln"}  # fmt: skip
    assert set(SPELLINGS) - spare <= words


def test_the_page_on_problem_files(repository: Path, tmp_path: Path) -> None:
    page = _page(repository, "problem-files.md")
    (toml,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    data = (repository / "examples" / "adsorption.csv").read_text(encoding="utf-8")
    (tmp_path / "adsorption.csv").write_text(data, encoding="utf-8")
    (tmp_path / "page.toml").write_text(toml, encoding="utf-8")
    here = read_problem_file(tmp_path / "page.toml")
    there = read_problem_file(repository / "examples" / "adsorption.toml")
    for problem in (here, there):
        assert problem.formula.text == "volume - (capacity (1 - e^(-rate*pressure)))"
        assert problem.start is not None
        assert problem.start["capacity"] == 500.0
        assert problem.data["pressure"].origin == "adsorption.csv, column pressure"
