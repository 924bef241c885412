"""From characters to tokens. Every token keeps its place in the text as typed."""

import unicodedata
from dataclasses import dataclass
from enum import Enum
from math import isfinite

from surefoot.formulas.lookalikes import check_letters, foreign_character
from surefoot.terms import FormulaError, InputError

MAX_LENGTH = 10_000
MAX_BRACKETS = 100
MAX_TOKENS = 5_000
MAX_NAME = 60


class Kind(Enum):
    """What a token is."""

    NUMBER = "a number"
    NAME = "a name"
    OPERATOR = "an operator"
    COMPARE = "a comparison"
    OPEN = "an opening bracket"
    CLOSE = "a closing bracket"
    BAR = "a bar"
    OPEN_BAR = "an opening bar"
    CLOSE_BAR = "a closing bar"
    SUPERSCRIPT = "a superscript"
    TRANSPOSE = "a transpose"
    WORD = "and, or, not"
    ROOT = "a root sign"
    COMMA = "a comma"
    COLON = "a colon"
    ASSIGN = "an equals sign"
    DOT = "a dot"
    END = "the end"


@dataclass(frozen=True)
class Token:
    """One piece of a formula.

    Attributes:
        kind: what it is.
        text: its spelling, normalised: "×" is "*", "²" is "2", "x₁" is "x1", "≤" is "<=".
        start, end: half-open range of characters in the text as typed.
        value: the value of a number.
        breaks: whether a line break stands before it.
    """

    kind: Kind
    text: str
    start: int
    end: int
    value: float = 0.0
    breaks: bool = False


_OPERATORS = {
    "+": "+", "-": "-", "−": "-", "–": "-", "*": "*", "×": "*", "·": "*", "⋅": "*", "∙": "*",
    "∗": "*", "/": "/", "÷": "/", "∕": "/", "^": "^", "@": "@", "**": "^",
}  # fmt: skip
_COMPARES = {"<=": "<=", ">=": ">=", "==": "==", "<": "<", ">": ">", "≤": "<=", "≥": ">=",
             "⩽": "<=", "⩾": ">="}  # fmt: skip
_SINGLE = {"(": Kind.OPEN, "[": Kind.OPEN, ")": Kind.CLOSE, "]": Kind.CLOSE, ",": Kind.COMMA,
           ":": Kind.COLON, "=": Kind.ASSIGN, "√": Kind.ROOT, "|": Kind.BAR, "‖": Kind.BAR,
           "ᵀ": Kind.TRANSPOSE}  # fmt: skip
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
_SUBSCRIPTS = frozenset("₀₁₂₃₄₅₆₇₈₉")
_DIGITS = frozenset("0123456789")
_WORDS = frozenset({"and", "or", "not"})

_REFUSED_WORDS = frozenset({
    "lambda", "if", "else", "elif", "for", "while", "in", "is", "import", "from", "def", "class",
    "return", "yield", "await", "async", "with", "try", "except", "finally", "raise", "del",
    "global", "nonlocal", "pass", "break", "continue", "assert", "True", "False", "None",
})  # fmt: skip
_HINTS = {
    "lambda": "; a multiplier can be called lam or λ",
    "if": "; write where(condition, a, b)",
    "True": "; write 1",
    "False": "; write 0",
}
# What people type from other languages, and what to write here instead. Longest first.
_REFUSED = {
    "!=": "≠ is not a limit that a point can satisfy by itself; write < or >",
    "≠": "≠ is not a limit that a point can satisfy by itself; write < or >",
    ":=": "':=' is not part of formulas; a definition is written f(x) = …",
    "//": "'//' is not part of formulas; write floor(a / b)",
    "&": "'&' is not part of formulas; write the word 'and' between two comparisons",
    "%": "'%' is not part of formulas; write mod(a, b) for the remainder, a/100 for per cent",
    "{": "curly brackets are not part of formulas; write ( ) to group, [ ] for a list",
    "}": "curly brackets are not part of formulas; write ( ) to group, [ ] for a list",
    "!": "the factorial is not part of formulas",
    "~": "'~' is not part of formulas; write the word 'not'",
    ";": "a formula is one expression; give several as a list of formulas",
    "#": "a comment is not part of a formula",
    '"': "quotes are not part of formulas; names stand without them",
    "'": "the quote is not part of formulas; a transpose is written A.T",
    "`": "quotes are not part of formulas; names stand without them",
    "′": "the prime is not part of formulas; give the derivative its own name",
    "\\": "the backslash is not part of formulas; write the name alone (\\alpha is alpha)",
    "?": "'?' is not part of formulas; write where(condition, a, b)",
    "$": "'$' is not part of formulas; write the expression alone",
    "∑": "'∑' is not part of formulas; write sum(…)",
    "∏": "'∏' is not part of formulas; write prod(…)",
    "∫": "integrals are not part of formulas",
    "∂": "derivatives are asked for with `derive`, not written into the formula",
    "∇": "derivatives are asked for with `derive`, not written into the formula",
    "±": "'±' stands for two formulas; write them one at a time",
}  # fmt: skip


