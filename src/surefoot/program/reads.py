"""What a function's own code reads, where all of it is known: whether another trace could differ.

A function may read anything: a global that is set anew, an array that is changed in place, a file,
a clock. So it is traced again at each call, unless all that its code mentions is

* a number, a text, a small array, or a tuple, list or dict of these: compared by value;
* what a library offers that computes the same at each call (`jnp.sum`): compared by identity;
* another function of which the same holds;
* an object of Surefoot's own (a formula, a function with its data) that lists what it `mentions`.

The names are read from the bytecode, and nothing is run to find them. What is not in this list is
unknown, and the function is traced.
"""

import builtins
import dis
import os
import sys
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

LARGEST = 65_536
"""Bytes of captured numbers up to which they are compared."""
MOST = 1_000
"""Things that a function mentions, and they in turn, up to which they are looked at."""

_LIBRARIES = ("jax", "jaxlib", "math", "numpy", "optax")
_CHANGING = frozenset({
    "config", "default_backend", "device_count", "devices", "fromfile", "genfromtxt",
    "getbufsize", "geterr", "get_printoptions", "io_callback", "live_arrays", "load", "loadtxt",
    "local_device_count", "local_devices", "memmap", "process_count", "process_index",
    "pure_callback", "set_printoptions", "seterr",
})  # fmt: skip
"""What those libraries offer that may answer otherwise at the next call, numpy.random apart."""
_PURE = frozenset({
    "AssertionError", "Exception", "NotImplementedError", "RuntimeError", "TypeError",
    "ValueError", "abs", "all", "any", "bool", "complex", "dict", "divmod", "enumerate", "filter",
    "float", "frozenset", "int", "isinstance", "len", "list", "map", "max", "min", "pow", "range",
    "reversed", "round", "set", "slice", "sorted", "str", "sum", "tuple", "zip",
})  # fmt: skip
"""Built-in functions that read nothing and change nothing."""
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))
_OPAQUE = frozenset({
    "DELETE_ATTR", "DELETE_GLOBAL", "DELETE_NAME", "IMPORT_FROM", "IMPORT_NAME", "IMPORT_STAR",
    "LOAD_BUILD_CLASS", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF", "LOAD_FROM_DICT_OR_GLOBALS",
    "LOAD_LOCALS", "LOAD_NAME", "STORE_ATTR", "STORE_GLOBAL", "STORE_NAME",
})  # fmt: skip
"""Instructions that read or change what is not followed here."""
_JITTED: type = type(jax.jit(abs))
_HOMES = tuple(str(Path(file).parent) + os.sep for file in (jax.__file__, np.__file__) if file)


class _UnknownError(Exception):
    """Something that a function mentions may be another thing at the next call."""


@dataclass(frozen=True, eq=False)
class Same:
    """A thing that is equal to itself alone."""

    thing: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.thing is self.thing

    def __hash__(self) -> int:
        return id(self.thing)


def reads(f: Any) -> Hashable | None:
    """A key of all that f's code mentions; None where some of it is unknown.

    Two functions with equal keys are traced to the same program under the same settings of JAX,
    provided that tracing leaves what is read as it was (ask again after it).
    """
    try:
        return _Reader().read(f)
    except (_UnknownError, RecursionError):
        return None


