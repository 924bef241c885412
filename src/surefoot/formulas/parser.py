"""From tokens to a tree: operator precedence (Pratt), our own whitelist, nothing is executed.

Loosest to tightest: or · and · not · comparisons · + − · * / @ and juxtaposition · sign · ^ ·
index and transpose. What a careful reader could read in two ways is refused with both readings.
"""

from dataclasses import replace

from surefoot.formulas import readings
from surefoot.formulas.cursor import Cursor
from surefoot.formulas.functions import INVERSES, SPELLINGS, Function
from surefoot.formulas.names import Names, nearest
from surefoot.formulas.tokens import Kind, Token
from surefoot.formulas.tree import (
    Call,
    Compare,
    Constant,
    Index,
    Listing,
    Logic,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Slice,
    Sum,
    Transpose,
)
from surefoot.terms import FormulaError

MAX_DEPTH = 160

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _SIGN, _POWER, _POSTFIX = range(10, 100, 10)
_INFIX = {"+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY, "@": _MULTIPLY, "^": _POWER}
_CLOSERS = {"(": ")", "[": "]"}


class Parser(Cursor):
    """Reads one formula; `parse_formula` is the door."""

    depth = 0

    def parse(self, binding: int) -> Node:
        """The longest expression from here whose operators bind tighter than `binding`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.too_deep()
        left = self.prefix()
        # What this very loop has built may grow: a + b + c is one sum. A bracketed sum may not.
        growing = False
        while (tight := self.infix_binding()) > binding:
            left, growing = self.infix(left, tight, growing), True
        self.depth -= 1
        return left

    def too_deep(self) -> FormulaError:
        return self.fail(
            "the formula is nested too deeply here; name the parts, or write a Python function",
            self.token.start, self.token.end,
        )  # fmt: skip

    def infix_binding(self) -> int:
        """How tightly the operator at this place binds; 0 where the expression ends."""
        token = self.token
        if token.kind is Kind.OPERATOR:
            return _INFIX[token.text]
        if token.kind is Kind.COMPARE:
            return _COMPARE
        if token.kind is Kind.WORD:
            return {"or": _OR, "and": _AND}.get(token.text, 0)
        if token.kind in (Kind.SUPERSCRIPT, Kind.TRANSPOSE):
            return _POSTFIX
        if token.kind is Kind.OPEN:
            # 2[1, 3] is twice a list, x[1] an element.
            indexes = token.text == "[" and self.previous.kind is not Kind.NUMBER
            return _POSTFIX if indexes else _MULTIPLY
        return _MULTIPLY if self.starts_factor() else 0

    def infix(self, left: Node, tight: int, growing: bool) -> Node:
        token = self.token
        if tight == _POSTFIX:
            return self.postfix(left)
        if token.kind is Kind.COMPARE:
            return self.comparison(left)
        if token.kind is Kind.WORD:
            return self.logic(left, tight)
        if token.kind is not Kind.OPERATOR:
            return self.juxtaposition(left, growing)
        self.take()
        if token.text == "^":
            return self.power(left, token)
        right = self.parse(tight)
        span = {"start": left.start, "end": right.end}
        if tight == _ADD:
            if growing and isinstance(left, Sum):
                return Sum((*left.terms, right), (*left.signs, token.text), **span)
            return Sum((left, right), ("+", token.text), **span)
        return self.product(left, token.text, right, growing)

    def product(self, left: Node, operator: str, right: Node, growing: bool) -> Product:
        span = {"start": left.start, "end": right.end}
        if growing and isinstance(left, Product):
            return Product((*left.factors, right), (*left.operators, operator), **span)
        return Product((left, right), ("*", operator), **span)

    # ── terms ──

    def prefix(self) -> Node:
        token = self.token
        match token.kind:
            case Kind.NUMBER:
                self.take()
                return Number(token.value, token.text, start=token.start, end=token.end)
            case Kind.NAME:
                self.take()
                if self.names.is_function(token):
                    return self.call(token, SPELLINGS[token.text])
                return self.name(token)
            case Kind.OPEN:
                return self.group()
            case Kind.OPEN_BAR:
                return self.bars()
            case Kind.ROOT:
                return self.root()
            case Kind.OPERATOR if token.text in "+-":
                self.take()
                operand = self.parse(_SIGN)
                if token.text == "+":
                    return replace(operand, start=token.start)
                return Negative(operand, start=token.start, end=operand.end)
            case Kind.WORD if token.text == "not":
                self.take()
                condition = self.parse(_NOT)
                return Logic("not", (condition,), start=token.start, end=condition.end)
            case _:
                raise self.unexpected()

    def unexpected(self) -> FormulaError:
        token = self.token
        if token.kind is Kind.END:
            last = self.tokens[self.place - 1] if self.place else token
            return self.fail(
                f"the formula ends after '{last.text}' where a term was expected",
                last.start, last.end,
            )  # fmt: skip
        return self.fail(
            f"expected a number, a name or a bracket, found '{token.text}'", token.start, token.end
        )

    def name(self, token: Token) -> Node:
        span = {"start": token.start, "end": token.end}
        if self.names.is_constant(token.text):
            return Constant(token.text, **span)
        if self.at(Kind.OPEN, "(") and not self.names.is_known(token.text):
            raise readings.unknown_function(self, token, nearest(token.text, SPELLINGS))
        return Name(token.text, token.text in self.names.data, **span)

    def group(self) -> Node:
        opening = self.take()
        if opening.text == "[":
            items, closing = self.items(opening)
            if not items:
                raise self.fail("an empty list has no value", opening.start, closing.end)
            return Listing(tuple(items), start=opening.start, end=closing.end)
        if self.at(Kind.CLOSE):
            raise self.fail("there is nothing in these brackets", opening.start, self.token.end)
        inner = self.parse(0)
        if self.at(Kind.COMMA):
            raise self.fail(
                "round brackets hold one expression; write a list as [a, b] and a decimal number "
                "with a point", self.token.start, self.token.end,
            )  # fmt: skip
        closing = self.close(opening)
        return replace(inner, start=opening.start, end=closing.end)

    def items(self, opening: Token) -> tuple[list[Node], Token]:
        """Expressions between commas up to the closing bracket."""
        items: list[Node] = []
        while not self.at(Kind.CLOSE):
            items.append(self.parse(0))
            if not self.at(Kind.COMMA):
                break
            self.take()
        return items, self.close(opening)

    def close(self, opening: Token) -> Token:
        if not self.at(Kind.CLOSE, _CLOSERS[opening.text]):
            raise self.fail(
                f"expected '{_CLOSERS[opening.text]}' or an operator, found '{self.token.text}'",
                self.token.start, self.token.end,
            )  # fmt: skip
        return self.take()

    def bars(self) -> Node:
        opening = self.take()
        inner = self.parse(0)
        if not self.at(Kind.CLOSE_BAR, opening.text):
            raise self.unexpected()
        closing = self.take()
        function = "abs" if opening.text == "|" else "norm"
        return Call(function, (inner,), start=opening.start, end=closing.end)

    def root(self) -> Node:
        sign = self.take()
        if not self.starts_factor():
            raise self.fail("nothing stands under the root", sign.start, sign.end)
        operand = self.prefix()
        while self.at(Kind.OPEN, "[") and isinstance(operand, Name | Index):
            operand = self.postfix(operand)
        readings.check_root(self, sign, operand)
        return Call("sqrt", (operand,), start=sign.start, end=operand.end)

    # ── functions ──

    def call(self, token: Token, function: Function) -> Node:
        """A function's value: sin(x), sin x, sin² x, max(x, y)."""
        exponent = self.function_power(token, function)
        if self.at(Kind.OPEN, "("):
            opening = self.take()
            arguments, closing = self.items(opening)
            end = closing.end
        elif not (self.starts_factor() or self.at(Kind.OPERATOR, "-")):
            raise self.fail(
                f"'{token.text}' is a function; write {token.text}(…)", token.start, token.end
            )
        elif not function.is_unary:
            raise self.fail(
                f"{token.text} takes {_count(function)}; write them in brackets",
                token.start, token.end,
            )  # fmt: skip
        else:
            arguments = [self.bare_argument(token)]
            end = arguments[0].end
        self.check_count(token, function, len(arguments), end)
        value = Call(function.name, tuple(arguments), start=token.start, end=end)
        return value if exponent is None else Power(value, exponent, start=token.start, end=end)

    def check_count(self, token: Token, function: Function, count: int, end: int) -> None:
        if function.least <= count and (function.most is None or count <= function.most):
            return
        hint = ""
        if function.name == "log" and count == 2:
            hint = "; the logarithm to base b is log(x)/log(b)"
        elif count > 1 and function.name in ("sum", "mean", "prod"):
            hint = f"; write {token.text}([a, b])"
        raise self.fail(
            f"{token.text} takes {_count(function)}, found {count}{hint}", token.start, end
        )

    def function_power(self, token: Token, function: Function) -> Node | None:
        """The power that belongs to a function's name, as in sin² x and sin^2 x."""
        start = self.token.start
        if self.token.kind is Kind.SUPERSCRIPT:
            power = self.take()
        elif self.at(Kind.OPERATOR, "^"):
            self.take()
            sign = self.take().text if self.at(Kind.OPERATOR, "-") else ""
            if not self.at(Kind.NUMBER):
                raise self.fail(
                    f"'{token.text}' is a function; write ({token.text}(…))^(…)",
                    token.start, self.token.start,
                )  # fmt: skip
            power = replace(self.take(), text=sign + self.previous.text)
        else:
            return None
        if not power.text.isdecimal() or not function.is_unary:
            readings.refuse_function_power(self, token, power, INVERSES.get(function.name, ""))
        return Number(float(power.text), power.text, start=start, end=power.end)

    def bare_argument(self, token: Token) -> Node:
        """The argument of a function without brackets: sin x, sin 2x, sin x^2, ln |x|."""
        argument = self.parse(_MULTIPLY)
        while self.starts_factor() and readings.is_coefficient(argument):
            if self.names.is_function(self.token):
                raise readings.argument_or_factor(self, token, argument, self.parse(_MULTIPLY))
            readings.check_before(self, argument)
            factor = self.parse(_MULTIPLY)
            argument = self.product(argument, "*", factor, growing=True)
        if self.starts_factor() and not self.names.is_function(self.token):
            raise readings.argument_or_factor(self, token, argument, self.parse(_MULTIPLY))
        if self.token.kind is Kind.OPERATOR and self.token.text in "*/@":
            operator = self.token
            if not self.names.is_function(self.tokens[self.place + 1]):
                self.take()
                factor = self.parse(_MULTIPLY)
                raise readings.argument_or_factor(self, token, argument, factor, operator)
        return argument

    # ── operators ──

    def juxtaposition(self, left: Node, growing: bool) -> Node:
        """2x, 3(x + 1), (x + 1)(x − 1), x y, 2 sin x."""
        readings.check_before(self, left)
        right = self.parse(_MULTIPLY)
        readings.check_after(self, left, right, growing)
        return self.product(left, "*", right, growing)

    def power(self, base: Node, operator: Token) -> Node:
        exponent = self.parse(_SIGN - 1 if self.at(Kind.OPERATOR) else _POWER - 1)
        readings.check_power(self, base, exponent)
        return Power(base, exponent, start=base.start, end=exponent.end)

    def postfix(self, left: Node) -> Node:
        token = self.take()
        span = {"start": left.start, "end": token.end}
        if token.kind is Kind.SUPERSCRIPT:
            if token.text.startswith("-"):
                size = Number(-token.value, token.text[1:], start=token.start + 1, end=token.end)
                exponent: Node = Negative(size, start=token.start, end=token.end)
            else:
                spelled = token.text.lstrip("+")
                exponent = Number(token.value, spelled, start=token.start, end=token.end)
            readings.check_power(self, left, exponent)
            return Power(left, exponent, **span)
        if token.kind is Kind.TRANSPOSE:
            return Transpose(left, **span)
        places: list[int | Slice] = [self.index_place()]
        while self.at(Kind.COMMA):
            self.take()
            places.append(self.index_place())
        closing = self.close(token)
        return Index(left, tuple(places), start=left.start, end=closing.end)

    def index_place(self) -> int | Slice:
        """A whole number or a slice inside an index."""
        parts: list[int | None] = [self.whole_number()]
        while self.at(Kind.COLON) and len(parts) < 3:
            self.take()
            parts.append(self.whole_number())
        if len(parts) == 1:
            if parts[0] is None:
                raise self.fail(
                    "an index is a whole number such as x[0] or a slice such as x[1:3]",
                    self.token.start, self.token.end,
                )  # fmt: skip
            return parts[0]
        first, stop, step = [*parts, None][:3]
        if step == 0:
            raise self.fail("the step of a slice is not 0", self.previous.start, self.previous.end)
        return Slice(first, stop, step)

    def comparison(self, left: Node) -> Node:
        sides, operators = [left], [self.take().text]
        sides.append(self.parse(_COMPARE))
        while self.at(Kind.COMPARE):
            operators.append(self.take().text)
            sides.append(self.parse(_COMPARE))
        return Compare(tuple(sides), tuple(operators), start=left.start, end=sides[-1].end)

    def logic(self, left: Node, tight: int) -> Node:
        word = self.take().text
        conditions = [left, self.parse(tight)]
        while self.at(Kind.WORD, word):
            self.take()
            conditions.append(self.parse(tight))
        return Logic(word, tuple(conditions), start=left.start, end=conditions[-1].end)


def parse_formula(text: str, tokens: list[Token], names: Names) -> Node:
    """The tree of a formula.

    Raises:
        FormulaError: what is not a formula, or reads two ways.
    """
    parser = Parser(text, tokens, names)
    try:
        tree = parser.parse(0)
    except RecursionError:
        # The caller may stand deep in a stack of its own.
        raise parser.too_deep() from None
    if parser.token.kind is Kind.COMMA:
        raise parser.fail(
            "a formula is one expression; write a list as [a, b], several formulas as a list, and "
            "a decimal number with a point", parser.token.start, parser.token.end,
        )  # fmt: skip
    if parser.token.kind is not Kind.END:
        token = parser.token
        raise parser.fail(
            f"expected an operator, found '{token.text}'", token.start, token.end
        )
    return tree


def _count(function: Function) -> str:
    least, most = function.least, function.most
    if most is None:
        return "one or more arguments"
    words = {1: "one argument", 2: "two arguments", 3: "three arguments"}
    return words[most] if least == most else f"{least} or {most} arguments"