def check_text(text: object) -> str:
    """The text itself, once it is known to be short enough to look at.

    Raises:
        InputError: not a string. FormulaError: empty, too long, too deeply nested.
    """
    if not isinstance(text, str):
        raise InputError(f"a formula is text such as 'x^2 + 3x'; found {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"the formula has {len(text)} characters; at most {MAX_LENGTH} can be read. "
            "Put long lists of numbers into data, or write a Python function",
            text[:200], 0, 1,
        )  # fmt: skip
    if not text.strip():
        raise FormulaError("the formula is empty", text or " ", 0, 1)
    _check_brackets(text)
    return text


def _check_brackets(text: str) -> None:
    pairs = {")": "(", "]": "["}
    opened: list[int] = []
    for place, char in enumerate(text):
        if char in "([":
            opened.append(place)
            if len(opened) > MAX_BRACKETS:
                raise FormulaError(
                    f"brackets are nested more than {MAX_BRACKETS} deep here; name the parts, "
                    "or write a Python function", text, place, place + 1,
                )  # fmt: skip
        elif char in ")]":
            if not opened:
                raise FormulaError(f"this '{char}' closes nothing", text, place, place + 1)
            start = opened.pop()
            if text[start] != pairs[char]:
                raise FormulaError(
                    f"this '{char}' closes a '{text[start]}'", text, place, place + 1
                )
    if opened:
        place = opened[-1]
        raise FormulaError(f"this '{text[place]}' is never closed", text, place, place + 1)


def tokenize(text: str) -> list[Token]:
    """The tokens of a formula, ending with one of kind END.

    Raises:
        FormulaError: a character or a spelling that formulas do not have.
    """
    tokens: list[Token] = []
    place, breaks = 0, False
    while place < len(text):
        char = text[place]
        if char.isspace():
            breaks = breaks or char in "\n\r\u2028\u2029"
            place += 1
            continue
        token = _next_token(text, place, tokens, breaks)
        if len(tokens) == MAX_TOKENS:
            raise FormulaError(
                f"the formula has more than {MAX_TOKENS} pieces; put long lists of numbers into "
                "data, or write a Python function", text, token.start, token.end,
            )  # fmt: skip
        tokens.append(token)
        place, breaks = token.end, False
    tokens.append(Token(Kind.END, "", len(text), len(text)))
    return tokens


def _next_token(text: str, place: int, before: list[Token], breaks: bool) -> Token:
    char, pair = text[place], text[place : place + 2]
    if char in _DIGITS or (char == "." and text[place + 1 : place + 2] in _DIGITS):
        return _number(text, place, breaks)
    if pair == "||":
        return Token(Kind.BAR, "||", place, place + 2, breaks=breaks)
    if pair in _REFUSED or (char in _REFUSED and pair not in _COMPARES):
        word = pair if pair in _REFUSED else char
        raise FormulaError(_REFUSED[word], text, place, place + len(word))
    for spellings, kind in ((_OPERATORS, Kind.OPERATOR), (_COMPARES, Kind.COMPARE)):
        for word in (pair, char):
            if word in spellings:
                return Token(kind, spellings[word], place, place + len(word), breaks=breaks)
    if char in _SINGLE:
        return Token(_SINGLE[char], "||" if char == "‖" else char, place, place + 1, breaks=breaks)
    if char in _SUPERSCRIPTS:
        return _superscript(text, place)
    if char == ".":
        return _dot(text, place, before)
    if char in "π∞":
        return Token(Kind.NAME, "pi" if char == "π" else "inf", place, place + 1, breaks=breaks)
    if char == "_" or _continues(char, first=True):
        return _name(text, place, breaks)
    if unicodedata.decomposition(char).startswith("<fraction>"):
        value = unicodedata.numeric(char)
        top, bottom = value.as_integer_ratio() if value in (0.5, 0.25, 0.75) else (0, 0)
        if bottom:
            return Token(Kind.NUMBER, f"{top}/{bottom}", place, place + 1, value, breaks)
        raise FormulaError(f"write '{char}' as a quotient such as (1/3)", text, place, place + 1)
    raise FormulaError(foreign_character(char), text, place, place + 1)


