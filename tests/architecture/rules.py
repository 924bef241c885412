"""The house rules, each a check on one file; `test_rules_trip.py` shows that each one bites."""

import ast

from tests.architecture.sources import FLOORS, Source, imports, room_of

# A named tuple's own methods begin with an underscore so as not to clash with its fields.
NAMED_TUPLE = {"_replace", "_asdict", "_fields", "_make"}
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def imports_only_go_down(source: Source) -> None:
    """No room imports from its own floor or one above it."""
    wrong = [
        f"{source.at(item.node)}: {source.room or 'front door'} imports {item.module}"
        for item in imports(source)
        if (room := room_of(item.module, item.name)) is not None
        and room != source.room
        and FLOORS[room] >= FLOORS[source.room]
    ]
    assert not wrong, "\n".join(wrong)


def jax_is_touched_at_its_public_face(source: Source) -> None:
    """`jax._src` nowhere, `jax.extend` only in `program`."""
    for item in imports(source):
        dotted = f"{item.module}.{item.name or ''}"
        assert not dotted.startswith("jax._src"), source.at(item.node)
        if dotted.startswith("jax.extend"):
            assert source.room == "program", f"{source.at(item.node)}: jax.extend outside program"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("jax.extend"):
            assert source.room == "program", f"{source.at(node)}: jax.extend outside program"


def no_private_name_is_imported(source: Source) -> None:
    """No name with an underscore in front crosses a file's border."""
    wrong = [
        f"{source.at(item.node)}: from {item.module} import {item.name or ''}"
        for item in imports(source)
        if any(_private(part) for part in [*item.module.split("."), item.name or ""])
    ]
    assert not wrong, "\n".join(wrong)


def no_private_attribute_of_another_object(source: Source) -> None:
    """`x._y` only where x is `self` or `cls`, or where a class of this very file defines `_y`."""
    defined = _private_definitions(source.tree)
    wrong = [
        f"{source.at(node)}: {ast.unparse(node)}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and _private(node.attr)
        and node.attr not in NAMED_TUPLE | defined
        and not _own(node.value)
    ]
    assert not wrong, "\n".join(wrong)


def every_public_thing_has_a_docstring(source: Source) -> None:
    """Files, and their public functions and classes, say what they are for."""
    missing = [] if ast.get_docstring(source.tree) else [source.at(source.tree)]
    for node in source.tree.body:
        if isinstance(node, DEFINITION) and not node.name.startswith("_"):
            missing += [] if ast.get_docstring(node) else [f"{source.at(node)}: {node.name}"]
    assert not missing, "\n".join(missing)


def an_init_file_only_re_exports(source: Source) -> None:
    """Imports, `__all__`, and at most a lazy `__getattr__`."""
    for node in source.tree.body:
        match node:
            case ast.Import() | ast.ImportFrom():
                allowed = True
            case ast.Expr():
                allowed = isinstance(node.value, ast.Constant)
            case ast.Assign():
                allowed = ast.unparse(node.targets[0]) == "__all__"
            case ast.If():
                allowed = ast.unparse(node.test) == "TYPE_CHECKING"
            case ast.FunctionDef():
                allowed = node.name in {"__getattr__", "__dir__"}
            case _:
                allowed = False
        assert allowed, f"{source.at(node)}: more than a re-export"


def protocols_can_be_checked(source: Source) -> None:
    """Annotations are checked at every call in one run of the tests, which needs the decorator."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases):
            decorators = map(ast.unparse, node.decorator_list)
            assert "runtime_checkable" in decorators, f"{source.at(node)}: {node.name}"


def _private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def _private_definitions(tree: ast.Module) -> set[str]:
    """The private attributes and methods that the classes of a file define."""
    found: set[str] = set()
    for outer in ast.walk(tree):
        if not isinstance(outer, ast.ClassDef):
            continue
        for node in ast.walk(outer):
            if isinstance(node, ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found |= {node.attr} if _own(node.value) else set()
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
    return found


def _own(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}
