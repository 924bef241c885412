"""A time limit and Ctrl-C bound everything, and lose nothing that was found."""

import importlib
import signal
import subprocess
import sys
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import qmc

import surefoot as sf
from surefoot.facts.intervals import tight
from surefoot.solve import answer, patience
from surefoot.terms import ended_interrupts

approached = importlib.import_module("surefoot.solve.approached")


def _valley(x: Any) -> Any:
    return jnp.sum(jnp.exp(x) - x) + jnp.sum((x[1:] - x[:-1] ** 2) ** 2)


def test_the_judge_ends_soon_after_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "GRACE", 0.0)
    solution = sf.minimize(_valley, np.full(12, 0.7), time_limit=1e-6)
    assert solution.status is sf.Status.TIME_LIMIT
    assert solution.verdict.kind is sf.PointKind.UNKNOWN
    assert "raise time_limit, or ask sf.classify" in solution.verdict.advice
    assert np.isfinite(solution.value)
    assert "time_limit" in solution.report()


def test_no_compile_is_begun_that_would_probably_end_too_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[str] = []
    inner = answer.judge_point

    def slow_to_compile(problem: Any, x: Any, evaluator: Any, *rest: Any, **more: Any) -> Any:
        evaluator.longest_compile = 1e6
        begun.append("judge")
        return inner(problem, x, evaluator, *rest, **more)

    monkeypatch.setattr(answer, "judge_point", slow_to_compile)

    def fresh(x: Any) -> Any:  # steps that nothing else has compiled
        return jnp.sum(jnp.cosh(x) + jnp.exp(0.123456 * x)) + 0.654321 * jnp.sum(x[1:] * x[:-1])

    solution = sf.minimize(fresh, np.full(60, 0.7), time_limit=1e-6)
    assert begun == ["judge"]
    assert solution.verdict.kind is sf.PointKind.UNKNOWN
    assert solution.counts.get("hessian", 0) == 0


def test_ctrl_c_while_the_judge_is_at_work_keeps_the_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner = answer.judge_point

    def pressed(*arguments: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return inner(*arguments, **options)

    monkeypatch.setattr(answer, "judge_point", pressed)
    monkeypatch.setattr(patience, "GRACE", -1.0)
    solution = sf.minimize("exp(x) - x + x^4", 0.5)
    assert solution.status is sf.Status.INTERRUPTED
    assert solution.first_verdict.kind is sf.PointKind.UNKNOWN
    assert "Ctrl-C was pressed" in solution.first_verdict.advice
    assert abs(4 * solution.x**3 + np.exp(solution.x) - 1.0) < 1e-6
    monkeypatch.undo()
    assert sf.minimize("exp(x) - x + x^4", 0.5).status is sf.Status.CONVERGED


def test_ctrl_c_while_the_starts_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pressed(qmc.Sobol):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            signal.raise_signal(signal.SIGINT)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(qmc, "Sobol", Pressed)
    solution = sf.minimize("(1-x)^2 + 100(y-x^2)^2", starts=30)
    assert solution.status is sf.Status.INTERRUPTED
    assert np.isfinite(solution.value)


def test_ctrl_c_after_the_last_step_keeps_the_walk() -> None:
    def pressed(k: Any) -> Any:
        if isinstance(k, int) and k == 3:
            signal.raise_signal(signal.SIGINT)
        return 0.1

    walk = sf.descend("x^2", 1.0, steps=5, lr=pressed)
    assert len(walk.points) == 6


def test_ctrl_c_while_a_room_is_loaded_leaves_it_whole() -> None:
    code = """
import signal, sys
import surefoot

class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == "jaxlib":
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Pressed())
try:
    surefoot.minimize
except KeyboardInterrupt:
    print("interrupted")
print(surefoot.minimize("(x-1)^4 + y^2", {"x": 0.5, "y": 1.0}).status.name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["interrupted", "CONVERGED"], done.stderr


def test_a_learning_rate_has_no_answer_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = approached.some_steps

    def pressed(*arguments: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return inner(*arguments)

    monkeypatch.setattr(approached, "some_steps", pressed)
    with pytest.raises(KeyboardInterrupt):
        sf.learning_rate("exp(x) - x", 1.0)
    monkeypatch.undo()
    assert sf.learning_rate("exp(x) - x", 1.0).limit == pytest.approx(2.0)


def test_an_error_after_ctrl_c_is_the_interruption() -> None:
    with pytest.raises(KeyboardInterrupt), ended_interrupts():
        signal.raise_signal(signal.SIGINT)
        raise ValueError("of a loop that ended early")
    with pytest.raises(ValueError, match="real"), ended_interrupts():
        raise ValueError("real")


def test_ctrl_c_returns_the_bounds_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    inner, calls = tight.enclose_derivatives, list[int]()

    def pressed(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return inner(*arguments, **options)

    monkeypatch.setattr(tight, "enclose_derivatives", pressed)
    found = sf.bounds("sin(30x) + cos(47x) x", (0.0, 3.0))
    assert found.interrupted and found.boxes < 10
    assert found.lower <= -3.0 and found.upper >= 3.0
    assert "interrupted" in str(found.report())
