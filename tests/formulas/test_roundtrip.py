"""Random trees, written out and read again, mean the same."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.formulas import parse, to_text
from surefoot.formulas.tree import (
    Call,
    Constant,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Sum,
)

POINTS = {"x": np.array([0.3, -1.7, 2.2]), "y": np.array([1.1, 0.4, -0.6])}

# Strategies draw plain tuples, `_tree` makes nodes of them: the run-time type checks of the tests
# use `random`, which must not happen while Hypothesis draws.
numbers = (st.integers(0, 9).map(str) | st.sampled_from(["0.25", "1.5", "2e-3"])).map(
    lambda text: ("number", text)
)
leaves = numbers | st.sampled_from([("name", n) for n in ("x", "y", "pi", "e")])


def _grow(inner: Any) -> Any:
    several = st.lists(inner, min_size=2, max_size=4)

    def three(marks: str) -> Any:
        return st.lists(st.sampled_from(marks), min_size=3, max_size=3)

    names = st.sampled_from(["sin", "exp", "abs", "tanh", "sign"])
    return st.one_of(
        st.tuples(st.just("negative"), inner),
        st.tuples(st.just("sum"), several, three("+-")),
        st.tuples(st.just("product"), several, three("*/")),
        st.tuples(st.just("power"), inner, numbers | st.just(("name", "y"))),
        st.tuples(st.just("call"), names, inner),
        st.tuples(st.just("max"), several),
    )


trees = st.recursive(leaves, _grow, max_leaves=14)


def _tree(drawn: Any) -> Node:
    match drawn:
        case ("number", text):
            return Number(float(text), text)
        case ("name", name):
            return Constant(name) if name in ("pi", "e") else Name(name)
        case ("negative", inner):
            return Negative(_tree(inner))
        case ("sum", terms, signs):
            return Sum(tuple(map(_tree, terms)), ("+", *signs[: len(terms) - 1]))
        case ("product", factors, operators):
            return Product(tuple(map(_tree, factors)), ("*", *operators[: len(factors) - 1]))
        case ("power", base, exponent):
            return Power(_tree(base), _tree(exponent))
        case ("max", arguments):
            return Call("max", tuple(map(_tree, arguments)))
        case ("call", name, argument):
            return Call(name, (_tree(argument),))
    raise AssertionError(drawn)


@settings(max_examples=300)
@given(trees)
def test_written_and_read_again(drawn: Any) -> None:
    tree = _tree(drawn)
    text = to_text(tree)
    expected = _numpy(tree)
    try:
        formula = parse(text, variables=["x", "y"])
    except ValueError as error:
        # Constants such as 1/0 or e^9^9^9 are refused: only then is a refusal right.
        assert "finite" in str(error) or "zero" in str(error), text
        return
    found = np.broadcast_to(_numpy(formula.tree), expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12, err_msg=text)
    again = parse(to_text(formula.tree), variables=["x", "y"])
    assert to_text(again.tree) == to_text(formula.tree)


def _numpy(node: Node) -> Any:
    """The meaning of a tree by itself, written apart from the evaluator under test."""
    with np.errstate(all="ignore"):
        match node:
            case Number():
                return np.float64(node.value) + 0.0 * POINTS["x"]
            case Constant():
                return {"pi": np.pi, "e": np.e}[node.name] + 0.0 * POINTS["x"]
            case Name():
                return POINTS[node.name]
            case Negative():
                return -_numpy(node.operand)
            case Sum():
                total = _numpy(node.terms[0])
                for term, sign in zip(node.terms[1:], node.signs[1:], strict=True):
                    total = total + _numpy(term) if sign == "+" else total - _numpy(term)
                return total
            case Product():
                total = _numpy(node.factors[0])
                for factor, operator in zip(node.factors[1:], node.operators[1:], strict=True):
                    value = _numpy(factor)
                    total = total * value if operator == "*" else total / value
                return total
            case Power():
                return _numpy(node.base) ** _numpy(node.exponent)
            case Call("max", arguments):
                return np.max([_numpy(argument) for argument in arguments], axis=0)
            case Call(name, (argument,)):
                return {"abs": np.abs, "sin": np.sin, "exp": np.exp, "tanh": np.tanh,
                        "sign": np.sign}[name](_numpy(argument))  # fmt: skip
    raise AssertionError(node)


@settings(max_examples=25)
@given(trees)
def test_the_evaluator_means_what_numpy_means(drawn: Any) -> None:
    tree = _tree(drawn)
    text = to_text(tree)
    try:
        formula = parse(text, variables=["x", "y"])
    except ValueError:
        return
    found = np.broadcast_to(np.asarray(formula(POINTS), dtype=float), (3,))
    expected = np.broadcast_to(_numpy(tree), (3,))
    usable = np.isfinite(expected) & (np.abs(expected) < 1e100)
    np.testing.assert_allclose(found[usable], expected[usable], rtol=1e-9, atol=1e-9, err_msg=text)


SPACED = st.lists(
    st.sampled_from([*"0123456789xy+-*/^()[]|.,=<> ²√π'\"_:", "sin ", "||", "**", " and "]),
    max_size=25,
).map("".join)


@settings(max_examples=500)
@given(SPACED)
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        formula = parse(text)
    except ValueError as error:
        assert str(error)
        return
    again = parse(to_text(formula.tree), variables=formula.variables)
    assert to_text(again.tree) == to_text(formula.tree)


@settings(max_examples=200)
@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        assert str(error)
