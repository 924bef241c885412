"""`surefoot descend`, `race` and `rate`: what is printed, the exit codes, and bad input."""

import json
from pathlib import Path

import pytest

from surefoot.cli import main

BOWL = ["x^2 + 10y^2", "--from", "x=1,y=1"]


def _shown(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_a_walk_that_arrives(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["descend", *BOWL, "--lr", "0.05", "--steps", "300"]) == 0
    shown = _shown(capsys)
    for words in ("descend x^2 + 10y^2 with gd", "GLOBAL MINIMUM", "multiplied by 0.9 a step"):
        assert words in shown


def test_a_walk_that_does_not_is_a_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["descend", *BOWL, "--rule", "momentum", "--lr", "0.01", "--steps", "5"]) == 1
    assert "NOT STATIONARY" in _shown(capsys)
    assert main(["descend", "x^4", "--from", "3", "--lr", "0.5"]) == 1
    assert "Diverged at step 3" in _shown(capsys)


def test_the_numbers_of_a_rule_and_its_page(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "walk.html"
    words = ["descend", "x^2 - x", "--from", "-2", "--rule", "momentum", "--lr", "0.1"]
    words += ["--with", "beta=0.5", "--steps", "200", "--json", "--export", str(page)]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert "beta = 0.5" in told["equation"] and told["points"][0] == [-2.0]
    assert told["convergence"]["kind"] == "LINEAR"
    assert page.stat().st_size > 10_000


def test_a_race(capsys: pytest.CaptureFixture[str]) -> None:
    rules = "gd=[0.05,0.5], adam=0.1, newton"
    assert main(["race", *BOWL, "--rules", rules, "--steps", "300"]) == 0
    shown = _shown(capsys)
    for words in ("NEWTON is first, in 1 step.", "2 gd 0.05 55", "diverged at step", "as given"):
        assert words in shown


def test_a_race_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["race", *BOWL, "--rules", "gd,adam", "--lr", "1e-3,2e-3", "--rates", "best", "--json"]
    assert main([*words, "--steps", "20", "--starts", "3"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["rates"] == "best η each" and len(told["starts"]) == 3
    assert {racer["tried"] for racer in told["racers"]} == {2}


def test_without_rates_the_best_are_looked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["race", "cosh(x)", "--from", "2", "--rules", "gd,momentum", "--steps", "100"]) == 0
    assert "best η each" in _shown(capsys)


def test_a_rate_may_begin_from_a_point_as_walks_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rate", "x^2", "--from", "x=1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["limit"] == 1.0


def test_a_rate(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["rate", "x^2 + 10y^2", "--at", "x=1,y=1", "--rule", "momentum", "--with", "beta=0.5"]
    assert main([*words, "--lr", "0.1"]) == 0
    shown = _shown(capsys)
    assert "OSCILLATES" in shown and "0.15" in shown and "0.707107" in shown
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    # 2(1 + β)/λ with λ = 20.
    assert told["limit"] == pytest.approx(0.15) and told["parameters"] == {"beta": 0.5}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["descend", "x^2", "--rule", "adm", "--lr", "0.1"], "did you mean 'adam'"),
        (["descend", "x^2"], "needs a learning rate; write --lr 0.1"),
        (["race", "x^2", "--rules", "gd,adam=0.1"], "write --rules gd=0.1"),
        (["race", "x^2", "--rules", "gd,adam=0.1", "--rates", "as-given"], "--rules gd=0.1"),
        (["descend", "x^2", "--lr", "0"], "lr is 0.0"),
        (["descend", "x^2", "--lr", "nan"], "--lr: 'nan' is not a number"),
        (["descend", "x^2", "--lr", "inf"], "lr is inf"),
        (["descend", "x^2", "--lr", "0.1", "--with", "beta"], "has no number"),
        (["descend", "x^2", "--lr", "0.1", "--with", "beta=1"], "no parameter 'beta'"),
        (["descend", "x^2", "--lr", "0.1", "--steps", "-1"], "steps is -1"),
        (["race", "x^2", "--rules", ""], "is empty"),
        (["race", "x^2", "--rules", "gd=0.1,gd=0.2"], "given twice"),
        (["race", "x^2", "--rules", "gd=0.1]"], "cannot be read"),
        (["race", "x^2", "--rules", "adm=0.1"], "did you mean 'adam'"),
        (["race", "x^2", "--rules", "gd", "--rates", "bets"], "did you mean 'best'"),
        (["race", "floor(x)", "--from", "0.5"], "slope is exactly zero"),
        (["rate", "x y"], "write --at x=1,y=1"),
        (["rate", "x^2", "--at", "1", "--rule", "l-bfgs"], "no theory"),
        (["rate", "x^2", "--at", "1", "--lr", "-1"], "lr is -1.0"),
        (["rate", "x^2", "--at", "1", "--rul", "gd"], "did you mean --rule"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input_is_a_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    heard = capsys.readouterr()
    assert said in heard.err and "Traceback" not in heard.err and heard.out == ""


@pytest.mark.parametrize("words", [
    ["descend", "x^2 + 10y^2", "--at", "x=1,y=2", "--rate", "0.05"],
    ["descend", "x^2 + 10y^2", "--from", "x=1,y=2", "--lr", "0.05"],
    ["rate", "x^2 + 10y^2", "--at", "x=1,y=2", "--lr", "0.05"],
    ["rate", "x^2 + 10y^2", "--from", "x=1,y=2", "--rate", "0.05"],
    ["race", "x^2 + 10y^2", "--at", "x=1,y=2", "--rate", "0.05", "--rules", "gd"],
    ["race", "x^2 + 10y^2", "--from", "x=1,y=2", "--lr", "0.05", "--rules", "gd"],
    ["minimize", "x^2 + 10y^2", "--at", "x=1,y=2"],
])  # fmt: skip
def test_both_spellings_of_a_start_and_a_rate(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) in (0, 1)
    told = capsys.readouterr()
    assert told.err == ""
    assert words[0] == "minimize" or "0.05" in told.out


def test_a_race_says_where_it_began(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["race", "v^2 + 10u^2", "--from", "u=1,v=2", "--rules", "gd=0.01"]) == 0
    assert "from      u = 1, v = 2\n" in capsys.readouterr().out
    assert main(["race", "x^2 + 10y^2", "--rules", "gd=0.01"]) == 0
    assert "from      x = 0.547214, y = 0.394427 (no start was given)" in capsys.readouterr().out
    typed = ["race", "x^2", "--from", "1", "--starts", "3", "--rules", "gd=0.1"]
    assert main(typed) == 0
    assert "from      3 starts, the first x = 1\n" in capsys.readouterr().out