def _number(text: str, start: int, breaks: bool) -> Token:
    place = _digits(text, start)
    if text[place : place + 1] == "." and not text[place : place + 2].endswith(".."):
        place = _digits(text, place + 1)
    if text[place : place + 1] in ("e", "E"):
        sign = place + 2 if text[place + 1 : place + 2] in ("+", "-") else place + 1
        # `2e` is 2·e and `2e-x` is 2·e − x: an exponent needs a digit.
        if text[sign : sign + 1] in _DIGITS:
            place = _digits(text, sign)
    spelling = text[start:place]
    following = text[place : place + 2].lower()
    if spelling == "0" and following[:1] in ("x", "b", "o") and following[1:] in _DIGITS:
        raise FormulaError(
            f"'0{following}' reads as a number in base 16, 8 or 2, or as 0 times "
            f"'{following}'; write the decimal number, or 0*{following}", text, start, place + 2,
        )  # fmt: skip
    if text[place : place + 1] == "." and text[place + 1 : place + 2] in _DIGITS:
        raise FormulaError("a number has one decimal point", text, start, place + 1)
    value = float(spelling.replace("_", ""))
    if not isfinite(value):
        raise FormulaError("this number is too large (the limit is 1.8e308)", text, start, place)
    return Token(Kind.NUMBER, spelling.replace("_", ""), start, place, value, breaks)


def _digits(text: str, place: int) -> int:
    """The end of a run of digits; `1_000` is one run, a trailing underscore is not."""
    while place < len(text):
        between = text[place] == "_" and text[place - 1] in _DIGITS
        if text[place] not in _DIGITS and not (between and text[place + 1 : place + 2] in _DIGITS):
            break
        place += 1
    return place


def _superscript(text: str, start: int) -> Token:
    place = start
    while place < len(text) and text[place] in _SUPERSCRIPTS:
        place += 1
    spelling = "".join(_SUPERSCRIPTS[char] for char in text[start:place])
    if not spelling.lstrip("+-").isdigit() or len(spelling) - len(spelling.lstrip("+-")) > 1:
        raise FormulaError("this superscript is not a whole number", text, start, place)
    return Token(Kind.SUPERSCRIPT, spelling, start, place, float(spelling))


def _dot(text: str, place: int, before: list[Token]) -> Token:
    after = text[place + 1 : place + 2]
    touches = before and before[-1].end == place
    if after == "T" and touches and not _continues(text[place + 2 : place + 3]):
        return Token(Kind.TRANSPOSE, "T", place, place + 2)
    if after and (_continues(after, first=True) or after == "_"):
        end = place + 1
        while end < len(text) and _continues(text[end]):
            end += 1
        raise FormulaError(
            f"attributes such as '{text[place:end]}' are not part of formulas (only A.T, the "
            "transpose); functions stand alone: sin(x)", text, place, end,
        )  # fmt: skip
    raise FormulaError("this dot belongs to no number", text, place, place + 1)


def _continues(char: str, first: bool = False) -> bool:
    """Whether a character can stand in a name (at its start)."""
    if not char or char in "πᵀ" or char in _SUPERSCRIPTS:
        return False
    if char in _SUBSCRIPTS:
        return not first
    return char.isidentifier() if first else ("a" + char).isidentifier() and char != "·"


def _name(text: str, start: int, breaks: bool) -> Token:
    place = start + 1
    while place < len(text) and _continues(text[place]):
        place += 1
    typed = text[start:place]
    check_letters(text, start, place)
    for offset, char in enumerate(typed):
        if unicodedata.decomposition(char).startswith("<super>"):
            raise FormulaError(
                f"the superscript '{char}' is not part of formulas; write ^{char and _plain(char)}",
                text, start + offset, start + offset + 1,
            )  # fmt: skip
    if typed.startswith("_"):
        after_norm = start > 0 and text[start - 1] in "|‖"
        hint = "; a norm of order p is written norm(w, p)" if after_norm else ""
        raise FormulaError(
            f"names begin with a letter, '{typed[:MAX_NAME]}' does not{hint}", text, start, place
        )
    if len(typed) > MAX_NAME:
        raise FormulaError(
            f"a name has at most {MAX_NAME} characters, this one has {len(typed)}",
            text, start, place,
        )  # fmt: skip
    # As in Python, compatible spellings are one name: µ is μ, ϕ is φ, x₁ is x1.
    name = _plain(typed)
    if name in _WORDS:
        return Token(Kind.WORD, name, start, place, breaks=breaks)
    if name in _REFUSED_WORDS:
        raise FormulaError(
            f"the Python word '{name}' is not part of formulas{_HINTS.get(name, '')}",
            text, start, place,
        )  # fmt: skip
    return Token(Kind.NAME, name, start, place, breaks=breaks)


def _plain(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed)
