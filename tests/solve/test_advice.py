"""What a run that did not find what was asked for tells a person to do."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.terms import Status

AGAIN = (
    "Run minimize", "Run maximize", "minimize again", "maximize again", "Start again", "Run again",
)  # fmt: skip

UNBOUNDED: list[tuple[str, Any, Any, dict[str, Any] | None, str]] = [
    ("minimize", "2x + 1", None, None, "x a lower bound"),
    ("maximize", "2x + 1", None, None, "x an upper bound"),
    ("minimize", "2x - y", None, None, "x a lower bound and y an upper bound"),
    ("minimize", "2x - y", None, {"x": (0, 1)}, "Give y an upper bound"),
    ("minimize", "x^2 + y", None, None, "y a lower bound"),
    ("minimize", "-x^2", None, None, "the other way too. Give bounds to x"),
    ("minimize", "x^2 - y^2", None, None, "bounds to y"),
    ("maximize", "x^2 - y^2", None, None, "bounds to x"),
    ("minimize", "x^2 - y^2", None, {"x": (-1, 1)}, "bounds to y"),
    ("minimize", "x^2 - y^2", None, {"y": (0, np.inf)}, "y an upper bound"),
    ("minimize", "x*y", None, None, "bounds to "),
    ("minimize", "x^3", None, None, "x a lower bound"),
    ("minimize", "x^3 + y", None, {"x": (0, np.inf)}, "Give y a lower bound"),
    ("minimize", "x^2 - x^4", 3.0, None, "bound"),
    ("minimize", "ln x", None, None, "-inf at x = 0"),
    ("minimize", "ln x", 1.0, {"x": (0, np.inf)}, "-inf at x = 0"),
    ("maximize", "1/x", 1.0, None, "+inf at x = 0"),
    ("minimize", "1/x", -1.0, None, "keeps away from it"),
    ("minimize", "ln x + y^2", None, None, "keeps away from it"),
    ("minimize", "-exp(x)", None, None, "x an upper bound"),
    ("minimize", "y^2 - exp(x)", None, None, "x an upper bound"),
    ("minimize", lambda x: jnp.sum(x), np.zeros(7), None, "x[2], x[3] and 3 more"),
    ("minimize", "-|x|", None, None, "bound"),
    ("minimize", "max(x, 2x)", None, None, "x a lower bound"),
]


@pytest.mark.parametrize(("sense", "f", "x0", "bounds", "told"), UNBOUNDED)
def test_without_end_the_advice_is_a_bound(sense: str, f, x0, bounds, told: str) -> None:
    solution = getattr(sf, sense)(f, x0, bounds=bounds)
    assert solution.status is Status.UNBOUNDED
    advice = solution.verdict.advice
    assert told in advice and not any(words in advice for words in AGAIN), advice


@pytest.mark.parametrize(
    ("f", "options", "told"),
    [
        ("(1 - x)^2 + 100*(y - x^2)^2", {"max_steps": 3}, "raise max_steps"),
        ("(1 - x)^2 + 100*(y - x^2)^2", {"time_limit": 1e-9}, "raise time_limit"),
        ("-ln(x)", {}, "Give x an upper bound"),
        ("exp(-x)", {}, "towards 0 along x"),
        ("1/x + y^2", {}, "towards 0 along x"),
    ],
)
def test_a_run_that_ended_early_says_how_to_go_on(f: str, options, told: str) -> None:
    solution = sf.minimize(f, **options)
    advice = solution.verdict.advice
    assert told in advice and not any(words in advice for words in AGAIN), advice


def test_a_point_alone_may_still_be_searched_from() -> None:
    verdict = sf.classify("(1 - x)^2 + 100*(y - x^2)^2", {"x": 0.0, "y": 0.0})
    assert verdict.advice.endswith("Run minimize from here.")
