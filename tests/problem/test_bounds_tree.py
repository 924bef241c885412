"""Bounds that follow the structure of x0."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.problem import flat_bounds
from surefoot.program import Structure
from surefoot.terms import InputError

X0 = {"a": 1.0, "b": {"c": np.array([1.0, 2.0])}}
NESTED = Structure(X0)
ROW = Structure((1.0, np.array([1.0, 2.0]), {"w": 3.0}))
FREE = (-np.inf, np.inf)


class Pair(NamedTuple):
    """A start, or its bounds, with names for its two parts."""

    u: Any
    v: Any


def _pairs(bounds: Any, structure: Structure = NESTED) -> list[tuple[float, float]]:
    lower, upper = flat_bounds(bounds, structure)
    return [(float(low), float(high)) for low, high in zip(lower, upper, strict=True)]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"a": (0, 2), "b": {"c": (0, 3)}}, [(0, 2), (0, 3), (0, 3)]),
        ({"a": (0, 2), "b": (0, 3)}, [(0, 2), (0, 3), (0, 3)]),
        ({"a": None, "b": {"c": (None, 3)}}, [FREE, (-np.inf, 3), (-np.inf, 3)]),
        ({"b": None}, [FREE, FREE, FREE]),
        ({"b": {"c": (np.zeros(2), [1, 2])}}, [FREE, (0, 1), (0, 2)]),
        ({"b": {"c": (0, [1, 2])}}, [FREE, (0, 1), (0, 2)]),
        ({"b.c": (0, 3), "a": [0, 2]}, [(0, 2), (0, 3), (0, 3)]),
        ({"b.c[1]": (0, 3)}, [FREE, FREE, (0, 3)]),
        ((0, 3), [(0, 3)] * 3),
    ],
)
def test_a_tree_of_pairs(bounds: Any, expected: list[tuple[float, float]]) -> None:
    assert _pairs(bounds) == expected


def test_tuples_and_lists_of_parts() -> None:
    assert _pairs([(0, 1), None, {"w": (2, 3)}], ROW) == [(0, 1), FREE, FREE, (2, 3)]
    assert _pairs(((0, 1), (5, 6), (2, 3)), ROW) == [(0, 1), (5, 6), (5, 6), (2, 3)]
    named = Structure(Pair(1.0, 2.0))
    assert _pairs(Pair((0, 1), (2, 3)), named) == [(0, 1), (2, 3)]


@pytest.mark.parametrize(
    ("bounds", "structure", "said"),
    [
        ({"b": {"d": (0, 1)}}, NESTED, r"bounds\['b'\] has no part 'd'; its parts are c"),
        ({"q": (0, 1)}, NESTED, "no parameter 'q'; the parameters are a, b.c"),
        ({"b": 3}, NESTED, "None for no bound, or these in the structure of x0 there: a dict of c"),
        ({"a": {"z": (0, 1)}}, NESTED, r"bounds\['a'\] is .* expected \(lower, upper\)"),
        ({"b": {"c": ((0, 1), (2, 3))}}, NESTED, "reads two ways.*rows as coordinates"),
        ({"b": {"c": (0, [1, 2, 3])}}, NESTED, r"shape \(3,\); expected one .* shape \(2,\)"),
        ({"a": (2, 1)}, NESTED, "bounds of a is empty"),
        ([(0, 1), (0, 1), (0, 1), (0, 1)], ROW, "has 4 parts, x0 has 3 there"),
        (((0, 1), (0, 1)), Structure((1.0, 2.0)), "reads two ways.*parts as coordinates"),
        (((0, 1), None), Structure((1.0, 2.0)), "reads two ways.*name the parts by their paths"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(bounds: Any, structure: Structure, said: str) -> None:
    with pytest.raises(InputError, match=said):
        flat_bounds(bounds, structure)


def _loss(p: Any) -> Any:
    return (p["a"] - 3.0) ** 2 + jnp.sum((p["b"]["c"] - np.array([5.0, -1.0])) ** 2)


def test_a_nested_box_bounds_an_answer_and_tells_its_shape() -> None:
    found = sf.minimize(_loss, X0, bounds={"a": (0, 2), "b": {"c": (0, 3)}})
    assert float(found.x["a"]) == 2.0
    np.testing.assert_array_equal(found.x["b"]["c"], [3.0, 0.0])
    box = {"a": (0, 2), "b": {"c": (np.zeros(2), 3)}}
    assert sf.minimize(_loss, over=box).value == pytest.approx(6.0)


def test_two_names_of_one_number_bound_it_both() -> None:
    structure = Structure({"w": np.zeros((4, 3)), "b": {"d": np.zeros(2)}})
    one = {"w[3,2]": (0, 1), "w": (-1, 2), "b.d[0]": (0, 1), "b": {"d": (-3, 2)}}
    other = dict(reversed(list(one.items())))
    for bounds in (one, other):
        lower, upper = flat_bounds(bounds, structure)
        place, first = structure.index("w[3,2]"), structure.index("b.d[0]")
        assert (lower[place], upper[place]) == (0.0, 1.0)
        assert (lower[first], upper[first]) == (0.0, 1.0)
        assert (lower[structure.index("w[0,0]")], upper[structure.index("w[0,0]")]) == (-1.0, 2.0)


def test_limits_have_the_shape_of_what_they_bound() -> None:
    structure = Structure({"w": np.zeros((2, 3))})
    high = np.arange(6.0).reshape(2, 3)
    assert flat_bounds({"w": (None, high)}, structure)[1].tolist() == high.ravel().tolist()
    with pytest.raises(InputError, match=r"shape \(3, 2\).*shape \(2, 3\)"):
        flat_bounds({"w": (None, high.reshape(3, 2))}, structure)


def test_limits_that_no_float_holds_and_what_is_no_pair() -> None:
    for bounds in ((0, 10**400), {"x": (0, 10**400)}):
        with pytest.raises(InputError, match="expected a number"):
            flat_bounds(bounds, Structure(0.0, "x"))
    for bounds in ((0, 1, 2), (), (0,), [0, 1]):
        with pytest.raises(InputError, match="no pair"):
            flat_bounds(bounds, Structure(0.0, "x"))
