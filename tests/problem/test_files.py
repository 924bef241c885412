"""Problem files: what they say, and the sentence for everything that can be wrong in one."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from surefoot.problem.files import ProblemFile, read_problem_file
from surefoot.problem.tables import read_table
from surefoot.terms import FormulaError, InputError

Write = Callable[..., Path]

CSV = "# a comment\nday,x,y\nmon,1,2.5\ntue,2,3.5\nwed,4,7.0\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes problem.toml (and data.csv) and gives its path."""

    def _write(text: str, csv: str | None = CSV) -> Path:
        if csv is not None:
            (tmp_path / "data.csv").write_text(csv, encoding="utf-8")
        path = tmp_path / "problem.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


FIT = """
title = "a line"
source = "made up"
least_squares = { model = "a + b x", response = "y" }
[variables]
b = { start = 1, lower = 0, upper = 10, units = "m/s", label = "slope" }
a = 2
[data]
x = { file = "data.csv", column = "x", units = "s" }
y = { file = "data.csv", column = "y" }
[labels]
y = "distance"
objective = "misfit"
[options]
tol = 1e-8
max_steps = 50
"""


def test_a_fit(write: Write) -> None:
    problem = read_problem_file(write(FIT))
    assert (problem.title, problem.source, problem.kind) == ("a line", "made up", "least_squares")
    assert problem.formula.text == "y - (a + b x)"
    assert problem.formula.variables == ("b", "a"), "in the order of the file"
    assert (problem.response, problem.model and problem.model.text) == ("y", "a + b x")
    residual = problem.formula(problem.start)
    np.testing.assert_array_equal(residual, [2.5 - 3, 3.5 - 4, 7.0 - 6])
    assert set(problem.bounds) == {"b"}
    assert [float(side) for side in problem.bounds["b"]] == [0.0, 10.0]
    assert problem.units == {"b": "m/s", "x": "s"}
    assert problem.labels == {"b": "slope", "y": "distance", "objective": "misfit"}
    assert problem.options == {"tol": 1e-8, "max_steps": 50}
    assert problem.data["x"].rows == ("mon", "tue", "wed"), "the column of text names the rows"
    assert problem.data["x"].origin == "data.csv, column x"


def test_a_residual_formula(write: Write) -> None:
    text = FIT.replace('{ model = "a + b x", response = "y" }', '"y - a - b x"')
    problem = read_problem_file(write(text))
    assert (problem.model, problem.response) == (None, "")
    np.testing.assert_array_equal(problem.formula(problem.start), [-0.5, -0.5, 1.0])


def test_inline_data_vectors_and_limits(write: Write) -> None:
    problem = read_problem_file(
        write("""
maximize = "mu @ w - 0.5 w @ S @ w"
subject_to = ["sum(w) == 1", "w >= 0"]
[variables]
w = { shape = 2, lower = 0 }
[data]
mu = [0.05, 0.08]
S = [[0.04, 0.01], [0.01, 0.09]]
""")
    )
    assert problem.kind == "maximize"
    assert problem.start is None
    assert problem.example["w"].shape == (2,)
    assert problem.lower["w"].tolist() == [0.0, 0.0]
    assert list(problem.subject_to) == ["sum(w) == 1", "w >= 0"]
    assert problem.formula([1.0, 0.0]) == pytest.approx(0.05 - 0.02)


def test_named_limits(write: Write) -> None:
    problem = read_problem_file(
        write('minimize = "x^2"\n[subject_to]\nbudget = "x >= 1"\n[variables]\nx = 3\n')
    )
    assert problem.subject_to["budget"].text == "x >= 1"


def test_no_variables_table(write: Write) -> None:
    problem = read_problem_file(write('minimize = "(x - 1)^2 + y^2"\n'))
    assert problem.formula.variables == ("x", "y")
    assert problem.start is None
    assert {name: np.shape(v) for name, v in problem.example.items()} == {"x": (), "y": ()}


