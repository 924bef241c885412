"""The loop: limits, callback, Ctrl-C, not-a-number, chunk sizes, and a record that fits."""

import signal
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf, isnan, nan

import numpy as np
import pytest

from surefoot.descent.loop import loop
from surefoot.descent.steps import Iterates, Limits, Step, Vector
from surefoot.terms import Status


@dataclass(frozen=True)
class Place:
    x: Vector
    value: float
    status: Status | None = None


class Walker:
    """Goes through given values, one a step; CONVERGED behind the last."""

    name = "walker"

    def __init__(self, values: list[float], end: Status = Status.CONVERGED) -> None:
        self.values = values
        self.end = end
        self.budgets: list[int] = []

    def start(self, x0: Vector) -> Place:
        return Place(x0, self.values[0])

    def advance(self, state: Place, budget: int) -> tuple[Place, list[Step]]:
        self.budgets.append(budget)
        steps: list[Step] = []
        while len(steps) < budget and state.status is None:
            k = int(state.x[0]) + 1
            if k >= len(self.values):
                state = replace(state, status=self.end)
            else:
                self.visit(k)
                state = Place(np.array([float(k)]), self.values[k])
                steps.append(Step(state.x, state.value, 1.0, 1.0, "walk"))
        return state, steps

    def visit(self, k: int) -> None:
        """Nothing here; tests raise from it."""


ZERO = np.zeros(1)


def test_all_steps_are_recorded_in_order() -> None:
    run = loop(Walker([3.0, 2.0, 1.0]), ZERO)
    assert run.status is Status.CONVERGED
    assert (run.value, run.steps, run.x[0]) == (1.0, 2, 2.0)
    assert run.trajectory.values.tolist() == [3.0, 2.0, 1.0]
    assert run.trajectory.numbers == [0, 1, 2]
    assert run.trajectory[0].note == "start"
    assert run.seconds >= 0.0


def test_step_limit_is_exact_and_returns_the_best_point() -> None:
    walker = Walker([5.0, 1.0, 4.0, 3.0, 2.0, 0.0])
    run = loop(walker, ZERO, Limits(max_steps=4))
    assert run.status is Status.STEP_LIMIT
    assert (run.steps, run.value, run.x[0]) == (4, 1.0, 1.0)


def test_no_steps_allowed_gives_the_start() -> None:
    run = loop(Walker([5.0, 1.0]), ZERO, Limits(max_steps=0))
    assert (run.status, run.value, run.steps) == (Status.STEP_LIMIT, 5.0, 0)


def test_time_limit_zero_stops_before_the_first_step() -> None:
    run = loop(Walker([5.0, 1.0]), ZERO, Limits(time_limit=0.0))
    assert (run.status, run.value) == (Status.TIME_LIMIT, 5.0)


def test_an_engine_that_ends_by_itself_has_the_last_word() -> None:
    # The last step of a polish may be higher by rounding, yet nearer to the minimum.
    run = loop(Walker([2.0, 1.0, 1.0 + 2e-16]), ZERO)
    assert run.x[0] == 2.0


@pytest.mark.parametrize("end", [Status.DIVERGED, Status.NOT_A_NUMBER, Status.STEP_LIMIT])
def test_otherwise_the_best_finite_point_comes_back(end: Status) -> None:
    run = loop(Walker([2.0, 1.0, nan, 7.0, -inf, inf], end), ZERO)
    assert run.status is end
    assert (run.x[0], run.value) == (1.0, 1.0)


def test_a_run_without_any_finite_value_is_not_a_number() -> None:
    run = loop(Walker([nan, inf, nan]), ZERO)
    assert run.status is Status.NOT_A_NUMBER
    assert isnan(run.value)


def test_a_nan_start_that_recovers_is_forgotten() -> None:
    run = loop(Walker([nan, 4.0, 3.0]), ZERO)
    assert (run.status, run.value) == (Status.CONVERGED, 3.0)


def test_callback_sees_every_step_and_can_stop() -> None:
    seen: list[tuple[int, float]] = []

    def callback(k: int, x: Vector, value: float) -> bool:
        seen.append((k, value))
        with pytest.raises(ValueError, match="read-only"):
            x[0] = 99.0
        return k == 2

    run = loop(Walker([9.0, 8.0, 7.0, 6.0, 5.0]), ZERO, callback=callback)
    assert run.status is Status.INTERRUPTED
    assert seen == [(0, 9.0), (1, 8.0), (2, 7.0)]
    assert (run.value, run.steps) == (7.0, 2)


