"""The examples of docs/noise.md, and the experiment that it names."""

import doctest
import importlib.util
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import surefoot as sf
from surefoot.solve.noise import default_sizes


def test_the_examples_of_the_page(repository: Path) -> None:
    page = repository / "docs" / "noise.md"
    text = page.read_text(encoding="utf-8").replace("```python", "").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    assert len(examples.examples) > 15
    assert doctest.DocTestRunner().run(examples).failed == 0


@pytest.mark.parametrize("thing", [sf.Batches, sf.noise])
def test_the_examples_of_the_docstrings(thing: Any) -> None:
    found = [test for test in doctest.DocTestFinder().find(thing) if test.examples]
    assert found
    for test in found:
        assert doctest.DocTestRunner().run(test).failed == 0


def test_the_sizes_that_are_drawn_by_default() -> None:
    assert default_sizes(3) == [1] and default_sizes(400) == [1, 3, 8, 24, 69, 200]
    assert default_sizes(10**6)[-1] == 1024


@pytest.fixture(scope="module")
def widths() -> Any:
    path = Path(__file__).resolve().parents[2] / "examples" / "widths.py"
    spec = importlib.util.spec_from_file_location("widths", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_masked_net_trains_as_a_narrow_one(widths: Any) -> None:
    together = widths.final_losses((3, 8), seeds=4, steps=30)
    alone = widths.final_losses((8,), seeds=4, steps=30)
    np.testing.assert_allclose(together[1], alone[0], rtol=1e-4)
    # The net of three units by hand from the same start.
    x, y = widths.points()
    key = jax.random.split(jax.random.key(0), 4)[1]
    a, b, c = (np.asarray(row)[:3] for row in jax.random.normal(key, (3, 8)))
    start = float(np.mean((np.tanh(x[:, None] * 3.0 * b + c) @ (a / np.sqrt(3.0)) - y) ** 2))
    found = widths.final_losses((3, 8), seeds=4, steps=0)
    assert found[0, 1] == pytest.approx(start, rel=1e-5)


def test_wider_nets_spread_less(widths: Any) -> None:
    found = widths.final_losses((2, 32), seeds=12, steps=1500)
    assert np.isfinite(found).all()
    narrow, wide = (np.quantile(losses, [0.0, 1.0]) for losses in found)
    assert wide[1] / wide[0] < 2.0 < narrow[1] / narrow[0]