PRICES = "date;gold;oil\n2024-01;100;50\n2024-02;110;40\n2024-03;99;44\n"


def test_transforms_keep_names(write: Write) -> None:
    problem = read_problem_file(
        write(
            """
minimize = "w @ S @ w - mu @ w"
[variables]
w = { start = [0.5, 0.5] }
[data]
prices = { file = "data.csv" }
returns = { from = "prices", transform = "returns" }
mu = { from = "returns", transform = "mean" }
S = { file = "data.csv", columns = ["gold", "oil"], transform = ["returns", "cov"] }
""",
            PRICES,
        )
    )
    returns = np.array([[0.1, -0.2], [-0.1, 0.1]])
    data = problem.data
    np.testing.assert_allclose(data["returns"].values, returns, rtol=1e-14)
    assert data["returns"].rows == ("2024-02", "2024-03")
    np.testing.assert_allclose(data["mu"].values, returns.mean(axis=0), rtol=1e-14, atol=1e-16)
    assert data["mu"].rows == ("gold", "oil")
    np.testing.assert_allclose(data["S"].values, np.cov(returns.T), rtol=1e-14)
    assert data["S"].rows == data["S"].columns == ("gold", "oil")


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("log", np.log([1.0, 2.0, 4.0])),
        ("log_returns", np.log([2.0, 2.0])),
        ("mean", 7 / 3),
        ("std", np.std([1, 2, 4], ddof=1)),
        ("cov", np.var([1, 2, 4], ddof=1)),
        ("standardize", (np.array([1, 2, 4]) - 7 / 3) / np.std([1, 2, 4], ddof=1)),
    ],
)
def test_every_transform(write: Write, step: str, expected: object) -> None:
    problem = read_problem_file(
        write(
            'minimize = "p^2 + sum(x)"\n[data]\n'
            f'x = {{ file = "data.csv", column = "x", transform = "{step}" }}\n'
        )
    )
    np.testing.assert_allclose(problem.data["x"].values, expected, rtol=1e-13)


