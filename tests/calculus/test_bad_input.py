"""The calculus of something that has none: a sentence, and no work done."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf


def _square(x: Any) -> Any:
    return jnp.sum(x**2)


ONES = np.ones(2)
BAD = [
    (lambda: sf.limit_check(3, 1.0), "expected a function or a formula, found int"),
    (lambda: sf.limit_check(lambda: 3.0, 1.0), "takes no argument"),
    (lambda: sf.limit_check(_square, {"a": 1.0}), "dict"),
    (lambda: sf.limit_check(_square, float("nan")), "w at x is nan"),
    (lambda: sf.limit_check(_square, ONES, [np.inf, 0.0]), r"direction at x\[0\] is inf"),
    (lambda: sf.limit_check(_square, ONES, [0.0, 0.0]), "the direction is zero"),
    (lambda: sf.nudge(_square, ONES, "x"), "dw .*'x'"),
    (lambda: sf.nudge(_square, ONES, 1j), "dw .*1j"),
    (lambda: sf.nudge(_square, ONES, object()), "dw .*object"),
    (lambda: sf.nudge(_square, ONES, np.nan), r"dw at x\[0\] is nan"),
    (lambda: sf.nudge(_square, [np.inf, 0.0], 1.0), r"w at x\[0\] is inf"),
    (lambda: sf.directional(_square)(ONES, {1}), "direction v holds set"),
    (lambda: sf.gradient(_square)(np.zeros(0)), "no numbers"),
    (lambda: sf.gradient(_square)(10**400), "beyond float64"),
    (lambda: sf.chain(_square, ONES).contribution(3), "there is no parameter 3"),
    (lambda: sf.formula("x", data=3), "data is int"),
    (lambda: sf.formula("x", variables="xy"), "letter by letter"),
    (lambda: sf.formula("x", variables=3), "variables is int; expected a list"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_sentence(call: Any, words: str) -> None:
    with pytest.raises(sf.InputError, match=words):
        call()
