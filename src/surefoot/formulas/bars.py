"""Which bars open and which close: |x| + |y|, |x||y|, ||A@x - b||, and what stays ambiguous.

The bars of one stretch (between the same brackets, commas and comparisons) are read together. A bar
where a term is expected opens; a bar after a term closes, or opens a factor as in 2|x|. All ways
that come out even are counted; if there are several, spaces and signs decide as a reader would
(`|x| y |z|`, `|x| - y|z|`); if several remain, the formula is refused with two of the readings.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from surefoot.formulas.tokens import Kind, Token
from surefoot.terms import FormulaError

MAX_BARS = 400
MAX_OPEN = 6

_Stack = tuple[int, ...]
# The choices made so far, innermost last: (choice, what came before).
_Path = tuple[Sequence[str], Any] | None
_SEPARATORS = {Kind.COMMA, Kind.COMPARE, Kind.COLON, Kind.ASSIGN, Kind.WORD, Kind.END}
_TERM_ENDS = {Kind.NUMBER, Kind.NAME, Kind.CLOSE, Kind.SUPERSCRIPT, Kind.TRANSPOSE}
_TERM_STARTS = {Kind.NUMBER, Kind.NAME, Kind.OPEN, Kind.ROOT, Kind.WORD, Kind.BAR}

# "1" opens |, "2" opens ||, ")" closes whichever is open; a typed || may also be two single bars.
_SINGLE: tuple[Sequence[str], ...] = ("1", ")")
_DOUBLE: tuple[Sequence[str], ...] = ("2", "))", ")1")
_DOUBLE_APART: tuple[Sequence[str], ...] = (*_DOUBLE, "11", "]]")


def resolve_bars(
    text: str, tokens: list[Token], is_function: Callable[[Token], bool]
) -> list[Token]:
    """The tokens with every bar turned into an opening or closing one.

    Raises:
        FormulaError: bars that do not come out even, or that read two ways.
    """
    if not any(token.kind is Kind.BAR for token in tokens):
        return tokens
    choices: dict[int, Sequence[str]] = {}
    stretches: list[list[int]] = [[]]
    for place, token in enumerate(tokens):
        if token.kind is Kind.OPEN:
            stretches.append([])
        elif token.kind is Kind.CLOSE:
            choices |= _resolve(text, tokens, stretches.pop(), is_function)
        elif token.kind in _SEPARATORS:
            choices |= _resolve(text, tokens, stretches[-1], is_function)
            stretches[-1] = []
        elif token.kind is Kind.BAR:
            stretches[-1].append(place)
    out: list[Token] = []
    for place, token in enumerate(tokens):
        out.extend(_apply(token, choices[place]) if place in choices else [token])
    return out


def _apply(token: Token, choice: Sequence[str]) -> list[Token]:
    middle = token.start + 1
    pieces: list[Token] = []
    for offset, action in enumerate(choice if choice != "))" else ")"):
        kind = Kind.OPEN_BAR if action in "12" else Kind.CLOSE_BAR
        whole = choice in ("2", "))") or len(choice) == 1
        start = token.start if whole else token.start + offset
        end = token.end if whole else middle + offset
        spelling = "||" if choice in ("2", "))") else "|"
        pieces.append(replace(token, kind=kind, text=spelling, start=start, end=end))
    return pieces


def _resolve(
    text: str, tokens: list[Token], bars: list[int], is_function: Callable[[Token], bool]
) -> dict[int, Sequence[str]]:
    if not bars:
        return {}
    if len(bars) > MAX_BARS:
        raise FormulaError(
            f"more than {MAX_BARS} bars stand side by side; write abs(…)", text,
            tokens[bars[0]].start, tokens[bars[0]].end,
        )  # fmt: skip
    found: list[_Path] = []
    for apart in (False, True):
        for with_hints in (False, True):
            paths = _readings(tokens, bars, is_function, apart, with_hints)
            if len(paths) == 1:
                return dict(zip(bars, _choices(paths[0]), strict=True))
            found = paths if paths and not (with_hints and found) else found
        if found:
            break
    first, last = tokens[bars[0]], tokens[bars[-1]]
    if not found:
        raise FormulaError(
            f"the bars do not come out even (at most {MAX_OPEN} may be open at once); "
            "write abs(…) or norm(…)", text, first.start, last.end,
        )  # fmt: skip
    one, other = (_spell(text, tokens, bars, _choices(path)) for path in found[:2])
    raise FormulaError(
        f"the bars read two ways: {one} or {other}; write abs(…)", text, first.start, last.end
    )


def _readings(
    tokens: list[Token], bars: list[int], is_function: Callable[[Token], bool],
    apart: bool, with_hints: bool,
) -> list[_Path]:  # fmt: skip
    """Up to two ways to read the bars, by dynamic programming over the stack of open bars."""
    # State: (stack of open bars, whether the last bar leaves a term complete).
    frontier: dict[tuple[_Stack, bool], list[_Path]] = {((), False): [None]}
    previous = -2
    for place in bars:
        token = tokens[place]
        options = _SINGLE
        if token.text == "||":
            options = _DOUBLE_APART if apart and token.end - token.start == 2 else _DOUBLE
            options = options if token.end - token.start == 2 else ("2", "))")
        following: dict[tuple[_Stack, bool], list[_Path]] = {}
        for (stack, complete), paths in frontier.items():
            follows = place == previous + 1
            after_term = complete if follows else _after_term(tokens, place, is_function)
            for option in options:
                closed = _step(stack, option, after_term)
                if closed is None or not _fits(tokens, place, option, after_term, with_hints):
                    continue
                target = following.setdefault((closed, option[-1] in ")]"), [])
                target.extend((option, path) for path in paths)
                del target[2:]
        frontier, previous = following, place
    return [path for (stack, _), paths in frontier.items() if not stack for path in paths][:2]


def _step(stack: _Stack, option: Sequence[str], after_term: bool) -> _Stack | None:
    """The open bars after a choice, or None where it cannot stand here."""
    if option in ("1", "2", "11"):
        opened = (*stack, *(int(char) for char in option))
        return opened if len(opened) <= MAX_OPEN else None
    if not after_term or not stack:
        return None
    if option == "))":
        return stack[:-1] if stack[-1] == 2 else None
    if stack[-1] != 1:
        return None
    if option == "]]":
        return stack[:-2] if len(stack) > 1 and stack[-2] == 1 else None
    return (*stack[:-1], 1) if option == ")1" else stack[:-1]


def _after_term(tokens: list[Token], place: int, is_function: Callable[[Token], bool]) -> bool:
    if place == 0 or tokens[place - 1].kind not in _TERM_ENDS:
        return False
    back = place - 1
    # In `sin² |x|` and `sin^2 |x|` the power belongs to the function's name.
    if tokens[back].kind is Kind.SUPERSCRIPT:
        back -= 1
    elif tokens[back].kind is Kind.NUMBER and back > 1 and tokens[back - 1].text == "^":
        back -= 2
    return not (back >= 0 and is_function(tokens[back]))


def _fits(
    tokens: list[Token], place: int, option: Sequence[str], after_term: bool, with_hints: bool
) -> bool:
    token, after = tokens[place], tokens[place + 1]
    opens = option[-1] in "12"
    signed = after.kind is Kind.OPERATOR and after.text in "+-"
    if opens and not (signed or after.kind in _TERM_STARTS):
        return False
    if not with_hints:
        return True
    space_before = place > 0 and tokens[place - 1].end < token.start
    space_after = after.end > after.start and token.end < after.start
    if opens and after_term and len(option) == 1:
        return not signed and not (space_after and not space_before)
    at_end = after.kind is Kind.END
    return not (option[-1] in ")]" and space_before and not space_after and not at_end)


def _choices(path: _Path) -> list[Sequence[str]]:
    chosen: list[Sequence[str]] = []
    while path is not None:
        choice, path = path
        chosen.append(choice)
    return chosen[::-1]


def _spell(text: str, tokens: list[Token], bars: list[int], choices: list[Sequence[str]]) -> str:
    """A reading, written with abs(…) and norm(…)."""
    words = {"1": "abs(", "2": "norm(", ")": ")", "]": ")"}
    out, place = "", tokens[bars[0]].start
    for bar, choice in zip(bars, choices, strict=True):
        out += text[place : tokens[bar].start]
        for action in choice if choice != "))" else ")":
            touches = out and (out[-1].isalnum() or out[-1] == ")")
            out += "*" * bool(action in "12" and touches) + words[action]
        place = tokens[bar].end
        if choice[-1] in ")]" and text[place : place + 1].isalnum():
            out += "*"
    return out if len(out) <= 60 else out[:57] + "…"