class _Reader:
    """Reads on: how many things are left to look at, and which functions were met."""

    def __init__(self) -> None:
        self._left = MOST
        self._bytes = LARGEST
        self._met: dict[int, int] = {}

    def read(self, value: Any) -> Hashable:
        self._left -= 1
        if self._left < 0:
            raise _UnknownError
        kind: type = type(value)  # the very class: one of the user's own may do anything
        if kind in _PLAIN:
            return kind, repr(value)
        if kind in (tuple, list):
            return kind, tuple(map(self.read, value))
        if kind is dict:
            return kind, tuple((self.read(key), self.read(held)) for key, held in value.items())
        if kind is np.ndarray or isinstance(value, np.generic | jax.Array):
            return self._array(value)
        if _is_offered(value):
            return Same(value)
        if kind is FunctionType:
            return self._function(value)
        if kind is _JITTED:
            return Same(value), self.read(value.__wrapped__)
        if kind is partial:
            return partial, self.read(value.func), self.read(value.args), self.read(value.keywords)
        if kind.__module__.startswith("surefoot.") and hasattr(kind, "mentions"):
            return kind, self.read(value.mentions())
        raise _UnknownError

    def _array(self, value: Any) -> Hashable:
        if isinstance(value, Tracer) or value.dtype.kind not in "biufc":
            raise _UnknownError
        self._bytes -= value.nbytes
        if self._bytes < 0:
            raise _UnknownError
        try:
            numbers = np.asarray(value).tobytes()
        except RuntimeError:  # deleted, or on other machines
            raise _UnknownError from None
        weak = getattr(value, "weak_type", False)
        return type(value), value.shape, value.dtype.str, weak, numbers

    def _function(self, f: FunctionType) -> Hashable:
        if id(f) in self._met:
            return FunctionType, self._met[id(f)]
        self._met[id(f)] = len(self._met)
        if vars(f).keys() - {"__wrapped__"}:
            raise _UnknownError
        code = f.__code__
        cells = dict(zip(code.co_freevars, f.__closure__ or (), strict=True))
        given = self.read(f.__defaults__), self.read(f.__kwdefaults__)
        if _is_library(code):  # such as jax.grad(loss): what it holds is known, not what it names
            return Same(code), given, tuple(self._held(cell) for cell in cells.values())
        mentioned = _mentioned(code)
        if mentioned is None:
            raise _UnknownError
        found = tuple(self._named(f, cells, *path) for path in mentioned)
        return Same(code), given, found

    def _held(self, cell: Any) -> Hashable:
        try:
            value = cell.cell_contents
        except ValueError:  # not filled yet
            raise _UnknownError from None
        return self.read(value)

    def _named(
        self, f: FunctionType, cells: dict[str, Any], name: str, parts: tuple[str, ...]
    ) -> Hashable:
        """What stands under a name with parts: attributes are followed through modules."""
        if name in cells:
            try:
                value = cells[name].cell_contents
            except ValueError:
                raise _UnknownError from None
        elif name in f.__globals__:
            value = f.__globals__[name]
        elif name in _PURE or not hasattr(builtins, name):  # a name that is nowhere is an error
            return name
        else:
            raise _UnknownError
        for part in parts:
            if not isinstance(value, ModuleType):
                break
            if _is_of_a_library(value.__name__):
                value = getattr(value, part, None)
                if part in _CHANGING:
                    raise _UnknownError
                if not isinstance(value, ModuleType | np.ndarray) and type(value) not in _PLAIN:
                    return Same(value)
            else:
                value = getattr(value, part, None)
        return self.read(value)


def _is_of_a_library(module: str) -> bool:
    return module.partition(".")[0] in _LIBRARIES and not module.startswith("numpy.random")


def _is_offered(value: Any) -> bool:
    """Whether a value is what a library offers under its name, and does the same at each call."""
    if type(value).__module__.partition(".")[0] not in ("builtins", *_LIBRARIES):
        return False
    module = getattr(value, "__module__", None) or "numpy"  # ufuncs have none
    name = getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str) or name in _CHANGING:
        return False
    known = _is_of_a_library(module) and getattr(sys.modules.get(module), name, None) is value
    return known and not isinstance(value, ModuleType)


def _is_library(code: CodeType) -> bool:
    return code.co_filename.startswith(_HOMES)


@lru_cache(maxsize=1024)
def _mentioned(code: CodeType) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    """The outside names that code and the code within it load, with the attributes taken of them.

    None where it does what is not followed: imports, classes, setting globals or attributes.
    """
    found: dict[tuple[str, tuple[str, ...]], None] = {}
    for name, parts in _loads(code):
        if name is None:
            return None
        found[name, parts] = None
    for inner in code.co_consts:
        if not isinstance(inner, CodeType):
            continue
        within = _mentioned(inner)
        if within is None:
            return None
        own = set(code.co_cellvars) & set(inner.co_freevars)
        found |= {path: None for path in within if path[0] not in own}
    return tuple(found)


def _loads(code: CodeType) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    name: str | None = None
    parts: tuple[str, ...] = ()
    for step in dis.get_instructions(code):
        if step.opname in _OPAQUE:
            yield None, ()
            return
        if step.opname == "EXTENDED_ARG":
            continue
        if name is not None and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            parts = (*parts, step.argval)
            continue
        if name is not None:
            yield name, parts
        name, parts = None, ()
        is_outside = step.opname == "LOAD_DEREF" and step.argval in code.co_freevars
        if step.opname == "LOAD_GLOBAL" or is_outside:
            name = step.argval
    if name is not None:
        yield name, parts
