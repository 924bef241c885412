"""The curvature table: how each step bends, from how its arguments do."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from surefoot.facts.composites import composite
from surefoot.facts.curvature.atoms import made, opaque
from surefoot.facts.curvature.by_pieces import PIECEWISE, condensed, piecewise
from surefoot.facts.curvature.curves import CURVES
from surefoot.facts.curvature.forms import Form, atom_form, constant, of
from surefoot.facts.curvature.functions import absolute, function, raised, root, whole_power
from surefoot.facts.curvature.linear import add_up, cells, linear
from surefoot.facts.curvature.logs import exponential, is_exponential, logarithm
from surefoot.facts.curvature.products import entropy, product, quotient, square
from surefoot.facts.curvature.terms import key_of
from surefoot.facts.intervals import RULES
from surefoot.facts.intervals.arithmetic import reciprocal
from surefoot.facts.intervals.choices import SAME
from surefoot.facts.intervals.enclosure import TABLE, needs_a_rule, real, type_ends
from surefoot.facts.intervals.intervals import Flags, Intervals, whole
from surefoot.facts.intervals.intervals import of as interval
from surefoot.program import Node, Table, literals, walk
from surefoot.program.abstract import abstract_table, spread
from surefoot.program.numpy_rules import NUMPY_RULES
from surefoot.terms import UnsupportedError

Rule = Callable[..., Any]

# ── sums and factors ──────────────────────────────────────────────────────────────────────────


def _add(node: Node, bounds: Intervals, a: Form, b: Form) -> Form:
    return a.plus(b, bounds, -1 if node.primitive == "sub" else 1)


def _mul(node: Node, bounds: Intervals, a: Form, b: Form) -> Form:
    for one, two in ((a, b), (b, a)):
        if two.is_constant:
            return one.times(two.low, two.high, bounds)
    return product(node, bounds, a, b)


def _div(node: Node, bounds: Intervals, a: Form, b: Form) -> Form:
    if not b.is_constant:
        return quotient(node, bounds, a, b)
    with np.errstate(all="ignore"):
        once = reciprocal(b.bounds)
        exact = (b.low == b.high) & (np.abs(np.frexp(b.low)[0]) == 0.5) & (b.low != 0.0)
        low = np.where(exact, 1.0 / b.low, once.lower[0])
        high = np.where(exact, 1.0 / b.low, once.upper[0])
    return a.times(low, high, bounds)


def _sums(node: Node, bounds: Intervals, *arguments: Any) -> Form:
    found = linear(node, bounds, *(condensed(a) if isinstance(a, Form) else a for a in arguments))
    return found if found is not None else opaque(node, bounds, _forms(arguments))


def _dot(node: Node, bounds: Intervals, a: Any, b: Any) -> Form:
    one, two = of(a), of(b)
    if one.is_constant or two.is_constant:
        return _sums(node, bounds, a, b)
    (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
    left, right = cells(one.shape, batch_a, contract_a), cells(two.shape, batch_b, contract_b)
    rows, columns = left[:, :, None, :], right[:, None, :, :]
    places = np.broadcast_arrays(rows, columns)
    if places[0].size > _MOST_CELLS:
        return opaque(node, bounds, (one, two), "a product of large arrays that both vary")
    first, second = one.take(places[0]), two.take(places[1])
    multiplied = product(node, RULES["mul"](_Shaped(node, first.shape), first.bounds,
                                            second.bounds), first, second)  # fmt: skip
    return add_up(node, condensed(multiplied), bounds)


_MOST_CELLS = 200_000


class _Shaped:
    """A step as a rule of intervals sees it, with another shape of its result."""

    def __init__(self, node: Node, shape: tuple[int, ...]) -> None:
        self.primitive = "mul"
        self.params: Mapping[str, Any] = {}
        self.source = node.source
        self.outputs = (_Sized(shape, node.outputs[0].dtype),)


class _Sized:
    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape = shape
        self.dtype = dtype


# ── extremes ──────────────────────────────────────────────────────────────────────────────────


def _extreme(node: Node, bounds: Intervals, a: Form, b: Form) -> Form:
    top = node.primitive == "max"
    for one, two in ((a, b), (b, a)):
        low, high = one.bounds.lower[0], two.bounds.upper[0]
        decided = (low >= high) if top else (one.bounds.upper[0] <= two.bounds.lower[0])
        if bool(decided.all()) and two.bounds.inside is None:
            return one
    nothing = np.zeros(a.size, bool)
    up, down = a.convex & b.convex, a.concave & b.concave
    words = "the largest of convex functions is convex"
    if not top:
        words = "the smallest of concave functions is concave"
    return made(node, bounds, (a, b), convex=up if top else nothing,
                concave=nothing if top else down, words=words,
                log_convex=a.log_convex & b.log_convex if top else None)  # fmt: skip


def _clamp(node: Node, bounds: Intervals, low: Form, a: Form, high: Form) -> Form:
    if low.bounds.inside is not None or high.bounds.inside is not None:
        return opaque(node, bounds, (low, a, high), "cut off at what is not defined everywhere")
    if bool((a.bounds.lower[0] >= low.bounds.upper[0]).all()):
        if bool((a.bounds.upper[0] <= high.bounds.lower[0]).all()):
            return a
        nothing = np.zeros(a.size, bool)
        return made(node, bounds, (a, high), convex=nothing, concave=a.concave & high.concave,
                    words="the smallest of concave functions is concave")  # fmt: skip
    nothing = np.zeros(a.size, bool)
    largest = np.maximum(a.bounds.upper[0], low.bounds.upper[0])
    one_sided = bool((largest <= high.bounds.lower[0]).all())
    up = a.convex & low.convex if one_sided else nothing
    return made(node, bounds, (low, a), convex=up, concave=nothing,
                words="the largest of convex functions is convex" if one_sided
                else "cut off on both sides")  # fmt: skip


def _reduced(node: Node, bounds: Intervals, u: Form) -> Form:
    """max and min over axes, and the running ones."""
    run = NUMPY_RULES[node.primitive.replace("min", "max")]
    top = node.primitive.endswith("max")

    def every(flags: Flags) -> Flags:
        bad = (~flags).astype(float).reshape(u.shape)
        return np.ravel(run(node, bad)) == 0.0

    nothing = np.zeros(bounds.lower.shape[1], bool)
    words = "the largest of convex functions is convex"
    if not top:
        words = "the smallest of concave functions is concave"
    return made(node, bounds, (u,), convex=every(u.convex) if top else nothing,
                concave=nothing if top else every(u.concave), words=words,
                log_convex=every(u.log_convex) if top else None)  # fmt: skip


# ── choices and the rest ──────────────────────────────────────────────────────────────────────


def _select(node: Node, bounds: Intervals, which: Form, *cases: Form) -> Form:
    low, high = which.bounds.lower[0], which.bounds.upper[0]
    if np.array_equal(low, high):
        number = low.astype(np.int64)
        stacked = Form.join(list(cases))
        return stacked.take((number * which.size + np.arange(which.size)).reshape(which.shape))
    return opaque(node, bounds, (which, *cases), "a choice that depends on the argument")


def _convert(node: Node, bounds: Intervals, u: Form) -> Any:
    source, target = np.dtype(node.inputs[0].dtype), np.dtype(node.params["new_dtype"])
    if target.kind in "fc" and (source.kind not in "fc" or target.itemsize >= source.itemsize):
        return u
    if source.kind == "b":
        return u
    if target.kind == "b":  # is it other than 0? A choice that depends on the argument
        return opaque(node, bounds, (u,), "0 at 0 and 1 elsewhere")
    return opaque(node, bounds, (u,), f"rounded to {target.name}")


def _same(node: Node, bounds: Intervals, u: Form, *more: Any) -> Form:
    return u


def _call(node: Node, bounds: Intervals, *arguments: Form) -> Any:
    known = composite(node)
    name = "" if known is None else known.name.rpartition(".")[2]
    if name not in ("logaddexp", "hypot", "xlogy"):
        return opaque(node, bounds, tuple(map(of, arguments)))
    forms = tuple(of(spread(a, node.outputs[0].shape)) for a in arguments)
    nothing = np.zeros(bounds.lower.shape[1], bool)
    if name == "logaddexp":
        a, b = forms
        return made(node, bounds, forms, convex=a.convex & b.convex, concave=nothing,
                    words="log(eᵃ + eᵇ) is convex and rising in both",
                    name="logaddexp")  # fmt: skip
    if name == "hypot":
        good = np.logical_and.reduce(
            [f.affine | (f.convex & (f.bounds.lower[0] >= 0.0)) for f in forms]
        )
        return made(node, bounds, forms, convex=good, concave=nothing,
                    words="a norm of affine functions, or of convex ones ≥ 0")  # fmt: skip
    if name == "xlogy":
        y, x = forms
        if y.is_constant:
            return logarithm(node, whole(x.shape), x).times(y.low, y.high, bounds)
        found = entropy(node, y, x)
        if found is not None:
            return Form(found.shape, found.terms, found.low, found.high, bounds)
    return opaque(node, bounds, forms)


def _forms(arguments: tuple[Any, ...]) -> tuple[Form, ...]:
    return tuple(a for a in arguments if isinstance(a, Form))


ELEMENTWISE: dict[str, Rule] = {
    "add": _add, "add_any": _add, "sub": _add, "mul": _mul, "div": _div, "pow": raised,
    "max": _extreme, "min": _extreme, "clamp": _clamp, "select_n": _select,
}  # fmt: skip
"""Steps of several arguments, each in the shape of the result."""

OWN: dict[str, Rule] = {
    "neg": lambda node, bounds, u: u.negated(bounds), "abs": absolute,
    "square": square, "integer_pow": whole_power, "sqrt": root,
    "exp": exponential, "exp2": exponential, "expm1": exponential,
    "log": logarithm, "log1p": logarithm, "convert_element_type": _convert,
    "reduce_sum": _sums, "cumsum": _sums, "dot_general": _dot,
    **dict.fromkeys(["reduce_max", "reduce_min", "cummax", "cummin"], _reduced),
    **dict.fromkeys(SAME, _same),
}  # fmt: skip
CURVATURE: dict[str, Rule] = {
    **dict.fromkeys(CURVES, function), **OWN, **ELEMENTWISE,
}  # fmt: skip
"""Primitive → rule(node, bounds of the result, arguments as forms) → form."""

TOTAL = frozenset([
    "add", "add_any", "sub", "mul", "neg", "max", "min", "clamp", "abs", "square", "exp", "exp2",
    "expm1", "cosh", "sinh", "tanh", "logistic", "erf", "erfc", "atan", "asinh", "cbrt", "sin",
    "cos", "sign", "floor", "ceil", "round", "convert_element_type", "reduce_sum", "cumsum",
    "reduce_prod", "cumprod", "dot_general", "reduce_max", "reduce_min", "cummax", "cummin", *SAME,
])  # fmt: skip
"""Steps that have a value wherever their arguments have."""
ABOVE_ZERO = {"log": 0, "sqrt": 0, "rsqrt": 0, "div": 1}
"""Those that have one where that argument is above 0."""
CALLS = ("jit", "pjit", "custom_jvp_call", "custom_vjp_call")


def _bounds_of(node: Node, arguments: tuple[Any, ...]) -> Any:
    given = [a.bounds if isinstance(a, Form) else a for a in arguments]
    rule = RULES.get(node.primitive)
    if node.is_call:
        body = node.inner[0]
        try:
            found = walk(body, TABLE, literals(body, TABLE), given)
        except UnsupportedError:
            found = [whole(out.shape) for out in node.outputs]
        return tuple(found) if len(found) > 1 else found[0]
    if rule is None:
        unknown = [whole(out.shape) for out in node.outputs]
        return tuple(unknown) if len(unknown) > 1 else unknown[0]
    return rule(node, *given)


@real
def _ruled(node: Node, *arguments: Any) -> Any:
    results = _bent(node, *arguments)
    holed = any(a.holes for a in arguments if isinstance(a, Form))
    narrower = _may_narrow(node, arguments)
    for result in results if isinstance(results, tuple) else (results,):
        if isinstance(result, Form):
            result.holes = result.holes or holed or (narrower and _may_have_holes(result))
    return results


def _may_narrow(node: Node, arguments: tuple[Any, ...]) -> bool:
    """Whether a step may have no value where its arguments have one."""
    if node.primitive == "integer_pow":
        return int(node.params["y"]) < 0
    place = ABOVE_ZERO.get(node.primitive)
    if place is not None:
        # Intervals see exp(−∞) as 0; a sum of exponentials is above it.
        asked = arguments[place]
        return not (isinstance(asked, Form) and is_exponential(asked))
    return node.primitive not in TOTAL


def _may_have_holes(result: Form) -> bool:
    """Whether the set where a step is defined is not shown to be convex.

    What is shown to be convex or concave is defined on such a set, as the rules ask; but not what
    is a number wherever it is defined, as 0/x.
    """
    inside = result.bounds.inside
    if inside is None:
        return False
    shown = (result.convex | result.concave) & bool(result.terms)
    return bool((~inside[0] & ~shown).any())


def _bent(node: Node, *arguments: Any) -> Any:
    found = _bounds_of(node, arguments)
    forms = tuple(a for a in arguments if isinstance(a, Form))
    if isinstance(found, tuple):
        return tuple(
            constant(part) if all(f.is_constant for f in forms)
            else _told(part, opaque(node, part, (*forms,), f"output {k}"), k)
            for k, part in enumerate(map(interval, found))
        )  # fmt: skip
    bounds = interval(found)
    if all(form.is_constant for form in forms):
        return constant(bounds)
    if node.primitive == "is_finite" and forms[0].bounds.inside is None:
        # A real number is.
        return np.ones(node.outputs[0].shape, bool)
    if _may_wrap(node, bounds):
        return opaque(node, bounds, forms, "whole numbers that wrap round where their type ends")
    if node.primitive in ELEMENTWISE or node.primitive in PIECEWISE:
        shape = node.outputs[0].shape
        arguments = tuple(of(spread(a, shape)) for a in arguments)
    rule = CURVATURE.get(node.primitive)
    if rule is None and node.is_call:
        rule = _call
    if rule is None:
        return piecewise(node, bounds, arguments, opaque(node, bounds, forms))
    result = rule(node, bounds, *arguments)
    if not isinstance(result, Form):
        return result
    found = piecewise(node, bounds, arguments, result)
    found.node = found.node or node
    return found


def _may_wrap(node: Node, bounds: Intervals) -> bool:
    """Whether a step's whole numbers may be no sums and products: bounds then fill their type."""
    ends = type_ends(node.outputs[0].dtype)
    if ends is None:
        return False
    filled = (bounds.lower <= float(ends[0])) & (bounds.upper >= float(ends[1]))
    return bool(filled.any())


def _told(bounds: Intervals, form: Form, number: int) -> Form:
    """One of several outputs: each an atom of its own."""
    atom = form.terms[0].atom
    return atom_form(replace(atom, key=key_of(atom.key, number)), bounds.shape, bounds)


def _whole(node: Node) -> bool:
    return composite(node) is not None


def table() -> Table[Any]:
    """The table of curvature."""
    names = {*CURVATURE, *PIECEWISE, *RULES, *CALLS, "is_finite"}
    rules = dict.fromkeys(names, _ruled)
    return abstract_table(
        "convexity", rules, _ruled, undecided=_ruled, whole=_whole, rounds=needs_a_rule
    )
