"""What goes wrong becomes a sentence and an exit code."""

import json

import pytest

from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.terms import FormulaError, InputError, UnsupportedError


def _raising(error: BaseException):
    def command() -> ExitCode:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("tol is 2; expected less"), ExitCode.BAD_INPUT),
        (FormulaError("unknown name", "x + foo", 4, 7), ExitCode.BAD_INPUT),
        (UnsupportedError("degree", "sort", "model.py:3"), ExitCode.REFUSED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (BrokenPipeError(), ExitCode.ANSWERED),
        (ZeroDivisionError("float division"), ExitCode.OUR_FAULT),
        (AssertionError(), ExitCode.OUR_FAULT),
        (RecursionError("maximum recursion"), ExitCode.OUR_FAULT),
        (MemoryError(), ExitCode.OUR_FAULT),
    ],
)
def test_exit_codes(
    error: BaseException,
    code: ExitCode,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.dup2", lambda *_: None)
    monkeypatch.setattr("sys.stdout.fileno", lambda: 1, raising=False)
    assert guarded(_raising(error)) is code
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_an_answer_passes_through() -> None:
    assert guarded(lambda: ExitCode.REFUSED) is ExitCode.REFUSED


def test_a_formula_error_shows_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(_raising(FormulaError("there is no name 'foo'", "x + foo", 4, 7)))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "surefoot: there is no name 'foo'"
    assert lines[2].index("^^^") == lines[1].index("foo")


def test_programs_get_the_sentence_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(_raising(InputError("x0 is NaN")), as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "error": {"type": "InputError", "message": "x0 is NaN"}
    }
    guarded(_raising(KeyError("k")), as_json=True)
    assert json.loads(capsys.readouterr().out)["error"]["fault"] == "surefoot"


def test_our_fault_is_an_apology_and_a_traceback_only_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUREFOOT_DEBUG", raising=False)
    guarded(_raising(ZeroDivisionError("division by zero\nsecond line")))
    quiet = capsys.readouterr().err
    assert "sorry" in quiet and "ZeroDivisionError: division by zero)" in quiet
    assert "second line" not in quiet and "SUREFOOT_DEBUG=1" in quiet
    monkeypatch.setenv("SUREFOOT_DEBUG", "1")
    guarded(_raising(ZeroDivisionError("division by zero")))
    assert "Traceback" in capsys.readouterr().err