WRONG: list[tuple[str, str, str | None]] = [
    # what the file says, a piece of the sentence, the CSV
    ("x = ", "not valid TOML", None),
    ("minimise = 'x'", "did you mean 'minimize'", None),
    ("title = 'nothing asked'", "exactly one of", None),
    ("minimize = 'x'\nmaximize = 'x'", "minimize and maximize", None),
    ("minimize = 3", "minimize is a number; expected text", None),
    ("minimize = 'x +'", "minimize: the formula ends", None),
    ("minimize = 'x <= 1'", "is a comparison", None),
    ("minimize = 'x'\nsubject_to = 'x + 1'", "no comparison", None),
    ("minimize = 'x'\nsubject_to = 3", "expected a comparison", None),
    ("minimize = 'x'\n[variables]\nx = 'a'", "variables.x.start is text", None),
    ("minimize = 'x'\n[variables]\nx = true", "truth value", None),
    ("minimize = 'x'\n[variables]\nx = nan", "holds nan", None),
    ("minimize = 'x'\n[variables]\nx = inf", "holds inf", None),
    ("minimize = 'x'\n[variables]\nx = []", "empty list", None),
    ("minimize = 'x'\n[variables]\nx = [[1, 2], [3]]", "ragged", None),
    ("minimize = 'x'\n[variables]\nx = { strat = 1 }", "did you mean 'start'", None),
    ("minimize = 'x'\n[variables]\nx = { lower = 2, upper = 1 }", "lower is above upper", None),
    ("minimize = 'x'\n[variables]\nx = { start = [1, 2], shape = 3 }", "differ", None),
    ("minimize = 'x'\n[variables]\nx = { shape = -1 }", "shape is -1", None),
    (
        "minimize = 'sum(x)'\n[variables]\nx = { shape = 1000000000000 }",
        "1,000,000,000,000 numbers; a variable may have",
        None,
    ),
    (
        "minimize = 'sum(x)'\n[variables]\nx = { shape = [1000000, 1000000] }",
        "1,000,000,000,000 numbers",
        None,
    ),
    ("minimize = 'x'\n[variables]\nx = " + "[" * 5000 + "]" * 5000, "more deeply", None),
    ("minimize = 'x'\n[options]\ntime_limit = 'a'", "'a'; expected a number above 0", None),
    ("minimize = 'x'\nfoo = 1", "'foo' is not known here. Known: title", None),
    ("minimize = 'x'\n[variables]\nx = 1\ny = 2", "variables.y is used in no formula", None),
    ("minimize = 'x + y'\n[variables]\nx = 1", "'y' is not defined", None),
    ("minimize = '(x - 1)^2'\n[data]\nspare = [1, 2]", "data.spare is used in no formula; remove",
     None),
    ("minimize = 'sum((x - volum)^2)'\n[data]\nvolume = [1, 2]",
     "data.volume is used in no formula; did you mean 'volum'? That name is no data, so it became",
     None),
    ("least_squares = { model = 'a + b x', response = 'yeild' }\n[data]\nx = [1]\nyields = [2]",
     "response: 'yeild' is not among the data (x, yields); did you mean 'yields'? The response",
     None),
    ("least_squares = { model = 'a x', response = 'a' }\n[variables]\na = 1\n[data]\nx = [1, 2]",
     "response: 'a' is not among the data", None),
    ("least_squares = { model = 'a', response = 'y' }", "the data (none). The response", None),
    ("minimize = 'x + y'\n[variables]\nx = 1\ny = { lower = 0 }", "variables.y has no start", None),
    ("minimize = 'x'\n[variables]\nx = 1\n[data]\nx = 2", "both as data and as a variable", None),
    ("minimize = 'x'\n[options]\ntoll = 1", "did you mean 'tol'", None),
    ("minimize = 'x'\n[options]\ntol = 'small'", "options.tol is 'small'", None),
    ("minimize = 'x'\n[options]\nmax_steps = 0", "whole number above 0", None),
    ("minimize = 'x'\n[options]\nmax_steps = true", "whole number above 0", None),
    ("minimize = 'x'\n[labels]\ny = 'a'", "neither a variable nor data", None),
    ("variables = 3\nminimize = 'x'", "expected a table", None),
    ("minimize = 'm x'\n[data]\nm = { }", "exactly one of value, file, from", None),
    ("minimize = 'm x'\n[data]\nm = { value = 1, file = 'a' }", "value and file", None),
    ("minimize = 'm x'\n[data]\nm = { value = 1, column = 'a' }", "goes with file=", None),
    ("minimize = 'm x'\n[data]\nm = { from = 'k' }", "no data 'k' above", None),
    ("minimize = 'm x'\n[data]\nm = { value = 1, transform = 'mean' }", "single number", None),
    ("minimize = 'm x'\n[data]\nm = { value = [1, 2], transform = 'maen' }", "'mean'", None),
    ("minimize = 'm x'\n[data]\nm = { value = [-1, 2], transform = 'log' }", "not positive", None),
    ("minimize = 'm x'\n[data]\nm = { value = [0, 2], transform = 'returns' }", "positive", None),
    ("minimize = 'm x'\n[data]\nm = { value = [1], transform = 'std' }", "two rows", None),
    ("minimize = 'm x'\n[data]\nm = 'a.csv'", "data.m is text", None),
    ("minimize = 'm x'\n[data]\nm = [1, nan]", "holds nan", None),
    ("minimize = 'm x'\n[data]\nm = { file = 'dat.csv', column = 'x' }", "'data.csv'", CSV),
    ("minimize = 'm x'\n[data]\nm = { file = 'data.csv', column = 'z' }", "no column 'z'", CSV),
    ("minimize = 'm x'\n[data]\nm = { file = 'data.csv', column = 'X' }", "it has day, x, y", CSV),
    ("minimize = 'm x'\n[data]\nm = { file = 'data.csv', columns = 'x' }", "expected a list", CSV),
    ("minimize = 'm x'\n[data]\nm = { file = 'data.csv', delimiter = ';;' }", "one character", CSV),
    (
        "minimize = 'm x'\n[data]\nm = { file = 'data.csv', column = 'day' }",
        "line 3, column 'day' is no number: 'mon'",
        CSV,
    ),
    ("least_squares = { model = 'x' }", "'response' is missing", None),
    ("least_squares = { model = 'x', respons = 'y' }", "did you mean 'response'", None),
    ("least_squares = { model = 'f(x) = x', response = 'y' }", "without f(…) =", None),
]


