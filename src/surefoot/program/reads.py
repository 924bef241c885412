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
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from surefoot.program.sources import is_users

LARGEST = 65_536
"""Bytes of captured numbers up to which they are compared."""
MOST = 1_000
"""Things that a function mentions, and they in turn, up to which they are looked at."""

_LIBRARIES = ("jax", "jaxlib", "math", "numpy", "optax")
_CHANGING = frozenset({
    "DataSource", "PRNGKey", "as_strided", "config", "default_backend", "device_count", "devices",
    "fromfile", "fromregex", "genfromtxt", "getbufsize", "geterr", "get_printoptions",
    "io_callback", "key", "live_arrays", "load", "loadtxt", "local_device_count", "local_devices",
    "memmap", "open_memmap", "process_count", "process_index", "pure_callback", "set_printoptions",
    "seterr",
})  # fmt: skip
"""What those libraries offer that may answer otherwise at the next call, numpy.random apart: files,
devices, settings (JAX's kind of random keys is one)."""
_PURE = {name: getattr(builtins, name) for name in (
    "AssertionError", "Exception", "NotImplementedError", "RuntimeError", "TypeError",
    "ValueError", "abs", "all", "any", "bool", "complex", "dict", "divmod", "enumerate", "filter",
    "float", "frozenset", "int", "isinstance", "len", "list", "map", "max", "min", "pow", "range",
    "reversed", "round", "set", "slice", "sorted", "sum", "tuple", "zip",
)}  # fmt: skip
"""Built-in functions that read nothing and change nothing."""
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))
_DATA = (*_PLAIN, tuple, list, dict, np.ndarray)
_OPAQUE = frozenset({
    "DELETE_ATTR", "DELETE_GLOBAL", "DELETE_NAME", "IMPORT_FROM", "IMPORT_NAME", "IMPORT_STAR",
    "IS_OP", "LOAD_BUILD_CLASS", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF",
    "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_LOCALS", "LOAD_NAME", "STORE_ATTR", "STORE_GLOBAL",
    "STORE_NAME",
})  # fmt: skip
"""Instructions that read or change what is not followed here, or ask which of two equals it is."""
_PLACES = frozenset({"base", "ctypes", "data", "flags", "strides"})
"""Attributes of an array that its numbers do not tell."""
_JITTED: type = type(jax.jit(abs))
_FILES = (jax.__file__, np.__file__, str(Path(jax.__file__).parents[1] / "optax" / "__init__.py"))
_HOMES = tuple(str(Path(file).parent) + os.sep for file in _FILES if file)


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
    except Exception:  # whatever cannot even be looked at is unknown
        return None


def read_or_new(f: Any) -> Hashable:
    """What a function reads, as a part of a key; of what is unknown a key that nothing else has."""
    known = reads(f)
    return object() if known is None else known


@dataclass(frozen=True)
class _Path:
    """A name that code loads from outside, with the attributes that it takes of it."""

    name: str
    is_global: bool
    parts: tuple[str, ...]


