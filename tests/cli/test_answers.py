"""From the words on the command line to the front desk and back, with the front desk replaced.

What the real solver finds is tested with the solver; here it matters what it is asked, what is
printed of its answer, and how the command ends.
"""

import json
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from tests.show.examples import HIMMELBLAU

from surefoot import solve
from surefoot.cli import main
from surefoot.show import Block, solution_blocks
from surefoot.terms import InputError, Status


@dataclass
class Answer:
    """A solution as far as a command looks at it."""

    status: Status = Status.CONVERGED

    def blocks(self) -> list[Block]:
        return solution_blocks(HIMMELBLAU)

    def to_dict(self) -> dict[str, Any]:
        return {"x": {"x": np.float64(3.0)}, "value": nan, "gap": inf, "status": self.status.name}


@dataclass
class Desk:
    """Records what is asked, and gives the prepared answer."""

    answer: Answer | BaseException = field(default_factory=Answer)
    asked: dict[str, Any] = field(default_factory=dict)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.asked = {"arguments": arguments, **options}
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk()
    for name in ("minimize", "maximize", "solve_file"):
        monkeypatch.setattr(solve, name, made, raising=False)
    return made


def test_what_is_typed_is_what_is_asked(desk: Desk) -> None:
    typed = ["maximize", "-x^2 - y^2", "--from", "x=-1,y=pi", "--bounds", "x=-6:6,y=0:"]
    typed += ["--method", "newton", "--tol", "1e-6", "--max-steps", "50", "--time-limit", "2.5"]
    typed += ["--starts", "7", "--seed", "3"]
    assert main(typed) == 0
    assert desk.asked == {
        "arguments": ("-x^2 - y^2", {"x": -1.0, "y": np.pi}),
        "bounds": {"x": (-6.0, 6.0), "y": (0.0, inf)},
        "over": None,
        "method": "newton",
        "tol": 1e-6,
        "max_steps": 50,
        "time_limit": 2.5,
        "starts": 7,
        "seed": 3,
    }


def test_what_is_not_typed_is_left_to_the_front_desk(desk: Desk) -> None:
    assert main(["minimize", "x^2"]) == 0
    assert desk.asked == {
        "arguments": ("x^2", None),
        "bounds": None,
        "over": None,
        "method": "auto",
        "tol": 1e-9,
        "max_steps": None,
        "time_limit": None,
        "starts": None,
        "seed": 0,
    }


@pytest.mark.parametrize("formula", ["-x^2+4x", "-x", "--x", "-(x-1)^2", "- x^2"])
def test_a_formula_may_begin_with_a_minus(desk: Desk, formula: str) -> None:
    assert main(["maximize", formula, "--from", "-3"]) == 0
    assert desk.asked["arguments"] == (formula, {"x": -3.0})


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.CONVERGED, 0),
        (Status.STALLED, 0),
        (Status.STEP_LIMIT, 1),
        (Status.TIME_LIMIT, 1),
        (Status.DIVERGED, 1),
        (Status.NOT_A_NUMBER, 1),
        (Status.NOT_ATTAINED, 1),
        (Status.INFEASIBLE, 1),
        (Status.UNBOUNDED, 1),
        (Status.INTERRUPTED, 130),
    ],
)
def test_the_exit_code_says_how_it_ended(desk: Desk, status: Status, code: int) -> None:
    desk.answer = Answer(status)
    assert main(["minimize", "x^2"]) == code
    assert main(["minimize", "x^2", "--json"]) == code


def test_people_get_a_report_and_programs_get_json(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["minimize", "x^2"])
    assert "LOCAL MINIMUM" in capsys.readouterr().out
    main(["minimize", "--json", "x^2"])
    out = capsys.readouterr().out
    assert json.loads(out) == {
        "x": {"x": 3.0}, "value": "nan", "gap": "inf", "status": "CONVERGED",
    }  # fmt: skip


def test_a_problem_file_goes_to_the_front_desk(
    desk: Desk, tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "problem.toml"
    file.write_text('minimize = "x^2"')
    assert main(["solve", str(file)]) == 0
    assert desk.asked["arguments"] == (file,)
    assert "LOCAL MINIMUM" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InputError("bounds: lower is above upper"), 2, "surefoot: bounds: lower is above upper"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ZeroDivisionError("float division by zero"), 3, "sorry, this is a fault of Surefoot"),
    ],
)
def test_what_goes_wrong_inside_is_a_sentence(
    desk: Desk,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    words: str,
) -> None:
    desk.answer = error
    assert main(["minimize", "x^2"]) == code
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["minimize"], "Missing argument"),
        (["minimise", "x^2"], "No such command"),
        (["minimize", "x^2", "--jsn"], "did you mean --json?"),
        (["minimize", "x^2", "--from"], "--from needs a value"),
        (["minimize", "x^2", "--tol", "abc"], "--tol"),
        (["minimize", "x^2", "--max-steps", "1.5"], "--max-steps"),
        (["minimize", "x^2", "--from", "z=1"], "no variable 'z'"),
        (["minimize", "x^2 + y", "--from", "1"], "has no name"),
        (["minimize", "x^2", "--bounds", "x=1:0"], "above the upper bound"),
        (["minimize", "x^2", "+", "y^2"], "unexpected extra argument"),
        (["solve", "no/such/file.toml"], "there is no file"),
        (["solve", "."], "is a folder"),
        (["solve", "a\0b"], "surefoot:"),
        (["solve", "x" * 5000], "surefoot:"),
        (["minimize", "\udc80"], "surefoot:"),
        (["derive", "x^2", "--at", "nan"], "not a number"),
    ],
)
def test_bad_input_is_a_sentence_and_no_work_is_done(
    desk: Desk, capsys: pytest.CaptureFixture[str], typed: list[str], words: str
) -> None:
    assert main(typed) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert len(captured.err) < 2000
    assert desk.asked == {}


@pytest.mark.parametrize(
    "formula",
    [
        "",
        " ",
        "x +",
        "((((",
        "x" * 100_000,
        "(" * 100_000,
        "x^" * 50_000 + "x",
        "__import__('os').system('true')",
        "x.__class__",
        "import os",
        "lambda: 0",
        "x; y",
        "9^9^9^9^9^9",
        "foo(x)",
        "x == \x00",
        "🙂",
        "x\ny",
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode() or "empty",
)
@pytest.mark.parametrize("command", ["minimize", "derive"])
def test_hostile_formulas_are_a_sentence(
    desk: Desk, capsys: pytest.CaptureFixture[str], formula: str, command: str
) -> None:
    code = main([command, formula])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    assert len(captured.err) < 2000
    assert code in (0, 1, 2), captured.err


def test_help_names_every_command_and_a_bare_call_is_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for word in ("minimize", "maximize", "derive", "solve", "--version"):
        assert word in shown
    assert main([]) == 0
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize("command", ["minimize", "maximize", "derive", "solve"])
def test_every_command_has_help_with_an_example_and_json(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"surefoot {command} " in shown.split("Example", 1)[1]
    assert "--json" in shown
