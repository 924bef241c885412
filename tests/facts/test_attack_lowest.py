"""A seeded tenth of `python -m attack global proofs`."""

import pytest
from attack.lowest import disagreeing_proofs, lower_values


@pytest.mark.parametrize("block", range(10))
def test_no_value_lies_below_its_bound(block: int) -> None:
    claims = [text for seed in range(20 * block, 20 * block + 20) for text in lower_values(seed)]
    assert claims == []


@pytest.mark.parametrize("block", range(6))
def test_no_descent_ends_below_a_proven_minimum(block: int) -> None:
    seeds = range(5 * block, 5 * block + 5)
    assert [text for seed in seeds for text in disagreeing_proofs(seed)] == []
