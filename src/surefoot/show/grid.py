"""A table of plain strings: the form that the terminal and the page draw from."""

from collections.abc import Sequence
from dataclasses import dataclass

from surefoot.show.numbers import aligned


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        heading: the word on top; may be empty.
        numeric: right-aligned by decimal point, never wrapped.
        flexible: takes the room that is left, and wraps.
        quiet: drawn less strongly than the rest.
        whole: never wrapped, though not a single number (an interval, say).
        spare: 0, or how readily the column is left out where the room does not suffice: the
            highest goes first.
    """

    heading: str = ""
    numeric: bool = False
    flexible: bool = False
    quiet: bool = False
    whole: bool = False
    spare: int = 0

    @property
    def unbroken(self) -> bool:
        """Whether its cells are never wrapped."""
        return self.numeric or self.whole


@dataclass(frozen=True)
class Grid:
    """Columns and rows of strings, with a title.

    Attributes:
        columns: the columns, left to right.
        rows: one tuple of cells per row, as long as `columns`.
        title: the line above, or empty.
        footnote: the line below, or empty.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    footnote: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            assert len(row) == len(self.columns), f"{len(row)} cells in {len(self.columns)} columns"

    @property
    def has_heading(self) -> bool:
        """Whether any column has a word on top."""
        return any(column.heading for column in self.columns)


def grid(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    title: str = "",
    limit: int | None = None,
    of: int | None = None,
) -> Grid:
    """A grid without its empty columns, numbers aligned, cut to `limit` rows with a footnote.

    Args:
        of: how many rows there are, where not all were made.
    """
    shown = [tuple(row) for row in (rows if limit is None else rows[:limit])]
    left_out = (len(rows) if of is None else of) - len(shown)
    footnote = f"… and {left_out:,} more" if left_out > 0 else ""
    kept = [k for k in range(len(columns)) if any(row[k] for row in shown)] if shown else []
    cells = [[row[k] for row in shown] for k in kept]
    for place, k in enumerate(kept):
        if columns[k].numeric:
            cells[place] = aligned(cells[place])
    return Grid(
        columns=tuple(columns[k] for k in kept),
        rows=tuple(zip(*cells, strict=True)),
        title=title,
        footnote=footnote,
    )
