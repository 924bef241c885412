"""Python that makes a shown function again, or an honest word on why it cannot be given."""

import ast
import inspect
import re
from dataclasses import dataclass
from textwrap import dedent, wrap
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.formulas import Formula
from surefoot.program import Structure

MOST_SOURCE = 4_000
MOST_NAMED = 20
"""An array that a function has captured is written out up to so many numbers."""
MOST_FLAT = 64


@dataclass(frozen=True)
class Origin:
    """Where a shown function comes from.

    Attributes:
        function: what the user gave: a formula or a function of their argument.
        structure: the argument's.
        residual: whether it returns residuals, and the sum of their squares is shown.
        sign: -1 where it is maximised, and the negative is shown.
        test: Python that is true of a list v inside the bounds; "" where there are none.
    """

    function: Any
    structure: Structure
    residual: bool = False
    sign: float = 1.0
    test: str = ""


def snippet_of(origin: Origin) -> str:
    """Python that defines `f`, the shown function; of several numbers also `flat`, f of their list.

    Where it cannot be given the text is comments alone, which say why.
    """
    plain = not origin.residual and origin.sign > 0.0
    inner = "f" if plain else "g"
    made = definition(origin.function, inner)
    argument = argument_text(origin.structure)
    if isinstance(made, Missing):
        return made.comment()
    parts = [made]
    if not plain:
        parts.append(f"def f(p):\n    return {_shown(origin)}")
    scalar = origin.structure.size == 1 and argument == "v[0]"
    simple = scalar or isinstance(origin.function, Formula)
    if origin.structure.size > 1 or origin.test or not simple:
        if argument is None:
            return Missing(
                "its argument is too large to write out, or made of other objects"
            ).comment()
        parts.append(f"def flat(v):\n    return {_ended(f'f({argument})', origin)}")
    text = "\n\n".join(parts)
    head = ["import surefoot as sf"]
    if "jnp." in text:
        head.insert(0, "import jax.numpy as jnp")
    if "jax.tree" in text:
        head.insert(0, "import jax")
    if inspect.isfunction(origin.function) and origin.function.__annotations__:
        # Hints may name what only the user's module has.
        head.insert(0, "from __future__ import annotations\n")
    return below(head, text)


def below(head: list[str], text: str) -> str:
    """The text under the lines of a head, which do not stand in it again."""
    known = set(head)
    body = [line for line in text.split("\n") if line not in known]
    return "\n".join(head) + "\n\n" + "\n".join(body).strip("\n")


def defines(snippet: str) -> bool:
    """Whether the text defines the function; where it cannot be given it is comments alone."""
    return not snippet.startswith("#")


@dataclass(frozen=True)
class Missing:
    """Why a definition cannot be given."""

    why: str

    def comment(self) -> str:
        """The reason as comment lines, above what the page puts below a definition."""
        words = f"This cannot be given as Python that runs by itself: {self.why}."
        lines = [*wrap(words, 66), "Where your function is known as f, what the page shows is"]
        return "\n".join(f"# {line}" for line in lines)


def _shown(origin: Origin) -> str:
    if not origin.residual:
        return "-g(p)  # what is maximised is drawn upside down"
    return "sum(jnp.sum(r**2) for r in jax.tree.leaves(g(p)))"


def _ended(call: str, origin: Origin) -> str:
    """The call, NaN beyond the bounds."""
    if not origin.test:
        return call
    tests = origin.test.replace(" & ", "\n        & ")
    return f"{call} * jnp.where(  # within the bounds\n        {tests},\n        1.0, jnp.nan)"


def argument_text(structure: Structure) -> str | None:
    """The user's argument with the coordinates v[0], v[1], … in it; None for other containers."""
    if structure.size > MOST_FLAT:
        return None

    def leaf(start: int, stop: int, shape: tuple[int, ...]) -> str:
        if shape == ():
            return f"v[{start}]"
        row = f"jnp.array(v[{start}:{stop}])"
        return row if len(shape) == 1 else f"{row}.reshape({shape})"

    texts = [_Text(leaf(each.start, each.stop, each.shape)) for each in structure.leaves]
    return _written(jax.tree.unflatten(structure.treedef, texts))


class _Text(str):
    """A leaf's own text, told from a string in the tree."""