class _Reader:
    """Reads on: how much is left to look at, and which functions were met."""

    def __init__(self) -> None:
        self._left = MOST
        self._bytes = LARGEST
        self._met: dict[int, tuple[int, FunctionType]] = {}  # held, so that no other has its id

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
        if kind is np.ndarray or _is_number(value) or isinstance(value, jax.Array):
            return self._array(value)
        if _is_offered(value):
            return Same(value)
        if kind is FunctionType:
            return self._function(value)
        if kind is _JITTED:
            return Same(value), self.read(value.__wrapped__)
        if issubclass(kind, tuple) and _is_of_a_library(kind.__module__):  # optax's rules, states
            return Same(kind), tuple(map(self.read, value))
        if kind is partial:
            return partial, self.read(value.func), self.read(value.args), self.read(value.keywords)
        if kind.__module__.startswith("surefoot.") and hasattr(kind, "mentions"):
            return kind, self.read(value.mentions())
        raise _UnknownError

    def _array(self, value: Any) -> Hashable:
        if isinstance(value, Tracer) or np.dtype(value.dtype).kind not in "biufc":
            raise _UnknownError
        self._bytes -= value.nbytes
        if self._bytes < 0:
            raise _UnknownError
        strides = getattr(value, "strides", None)
        weak = getattr(value, "weak_type", False)
        numbers = np.asarray(value).tobytes()
        return type(value), value.shape, value.dtype.str, strides, weak, numbers

    def _function(self, f: FunctionType) -> Hashable:
        if id(f) in self._met:
            return FunctionType, self._met[id(f)][0]
        self._met[id(f)] = len(self._met), f
        own = vars(f).keys() - {"__wrapped__"}
        known: Any = f.__builtins__
        if own or type(f.__globals__) is not dict or known is not builtins.__dict__:
            raise _UnknownError
        code = f.__code__
        cells = dict(zip(code.co_freevars, f.__closure__ or (), strict=True))
        given = self.read(f.__defaults__), self.read(f.__kwdefaults__)
        if _is_library(code):  # such as jax.grad(loss): what it holds is known, not what it names
            return Same(code), given, tuple(self.read(c.cell_contents) for c in cells.values())
        mentioned = _mentioned(code)
        if mentioned is None:
            raise _UnknownError
        return Same(code), given, tuple(self._named(f, cells, path) for path in mentioned)

    def _named(self, f: FunctionType, cells: dict[str, Any], path: _Path) -> Hashable:
        """What stands under a name with parts: attributes are followed through modules alone."""
        name, parts = path.name, path.parts
        if not path.is_global:
            value = cells[name].cell_contents
        elif name in f.__globals__:
            value = f.__globals__[name]
        elif not hasattr(builtins, name) or getattr(builtins, name) is _PURE.get(name):
            return name  # a name that is nowhere is an error
        else:
            raise _UnknownError
        while parts and isinstance(value, ModuleType):
            if _is_of_a_library(value.__name__) and parts[0] in _CHANGING:
                raise _UnknownError
            value, parts = getattr(value, parts[0]), parts[1:]
        # Of data an attribute follows from the numbers; of anything else it may be set anew.
        if parts and type(value) not in _DATA and not isinstance(value, np.generic | jax.Array):
            raise _UnknownError
        return self.read(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, np.generic) and type(value).__module__ == "numpy"


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
    return known and not isinstance(value, ModuleType) and _is_its_own(value)


def _is_its_own(value: Any) -> bool:
    """Whether a function that stands in a library was written there, and not put there."""
    inner = value if isinstance(value, FunctionType) else getattr(value, "__wrapped__", value)
    return not isinstance(inner, FunctionType) or not is_users(inner.__code__.co_filename)


def _is_library(code: CodeType) -> bool:
    return code.co_filename.startswith(_HOMES)


@lru_cache(maxsize=1024)
def _mentioned(code: CodeType) -> tuple[_Path, ...] | None:
    """The outside names that code and the code within it load, with the attributes taken of them.

    None where it does what is not followed: imports, classes, setting globals or attributes.
    """
    found: dict[_Path, None] = {}
    for path in _loads(code):
        if path is None:
            return None
        found[path] = None
    for inner in code.co_consts:
        if not isinstance(inner, CodeType):
            continue
        within = _mentioned(inner)
        if within is None:
            return None
        own = set(code.co_cellvars)
        found |= {path: None for path in within if path.is_global or path.name not in own}
    return tuple(found)


def _loads(code: CodeType) -> Iterator[_Path | None]:
    path: _Path | None = None
    for step in dis.get_instructions(code):
        taken = step.opname in ("LOAD_ATTR", "LOAD_METHOD")
        if step.opname in _OPAQUE or (taken and _is_odd(step.argval)):
            yield None
            return
        if step.opname == "EXTENDED_ARG":
            continue
        if path is not None and taken:
            path = replace(path, parts=(*path.parts, step.argval))
            continue
        if path is not None:
            yield path
        path = None
        is_outside = step.opname == "LOAD_DEREF" and step.argval in code.co_freevars
        if step.opname == "LOAD_GLOBAL" or is_outside:
            path = _Path(step.argval, not is_outside, ())
    if path is not None:
        yield path


def _is_odd(attribute: str) -> bool:
    return attribute in _PLACES or attribute.startswith("__")
