"""The examples in public docstrings say what they show."""

import doctest

import pytest

import surefoot


@pytest.mark.parametrize("name", surefoot.__all__)
def test_the_example_of_a_public_name_holds(name: str) -> None:
    found = getattr(surefoot, name)
    if ">>>" not in (found.__doc__ or ""):
        pytest.skip("it has no example")
    room, inner = surefoot._HOME[name]
    test = next(iter(doctest.DocTestFinder(recurse=False).find(found, inner, globs={inner: found})))
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
    assert result.attempted > 0 and result.failed == 0, f"{room}.{inner}"