def _written(tree: Any) -> str | None:
    if isinstance(tree, _Text):
        return str(tree)
    if type(tree) is dict:
        items = [(key, _written(value)) for key, value in tree.items()]
        if any(text is None for _, text in items):
            return None
        return "{" + ", ".join(f"{key!r}: {text}" for key, text in items) + "}"
    if type(tree) in (list, tuple):
        texts = [_written(value) for value in tree]
        if any(text is None for text in texts):
            return None
        inside = ", ".join(str(text) for text in texts)
        if type(tree) is list:
            return f"[{inside}]"
        return f"({inside},)" if len(texts) == 1 else f"({inside})"
    return None


def definition(function: Any, name: str) -> str | Missing:
    """Python that defines a function of the user's under a name, or why it cannot be given."""
    if isinstance(function, Formula):
        if function.data:
            names = ", ".join(sorted(function.data))
            return Missing(f"the formula has data of its own ({names})")
        return f"{name} = sf.formula({function.text!r})"
    if (getattr(function, "__module__", "") or "").split(".")[0] == "surefoot":
        return Missing("it is made of your model and your data, which only your session has")
    text = source_of(function)
    if text is None:
        return Missing("its source is not at hand")
    is_lambda = getattr(function, "__name__", "") == "<lambda>"
    if is_lambda:
        found = _lambda_in(text, function)
        if found is None:
            return Missing("its source line holds several lambdas that look alike")
        text = f"{name} = {found}"
    elif not text.startswith("def "):
        return Missing("it is decorated, or not a plain function")
    context = _context(function)
    if isinstance(context, Missing):
        return context
    own = getattr(function, "__name__", "f")
    parts = [*context, text.rstrip()]
    if not is_lambda and own != name:
        parts.append(f"{name} = {own}")
    return "\n\n".join(parts)


def source_of(function: Any) -> str | None:
    """The text of a Python function, where Python can find it and it is short enough to read."""
    try:
        text = dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return None
    return text if len(text) <= MOST_SOURCE else None


def _lambda_in(text: str, function: Any) -> str | None:
    """The lambda of a source line, cut out: of several the one that names what this one does."""
    found: list[str] = []
    for match in re.finditer(r"\blambda\b", text):
        for end in range(len(text), match.start(), -1):
            try:
                parsed = ast.parse(f"({text[match.start() : end].strip()})", mode="eval")
            except (SyntaxError, ValueError):
                continue
            if isinstance(parsed.body, ast.Lambda):
                found.append(ast.unparse(parsed.body))
                break
    if len(found) > 1:
        mine = _spelling(function.__code__)
        found = [each for each in found if _spelling(_code(each)) == mine]
    return found[0] if len(set(found)) == 1 else None


def _code(text: str) -> Any:
    """The compiled body of a lambda's text; nothing of it runs."""
    outer = compile(text, "<lambda>", "eval")
    return next(each for each in outer.co_consts if hasattr(each, "co_code"))


def _spelling(code: Any) -> Any:
    """What two lambdas share that are written alike, whatever scope they stand in."""
    constants = [repr(each) for each in code.co_consts if not hasattr(each, "co_code")]
    return code.co_varnames, {*code.co_names, *code.co_freevars}, constants


def _context(function: Any) -> list[str] | Missing:
    """The imports and the captured numbers that a function's text needs."""
    try:
        seen = inspect.getclosurevars(function)
    except (TypeError, ValueError):
        return Missing("what it captures is not known")
    imports: list[str] = []
    values: list[str] = []
    for name, value in sorted({**seen.globals, **seen.nonlocals}.items()):
        if isinstance(value, ModuleType):
            imports.append(_import(name, value.__name__))
        elif isinstance(value, bool | int | float | str):
            values.append(f"{name} = {value!r}")
        elif isinstance(value, np.ndarray | np.number | jax.Array) and value.size <= MOST_NAMED:
            values.append(f"{name} = jnp.array({np.asarray(value).tolist()})")
        elif getattr(jnp, name, None) is value:
            imports.append(f"from jax.numpy import {name}")
        elif name not in getattr(function, "__annotations__", {}) and not _only_hint(
            name, function
        ):
            return Missing(f"it uses {name}, which only your session has")
    return ["\n".join(lines) for lines in (imports, values) if lines]


def _import(name: str, module: str) -> str:
    return f"import {module}" if name == module else f"import {module} as {name}"


def _only_hint(name: str, function: Any) -> bool:
    """Whether a name stands in the annotations alone."""
    return name not in function.__code__.co_names and name not in function.__code__.co_freevars
