"""What the lab is told of a window: against the complete lists, on cuts, and within its limits."""

import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.program import trace
from surefoot.search import FATES
from surefoot.solve import shown_proof
from surefoot.solve.shown import subject_of
from surefoot.solve.shown_proof import GRAIN, draws, on_cut, prove_window
from surefoot.terms import InputError, to_plain


def himmelblau(p: Any) -> Any:
    return (p[0] ** 2 + p[1] - 11.0) ** 2 + (p[0] + p[1] ** 2 - 7.0) ** 2


def three(p: Any) -> Any:
    return jnp.sum((p - jnp.array([1.0, 2.0, 3.0])) ** 4) + jnp.sum(p**2) + p[0] * p[1]


def test_a_window_of_two_numbers_is_the_complete_list() -> None:
    program = trace(himmelblau, np.zeros(2))
    found = prove_window(program, (), [(-6.0, 6.0), (-6.0, 6.0)])
    whole = sf.stationary_points(himmelblau, sf.Box([-6.0, -6.0], [6.0, 6.0]))
    assert [mark.x for mark in found.marks] == [tuple(point.x) for point in whole]
    assert all(mark.proved for mark in found.marks) and not found.unresolved and not found.more
    kinds = sorted(mark.kind for mark in found.marks)
    assert kinds == ["maximum"] + ["minimum"] * 4 + ["saddle"] * 4
    assert found.rounds == (), "boxes only where they are asked for"


@pytest.mark.parametrize("centre", [(0.5, 0.5, 0.5), (1.25, -2.0, 3.0)])
def test_cuts_are_proved_as_they_are_drawn(centre: tuple[float, ...]) -> None:
    program = trace(three, np.zeros(3))
    subject = subject_of(three, program, point=np.array(centre))
    shown = subject.shown()
    assert shown.plane is not None
    for number, cut in enumerate(shown.slices):
        (mark,) = prove_window(program, cut.fixed, [(-6.0, 6.0)]).marks
        value, slope, curvature = subject.line(number).at(mark.x[0])
        assert mark.kind == "minimum" and abs(slope) < 1e-9
        assert (mark.value, mark.eigenvalues[0]) == pytest.approx((value, curvature))
    for plane in shown.plane.cuts:
        (mark,) = prove_window(program, plane.fixed, [(-6.0, 6.0), (-6.0, 6.0)]).marks
        origin, first, second = np.array(plane.fixed).reshape(3, 3)
        place = origin + mark.x[0] * first + mark.x[1] * second
        assert mark.value == pytest.approx(float(three(place)))
    # A plane askew: the minimum of x^2 + 4 y^2 on it is where the normal says.
    bowl = trace(lambda p: p[0] ** 2 + 4.0 * p[1] ** 2 + p[2] ** 2, np.zeros(3))
    fixed = (1.0, 0.5, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0)
    (mark,) = prove_window(bowl, fixed, [(-5.0, 5.0), (-5.0, 5.0)]).marks
    assert mark.x == pytest.approx((-(0.6 + 1.6) / (0.36 + 2.56), 0.0), abs=1e-12)
    with pytest.raises(InputError, match="takes 9 numbers; found 4"):
        on_cut(bowl, (1.0, 2.0, 3.0, 4.0), 2)


def test_what_is_not_shown_is_undecided_with_its_reason() -> None:
    degenerate = prove_window(trace(lambda x: x**4, 0.0), (), [(-1.0, 1.0)])
    assert not degenerate.marks and len(degenerate.unresolved) == 1
    assert "told apart" in degenerate.why
    low, high = degenerate.unresolved[0]
    assert low <= 0.0 <= high
    kink = prove_window(trace(lambda x: jnp.abs(x - 0.3) + 0.1 * x**2, 0.0), (), [(-2.0, 2.0)])
    assert "smooth" in kink.why and not kink.marks


def test_a_function_that_ends_in_the_window_takes_no_minutes() -> None:
    found = prove_window(trace(jnp.log, 1.0), (), [(-1.0, 2.0)], rounds=True)
    assert found.seconds < 20.0 and len(found.unresolved) == 1 and not found.more
    assert np.abs(found.unresolved).max() < 1e-6


