"""The argument as one flat vector of named coordinates."""

from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.program import Structure
from surefoot.terms import InputError

TREE = {"W": np.arange(6.0).reshape(2, 3), "b": (1.5, np.array([7.0, 8.0])), "a": 3}


def test_round_trip() -> None:
    structure = Structure(TREE)
    flat = structure.ravel(TREE)
    assert flat.dtype == np.float64
    back = structure.unravel(flat)
    assert jax.tree_util.tree_structure(back) == jax.tree_util.tree_structure(TREE)
    np.testing.assert_array_equal(back["W"], TREE["W"])
    assert back["b"][0] == 1.5
    assert isinstance(back["b"][0], np.float64)
    np.testing.assert_array_equal(structure.ravel(back), flat)


def test_unravelled_arrays_are_copies() -> None:
    structure = Structure(np.zeros(2))
    flat = np.zeros(2)
    structure.unravel(flat)[0] = 1.0
    assert flat[0] == 0.0


def test_paths() -> None:
    assert Structure(TREE).paths == (
        "W[0,0]", "W[0,1]", "W[0,2]", "W[1,0]", "W[1,1]", "W[1,2]", "a", "b[0]", "b[1][0]",
        "b[1][1]",
    )
    assert Structure(2.0, "w").paths == ("w",)
    assert Structure(np.zeros(2), "w").paths == ("w[0]", "w[1]")
    assert Structure([{"W": 1.0}], "net").paths == ("net[0].W",)


@pytest.mark.parametrize(
    ("path", "place"),
    [("W[1,2]", 5), ("W[-1, -1]", 5), ("W", slice(0, 6)), ("a", 6), ("b[1][0]", 8), ("b[0]", 7)],
)
def test_index(path: str, place: Any) -> None:
    assert Structure(TREE).index(path) == place


@pytest.mark.parametrize("path", ["V", "W[2,0]", "W[0]", "W[a,b]", "", "b[1][2]", "W[1,2"])
def test_index_of_nothing(path: str) -> None:
    with pytest.raises(InputError, match="the parameters are"):
        Structure(TREE).index(path)


def test_other_structures_and_shapes_are_named() -> None:
    structure = Structure({"W": np.zeros((2, 3)), "b": 0.0})
    with pytest.raises(InputError, match=r"x0 at W has shape \(3, 2\), expected \(2, 3\)"):
        structure.ravel({"W": np.zeros((3, 2)), "b": 0.0})
    with pytest.raises(InputError, match="structure"):
        structure.ravel({"W": np.zeros((2, 3))})


@given(st.lists(st.integers(0, 3), min_size=0, max_size=3).map(tuple), st.floats(-1e300, 1e300))
def test_every_coordinate_has_its_name(shape: tuple[int, ...], value: float) -> None:
    if 0 in shape:
        with pytest.raises(InputError):
            Structure(np.zeros(shape))
        return
    structure = Structure({"p": np.full(shape, value), "q": value})
    assert len(set(structure.paths)) == structure.size
    for i, path in enumerate(structure.paths):
        assert structure.index(path) in (i, slice(i, i + 1))
