"""The shape of the files: docstrings, `__init__` files, and how long things are."""

import ast
import warnings
from collections.abc import Callable

import pytest
from tests.architecture import rules
from tests.architecture.sources import Source, sources

SOURCES = sources()
BY_MODULE = [pytest.param(source, id=source.module) for source in SOURCES]
LONG_FILE = 400
LONG_FUNCTION = 60
HARD_FILE = 600


@pytest.mark.parametrize("source", BY_MODULE)
def test_every_public_thing_has_a_docstring(source: Source) -> None:
    rules.every_public_thing_has_a_docstring(source)


@pytest.mark.parametrize("source", [s for s in SOURCES if s.is_init and s.room])
def test_init_files_only_re_export(source: Source) -> None:
    rules.an_init_file_only_re_exports(source)


@pytest.mark.parametrize("source", BY_MODULE)
def test_protocols_can_be_checked(source: Source) -> None:
    rules.protocols_can_be_checked(source)


@pytest.mark.parametrize("source", BY_MODULE)
def test_no_file_holds_many_ideas(source: Source) -> None:
    assert source.lines <= HARD_FILE, f"{source.path} has {source.lines} lines: split it"


def test_report_of_long_files_and_functions(record_property: Callable[[str, object], None]) -> None:
    """Prints what is over the house's lengths; a length alone is no failure."""
    report: list[str] = []
    for source in SOURCES:
        if source.lines > LONG_FILE:
            report.append(f"{source.path.name}: {source.lines} lines")
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONG_FUNCTION:
                    report.append(f"{source.at(node)}: {node.name} has {length} lines")
    record_property("long", report)
    print("\n".join(report) or "nothing is over the usual length")


def test_warnings_are_errors() -> None:
    with pytest.raises(UserWarning):
        warnings.warn("this must stop a test", UserWarning, stacklevel=1)
