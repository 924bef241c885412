"""JAX's riddles, told as sentences: which line, why, and what to write instead."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from surefoot.program.captured import reachable
from surefoot.program.sources import Source, definition_of, source_of_exception
from surefoot.terms import TraceError

PYTHON_CALL = (
    "calls Python while it is computed (jax.pure_callback), and no slope can be followed through "
    "that; write the step in jax.numpy, or give it its derivative with jax.custom_jvp"
)
_WHY = "Surefoot follows your function on placeholders, which have a shape but no value yet"


def explain(error: Exception, f: Callable[..., Any]) -> TraceError | None:
    """The TraceError that tells what an exception raised inside f means to its author.

    Args:
        error: what was raised while f was traced.
        f: the function, for its name.
    """
    place = source_of_exception(error.__traceback__)
    if not place.line:
        place = definition_of(f)
    if not place.line and hasattr(f, "__name__"):
        # A function that is not written in Python has no line; its own name is the piece to blame.
        home = "np" if isinstance(f, np.ufunc) else getattr(f, "__module__", "builtins")
        prefix = "" if home in ("builtins", None) else f"{home}."
        place = Source(text=f"{prefix}{f.__name__}(x)")
    sentence = _sentence(error, place)
    where = f"{place}: " if place.line else ""
    line = f"\n    {place.text}" if place.line and place.text else ""
    return TraceError(
        f"{where}{sentence}{line}", file=place.file, line=place.line, column=place.column
    )


def _sentence(error: Exception, place: Source) -> str:
    """The sentence for an exception; the first that fits, the specific ones before the general."""
    text, piece = str(error), place.segment
    match error:
        case jax.errors.TracerBoolConversionError():
            return _of_branch(place.text, piece)
        case jax.errors.TracerArrayConversionError():
            return _of_numpy(piece)
        case jax.errors.NonConcreteBooleanIndexError():
            return (
                f"`{piece}` picks entries by a condition, so its length depends on the values. "
                "Keep the length: jnp.where(condition, x, 0.0), or multiply by the condition"
            )
        case jax.errors.TracerIntegerConversionError():
            return (
                f"`{piece}` needs a whole number from x (an index, a range, a shape). {_WHY}. "
                "Index with jnp arrays, or choose among values with jnp.where"
            )
        case jax.errors.UnexpectedTracerError():
            return (
                "a value from an earlier trace was kept outside the function (in a list, a global "
                "or an attribute) and used again. Return what you need instead of storing it"
            )
        case jax.errors.ConcretizationTypeError():
            return _of_number(piece)
        case _:
            return _of_ordinary(error, text, place)


def _of_branch(line: str, piece: str) -> str:
    if re.search(r"[\w\])]\s*[<>]=?[^<>=&|]+[<>]=?", piece):
        return (
            f"Python's chained comparison `{piece}` cannot be followed (it asks for a yes or no). "
            "Write the two sides joined: (a <= x) & (x <= b)"
        )
    called = re.match(r"(max|min|abs|sorted|any|all|sum)\s*\(", piece)
    if called:
        instead = {"max": "jnp.maximum(a, b)", "min": "jnp.minimum(a, b)"}.get(
            called[1], f"jnp.{called[1]}"
        )
        return (
            f"Python's `{called[1]}` asks which value is larger, yes or no. {_WHY}. "
            f"Write {instead}"
        )
    word = next(
        (w for w in ("if", "while", "assert", "and", "or", "not") if re.search(rf"\b{w}\b", line)),
        "if",
    )
    instead = {
        "while": "jax.lax.while_loop, or a fixed number of steps",
        "assert": "nothing here; check the result afterwards",
        "and": "(a) & (b) inside jnp.where",
        "or": "(a) | (b) inside jnp.where",
        "not": "~(a) inside jnp.where",
    }.get(word, "jnp.where(condition, a, b)")
    return f"`{word}` on `{piece}` needs a yes or no from x. {_WHY}. Write {instead}"


def _of_numpy(piece: str) -> str:
    called = re.match(r"(\w+(?:\.\w+)*)\.(\w+)\s*\(", piece)
    if called and called[1] not in ("jnp", "jax.numpy"):
        return (
            f"`{piece}` is NumPy's: it needs numbers. {_WHY}. "
            f"Write jnp.{called[2]} (import jax.numpy as jnp)"
        )
    return (
        f"`{piece}` hands x to NumPy, which needs numbers. {_WHY}. "
        "Use the function of the same name from jax.numpy"
    )


def _of_number(piece: str) -> str:
    if ".item" in piece or ".tolist" in piece:
        return (
            f"`{piece}` takes the number out of the array. {_WHY}. "
            "Leave it an array: a 0-d array computes like a number"
        )
    maths = re.match(r"(?:math|cmath)\.(\w+)", piece) or re.match(
        r"(sin|cos|tan|exp|log|sqrt|fabs|atan|asin|acos|sinh|cosh|tanh|erf|gamma|hypot|pow)\(",
        piece,
    )
    if maths:
        return f"`{piece}` is Python's math: it needs a number. {_WHY}. Write jnp.{maths[1]}"
    cast = re.match(r"(float|int|bool|complex|round)\s*\(", piece)
    if cast:
        instead = {
            "float": "leave the float() out",
            "int": "use jnp.floor (a jump: descent cannot see through it)",
            "bool": "use the condition inside jnp.where",
            "round": "use jnp.round (a jump: descent cannot see through it)",
        }.get(cast[1], "leave it out")
        return f"`{piece}` asks for a Python number. {_WHY}; {instead}"
    return (
        f"`{piece}` needs an actual number from x. {_WHY}. Use jax.numpy functions on x, and "
        "jnp.where or jax.lax.cond to choose"
    )


def _of_ordinary(error: Exception, text: str, place: Source) -> str:
    piece = place.segment
    if "immutable" in text or "does not support item assignment" in text:
        done = re.match(r"(\w+)\s*\[(.+?)\]\s*([-+*/]?)=\s*(.+)", place.text)
        if done:
            method = {"+": "add", "*": "multiply", "-": "add", "/": "divide"}.get(done[3], "set")
            value = f"-({done[4]})" if done[3] == "-" else done[4]
            example = f"{done[1]} = {done[1]}.at[{done[2]}].{method}({value})"
        else:
            example = "x = x.at[0].set(value)"
        return f"arrays are not changed in place here. Write `{example}`"
    returned = re.search(r"returned a value of type <class '(?:\w+\.)*(\w+)'>", text)
    if returned and "not a valid JAX type" in text:
        return (
            f"the function returns {returned[1]}, which holds no numbers that can be followed; it "
            "has to return a number or an array of jax.numpy"
        )
    if "Reverse-mode differentiation does not work for lax.while_loop" in text:
        return (
            "the function has a loop whose length depends on the values (jax.lax.while_loop, or "
            "fori_loop with such limits), which has no slope backwards; write jax.lax.scan, or "
            "fori_loop with fixed limits"
        )
    if "Pure callbacks do not support JVP" in text:
        return f"`{piece}` {PYTHON_CALL}"
    if "hashable" in text:
        return (
            "a static argument of a jitted function is a list, dict or array, which cannot be a "
            "key. Make it a tuple, or do not mark it static"
        )
    attribute = re.search(r"Tracer' object has no attribute '(\w+)'", text) or re.search(
        r"has no attribute '?(\w+)'?", text
    )
    if isinstance(error, AttributeError) and attribute:
        return (
            f"`{piece}`: x is a jax.numpy array, which has no `{attribute[1]}`. "
            "Use a function of jax.numpy"
        )
    looked_up = re.search(r"does not support string indexing; got idx='(.+?)'", text)
    if looked_up:
        return (
            f"`{piece}` looks the name {looked_up[1]!r} up, but x is an array here. Give the start "
            f"as a dict with that name, {{{looked_up[1]!r}: …}}, or index by number"
        )
    if isinstance(error, TypeError) and "dtype object is not a valid JAX array" in text:
        return (
            f"`{piece}` was given something that is not made of numbers where jax.numpy wants an "
            "array: of a dict, tuple or object take the parts out first, as in p['a']"
        )
    if isinstance(error, TypeError) and ("list" in text or "tuple" in text or "dict" in text):
        return (
            f"`{piece}` was given a list, tuple or dict where jax.numpy wants an array ({text}). "
            "Make the start an array (jnp.array([...])), or take the parts out first"
        )
    if isinstance(error, TypeError) and "required positional argument" in text:
        return (
            "a function to optimise takes one argument, and what else it needs it reads from "
            f"around it, as in `lambda x: loss(x, data)` ({text})"
        )
    return f"your function raised {type(error).__name__}: {text}"


def leaked(f: Callable[..., Any]) -> TraceError | None:
    """A TraceError if f stored a placeholder outside itself (a list, a global, an attribute)."""
    for name, holder in reachable(f):
        if _holds_tracer(holder):
            place = definition_of(f)
            return TraceError(
                f"{place}: the function stores a value of its own in `{name}`, outside itself. "
                "What is stored is a placeholder without a value, not a number. Return what you "
                "want to keep, or watch the run with callback=",
                file=place.file,
                line=place.line,
            )
    return None


def _holds_tracer(holder: Any) -> bool:
    if isinstance(holder, Tracer):
        return True
    if isinstance(holder, list | tuple | set):
        return any(isinstance(item, Tracer) for item in list(holder)[-50:])
    if isinstance(holder, dict):
        return any(isinstance(item, Tracer) for item in list(holder.values())[-50:])
    if type(holder).__module__ in ("builtins", "numpy") or inspect.ismodule(holder):
        return False
    attributes = getattr(holder, "__dict__", None)
    return isinstance(attributes, dict) and not inspect.isclass(holder) and any(
        isinstance(item, Tracer) for item in list(attributes.values())[-50:]
    )
