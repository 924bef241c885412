"""Where a formula reads two ways: the rules, and the sentence with both readings.

A convention that every textbook shares is followed (−x² is −(x²), sin 2x is sin(2x)); where two
careful readers would differ, the formula is refused.
"""

from typing import NoReturn

from surefoot.formulas.cursor import Cursor
from surefoot.formulas.tokens import Kind, Token
from surefoot.formulas.tree import Constant, Name, Negative, Node, Number, Power, Product
from surefoot.terms import FormulaError


def two_ways(cursor: Cursor, start: int, end: int, one: str, other: str) -> FormulaError:
    """The error for characters [start, end) that read as `one` or as `other`."""
    return cursor.fail(
        f"'{cursor.source(start, end)}' reads two ways: {one} or {other}; write the one you mean",
        start, end,
    )  # fmt: skip


def is_coefficient(node: Node) -> bool:
    """Whether a node is a plain number or constant, which in `sin 2πx` belongs to the argument."""
    if isinstance(node, Product):
        return all(map(is_coefficient, node.factors))
    if isinstance(node, Negative):
        return is_coefficient(node.operand)
    return isinstance(node, Number | Constant)


def check_before(cursor: Cursor, left: Node) -> None:
    """Before a factor without an operator is read: may it stand here at all?"""
    before, start = cursor.previous, cursor.token
    if start.breaks:
        raise cursor.fail(
            "a line break is no multiplication; write an operator here", start.start, start.end
        )
    if start.kind is Kind.NUMBER:
        one = cursor.source(left.start, before.end)
        if before.kind is Kind.NUMBER:
            raise cursor.fail(
                f"two numbers stand side by side; write {before.text}*{start.text}, or a decimal "
                "number with a point", before.start, start.end,
            )  # fmt: skip
        raise two_ways(
            cursor, left.start, start.end, f"{start.text}*{_closed(one)}",
            f"{_closed(one)}^{start.text}",
        )  # fmt: skip
    factor = _last(left)
    if not isinstance(factor, Power) or before.kind not in (Kind.NUMBER, Kind.NAME):
        return
    touches = before.end == start.start
    signed = cursor.text[factor.exponent.start] in "-−–" and (
        start.kind in (Kind.NAME, Kind.OPEN) and not cursor.names.is_function(start)
    )
    if touches or signed:
        end = _factor_end(cursor)
        base = cursor.source(factor.base.start, factor.base.end)
        exponent = cursor.source(factor.exponent.start, factor.exponent.end)
        beside = cursor.source(start.start, end)
        raise two_ways(
            cursor, factor.start, end, f"{base}^({exponent} {beside})",
            f"{base}^({exponent}) {beside}",
        )  # fmt: skip


def check_after(cursor: Cursor, left: Node, right: Node, growing: bool) -> None:
    """After a factor without an operator is read: 1/2x, and A x with a matrix A."""
    last = _last(left)
    if growing and isinstance(left, Product) and left.operators[-1] != "*":
        operator = left.operators[-1]
        before = left.factors[-2]
        top = cursor.source(before.start, before.end)
        bottom = cursor.source(last.start, last.end)
        beside = cursor.source(right.start, right.end)
        space = " " if operator == "@" else ""
        joined = f"{top}{space}{operator}{space}"
        raise two_ways(
            cursor, before.start, right.end, f"{joined}({bottom} {beside})",
            f"({joined}{bottom})*{beside}",
        )  # fmt: skip
    if isinstance(last, Name) and cursor.names.data.get(last.name, 0) >= 2:
        beside = cursor.source(right.start, right.end)
        raise two_ways(
            cursor, last.start, right.end, f"the matrix product {last.name} @ {beside}",
            f"element by element {last.name}*{beside}",
        )  # fmt: skip


def check_power(cursor: Cursor, base: Node, exponent: Node) -> None:
    """x^T, and powers of a matrix."""
    if (
        isinstance(exponent, Name)
        and exponent.name == "T"
        and cursor.text[exponent.start] == "T"
        and "T" not in (*cursor.names.data, *(cursor.names.declared or ()))
    ):
        spelled = cursor.source(base.start, base.end)
        raise two_ways(
            cursor, base.start, exponent.end, f"the transpose {spelled}.T", f"a power {spelled}^(T)"
        )
    if isinstance(base, Name) and cursor.names.data.get(base.name, 0) >= 2:
        name, power = base.name, cursor.source(exponent.start, exponent.end)
        if isinstance(exponent, Number) and exponent.value == 2.0:
            one, other = f"the matrix product {name} @ {name}", f"element by element {name}*{name}"
        else:
            one, other = "a matrix power", f"element by element exp({power}*log({name}))"
        raise two_ways(cursor, base.start, exponent.end, one, other)


