"""`surefoot minimize … --over`: the best value of a box, on the command line."""

import json

import pytest

from surefoot.cli.entry import main


def test_a_box_is_answered_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["minimize", "(x^2+y-11)^2+(x+y^2-7)^2+x", "--over", "x=-6:6,y=-6:6"]) == 0
    text = capsys.readouterr().out
    assert "GLOBAL MINIMUM" in text and "Proved" in text and "-3.7839" in text
    assert main(["maximize", "sin(x)+x/10", "--over", "-4:10", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"]["kind"] == "GLOBAL_MAXIMUM" and told["verdict"]["gap"] < 1e-8


def test_an_open_or_double_box_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["minimize", "x^2", "--over", "x=0:"]) == 2
    assert "no end for x" in capsys.readouterr().err
    assert main(["minimize", "x^2", "--over", "0:1", "--bounds", "0:1"]) == 2
    assert "give one of them" in capsys.readouterr().err


def test_out_of_steps_is_a_refusal_with_a_gap(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["minimize", "x^2 y^2 - 2x y + 1", "--over", "x=-3:3,y=-3:3", "--max-steps", "50"]
    assert main(asked) == 1
    text = capsys.readouterr().out
    assert "STEP LIMIT" in text and "at most" in text


@pytest.mark.parametrize("more", [[], ["--max-steps", "40"]])
def test_of_a_maximum_nothing_is_said_to_be_low(
    more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    formula = "sin(30x*y)*exp(-y^2-x^2)+sin(7x)"
    main(["maximize", formula, "--over", "x=-6:6,y=-6:6", "--time-limit", "5", *more])
    text = capsys.readouterr().out.replace("max(lower − x, x − upper)", "")
    assert "parts with the highest bounds that" in text
    assert "low" not in text and "minimum" not in text.lower()


def test_of_a_minimum_nothing_has_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["minimize", "x^4 - 4x^2 + x", "--over", "-2:2"]) == 0
    assert "parts with the lowest bounds that Arb" in capsys.readouterr().out
