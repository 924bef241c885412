"""Imports only go down, and nobody reaches into what is private."""

import pytest
from tests.architecture import rules
from tests.architecture.sources import FLOORS, PACKAGE, Source, sources

BY_MODULE = [pytest.param(source, id=source.module) for source in sources()]


def test_every_room_has_a_floor() -> None:
    rooms = {entry.name for entry in PACKAGE.iterdir() if list(entry.glob("*.py"))}
    files = {entry.stem for entry in PACKAGE.glob("*.py")} - {"__init__"}
    assert rooms | files <= set(FLOORS)


@pytest.mark.parametrize("source", BY_MODULE)
def test_imports_only_go_down(source: Source) -> None:
    rules.imports_only_go_down(source)


@pytest.mark.parametrize("source", BY_MODULE)
def test_nothing_private_is_touched(source: Source) -> None:
    rules.jax_is_touched_at_its_public_face(source)
    rules.no_private_name_is_imported(source)
    rules.no_private_attribute_of_another_object(source)
