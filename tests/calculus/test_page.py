"""The examples of docs/calculus.md."""

import doctest
from pathlib import Path


def test_examples_of_the_page(repository: Path) -> None:
    page = repository / "docs" / "calculus.md"
    # A closing fence is no output: it ends the example before it.
    text = page.read_text().replace("```python", "").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, "calculus.md", str(page), 0)
    assert len(examples.examples) > 20
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    assert runner.run(examples).failed == 0
