"""From a SymPy expression to a line of our own formula syntax: 2x, 3x^2 - 1, cos(x).

What is written here can be typed back in: each line is checked by parsing it again.
"""

import re
from collections.abc import Collection
from enum import IntEnum
from typing import Any

import sympy

MAX_TEXT = 2_000


class UnwritableError(Exception):
    """An expression that formulas have no words for."""


class _Level(IntEnum):
    """How tightly the outermost operator of a text binds."""

    SUM = 1
    SIGN = 2
    PRODUCT = 3
    POWER = 4
    ATOM = 5


_NAMES = {
    "log": "ln", "ceiling": "ceil", "Max": "max", "Min": "min", "loggamma": "lgamma",
    **{name: name for name in (
        "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "sinh", "cosh", "tanh",
        "asinh", "acosh", "atanh", "atan2", "erf", "erfc", "sign", "floor",
    )},
}  # fmt: skip
_RELATIONS = {"StrictLessThan": "<", "LessThan": "<=", "StrictGreaterThan": ">",
              "GreaterThan": ">=", "Equality": "=="}  # fmt: skip


def write(expression: Any, taken: Collection[str] = ()) -> str:
    """One line of formula syntax.

    Args:
        expression: what to write.
        taken: the formula's variables; e and pi are spelled otherwise where they are among them.

    Raises:
        UnwritableError: complex numbers, functions that formulas do not have, a very long text.
    """
    text, _ = _Writer(frozenset(taken)).write(expression)
    if len(text) > MAX_TEXT:
        raise UnwritableError(f"the expression has {len(text)} characters")
    return text


class _Writer:
    def __init__(self, taken: frozenset[str]) -> None:
        self.taken = taken

    def write(self, expression: Any) -> tuple[str, _Level]:
        match expression:
            case sympy.Symbol():
                return str(expression), _Level.ATOM
            case sympy.Integer():
                return str(expression), _Level.SIGN if expression < 0 else _Level.ATOM
            case sympy.Rational():
                return self.product(expression)
            case sympy.Float():
                text = repr(float(expression))
                return text, _Level.SIGN if expression < 0 else _Level.ATOM
            case sympy.Add():
                return self.sum(expression)
            case sympy.Mul():
                return self.product(expression)
            case sympy.Pow():
                return self.power(expression)
            case sympy.exp():
                if "e" in self.taken:
                    return f"exp({self.write(expression.args[0])[0]})", _Level.ATOM
                return f"e^{self.exponent(expression.args[0])}", _Level.POWER
            case sympy.Piecewise():
                return self.piecewise(expression)
            case _:
                return self.named(expression)

    def closed(self, expression: Any, least: _Level) -> str:
        text, level = self.write(expression)
        return text if level >= least else f"({text})"

    def exponent(self, expression: Any) -> str:
        text, level = self.write(expression)
        return text if level is _Level.ATOM and "|" not in text else f"({text})"

    def sum(self, expression: Any) -> tuple[str, _Level]:
        text = ""
        for term in expression.as_ordered_terms():
            piece, level = self.write(term)
            if level is _Level.SUM:
                piece = f"({piece})"
            if not text:
                text = piece
            elif piece.startswith("-"):
                text += f" - {piece[1:]}"
            else:
                text += f" + {piece}"
        return text, _Level.SUM

    def product(self, expression: Any) -> tuple[str, _Level]:
        coefficient, rest = expression.as_coeff_Mul()
        if not coefficient.is_Rational:
            coefficient, rest = sympy.Integer(1), expression
        sign = "-" if coefficient < 0 else ""
        top, bottom = [], []
        for factor in () if rest == 1 else rest.as_ordered_factors():
            base, power = factor.as_base_exp()
            if not isinstance(factor, sympy.exp) and power.is_Rational and power < 0:
                bottom.append(base**-power)
            else:
                top.append(factor)
        above = self.factors(abs(coefficient.p), top)
        if coefficient.q == 1 and not bottom:
            one = not sign and abs(coefficient.p) == 1 and len(top) == 1
            return sign + above, _Level.SIGN if sign else _Level.POWER if one else _Level.PRODUCT
        below = self.factors(coefficient.q, bottom)
        simple = (coefficient.q == 1 and len(bottom) == 1) or not bottom
        return f"{sign}{above}/{below if simple else f'({below})'}", (
            _Level.SIGN if sign else _Level.PRODUCT
        )

    def factors(self, coefficient: int, factors: list[Any]) -> str:
        """2x*cos(x): the number stands close, the rest with *."""
        pieces = [self.closed(factor, _Level.POWER) for factor in factors]
        if coefficient == 1 and pieces:
            return "*".join(pieces)
        if not pieces:
            return str(coefficient)
        # 2 times e1 must not read as the number 2e1, nor 10 times |x| as an open bar.
        near = pieces[0][0].isalpha() or pieces[0][0] == "("
        near = near and not re.match(r"[eE]\d", pieces[0])
        return f"{coefficient}{'' if near else '*'}{'*'.join(pieces)}"

    def power(self, expression: Any) -> tuple[str, _Level]:
        base, power = expression.args
        if power.is_Rational and power < 0:
            return self.product(expression)
        if power == sympy.Rational(1, 2):
            return f"sqrt({self.write(base)[0]})", _Level.ATOM
        return f"{self.closed(base, _Level.ATOM)}^{self.exponent(power)}", _Level.POWER

    def piecewise(self, expression: Any) -> tuple[str, _Level]:
        text = ""
        for value, condition in reversed(expression.args):
            piece = self.write(value)[0]
            if condition == True:  # noqa: E712 - SymPy's own truth value
                text = piece
            elif text:
                text = f"where({self.relation(condition)}, {piece}, {text})"
            else:
                raise UnwritableError("a case is left open")
        return text, _Level.ATOM

    def relation(self, condition: Any) -> str:
        symbol = _RELATIONS.get(type(condition).__name__)
        if symbol is None:
            raise UnwritableError(f"the condition {condition}")
        return f"{self.write(condition.args[0])[0]} {symbol} {self.write(condition.args[1])[0]}"

    def named(self, expression: Any) -> tuple[str, _Level]:
        """Constants and functions."""
        if expression == sympy.pi:
            if {"pi", "π"} & self.taken:
                return "acos(-1)", _Level.ATOM
            return "π", _Level.ATOM
        if expression == sympy.E:
            return ("exp(1)" if "e" in self.taken else "e"), _Level.ATOM
        kind = type(expression).__name__
        arguments = [self.write(argument)[0] for argument in expression.args]
        if kind == "Abs":
            plain = "|" not in arguments[0]
            return (f"|{arguments[0]}|" if plain else f"abs({arguments[0]})"), _Level.ATOM
        if kind == "Heaviside":
            return f"where({arguments[0]} > 0, 1, 0)", _Level.ATOM
        if kind not in _NAMES or not arguments:
            raise UnwritableError(f"{kind} is not among the functions of formulas")
        return f"{_NAMES[kind]}({', '.join(arguments)})", _Level.ATOM