@pytest.mark.parametrize(
    ("text", "piece", "csv"), WRONG, ids=[case[0].replace("\n", " ")[:60] for case in WRONG]
)
def test_what_is_wrong_is_said(write: Write, text: str, piece: str, csv: str | None) -> None:
    with pytest.raises(InputError) as caught:
        read_problem_file(write(text, csv))
    assert piece in str(caught.value)
    assert "\n" not in str(caught.value) or isinstance(caught.value, FormulaError)


BAD_CSV: list[tuple[str, str]] = [
    ("", "is empty"),
    ("# only a comment\n", "is empty"),
    ("x,y\n", "no rows"),
    ("1,2\n3,4\n", "first row must name the columns"),
    ("x,y\n1,2\n3\n", "line 3 has 1 cells, but the header has 2 (x, y)"),
    ("x,y\n\n1,2\n\n3,4,5\n", "line 5 has 3 cells"),
    ("x,y\n1,\n", "line 2, column 'y' is empty"),
    ("x,y\n1,NaN\n", "line 2, column 'y' is missing ('NaN')"),
    ("x,y\n1,NA\n", "missing"),
    ("x,y\n1,inf\n", "not finite"),
    ("x,y\n1,2\n1,two\n", "line 3, column 'y' is no number: 'two'"),
    ('x,y\n1,"2,5"\n', "write 2.5 with a point"),
    ("x;y\n1;2,5\n", "write 2.5 with a point"),
    ("x,y\n1,1_000\n", "no number"),
    ("x,x\n1,2\n", "'x' stands 2 times"),
    ("x,,y\n1,2,3\n", "one is empty"),
    ('x,y\n1,"2\n', "line 2 cannot be read"),
]


@pytest.mark.parametrize(("csv", "piece"), BAD_CSV, ids=[repr(csv) for csv, _ in BAD_CSV])
def test_bad_csv(write: Write, csv: str, piece: str) -> None:
    text = (
        "least_squares = 'y - a x'\n[data]\n"
        "x = { file = 'data.csv', column = 'x' }\ny = { file = 'data.csv', column = 'y' }\n"
    )
    with pytest.raises(InputError) as caught:
        read_problem_file(write(text, csv))
    assert piece in str(caught.value)
    assert "data.csv" in str(caught.value)


def test_columns_of_different_length_do_not_fit(write: Write) -> None:
    text = FIT.replace('y = { file = "data.csv", column = "y" }', "y = [1, 2]")
    with pytest.raises(FormulaError, match=r"do not fit together.*x \(3,\), y \(2,\)"):
        read_problem_file(write(text))


def test_a_mark_shows_where_in_the_formula(write: Write) -> None:
    with pytest.raises(FormulaError) as caught:
        read_problem_file(write(FIT.replace("a + b x", "a + b x y z")))
    assert "problem.toml, least_squares.model: 'z' is not defined" in caught.value.reason
    assert caught.value.text[caught.value.start] == "z"


