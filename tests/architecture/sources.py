"""The files of the package as syntax trees, for the tests in this folder."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "surefoot"

# Imports go from a higher number to a lower one, never between rooms of the same number.
FLOORS = {
    "terms": 1,
    "program": 2,
    "show": 2,
    "formulas": 3,
    "problem": 4,
    "calculus": 4,
    "facts": 5,
    "descent": 6,
    "search": 6,
    "judge": 6,
    "solve": 7,
    "studio": 8,
    "cli": 9,
    "": 10,
}


@dataclass(frozen=True)
class Source:
    """One file: its dotted module name, room, syntax tree and number of lines."""

    path: Path
    module: str
    room: str
    tree: ast.Module
    lines: int

    @property
    def is_init(self) -> bool:
        return self.path.name == "__init__.py"

    def at(self, node: ast.AST) -> str:
        return f"{self.path.relative_to(PACKAGE.parent.parent)}:{getattr(node, 'lineno', 1)}"


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the package."""
    found: list[Source] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        dotted = [part for part in parts if part != "__init__"]
        room = parts[0] if len(parts) > 1 else dotted[0] if dotted else ""
        tree = ast.parse(text, str(path))
        module = ".".join(["surefoot", *dotted])
        found.append(Source(path, module, room, tree, text.count("\n")))
    assert found, f"no files under {PACKAGE}"
    return tuple(found)


@dataclass(frozen=True)
class Import:
    """One imported module, and the name taken from it (None for a plain `import`)."""

    module: str
    name: str | None
    node: ast.AST


def imports(source: Source) -> list[Import]:
    """Every import in a file, also inside functions and `if TYPE_CHECKING:` blocks."""
    found: list[Import] = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, None, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = source.module.split(".")
                if not source.is_init:
                    package = package[:-1]
                kept = package[: len(package) - node.level + 1]
                base = ".".join([*kept, *([base] if base else [])])
            found += [Import(base, alias.name, node) for alias in node.names]
    return found


def room_of(module: str, name: str | None) -> str | None:
    """The room that `from module import name` reaches, or None when it is not ours."""
    parts = module.split(".")
    if parts[0] != "surefoot":
        return None
    if len(parts) > 1:
        return parts[1]
    return name if name in FLOORS else ""
