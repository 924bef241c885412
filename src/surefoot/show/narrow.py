"""A table made to fit: what may be left out goes, what has no room goes on below it.

No number is cut, and words are broken between words, but for a word that is too long itself.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from surefoot.show.grid import Grid

GAP = 2
"""Blanks between two columns."""
LONGEST_WORD = 24
"""A longer word (the path of a parameter, a formula) may be broken, between its parts."""
NARROW = 8
"""So narrow text may become where there is no other way to keep the numbers in sight."""

_NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+−]?\d+)?"
_PARTS = re.compile(rf"[^\W\d]\w*|{_NUMBER}|.", re.DOTALL)
"""The parts of a word that is too long: names, numbers with sign and exponent, single signs."""
_NUMBERS = re.compile(rf"(?<!\w){_NUMBER}")


def fitted(block: Grid, width: int) -> Grid:
    """The grid without the columns that `width` has no room for; the footnote names them.

    Columns go in the order of their `spare`, the highest first. Where the rest does not fit
    either, it is for `continued`.
    """
    columns = list(range(len(block.columns)))
    least = [_least(block, k) for k in columns]
    gone: list[int] = []
    while _total([least[k] for k in columns]) > width:
        spare = [k for k in columns if block.columns[k].spare]
        if not spare:
            break
        highest = max(block.columns[k].spare for k in spare)
        gone += [k for k in spare if block.columns[k].spare == highest]
        columns = [k for k in columns if k not in gone]
    if not gone:
        return block
    names = ", ".join(block.columns[k].heading for k in sorted(gone) if block.columns[k].heading)
    said = f"not shown for want of room: {names}" if names else ""
    lines = "\n".join(line for line in (block.footnote, said) if line)
    return replace(_of(block, columns), footnote=lines)


def continued(block: Grid, width: int) -> list[Grid]:
    """The grid, or several below each other where its columns do not fit side by side.

    Each begins with the columns that tell the rows apart.
    """
    least = [_least(block, k) for k in range(len(block.columns))]
    if _total(least) <= width:
        return [block]
    key = list(range(_telling(block)))
    parts, part = [list[int]()], key
    for k in range(len(key), len(least)):
        if len(part) > len(key) and _total([least[j] for j in [*part, k]]) > width:
            part = key
        if part is key:
            parts.append([])
        part = [*part, k]
        parts[-1] = part
    made = [_of(block, part) for part in parts if part]
    above = f"{block.title}, continued" if block.title else "continued"
    return [
        replace(
            one,
            title=block.title if one is made[0] else above,
            footnote=block.footnote if one is made[-1] else "",
        )
        for one in made
    ] or [block]


def widths(block: Grid, width: int) -> list[int]:
    """The room of each column: as much as it asks for, or less where text can be wrapped.

    The widest of the flexible columns is narrowed first, then headings are wrapped, then the
    widest of the other texts is narrowed. Where that is not enough, words are broken; a table of
    numbers that are wider together than `width` stays wider.
    """
    places = range(len(block.columns))
    room = [max(map(_cells, _texts(block, k))) for k in places]
    over = _total(room) - width
    groups: list[list[int]] = [[], [], []]
    for k, column in enumerate(block.columns):
        groups[0 if column.flexible else 1 if column.unbroken else 2].append(k)
    whole_words, whole_numbers = ([f(block, k) for k in places] for f in (_least, _smallest))
    for least in (whole_words, whole_numbers):
        for own in groups:
            while over > 0 and (left := [k for k in own if room[k] > least[k]]):
                room[max(left, key=room.__getitem__)] -= 1
                over -= 1
    return room


def wrapped(text: str, room: int) -> str:
    """The text on lines of at most `room` columns, broken at blanks.

    A word that is longer is broken between its parts, so that no number is cut, however long.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        own = [""]
        for word in line.split():
            joined = f"{own[-1]} {word}" if own[-1] else word
            if _cells(joined) <= room:
                own[-1] = joined
                continue
            if own[-1]:
                own.append("")
            for part in _pieces(word, room):
                if own[-1] and _cells(own[-1] + part) > room:
                    own.append("")
                own[-1] += part
        lines += own
    return "\n".join(lines)


def shortened(text: str, room: int) -> str:
    """The beginning of the text in at most `room` columns, with "…" where more follows."""
    if _cells(text) <= room:
        return text
    kept = ""
    for part in _PARTS.findall(text):
        if _cells(kept + part) >= room:
            break
        kept += part
    return kept.rstrip() + "…"


def _pieces(word: str, room: int) -> list[str]:
    """What a word may be broken between; a name that is too long itself in single letters."""
    if _cells(word) <= room:
        return [word]
    pieces: list[str] = []
    for part in _PARTS.findall(word):
        named = part[0].isalpha() or part[0] == "_"
        pieces += list(part) if named and _cells(part) > room else [part]
    return pieces


def _of(block: Grid, columns: Sequence[int]) -> Grid:
    """The grid of some of the columns."""
    return replace(
        block,
        columns=tuple(block.columns[k] for k in columns),
        rows=tuple(tuple(row[k] for k in columns) for row in block.rows),
    )


def _telling(block: Grid) -> int:
    """How many columns from the left it takes to tell the rows apart; at least one."""
    for count in range(1, len(block.columns)):
        if len({row[:count] for row in block.rows}) == len(block.rows):
            return count
    return 1


def _total(room: Sequence[int]) -> int:
    return sum(room) + GAP * (len(room) - 1)


def _least(block: Grid, k: int) -> int:
    """The room that column k needs: numbers whole, words whole up to a length."""
    heading, *texts = _texts(block, k)
    if block.columns[k].unbroken:
        return max(_longest_word([heading]), *map(_cells, texts))
    return max(min(_longest_word([heading, *texts]), LONGEST_WORD), _longest_number(texts))


def _smallest(block: Grid, k: int) -> int:
    """The room without which numbers would be cut."""
    _, *texts = _texts(block, k)
    if block.columns[k].unbroken:
        return max([1, *map(_cells, texts)])
    return max(min(_least(block, k), NARROW), _longest_number(texts))


def _longest_word(texts: Sequence[str]) -> int:
    return max((_cells(word) for text in texts for word in text.split()), default=0)


def _longest_number(texts: Sequence[str]) -> int:
    return max((_cells(found) for text in texts for found in _NUMBERS.findall(text)), default=0)


def _texts(block: Grid, k: int) -> list[str]:
    return [block.columns[k].heading, *(row[k] for row in block.rows)]


def _cells(text: str) -> int:
    """Columns on a terminal: some signs take two, some none."""
    from rich.cells import cell_len

    return cell_len(text)