def test_tabs_semicolons_and_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "tab.csv").write_text("x\ty\n1\t2\n", encoding="utf-8")
    (tmp_path / "bom.csv").write_bytes(b"\xef\xbb\xbfx;y\r\n1;2\r\n")
    for name in ("tab.csv", "bom.csv"):
        table = read_table(tmp_path / name)
        assert table.columns == ("x", "y")
        assert table.numbers("y").tolist() == [2.0]
    (tmp_path / "latin.csv").write_bytes(b"x\n\xe9\n")
    with pytest.raises(InputError, match="not UTF-8"):
        read_table(tmp_path / "latin.csv")


def test_a_changed_file_is_read_again(write: Write) -> None:
    path = write(FIT)
    before = read_problem_file(path).data["x"].values
    write(FIT, CSV.replace("mon,1", "mon,1.25"))
    after = read_problem_file(path).data["x"].values
    assert (before[0], after[0]) == (1.0, 1.25)


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    path.write_bytes(b"no parquet")
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        with pytest.raises(InputError, match="pip install pyarrow"):
            read_table(path)
        return
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_table(path)
    parquet.write_table(pyarrow.table({"x": [1.0, 0.1], "s": ["a", "b"]}), tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert table.numbers("x").tolist() == [1.0, 0.1]


def test_a_pipe_is_no_data_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f.csv")
    (tmp_path / "p.toml").write_text(
        "minimize = '(a - sum(t))^2'\n[data]\nt = { file = 'f.csv', column = 't' }\n"
    )
    with pytest.raises(InputError, match="no ordinary file"):
        read_problem_file(tmp_path / "p.toml")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no problem file"):
        read_problem_file(tmp_path / "nothing.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_problem_file(tmp_path / "bytes.toml")


# ── the examples ──

CERTIFIED = {
    "adsorption": ("Misra1a", {"capacity": 2.3894212918e02, "rate": 5.5015643181e-04}),
    "electron_mobility": (
        "Thurber",
        {"b1": 1.2881396800e03, "b2": 1.4910792535e03, "b3": 5.8323836877e02,
         "b4": 7.5416644291e01, "b5": 9.6629502864e-01, "b6": 3.9797285797e-01,
         "b7": 4.9727297349e-02},
    ),
    "thermal_expansion": (
        "Hahn1",
        {"b1": 1.0776351733e00, "b2": -1.2269296921e-01, "b3": 4.0863750610e-03,
         "b4": -1.4262662514e-06, "b5": -5.7609940901e-03, "b6": 2.4053735503e-04,
         "b7": -1.2314450199e-07},
    ),
}  # fmt: skip
SUM_OF_SQUARES = {
    "adsorption": 1.2455138894e-01,
    "electron_mobility": 5.6427082397e03,
    "thermal_expansion": 1.5324382854e00,
}


@pytest.mark.parametrize("name", CERTIFIED)
def test_the_examples_hold_the_published_data(name: str, repository: Path) -> None:
    problem = read_problem_file(repository / "examples" / f"{name}.toml")
    assert "NIST" in problem.source
    assert CERTIFIED[name][0] in problem.source
    residual = problem.formula(CERTIFIED[name][1])
    assert float(np.sum(residual**2)) == pytest.approx(SUM_OF_SQUARES[name], rel=2e-10)


@pytest.mark.parametrize("name", CERTIFIED)
def test_the_examples_are_the_published_files(
    name: str, repository: Path, published_data: Path
) -> None:
    problem = read_problem_file(repository / "examples" / f"{name}.toml")
    lines = (published_data / "nist" / f"{CERTIFIED[name][0]}.dat").read_text().splitlines()
    first = max(k for k, line in enumerate(lines) if line.startswith("Data:")) + 1
    rows = np.array([[float(cell) for cell in line.split()] for line in lines[first:] if line])
    response, predictor = _response_and_predictor(problem)
    np.testing.assert_array_equal(problem.data[response].values, rows[:, 0])
    np.testing.assert_array_equal(problem.data[predictor].values, rows[:, 1])


def _response_and_predictor(problem: ProblemFile) -> tuple[str, str]:
    (predictor,) = set(problem.data) - {problem.response}
    return problem.response, predictor
