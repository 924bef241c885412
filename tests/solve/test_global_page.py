"""The examples of docs/global.md."""

import doctest
from pathlib import Path


def test_examples_of_the_page(repository: Path) -> None:
    page = repository / "docs" / "global.md"
    # A closing fence is no output: it ends the example before it.
    text = page.read_text().replace("```python", "").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    assert len(examples.examples) > 8
    assert doctest.DocTestRunner().run(examples).failed == 0
