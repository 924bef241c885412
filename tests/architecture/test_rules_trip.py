"""Each rule of this folder catches what it is there to catch."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.architecture import rules
from tests.architecture.sources import PACKAGE, Source, imports, room_of

Rule = Callable[[Source], None]


def _source(text: str, module: str, name: str = "module.py") -> Source:
    room = module.split(".")[1] if "." in module else ""
    path: Path = PACKAGE / room / name
    return Source(path, module, room, ast.parse(text), text.count("\n"))


@pytest.mark.parametrize(
    ("text", "module", "rule"),
    [
        ("from surefoot.judge import judge", "surefoot.descent.x", rules.imports_only_go_down),
        ("from surefoot import solve", "surefoot.facts.x", rules.imports_only_go_down),
        ("import surefoot.cli", "surefoot.solve.x", rules.imports_only_go_down),
        ("def f():\n    from ..solve import y", "surefoot.judge.x", rules.imports_only_go_down),
        ("from surefoot import minimize", "surefoot.solve.x", rules.imports_only_go_down),
        ("from jax._src import core", "surefoot.program.x",
         rules.jax_is_touched_at_its_public_face),
        ("import jax.extend", "surefoot.facts.x", rules.jax_is_touched_at_its_public_face),
        ("from jax import extend", "surefoot.facts.x", rules.jax_is_touched_at_its_public_face),
        ("jax.extend.core", "surefoot.facts.x", rules.jax_is_touched_at_its_public_face),
        ("from surefoot.terms.errors import _marked", "surefoot.show.x",
         rules.no_private_name_is_imported),
        ("import jax._src.core", "surefoot.show.x", rules.no_private_name_is_imported),
        ("program._graph", "surefoot.show.x", rules.no_private_attribute_of_another_object),
        ("self.a._b", "surefoot.show.x", rules.no_private_attribute_of_another_object),
        ("def f(): ...", "surefoot.show.x", rules.every_public_thing_has_a_docstring),
        ("'''m'''\nclass A: ...", "surefoot.show.x", rules.every_public_thing_has_a_docstring),
        ("x = 1", "surefoot.show", rules.an_init_file_only_re_exports),
        ("def f(): ...", "surefoot.show", rules.an_init_file_only_re_exports),
        ("class A(Protocol): ...", "surefoot.show.x", rules.protocols_can_be_checked),
    ],
)  # fmt: skip
def test_what_is_forbidden_is_caught(text: str, module: str, rule: Rule) -> None:
    with pytest.raises(AssertionError):
        rule(_source(text, module))


@pytest.mark.parametrize(
    ("text", "module", "rule"),
    [
        ("from surefoot.terms import Box", "surefoot.show.x", rules.imports_only_go_down),
        ("from surefoot.solve import a", "surefoot.solve.x", rules.imports_only_go_down),
        ("import jax.extend", "surefoot.program.x", rules.jax_is_touched_at_its_public_face),
        ("class A:\n    def _f(self): ...\n    def g(self, other): other._f()", "surefoot.show.x",
         rules.no_private_attribute_of_another_object),
        ("point._replace(x=1)", "surefoot.show.x", rules.no_private_attribute_of_another_object),
        ("self._a, cls._b, x.__name__", "surefoot.show.x",
         rules.no_private_attribute_of_another_object),
        ("from __future__ import annotations", "surefoot.show.x",
         rules.no_private_name_is_imported),
        ("@runtime_checkable\nclass A(Protocol): ...", "surefoot.show.x",
         rules.protocols_can_be_checked),
    ],
)  # fmt: skip
def test_what_is_allowed_passes(text: str, module: str, rule: Rule) -> None:
    rule(_source(text, module))


def test_relative_imports_are_resolved() -> None:
    source = _source("from . import a\nfrom .b import c\nfrom ..solve import d", "surefoot.show.x")
    assert [item.module for item in imports(source)] == [
        "surefoot.show", "surefoot.show.b", "surefoot.solve",
    ]  # fmt: skip
    assert room_of("surefoot.solve", "d") == "solve"
    assert room_of("surefoot", "solve") == "solve"
    assert room_of("surefoot", "minimize") == ""
    assert room_of("numpy", "solve") is None
