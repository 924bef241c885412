"""What each name in a formula stands for: a variable, data, a constant or a function."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from surefoot.formulas.functions import CONSTANTS, SPELLINGS
from surefoot.formulas.lookalikes import difference, skeleton
from surefoot.formulas.tokens import Kind, Token
from surefoot.terms import FormulaError, InputError

# `sinx` alone is refused for these; `tang` or `logs` are names like any other.
_GLUED_FUNCTIONS = (
    "sinh", "cosh", "tanh", "asin", "acos", "atan", "sqrt", "sin", "cos", "tan", "exp", "log",
    "abs", "ln",
)  # fmt: skip
# Functions as other countries, books and languages write them.
_ELSEWHERE = {
    "tg": "tan(…)", "ctg": "cot(…)", "cotg": "cot(…)", "arctg": "atan(…)", "lg": "log10(…)",
    "sgn": "sign(…)", "cosec": "csc(…)",
}  # fmt: skip
_NO_NUMBER = frozenset(["nan", "null", "none", "undefined"])
_GLUED_LETTERS = frozenset("xyztuvwθφ")


@dataclass(frozen=True)
class Names:
    """The names of one formula.

    Attributes:
        data: name → number of dimensions of each array given as data.
        declared: the variables where a head or the caller lists them, else None.
        head: the function's own name in `f(x) = …`, else "".
        bare: the names that stand somewhere without a bracket behind them.
    """

    data: Mapping[str, int]
    declared: tuple[str, ...] | None
    head: str
    bare: frozenset[str]

    def is_value(self, name: str) -> bool:
        """Whether a name is a variable, data or a constant, rather than a function."""
        return name in self.data or name in (self.declared or ()) or name not in SPELLINGS

    def is_function(self, token: Token) -> bool:
        """Whether a token is the name of a function."""
        return token.kind is Kind.NAME and not self.is_value(token.text)

    def is_constant(self, name: str) -> bool:
        """Whether a name means e, π or ∞ here."""
        return name in CONSTANTS and name not in self.data and name not in (self.declared or ())

    def is_known(self, name: str) -> bool:
        """Whether a name in front of a bracket is surely a value: `x(x+1)` multiplies."""
        return (
            name in self.data
            or name in (self.declared or ())
            or name in self.bare
            or self.is_constant(name)
        )


def read_names(
    text: str, tokens: list[Token], data: Mapping[str, int], variables: Iterable[str] | None
) -> tuple[Names, list[Token]]:
    """The names of a formula, and its tokens without the head `f(x, y) =`.

    Raises:
        FormulaError: a wrong head, an undefined name, a name that reads two ways.
        InputError: data or variables whose names cannot stand in a formula.
    """
    listed = None if variables is None else tuple(variables)
    for what, given in (("data", data), ("variables", listed or ())):
        _check_given(given, what)
    clash = sorted(set(data) & set(listed or ()))
    if clash:
        raise InputError(f"'{clash[0]}' is given both as data and as a variable; keep one of them")
    head, declared, body = _read_head(text, tokens)
    if declared is not None:
        for token in declared:
            _check_head_name(text, token, data, declared)
        listed = tuple(token.text for token in declared)
    names = Names(data, listed, head, frozenset(_bare(body)))
    seen: set[str] = set()
    looks = {skeleton(name): name for name in (*data, *(listed or ()))}
    for token in body:
        if token.kind is Kind.NAME and token.text not in seen and names.is_value(token.text):
            seen.add(token.text)
            _check_twin(text, token, looks.setdefault(skeleton(token.text), token.text))
            _check_name(text, token, names)
    return names, body


def natural_order(names: Collection[str]) -> tuple[str, ...]:
    """Names sorted as people count: b1, b2, b10."""

    def key(name: str) -> tuple[tuple[int, int, str], ...]:
        pieces = re.findall(r"\d+|\D+", name)
        return tuple((1, int(p), "") if p.isdecimal() else (0, 0, p) for p in pieces)

    return tuple(sorted(names, key=key))


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> str:
    """`; did you mean 'sin' or 'sinh'?`, or nothing where nothing is near."""
    found = get_close_matches(name, list(dict.fromkeys(known)), n=count, cutoff=0.6)
    if not found:
        return ""
    return "; did you mean " + " or ".join(f"'{match}'" for match in found) + "?"


def _read_head(
    text: str, tokens: list[Token]
) -> tuple[str, tuple[Token, ...] | None, list[Token]]:
    place = next((i for i, token in enumerate(tokens) if token.kind is Kind.ASSIGN), None)
    if place is None:
        return "", None, tokens
    sign, before = tokens[place], tokens[:place]
    spelled = "".join(
        {Kind.NAME: "n", Kind.COMMA: ",", Kind.OPEN: "(", Kind.CLOSE: ")"}.get(t.kind, "?")
        for t in before
    )
    if re.fullmatch(r"n\(n(,n)*\)", spelled) and before[1].text == "(":
        if before[0].text in SPELLINGS or before[0].text in CONSTANTS:
            raise FormulaError(
                f"'{before[0].text}' already has a meaning; give the function another name",
                text, before[0].start, before[0].end,
            )  # fmt: skip
        if len(tokens) == place + 2:
            raise FormulaError("nothing stands after the equals sign", text, sign.start, sign.end)
        return before[0].text, tuple(before[2:-1:2]), tokens[place + 1 :]
    depth = sum((t.kind is Kind.OPEN) - (t.kind is Kind.CLOSE) for t in before)
    if depth:
        reason = "named arguments are not part of formulas; write == to compare"
    elif spelled == "n":
        name = before[0].text
        reason = (
            f"this reads two ways: a definition of {name} (write the right side alone, or "
            f"f(x) = …) or an equation (write {name} == …)"
        )
    else:
        reason = "a single = is for definitions, f(x) = …; an equation is written with =="
    raise FormulaError(reason, text, sign.start, sign.end)


def _check_given(given: Iterable[str], what: str) -> None:
    for name in given:
        if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InputError(
                f"{name!r} in {what} cannot stand in a formula; a name is letters and digits, "
                "beginning with a letter"
            )
        if name in SPELLINGS:
            raise InputError(
                f"'{name}' in {what} is the name of a function in formulas; give it another name, "
                f"e.g. '{name}_value'"
            )


def _check_head_name(
    text: str, token: Token, data: Mapping[str, int], declared: tuple[Token, ...]
) -> None:
    reason = ""
    if token.text in SPELLINGS:
        reason = f"'{token.text}' is the name of a function; give the variable another name"
    elif token.text in data:
        reason = f"'{token.text}' is given as data, so it cannot be a variable"
    elif sum(other.text == token.text for other in declared) > 1:
        reason = f"the variable '{token.text}' stands twice"
    if reason:
        raise FormulaError(reason, text, token.start, token.end)


def _bare(tokens: list[Token]) -> Iterable[str]:
    for token, after in pairwise(tokens):
        if token.kind is Kind.NAME and not (after.kind is Kind.OPEN and after.text == "("):
            yield token.text


def _check_twin(text: str, token: Token, other: str) -> None:
    if other != token.text:
        raise FormulaError(
            f"the names {other} and {token.text} look alike but are not the same "
            f"({difference(other, token.text)}); write both in one alphabet, or rename one",
            text, token.start, token.end,
        )  # fmt: skip


def _check_name(text: str, token: Token, names: Names) -> None:
    """Refuse a name that is undefined, or that may be several names without a space."""
    name = token.text
    if name == names.head:
        raise FormulaError(
            f"'{name}' is the function that is being defined; it cannot stand in its own formula",
            text, token.start, token.end,
        )  # fmt: skip
    if name in names.data or name in (names.declared or ()) or names.is_constant(name):
        return
    if name.lower() in _NO_NUMBER:
        raise FormulaError(
            f"'{name}' is not a number that a formula can compute with; where it is meant as a "
            f"variable, list the variables in front: f({name}, …) = …",
            text, token.start, token.end,
        )  # fmt: skip
    others = {n for n in names.bare if n != name and n not in SPELLINGS} | set(names.data)
    others |= set(names.declared or ())
    parts = _split(name, others)
    reading = " ".join(parts) if parts else _meant_function(name, others)
    if names.declared is None:
        if reading:
            raise FormulaError(
                f"'{name}' reads two ways: the one name {name}, or {reading}; write {reading}, or "
                f"list the variables in front: f({name}, …) = …", text, token.start, token.end,
            )  # fmt: skip
        return
    listed = ", ".join(names.declared) or "none"
    hint = f"; to mean {reading} write it so" if reading else ""
    hint = hint or nearest(name, [*names.declared, *names.data, *SPELLINGS])
    raise FormulaError(
        f"'{name}' is not defined: the variables are {listed}"
        + (f", the data {', '.join(names.data)}" if names.data else "") + hint,
        text, token.start, token.end,
    )  # fmt: skip


def _split(name: str, others: set[str]) -> list[str] | None:
    """The name as two or more of the others side by side, or None."""
    best: list[list[str] | None] = [[], *([None] * len(name))]
    for end in range(1, len(name) + 1):
        for start in range(end):
            head = best[start]
            if head is not None and name[start:end] in others and best[end] is None:
                best[end] = [*head, name[start:end]]
    found = best[-1]
    return found if found and len(found) > 1 else None


def _meant_function(name: str, others: set[str]) -> str:
    """`sin(x)` for the name `sinx`, `log2(…)` for `log_2`, `tan(…)` for `tg`, or nothing."""
    based = re.fullmatch(r"(log|lg|ln)_?(\d+)", name)
    if based:
        if based[1] == "ln":
            return f"ln({based[2]})"
        base = based[2]
        return f"log{base}(…)" if base in ("2", "10") else f"log(…)/log({base})"
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    for function in _GLUED_FUNCTIONS:
        rest = name.removeprefix(function)
        if rest not in ("", name) and (rest in others or rest in _GLUED_LETTERS):
            return f"{function}({rest})"
    return ""
