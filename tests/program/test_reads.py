"""A function is followed again unless all that it reads is known to be as it was."""

import gc
import math
import random
import sys
import time
import weakref
from collections.abc import Callable
from functools import lru_cache, partial, wraps
from types import ModuleType, SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.nn import relu

import surefoot as sf
from surefoot.formulas import parse
from surefoot.problem import with_data
from surefoot.program import trace
from surefoot.program.reads import LARGEST, reads

X = np.array([0.5, -1.25, 2.0])
MATRIX = np.arange(6.0).reshape(2, 3)


def total(x: Any) -> Any:
    return jnp.sum(x**2)


def of_many(x: Any, weight: float = 2.0, *, power: int = 2) -> Any:
    inner = lambda v: weight * jnp.tanh(v) * np.pi  # noqa: E731
    parts = sum(inner(x[k]) ** power for k in range(len(x)))
    return parts + relu(x[0]) + math.e + total(x) + jnp.sum(jnp.abs(MATRIX @ x))


def of_itself(x: Any, depth: int = 3) -> Any:
    return total(x) if depth == 0 else jnp.sin(x[0]) * of_itself(x, depth - 1)


class Model:
    """An object whose method reads what it holds."""

    scale = 1.0

    def __init__(self) -> None:
        self.shift = 1.0

    def loss(self, x: Any) -> Any:
        return self.scale * jnp.sum((x - self.shift) ** 2)


def value(f: Any) -> float:
    program = trace(f, X)
    with jax.enable_x64(True):
        return float(jax.jit(program.flat)(program.consts, X))


def followed(f: Any) -> float:
    """As JAX has it when it meets the function for the first time."""
    with jax.enable_x64(True):
        return float(jax.jit(lambda x: f(x))(X))


