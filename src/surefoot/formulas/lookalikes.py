"""Characters that look like others: what the eye cannot tell apart is never told apart in silence.

Letters of other alphabets are names like any other (θ, скорость). Refused are names whose letters
could all be taken for Latin ones, names that mix Latin with Cyrillic letters, and two names of one
formula that look alike.
"""

import unicodedata

from surefoot.terms import FormulaError

_CYRILLIC = dict(zip("аеорсухіјѕһԁԛԝѵАВЕЅІЈКМНОРСТУХҮԌԚԜѴ", "aeopcyxijshdqwvABESIJKMHOPCTYXYGQWV",
                     strict=True))  # fmt: skip
_GREEK = dict(zip("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oABEZHIKMNOPTYX", strict=True))
_TWINS = {**_CYRILLIC, **_GREEK}
# Letters to Unicode, signs to a reader.
_SIGNS = {
    "ǀ": "looks like the bar |; write |x| with the key for |",
    "ǁ": "looks like the bars ||; write ||x|| with the key for |",
    "ǃ": "looks like an exclamation mark, which is not part of formulas",
    "ˆ": "looks like the power sign; write ^",
    "˗": "looks like a minus sign; write -",
    "ꞏ": "looks like a dot for the product; write *",
}
_INVISIBLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF),
)  # fmt: skip
_INSTEAD = {
    **dict.fromkeys("‒—―‐‑⁃﹣➖", "-"),
    **dict.fromkeys("•●✕✖⨯✗☓⨉", "*"),
    **dict.fromkeys("⁄∕⧸", "/"),
    **dict.fromkeys("∣❘¦", "|"),
    **dict.fromkeys("⟨〈", "("),
    **dict.fromkeys("⟩〉", ")"),
    **dict.fromkeys("“”„‟‘’‚‛«»", ""),
    "٫": ".", "∆": "Δ", "∶": "/",
}  # fmt: skip


_READABLE = frozenset("+-*/^@()[],.<>=|0123456789")


def foreign_character(char: str) -> str:
    """The sentence about a character that formulas do not have: what it is, what to write."""
    label = unicodedata.name(char, "a control character").lower()
    if unicodedata.category(char) == "Cf" or _is_invisible(char):
        return f"an invisible character stands here ({label}); delete it"
    plain = unicodedata.normalize("NFKC", char)
    readable = plain in _READABLE
    instead = _INSTEAD.get(char, plain if plain != char and readable else None)
    hint = ""
    if instead is not None:
        hint = f"; write {instead}" if instead else "; names stand without quotes"
    elif unicodedata.category(char) == "Nd":
        hint = f"; write {unicodedata.digit(char)}"
    return f"the character {char!r} ({label}) is not part of formulas{hint}"


def check_letters(text: str, start: int, end: int) -> None:
    """Refuse a name that is not what it looks like.

    Args:
        text: the formula.
        start, end: half-open range of the name in it.

    Raises:
        FormulaError: pointing at the letter.
    """
    typed = text[start:end]
    for place, char in enumerate(typed, start):
        if _is_invisible(char):
            raise FormulaError(foreign_character(char), text, place, place + 1)
        if char in _SIGNS:
            label = unicodedata.name(char).lower()
            raise FormulaError(
                f"this is {char!r} ({label}), which {_SIGNS[char]}", text, place, place + 1
            )
    cyrillic = [i for i, char in enumerate(typed) if _is_cyrillic(char)]
    if not cyrillic:
        return
    mixed = any(char.isascii() and char.isalpha() for char in typed)
    if not mixed and any(typed[i] not in _CYRILLIC for i in cyrillic):
        return
    i = next((i for i in cyrillic if typed[i] in _CYRILLIC), cyrillic[0])
    latin = _CYRILLIC.get(typed[i])
    label = unicodedata.name(typed[i]).lower()
    reason = (
        f"this is the {label}, which looks like the Latin letter {latin}; write {latin}"
        if latin
        else f"'{typed}' mixes Latin letters with the {label}; write it in one alphabet"
    )
    raise FormulaError(reason, text, start + i, start + i + 1)


def skeleton(name: str) -> str:
    """What a name looks like: two names with one skeleton cannot be told apart by eye."""
    return "".join(_TWINS.get(char, char) for char in name)


def difference(name: str, twin: str) -> str:
    """Where two names that look alike differ: the two letters, by name."""
    a, b = next((a, b) for a, b in zip(name, twin, strict=True) if a != b)
    return f"{unicodedata.name(a).lower()} and {unicodedata.name(b).lower()}"


def _is_cyrillic(char: str) -> bool:
    return "\u0400" <= char <= "\u052f"


def _is_invisible(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _INVISIBLE)