def check_root(cursor: Cursor, sign: Token, operand: Node) -> None:
    """√2x and √x²: how far does the root reach?"""
    under = cursor.source(operand.start, operand.end)
    after = cursor.token
    if after.kind is Kind.SUPERSCRIPT or (after.kind is Kind.OPERATOR and after.text == "^"):
        end = after.end
        if after.text == "^" and cursor.place + 1 < len(cursor.tokens):
            end = max(end, cursor.tokens[cursor.place + 1].end)
        power = cursor.source(after.start, end)
        raise two_ways(
            cursor, sign.start, end, f"sqrt({_bare(under)}){power}",
            f"sqrt({_closed(_bare(under))}{power})",
        )  # fmt: skip
    ends_bare = cursor.previous.kind in (Kind.NUMBER, Kind.NAME)
    if cursor.starts_factor() and ends_bare and cursor.previous.end == after.start:
        end = _factor_end(cursor)
        beside = cursor.source(after.start, end)
        raise two_ways(
            cursor, sign.start, end, f"sqrt({under})*{beside}", f"sqrt({under}*{beside})"
        )


def argument_or_factor(
    cursor: Cursor, function: Token, argument: Node, factor: Node, operator: Token | None = None
) -> FormulaError:
    """sin x y, sin x / 2: does what follows belong to the argument?"""
    name = cursor.source(function.start, function.end)
    inside = cursor.source(argument.start, argument.end)
    beside = cursor.source(factor.start, factor.end)
    joint = f" {operator.text} " if operator else " "
    outside = joint if operator else "*"
    return two_ways(
        cursor, function.start, factor.end, f"{name}({inside}){outside}{beside}",
        f"{name}({inside}{joint}{beside})",
    )  # fmt: skip


def refuse_function_power(
    cursor: Cursor, function: Token, power: Token, inverse: str
) -> NoReturn:
    """sin⁻¹ x, log^-1 x, atan2² and the like."""
    name = cursor.source(function.start, function.end)
    if power.text == "-1" and inverse:
        raise two_ways(
            cursor, function.start, power.end, f"{inverse}(…), the inverse function",
            f"1/{name}(…), the reciprocal",
        )  # fmt: skip
    raise cursor.fail(
        "a power beside a function's name is a whole number above 0; "
        f"write {name}(…)^({power.text})",
        function.start, power.end,
    )  # fmt: skip


def unknown_function(cursor: Cursor, token: Token, near: str) -> FormulaError:
    """a(x + 1), where a is neither a function nor known to be a variable."""
    end = _factor_end(cursor)
    inside = cursor.source(cursor.token.start, end)
    name = token.text
    if near:
        return cursor.fail(
            f"'{name}' is not a function known here{near} To multiply, write {name}*{inside}",
            token.start, token.end,
        )  # fmt: skip
    return cursor.fail(
        f"'{cursor.source(token.start, end)}' reads two ways: {name}*{inside}, or a function "
        f"'{name}' that is not known here; write {name}*{inside} to multiply",
        token.start, end,
    )  # fmt: skip


def _last(left: Node) -> Node:
    """The factor that stands last in what has been read so far."""
    while isinstance(left, Product | Negative):
        left = left.factors[-1] if isinstance(left, Product) else left.operand
    return left


def _factor_end(cursor: Cursor) -> int:
    """Where the factor at the cursor ends: its closing bracket or bar, else its token."""
    depth, place = 0, cursor.place
    openers, closers = (Kind.OPEN, Kind.OPEN_BAR), (Kind.CLOSE, Kind.CLOSE_BAR)
    while place < len(cursor.tokens) - 1:
        kind = cursor.tokens[place].kind
        depth += (kind in openers) - (kind in closers)
        after = cursor.tokens[place + 1]
        calls = kind is Kind.NAME and after.kind is Kind.OPEN
        if depth == 0 and not calls:
            break
        place += 1
    return cursor.tokens[place].end


def _closed(piece: str) -> str:
    """A piece of a formula in brackets, unless it is one word or has brackets already."""
    return piece if piece.isalnum() or piece.startswith("(") else f"({piece})"


def _bare(piece: str) -> str:
    """A piece of a formula without the brackets around all of it."""
    return piece[1:-1] if piece.startswith("(") and piece.endswith(")") else piece