KNOWN: dict[str, Callable[[], Any]] = {
    "plain": lambda: total,
    "many kinds of things": lambda: of_many,
    "calls itself": lambda: of_itself,
    "lambda made anew": lambda: lambda x: 3.0 * total(x),
    "closure over an array made anew": lambda: (
        lambda a: lambda x: jnp.sum((a @ x) ** 2)
    )(MATRIX + 1),
    "jitted": lambda: jax.jit(total),
    "partial": lambda: partial(of_many, weight=3.0),
    "list and dict": lambda: (
        lambda d: lambda x: d["a"] * jnp.sum(x) + sum(d["b"])
    )({"a": 2.0, "b": [1, 2.0, True]}),
    "formula": lambda: parse("x[0]^2 + a*x[1]", data={"a": 2.0}, variables=("x",)),
    "data by name": lambda: with_data(lambda x, a: jnp.sum(a @ x), {"a": MATRIX}),
    "control flow": lambda: lambda x: jax.lax.fori_loop(0, 3, lambda k, v: v + jnp.sum(x), 0.0),
    "own rule of a library": lambda: lambda x: jnp.sum(jax.nn.gelu(x) + jax.nn.silu(x)),
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_what_reads_only_what_is_known_is_followed_once(name: str) -> None:
    make = KNOWN[name]
    f = make()
    first = trace(f, X)
    assert trace(f, X).graph is first.graph
    assert reads(f) is not None
    other = make()
    program = trace(other, X)
    assert program.function is other and first.function is f
    if name not in ("jitted",):
        assert program.graph is first.graph


def _array() -> tuple[Any, Callable[[], Any]]:
    data = MATRIX.copy()
    return (lambda x: jnp.sum(data @ x)), lambda: data.__setitem__((0, 0), 9.0)


def _entry_of_a_list() -> tuple[Any, Callable[[], Any]]:
    data: list[Any] = [1.0, (2.0, {"a": 3.0})]
    return (lambda x: data[1][1]["a"] * jnp.sum(x)), lambda: data[1][1].update(a=7.0)


def _nonlocal() -> tuple[Any, Callable[[], Any]]:
    scale = 1.0

    def change() -> None:
        nonlocal scale
        scale = 2.0

    return (lambda x: scale * jnp.sum(x)), change


def _of_a_module(setting: float = 1.0) -> tuple[Any, Callable[[], Any]]:
    module = ModuleType("settings_of_a_test")
    module.scale = setting  # type: ignore[attr-defined]
    return (lambda x: module.scale * jnp.sum(x)), lambda: setattr(module, "scale", 4.0)


def _of_a_namespace() -> tuple[Any, Callable[[], Any]]:
    space = SimpleNamespace(scale=1.0)
    return (lambda x: space.scale * jnp.sum(x)), lambda: setattr(space, "scale", 5.0)


def _method() -> tuple[Any, Callable[[], Any]]:
    model = Model()
    return model.loss, lambda: setattr(model, "shift", 3.0)


def _of_a_class() -> tuple[Any, Callable[[], Any]]:
    class Settings:
        scale = 1.0

    return (lambda x: Settings.scale * jnp.sum(x)), lambda: setattr(Settings, "scale", 2.0)


def _default() -> tuple[Any, Callable[[], Any]]:
    def f(x: Any, weights: Any = [1.0, 2.0, 3.0]) -> Any:  # noqa: B006
        return jnp.sum(x * jnp.asarray(weights))

    return f, lambda: f.__defaults__[0].__setitem__(0, -5.0)


def _attribute_of_a_function() -> tuple[Any, Callable[[], Any]]:
    def f(x: Any) -> Any:
        return f.scale * jnp.sum(x)

    f.scale = 1.0  # type: ignore[attr-defined]
    return f, lambda: setattr(f, "scale", 6.0)


def _code() -> tuple[Any, Callable[[], Any]]:
    def f(x: Any) -> Any:
        return jnp.sum(x)

    def g(x: Any) -> Any:
        return jnp.sum(x) * 3.0

    return f, lambda: setattr(f, "__code__", g.__code__)


def _inner_function() -> tuple[Any, Callable[[], Any]]:
    scale = np.array([1.0])

    def inner(x: Any) -> Any:
        return scale[0] * x

    return (lambda x: jnp.sum(jax.vmap(inner)(x))), lambda: scale.__setitem__(0, 2.0)


def _through_a_generator() -> tuple[Any, Callable[[], Any]]:
    scale = [1.0]
    return (lambda x: sum(scale[0] * v for v in x)), lambda: scale.__setitem__(0, 2.0)


def _own_rule() -> tuple[Any, Callable[[], Any]]:
    scale = [1.0]

    @jax.custom_jvp
    def own(x: Any) -> Any:
        return scale[0] * x

    own.defjvps(lambda tangent, out, x: scale[0] * tangent)  # type: ignore[no-untyped-call]
    return (lambda x: jnp.sum(own(x))), lambda: scale.__setitem__(0, 2.0)


def _wrapped_as_a_librarys() -> tuple[Any, Callable[[], Any]]:
    scale = [1.0]

    def mine(x: Any) -> Any:
        return scale[0] * jnp.sum(x)

    mine.__module__, mine.__name__, mine.__qualname__ = "jax.numpy", "sum", "sum"
    return (lambda x: mine(x)), lambda: scale.__setitem__(0, 2.0)


def _import_within() -> tuple[Any, Callable[[], Any]]:
    module = ModuleType("imported_by_a_test")
    module.scale = 1.0  # type: ignore[attr-defined]
    sys.modules["imported_by_a_test"] = module

    def f(x: Any) -> Any:
        from imported_by_a_test import scale  # type: ignore[import-not-found]

        return scale * jnp.sum(x)

    return f, lambda: setattr(module, "scale", 3.0)


_scale = 1.0


def _global() -> tuple[Any, Callable[[], Any]]:
    def change() -> None:
        global _scale
        _scale += 1.0

    return (lambda x: _scale * jnp.sum(x)), change


def _cached() -> tuple[Any, Callable[[], Any]]:
    held = [1.0]

    @lru_cache
    def scale() -> float:
        return held[0]

    def change() -> None:
        held[0] = 2.0
        scale.cache_clear()

    return (lambda x: scale() * jnp.sum(x)), change


def _shadowed_global() -> tuple[Any, Callable[[], Any]]:
    space: dict[str, Any] = {"jnp": jnp, "k": 1.0}
    code = """
def make():
    k = 10.0
    def f(x):
        def inner():
            global k
            return k
        return k * inner() * jnp.sum(x)
    return f
"""
    exec(code, space)
    return space["make"](), lambda: space.update(k=3.0)


def _attribute_of_a_jitted_function() -> tuple[Any, Callable[[], Any]]:
    g = jax.jit(lambda x: jnp.sum(x))
    g.scale = 1.0  # type: ignore[attr-defined]
    return (lambda x: g.scale * g(x)), lambda: setattr(g, "scale", 2.0)  # type: ignore[attr-defined]


def _put_into_a_library() -> tuple[Any, Callable[[], Any]]:
    held = [1.0]

    @wraps(jnp.tanh)
    def mine(x: Any) -> Any:
        return held[0] * jnp.sum(x)

    jnp.mine = mine  # type: ignore[attr-defined]
    return (lambda x: jnp.mine(x)), lambda: held.__setitem__(0, 2.0)  # type: ignore[attr-defined]


def _list_put_into_a_library() -> tuple[Any, Callable[[], Any]]:
    np.conf = [1.0]  # type: ignore[attr-defined]
    change = lambda: np.conf.__setitem__(0, 2.0)  # type: ignore[attr-defined]  # noqa: E731
    return (lambda x: np.conf[0] * jnp.sum(x)), change  # type: ignore[attr-defined]


def _base_of_a_view() -> tuple[Any, Callable[[], Any]]:
    whole = np.ones(6)
    view = whole[:3]
    return (lambda x: jnp.sum(view * x) * view.base[5]), lambda: whole.__setitem__(5, 2.0)


def _order_of_memory() -> tuple[Any, Callable[[], Any]]:
    held = [np.ascontiguousarray(MATRIX)]
    f = lambda x: jnp.sum(held[0].ravel(order="K")[:3] * x)  # noqa: E731
    return f, lambda: held.__setitem__(0, np.asfortranarray(MATRIX))


def _number_of_its_own_class() -> tuple[Any, Callable[[], Any]]:
    class Number(np.float64):
        scale = 1.0

    number = Number(2.0)
    return (lambda x: number.scale * jnp.sum(x)), lambda: setattr(Number, "scale", 2.0)


CHANGED = [
    _shadowed_global, _attribute_of_a_jitted_function,
    _put_into_a_library, _list_put_into_a_library, _base_of_a_view, _order_of_memory,
    _number_of_its_own_class, _array, _entry_of_a_list, _nonlocal, _of_a_module,
    _of_a_namespace, _method, _of_a_class,
    _default, _attribute_of_a_function, _code, _inner_function, _through_a_generator, _own_rule,
    _wrapped_as_a_librarys, _import_within, _global, _cached,
]  # fmt: skip


@pytest.mark.parametrize("make", CHANGED, ids=lambda make: make.__name__.strip("_"))
def test_a_change_is_seen(make: Callable[[], Any]) -> None:
    f, change = make()
    before = [value(f), value(f), value(f)]
    change()
    after = [value(f), value(f)]
    change()
    # What a fresh trace in the same order says.
    f, change = make()
    plain = [followed(f) for _ in range(3)]
    change()
    plain += [followed(f) for _ in range(2)]
    if make is _global:
        plain = [v - 2.0 * float(np.sum(X)) for v in plain]
    assert before + after == pytest.approx(plain)


KEY = jax.random.key(0)
HUGE = 10**5000
NEVER: dict[str, Callable[[Any], Any]] = {
    "random": lambda x: random.random() * jnp.sum(x),
    "random of NumPy": lambda x: np.random.rand() * jnp.sum(x),
    "clock": lambda x: time.time() * jnp.sum(x),
    "file": lambda x: np.loadtxt("weights.txt") @ x,
    "built-in file": lambda x: jnp.sum(x) * float(open("weight.txt").read()),  # noqa: PTH123, SIM115
    "print": lambda x: print("traced") or jnp.sum(x),
    "settings": lambda x: jnp.sum(x) * jax.config.jax_enable_x64,
    "names put together": lambda x: getattr(jnp, "su" + "m")(x),
    "all names": lambda x: globals()["MATRIX"][0, 0] * jnp.sum(x),
    "module under another name": lambda x: (lambda m: m.sum(x))(jnp),
    "large data": (lambda a: lambda x: a[0] * jnp.sum(x))(np.zeros(LARGEST // 8 + 1)),
    "tracked by nobody": (lambda it: lambda x: next(it) * jnp.sum(x))(iter(range(9))),
    "key made within": lambda x: jnp.sum(jax.random.normal(jax.random.key(0), (3,)) * x),
    "key of another kind": lambda x: jnp.sum(jax.random.normal(KEY, (3,)) * x),
    "number too long to write": lambda x: jnp.sum(x) * float(len(str(HUGE))),
    "argument read from outside": lambda x: jnp.sum(x) * sys.getrecursionlimit(),
}


@pytest.mark.parametrize("name", NEVER)
def test_what_reads_the_unknown_is_never_kept(name: str) -> None:
    assert reads(NEVER[name]) is None


def test_settings_of_jax_and_shapes_are_told_apart() -> None:
    f = lambda x: jnp.sum(jnp.matmul(MATRIX, x) ** 2)  # noqa: E731
    plain = trace(f, X)
    with jax.default_matmul_precision("highest"):
        assert trace(f, X).graph is not plain.graph
    assert trace(f, X).graph is plain.graph
    assert trace(f, X, name="w").structure.name == "w"
    with pytest.raises(Exception, match=r"shape|dot_general|matmul"):
        trace(f, np.zeros(4))


def test_the_numbers_of_a_kept_program_are_its_own() -> None:
    make = lambda a: lambda x: jnp.sum(a @ x)  # noqa: E731
    mine, equal = MATRIX.copy(), MATRIX.copy()
    trace(make(mine), X)
    mine[:] = 0.0
    assert value(make(equal)) == pytest.approx(float(np.sum(MATRIX @ X)))


def test_signs_and_kinds_of_numbers_are_told_apart() -> None:
    make = lambda a: lambda x: jnp.sum(x) / a  # noqa: E731
    assert value(make(0.0)) == np.inf
    assert value(make(-0.0)) == -np.inf
    by = lambda a: lambda x: jnp.sum(jnp.asarray(x, jnp.float32) * a)  # noqa: E731
    kinds = [trace(by(a), X).output.dtype.name for a in (2.0, np.float64(2.0), np.float32(2.0))]
    with jax.enable_x64(True):
        shapes = [jax.eval_shape(by(a), X) for a in (2.0, np.float64(2.0), np.float32(2.0))]
    assert kinds == [shape.dtype.name for shape in shapes]
    assert len(set(kinds)) == 2


def test_what_is_kept_holds_no_function_and_no_large_data() -> None:
    kept = []

    def make() -> Any:
        large = np.ones(300_000)
        alive = weakref.ref(large)

        def f(x: Any) -> Any:
            return jnp.sum(x**2) * 3.25

        f_of_large = lambda x: jnp.sum(x) + 0.0 * large[0]  # noqa: E731
        trace(f, X)
        trace(f_of_large, X)
        kept.append((weakref.ref(f), alive))

    make()
    gc.collect()
    (function, large) = kept[0]
    assert function() is None and large() is None


def test_data_by_name_belong_to_the_call() -> None:
    f = lambda x, a: jnp.sum(a * (x - 1.0) ** 2) + jnp.sum(a * x)  # noqa: E731
    a = np.array([1.0, 2.0, 3.0])
    sf.minimize(f, X, data={"a": a})
    other = a.copy()
    a[:] = 0.0
    found = sf.minimize(f, X, data={"a": other})
    assert found.sensitivity("a") is not None


def test_a_swapped_closure_is_blamed_by_its_own_names() -> None:
    def make(a: Any, b: Any) -> tuple[Any, Any]:
        def f(x: Any) -> Any:
            return jnp.sum((x - a) ** 2) + 3.0 * jnp.sum((x - b) ** 2)

        def swap() -> None:
            nonlocal a, b
            a, b = b, a

        return f, swap

    first, second = np.array([1.0, 2.0]), np.array([5.0, -1.0])
    f, swap = make(first, second)
    sf.minimize(f, np.zeros(2))
    swap()
    g, _ = make(first, second)
    solution = sf.minimize(g, np.zeros(2))
    np.testing.assert_allclose(np.diag(solution.sensitivity("a")), 0.25, atol=1e-9)
    np.testing.assert_allclose(np.diag(solution.sensitivity("b")), 0.75, atol=1e-9)