def test_callback_can_stop_at_the_start() -> None:
    run = loop(Walker([9.0, 8.0]), ZERO, callback=lambda k, x, value: True)
    assert (run.status, run.steps, run.value) == (Status.INTERRUPTED, 0, 9.0)


def test_ctrl_c_returns_the_best_point_so_far() -> None:
    class Interrupted(Walker):
        def visit(self, k: int) -> None:
            if k == 80:
                raise KeyboardInterrupt

    run = loop(Interrupted([100.0 - k for k in range(100)]), ZERO)
    assert run.status is Status.INTERRUPTED
    assert 1 <= run.steps < 80
    assert run.value == 100.0 - run.steps


def test_a_real_ctrl_c_waits_for_the_chunk_and_nothing_swallows_it() -> None:
    class Interrupted(Walker):
        def visit(self, k: int) -> None:
            if k == 3:
                # As JAX's garbage-collector hook does.
                with suppress(KeyboardInterrupt):
                    signal.raise_signal(signal.SIGINT)

    run = loop(Interrupted([1e6 - k for k in range(200_000)]), ZERO)
    assert run.status is Status.INTERRUPTED
    assert 3 <= run.steps < 200_000
    assert run.value == 1e6 - run.steps


def test_ctrl_c_in_the_callback() -> None:
    def callback(k: int, x: Vector, value: float) -> None:
        if k == 1:
            raise KeyboardInterrupt

    run = loop(Walker([3.0, 2.0, 1.0]), ZERO, callback=callback)
    assert (run.status, run.value) == (Status.INTERRUPTED, 2.0)


def test_ctrl_c_during_the_first_evaluation_gives_the_start_back() -> None:
    class Interrupted(Walker):
        def start(self, x0: Vector) -> Place:
            raise KeyboardInterrupt

    run = loop(Interrupted([1.0]), np.array([7.0]))
    assert run.status is Status.INTERRUPTED
    assert run.x[0] == 7.0
    assert isnan(run.value)
    assert run.state is None


def test_other_errors_are_not_swallowed() -> None:
    class Broken(Walker):
        def visit(self, k: int) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        loop(Broken([1.0, 2.0]), ZERO)


def test_an_engine_that_does_not_move_trips_our_own_check() -> None:
    class Asleep(Walker):
        def advance(self, state: Place, budget: int) -> tuple[Place, list[Step]]:
            return state, []

    with pytest.raises(AssertionError, match="did not move"):
        loop(Asleep([1.0]), ZERO)


def test_chunks_grow_while_steps_are_quick_and_stay_small_while_they_are_slow() -> None:
    import time

    quick = Walker([float(-k) for k in range(2000)])
    loop(quick, ZERO)
    assert quick.budgets[0] <= 64
    assert max(quick.budgets) > 100

    class Slow(Walker):
        def start(self, x0: Vector) -> Place:
            time.sleep(0.06)
            return super().start(x0)

        def visit(self, k: int) -> None:
            time.sleep(0.03)

    slow = Slow([float(-k) for k in range(8)])
    loop(slow, ZERO)
    assert slow.budgets[0] == 1
    assert max(slow.budgets) <= 2


def test_progress_is_told_once_a_chunk() -> None:
    told: list[int] = []
    walker = Walker([float(-k) for k in range(50)])
    loop(walker, ZERO, progress=lambda k, step: told.append(k))
    assert told == sorted(told)
    assert told[-1] == 49
    assert len(told) < 49


def test_a_record_too_large_is_thinned_evenly() -> None:
    trajectory = Iterates(cap=10 * 80)
    whole = np.arange(50.0)[:, None] * np.ones(10)
    for k in range(50):
        trajectory.record(k, Step(whole[k], float(k)))
    assert trajectory.numbers[0] == 0
    assert trajectory.numbers[-1] == 49
    gaps = np.diff(trajectory.numbers[:-1])
    assert set(gaps) == {trajectory.stride}
    assert len(trajectory) <= 11
    assert [int(step.x[0]) for step in trajectory] == trajectory.numbers
    # The points kept must not keep the large array alive behind them.
    assert all(step.x.base is None for step in trajectory[:-1])
    assert trajectory.points.shape == (len(trajectory), 10)