def test_a_function_of_which_little_is_known_takes_no_minutes() -> None:
    """That a box lies outside of the domain is not followed through sorting."""
    program = trace(lambda x: jnp.sum(jnp.sort(jnp.stack([jnp.log(x), 1.0 + x]))), 1.0)
    found = prove_window(program, (), [(-1.0, 2.0)], rounds=True)
    assert found.seconds < 20.0 and found.unresolved and found.more
    assert len(json.dumps(to_plain(found))) < 2**20
    assert sum(len(part.fates) for part in found.rounds) <= shown_proof.MOST_BOXES


def test_the_boxes_cover_the_window_and_hold_the_marks() -> None:
    window = [(-6.0, 6.0), (-5.0, 7.0)]
    found = prove_window(trace(himmelblau, np.zeros(2)), (), window, rounds=True)
    first = np.array(found.rounds[0].boxes).reshape(-1, 2, 2)
    assert first.tolist() == [[[0, GRAIN], [0, GRAIN]]] and found.rounds[0].fates == "2"
    sides = np.concatenate([np.array(part.boxes) for part in found.rounds]).reshape(-1, 2, 2)
    fates = "".join(part.fates for part in found.rounds)
    assert len(sides) == len(fates) == found.boxes
    alone = sides[[fate == str(FATES.index("exactly one zero")) for fate in fates]]
    for mark in found.marks:
        pairs = zip(mark.x, window, strict=True)
        part = [(x - low) / (high - low) * GRAIN for x, (low, high) in pairs]
        # The proof looks a tenth beyond each box.
        room = 0.11 * (alone[:, :, 1] - alone[:, :, 0]) + 1.0
        inside = (alone[:, :, 0] - room <= part) & (part <= alone[:, :, 1] + room)
        assert inside.all(axis=1).any()


def test_it_ends_when_it_is_told_to() -> None:
    found = prove_window(trace(himmelblau, np.zeros(2)), (), [(-6.0, 6.0)] * 2, stop=lambda: True)
    assert not found.marks and found.unresolved and "budget" in found.why


def test_values_tell_whether_it_is_the_function_that_is_drawn() -> None:
    program = trace(himmelblau, np.zeros(2))
    right = [(1.0, 2.0, float(himmelblau((1.0, 2.0)))), (-3.0, 0.5, float(himmelblau((-3.0, 0.5))))]
    assert draws(program, (), right)
    assert draws(program, (), [(x, y, v * (1.0 + 1e-13)) for x, y, v in right])
    assert not draws(program, (), [right[0], (*right[1][:2], right[1][2] + 1e-3)])
    assert not draws(program, (), [(1.0, 2.0, float("nan"))]), "nothing to go by"
    log = trace(jnp.log, 1.0)
    assert draws(log, (), [(-1.0, float("nan")), (2.0, float(np.log(2.0)))])


@pytest.mark.parametrize(
    ("f", "n", "kind"),
    [
        (lambda x: x @ x, 2, "convex"), (lambda x: -(x @ x), 2, "concave"),
        (jnp.sum, 2, "straight"),
        (lambda x: x[0] * x[1], 2, "neither"), (lambda x: x[0] ** 4 - x[0] ** 2, 1, "neither"),
        (lambda x: jnp.sum(jax.nn.elu(x)), 1, None), (lambda x: jnp.log(x[0]), 1, None),
    ],
)  # fmt: skip
def test_how_it_bends_is_told_where_it_is_proved(f: Any, n: int, kind: str | None) -> None:
    bent = prove_window(trace(f, np.ones(n)), (), [(-1.0, 1.0)] * n).bend
    assert (None if bent is None else bent.kind) == kind
    if kind == "neither":
        *ends, value, chord = bent.witness
        a, b = np.array(ends[:n]), np.array(ends[n:])
        with jax.enable_x64(True):
            here, first, last = (float(f(jnp.asarray(x))) for x in (0.5 * a + 0.5 * b, a, b))
        assert here == pytest.approx(value) and 0.5 * (first + last) == pytest.approx(chord)
        assert here > chord and "above the chord" in bent.words
