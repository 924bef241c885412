"""Bad input on the command line: a sentence, exit code 2, no traceback, no work done."""

import pytest

from surefoot.cli import main

BAD = [
    (["minimize", "__import__('os').system('true')"], "names begin with a letter"),
    (["minimize", "x.__class__"], "attributes"),
    (["minimize", "lambda x: x"], "Python word 'lambda'"),
    (["minimize", "+".join(["x"] * 50_000)], "99999 characters"),
    (["minimize", "(" * 200 + "x" + ")" * 200], "nested more than 100"),
    (["minimize", "-" * 3000 + "x"], "nested too deeply"),
    (["minimize", "x^(9^9^9)"], "no finite real number"),
    (["minimize", "x^1e400"], "too large"),
    (["minimize", "undefined_fn(x)"], "not known here"),
    (["minimize", "f(x) = x + y"], "'y' is not defined"),
    (["minimize", "[x, y]"], "array of shape (2,)"),
    (["minimize", "x <= 1"], "truth value"),
    (["minimize", "3"], "no variables"),
    (["minimize", ""], "empty"),
    (["maximize", "х^2"], "cyrillic"),
    (["derive", "x > 1"], "comparison"),
    (["derive", "x^2", "--at", "x=a"], "is not a number"),
    (["minimize", "x^2", "--from", "x=nan"], "'nan' is not a number"),
    (["minimize", "x^2", "--from", "x=[1,2]"], "array of shape (2,)"),
    (["minimize", "x^2", "--from", "y=1"], "no variable 'y'"),
    (["minimize", "x^2", "--bounds", "x=3:1"], "above the upper bound"),
    (["minimize", "x^2", "--tol", "nan"], "tol is nan"),
    (["minimize", "x^2", "--max-steps", "-1"], "max_steps is -1"),
    (["minimize", "x^2", "--time-limit", "x"], "--time-limit"),
    (["minimize", "x^2", "--time-limit", "nan"], "time_limit is nan"),
    (["minimize", "x^2", "--starts", "0"], "starts"),
    (["minimize", "x^2", "--seed", "1.5"], "--seed"),
    (["minimize", "x^2", "--method", "7"], "no method '7'"),
    (["minimize", "x^2", "--start", "x=1"], "did you mean --from?"),
    (["descend", "x^4 - x^2", "--rule", "gd", "--eta", "0.1"], "did you mean --lr?"),
    (["derive", "x^2", "--from", "x=1"], "did you mean --at?"),
    (["minimize", "x^2", "--export", "/nowhere/page.html"], "no folder /nowhere"),
    (["maximize", "-x^2", "--export", "/"], "is a folder"),
    (["lab", "x^2", "--export", "/nowhere/page.html"], "no folder /nowhere"),
    (["solve", "nowhere.toml"], "no file nowhere.toml"),
]


@pytest.mark.parametrize(("words", "said"), BAD, ids=[" ".join(w)[:40] for w, _ in BAD])
def test_sentence_and_exit_code(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert "fault of Surefoot" not in printed.err
