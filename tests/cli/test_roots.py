"""`surefoot roots EQUATION…`: every solution in a box, on the command line."""

import json

import pytest

from surefoot.cli.entry import main


def test_solutions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["roots", "x^2 + y^2 = 4", "x y = 1", "--over", "x=-3:3,y=-3:3"]
    assert main(asked) == 0
    text = capsys.readouterr().out
    assert "exactly 4 roots" in text and "1.931851653" in text
    assert main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["complete"] is True and len(told["points"]) == 4
    assert main(["roots", "cos(x) = x", "--over", "0:2"]) == 0
    assert "0.7390851332" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x^2 + y = 1", "--over", "x=0:1,y=0:1"], "1 equation for 2 unknowns"),
        (["x^2 < 1", "--over", "0:1"], "whole region"),
        (["x = 1"], "--over is the box to search"),
        (["x = 1", "y = ", "--over", "x=0:1,y=0:1"], "ends after"),
        (["x + x", "x - 1", "--over", "x=0:1"], "2 equations for 1 unknown"),
    ],
)
def test_bad_input_is_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["roots", *words]) == 2
    output = capsys.readouterr()
    assert said in output.err and "Traceback" not in output.err
