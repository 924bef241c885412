"""A place in the tokens of a formula, and how to complain about it."""

from surefoot.formulas.names import Names
from surefoot.formulas.tokens import Kind, Token
from surefoot.terms import FormulaError

#: What can begin a factor that stands beside another without an operator.
FACTOR_STARTS = (Kind.NUMBER, Kind.NAME, Kind.OPEN_BAR, Kind.ROOT, Kind.OPEN)


class Cursor:
    """Where the reader of a formula stands.

    Args:
        text: the formula as typed.
        tokens: its tokens, bars resolved, without the head.
        names: what its names stand for.
    """

    def __init__(self, text: str, tokens: list[Token], names: Names) -> None:
        self.text = text
        self.tokens = tokens
        self.names = names
        self.place = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.place]

    @property
    def previous(self) -> Token:
        """The token taken last (the first one at the very beginning)."""
        return self.tokens[max(0, self.place - 1)]

    def take(self) -> Token:
        """The next token, and one step on."""
        token = self.token
        if token.kind is not Kind.END:
            self.place += 1
        return token

    def at(self, kind: Kind, text: str = "") -> bool:
        """Whether the next token is of a kind (with a spelling)."""
        return self.token.kind is kind and text in ("", self.token.text)

    def starts_factor(self) -> bool:
        """Whether a factor without an operator comes next."""
        return self.token.kind in FACTOR_STARTS

    def whole_number(self) -> int | None:
        """The whole number of an index, taken; None where a slice leaves a side open."""
        sign = -1 if self.at(Kind.OPERATOR, "-") else 1
        if sign < 0:
            self.take()
        if self.at(Kind.NUMBER) and self.token.text.isdecimal() and len(self.token.text) < 10:
            return sign * int(self.take().text)
        if sign < 0 or self.token.kind not in (Kind.COLON, Kind.CLOSE, Kind.COMMA):
            raise self.fail(
                "an index is a whole number such as x[0] or a slice such as x[1:3]",
                self.token.start, self.token.end,
            )  # fmt: skip
        return None

    def fail(self, reason: str, start: int, end: int) -> FormulaError:
        """The error to raise about characters [start, end)."""
        return FormulaError(reason, self.text, start, end)

    def source(self, start: int, end: int) -> str:
        """Characters as typed, cut where long, for use inside a sentence."""
        piece = " ".join(self.text[start:end].split())
        return piece if len(piece) <= 40 else piece[:37] + "…"
