"""A table made to fit: what may be left out goes, and the table says so; no number is cut."""

from collections.abc import Sequence
from dataclasses import replace

from surefoot.show.grid import Grid

GAP = 2
"""Blanks between two columns."""
LONGEST_WORD = 24
"""A longer word (the path of a parameter, say) may be broken."""


def fitted(block: Grid, width: int) -> Grid:
    """The grid without the columns that `width` has no room for; the footnote names them.

    Columns go in the order of their `spare`, the highest first. Where the rest does not fit
    either, columns of text are wrapped.
    """
    columns = list(range(len(block.columns)))
    least = [_least(block, k) for k in columns]
    gone: list[int] = []
    while sum(least[k] for k in columns) + GAP * (len(columns) - 1) > width:
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
    return replace(
        block,
        columns=tuple(block.columns[k] for k in columns),
        rows=tuple(tuple(row[k] for k in columns) for row in block.rows),
        footnote="\n".join(line for line in (block.footnote, said) if line),
    )


def widths(block: Grid, width: int) -> list[int]:
    """The room of each column: as much as it asks for, or less where text can be wrapped.

    The widest of the flexible columns is narrowed first, then headings are wrapped, then the
    widest of the other texts is narrowed. Where that is not enough, what is left over is cut off
    from the right, by an ellipsis that shows it.
    """
    room = [max(map(_cells, _texts(block, k))) for k in range(len(block.columns))]
    least = [_least(block, k) for k in range(len(block.columns))]
    over = sum(room) + GAP * (len(room) - 1) - width
    groups: list[list[int]] = [[], [], []]
    for k, column in enumerate(block.columns):
        groups[0 if column.flexible else 1 if column.unbroken else 2].append(k)
    for own in groups:
        while over > 0 and (left := [k for k in own if room[k] > least[k]]):
            room[max(left, key=room.__getitem__)] -= 1
            over -= 1
    for k in reversed(range(len(room))):
        cut = min(max(over, 0), room[k] - 1)
        room[k], over = room[k] - max(cut, 0), over - max(cut, 0)
    return room


def _least(block: Grid, k: int) -> int:
    """The room that column k needs: numbers whole, words whole up to a length."""
    heading, *texts = _texts(block, k)
    if block.columns[k].unbroken:
        return max(_longest_word([heading]), *map(_cells, texts))
    return min(_longest_word([heading, *texts]), LONGEST_WORD)


def _longest_word(texts: Sequence[str]) -> int:
    return max((_cells(word) for text in texts for word in text.split()), default=0)


def _texts(block: Grid, k: int) -> list[str]:
    return [block.columns[k].heading, *(row[k] for row in block.rows)]


def _cells(text: str) -> int:
    """Columns on a terminal: some signs take two, some none."""
    from rich.cells import cell_len

    return cell_len(text)
