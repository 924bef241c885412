"""From a tree to plain English, for those who listen."""

import re

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
    is_condition,
    leads_with_minus,
)

_CONSTANTS = {"pi": "pi", "e": "e", "inf": "infinity"}
_FUNCTIONS = {
    "sin": "the sine of", "cos": "the cosine of", "tan": "the tangent of",
    "sec": "the secant of", "csc": "the cosecant of", "cot": "the cotangent of",
    "asin": "the arc sine of", "acos": "the arc cosine of", "atan": "the arc tangent of",
    "sinh": "the hyperbolic sine of", "cosh": "the hyperbolic cosine of",
    "tanh": "the hyperbolic tangent of", "asinh": "the inverse hyperbolic sine of",
    "acosh": "the inverse hyperbolic cosine of", "atanh": "the inverse hyperbolic tangent of",
    "log": "the natural logarithm of", "log2": "the logarithm to base 2 of",
    "log10": "the logarithm to base 10 of", "sqrt": "the square root of",
    "cbrt": "the cube root of", "abs": "the absolute value of", "sign": "the sign of",
    "floor": "the floor of", "ceil": "the ceiling of", "norm": "the norm of",
    "lgamma": "the logarithm of the gamma function of", "erf": "the error function of",
    "erfc": "the complementary error function of", "max": "the maximum of",
    "min": "the minimum of", "sum": "the sum of", "prod": "the product of",
    "mean": "the mean of", "var": "the variance of", "std": "the standard deviation of",
    "trace": "the trace of", "det": "the determinant of", "inv": "the inverse of",
    "dot": "the dot product of", "outer": "the outer product of",
    "cumsum": "the running sum of", "round": "the nearest whole number to",
}  # fmt: skip
_COMPARISONS = {
    "<=": "is at most", ">=": "is at least", "==": "equals", "<": "is less than",
    ">": "is greater than",
}  # fmt: skip
_POWERS = {
    "2": "squared", "3": "cubed", "4": "to the fourth", "5": "to the fifth",
    "6": "to the sixth", "7": "to the seventh", "8": "to the eighth", "9": "to the ninth",
    "10": "to the tenth",
}  # fmt: skip


def to_words(node: Node) -> str:
    """A formula in words: "0.08 w to the fourth minus 0.6 w squared plus 1.9"."""
    match node:
        case Number():
            return _number(node.text)
        case Constant():
            return _CONSTANTS[node.name]
        case Name():
            return _name(node.name)
        case Negative():
            return f"minus {_closed(node.operand, Sum, Negative)}"
        case Sum():
            return _sum(node)
        case Product():
            return _product(node)
        case Power():
            return _power(node)
        case Call():
            return _call(node)
        case Listing():
            return f"the list {', '.join(to_words(item) for item in node.items)}, end of list"
        case Transpose():
            return f"{_closed(node.operand, Sum, Product, Negative, Power)} transposed"
        case Index():
            places = ", ".join(_place(place) for place in node.places)
            return f"{_closed(node.operand, Sum, Product, Negative, Power)} at {places}"
        case Compare():
            sides = [_closed(side) for side in node.sides]
            rest = (
                f" {_COMPARISONS[operator]} {side}"
                for operator, side in zip(node.operators, sides[1:], strict=True)
            )
            return sides[0] + "".join(rest)
        case Logic():
            parts = [to_words(condition) for condition in node.conditions]
            joined = f", {node.operator} ".join(parts)
            return f"not {parts[0]}" if node.operator == "not" else joined
        case _:
            raise AssertionError(f"no rule for {type(node).__name__}")


def _closed(node: Node, *kinds: type[Node]) -> str:
    words = to_words(node)
    if isinstance(node, kinds) or is_condition(node):
        return f"open bracket {words} close bracket"
    return words


def _number(text: str) -> str:
    mantissa, found, exponent = text.lower().partition("e")
    if found:
        power = int(exponent)
        words = f"minus {-power}" if power < 0 else str(power)
        return f"{mantissa} times 10 to the power {words}"
    return text.replace("/", " over ")


def _name(name: str) -> str:
    match = re.fullmatch(r"(.*?[^\d_])_?(\d+)", name)
    return " ".join(match.groups()) if match else name.replace("_", " ")


def _sum(node: Sum) -> str:
    text = _closed(node.terms[0], Sum)
    for term, sign in zip(node.terms[1:], node.signs[1:], strict=True):
        words = _closed(term, Sum, Negative)
        if leads_with_minus(term) and not isinstance(term, Negative):
            words = f"open bracket {words} close bracket"
        text += f" {'plus' if sign == '+' else 'minus'} {words}"
    return text


def _product(node: Product) -> str:
    text = _closed(node.factors[0], Sum)
    compound = isinstance(node.factors[0], Product)
    for factor, operator in zip(node.factors[1:], node.operators[1:], strict=True):
        if operator == "/":
            top = f"open bracket {text} close bracket" if compound else text
            text = f"{top} over {_closed(factor, Sum, Negative, Product)}"
            compound = True
            continue
        spoken = _closed(factor, Sum, Negative, Product)
        # "0.6 w squared", but "0.6 times 3" and "0.6 times the sine of w".
        side_by_side = not compound and _is_decimal(node.factors[0])
        if side_by_side and not spoken[0].isdigit() and not spoken.startswith(("the ", "open ")):
            text = f"{text} {spoken}"
        else:
            text = f"{text} times {spoken}"
        compound = True
    return text


def _is_decimal(node: Node) -> bool:
    return isinstance(node, Number) and not set(node.text.lower()) & set("e/")


def _power(node: Power) -> str:
    base = _closed(node.base, Sum, Product, Negative, Power, Call)
    exponent = node.exponent
    if isinstance(exponent, Number) and exponent.text in _POWERS:
        return f"{base} {_POWERS[exponent.text]}"
    return f"{base} to the power {_closed(exponent, Sum, Product, Power, Call)}"


def _call(node: Call) -> str:
    first = node.arguments[0]
    inside = _closed(first, Sum)
    match node.function:
        case "exp":
            return f"e to the power {_closed(first, Sum, Product)}"
        case "exp2":
            return f"2 to the power {_closed(first, Sum, Product)}"
        case "square":
            return f"{_closed(first, Sum, Product, Negative, Power, Call)} squared"
        case "where":
            condition, yes, no = (to_words(argument) for argument in node.arguments)
            return f"{yes} where {condition}, otherwise {no}, end of cases"
        case _:
            head = _FUNCTIONS.get(node.function, f"{node.function} of")
            if len(node.arguments) == 1:
                return f"{head} {inside}"
            parts = [to_words(argument) for argument in node.arguments]
            return f"{head} {', '.join(parts[:-1])} and {parts[-1]}, end of arguments"


def _place(place: int | Slice) -> str:
    if isinstance(place, int):
        return str(place)
    first = "the start" if place.first is None else str(place.first)
    stop = "the end" if place.stop is None else str(place.stop)
    step = "" if place.step is None else f" in steps of {place.step}"
    return f"{first} to {stop}{step}"
