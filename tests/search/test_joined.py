"""Boxes that touch are joined to the same boxes in whatever order they come."""

from typing import Any

import numpy as np
import pytest

from surefoot.search.joined import hulls


def slowly(lower: Any, upper: Any, kind: Any) -> list[Any]:
    """By the definition: join any two of one kind that touch until none do."""
    boxes = [(tuple(a), tuple(b), int(k)) for a, b, k in zip(lower, upper, kind, strict=True)]
    made: list[Any] = []
    while boxes:
        a, b, k = boxes.pop()
        for other in made:
            c, d, same = other
            if same == k and np.all(np.less_equal(a, d)) and np.all(np.less_equal(c, b)):
                made.remove(other)
                boxes.append((tuple(np.minimum(a, c)), tuple(np.maximum(b, d)), k))
                break
        else:
            made.append((a, b, k))
    return sorted(made)


def found(boxes: Any) -> list[Any]:
    return sorted((tuple(a), tuple(b), int(k)) for a, b, k in zip(*boxes, strict=True))


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_joined_is_what_touches(n: int, seed: int) -> None:
    rng = np.random.default_rng((n, seed))
    lower = rng.uniform(-1, 1, (120, n))
    upper = lower + rng.uniform(0, 0.5, (120, n)) * rng.uniform(0, 1, (120, 1)) ** 3
    # Halves share a face exactly, as boxes of a search do.
    upper[60:90] = lower[:30]
    lower[60:90] = np.minimum(lower[60:90], upper[60:90])
    kind = rng.integers(0, 2, 120)
    assert found(hulls(lower, upper, kind)) == slowly(lower, upper, kind)


def test_the_order_does_not_matter() -> None:
    rng = np.random.default_rng(7)
    corner = rng.integers(0, 40, (800, 3)) / 8.0
    kind = np.zeros(800, int)
    first = found(hulls(corner, corner + 0.125, kind))
    order = rng.permutation(800)
    assert found(hulls(corner[order], corner[order] + 0.125, kind)) == first
    assert 1 < len(first) < 800


def test_no_two_kinds_are_joined_and_nothing_is_lost() -> None:
    lower, upper = np.zeros((2, 2)), np.ones((2, 2))
    assert len(hulls(lower, upper, np.array([0, 1]))[0]) == 2
    assert len(hulls(lower, upper, np.array([1, 1]))[0]) == 1


def test_boxes_along_a_sphere_are_one() -> None:
    """A hundred thousand pieces of a surface: comparing each with each takes minutes."""
    rng = np.random.default_rng(3)
    point = rng.normal(size=(100_000, 3))
    point /= np.linalg.norm(point, axis=1)[:, None]
    lower = np.floor(point * 128) / 128
    joined = hulls(lower, lower + 1 / 128, np.zeros(len(lower), int))
    assert len(joined[0]) == 1
