"""A seeded tenth of `python -m attack bounds lists`."""

import pytest
from attack.boxes import lost_points, outside


@pytest.mark.parametrize("block", range(10))
def test_nothing_lies_outside_its_bounds(block: int) -> None:
    claims = [text for seed in range(100 * block, 100 * block + 100) for text in outside(seed)]
    assert claims == []


@pytest.mark.parametrize("seed", range(30))
def test_no_stationary_point_is_lost_or_listed_twice(seed: int) -> None:
    assert lost_points(seed) == []
