"""Reports in the terminal: colour where a person looks on, plain text in a file or a pipe."""

from collections.abc import Sequence
from shutil import get_terminal_size
from typing import IO, TYPE_CHECKING, Protocol, cast, runtime_checkable

from surefoot.show.grid import Grid
from surefoot.show.layout import Block, Claim, Heading, Note
from surefoot.show.narrow import GAP, continued, fitted, widths, wrapped

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

TONES = {"good": "bold green", "doubtful": "bold yellow", "bad": "bold red"}
NOTES = {"quiet": "dim", "plain": "", "bad": "red"}
LABEL_WIDTH = 9
INDENT = 2
NARROWEST = 20


@runtime_checkable
class Stream(Protocol):
    """What a report is written to: standard output, a file, a notebook's stream."""

    def write(self, text: str, /) -> int:
        """Writes the text and returns its length."""
        ...

    def flush(self) -> None:
        """Sends on what is held back."""
        ...

    def isatty(self) -> bool:
        """Whether a person looks on."""
        ...


def to_text(blocks: Sequence[Block], width: int = 80) -> str:
    """The blocks as plain text of at most `width` columns, without a trailing newline.

    Where numbers of a table need more they have it: the terminal breaks such a line.
    """
    from io import StringIO

    stream = StringIO()
    _draw(_console(stream, width=width, plain=True), blocks)
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    return "\n".join(lines).strip("\n")


def print_blocks(blocks: Sequence[Block], stream: Stream | None = None) -> None:
    """Prints the blocks: in colour on a terminal, as plain text of 80 columns elsewhere."""
    import sys

    target = sys.stdout if stream is None else stream
    if not target.isatty():
        target.write(to_text(blocks) + "\n")
        return
    console = _console(target)
    # Rich takes 80 columns for a terminal that obeys nothing (Emacs' shell), whatever it says.
    width = get_terminal_size().columns if console.is_dumb_terminal else console.width
    # A line longer than this is hard to read, however wide the window is.
    console.width, console.height = min(max(width, NARROWEST), 100), console.height
    _draw(console, blocks)


def table(block: Grid, width: int = 80) -> "Table":
    """A rich table of a grid, no wider than `width` where its numbers leave the room."""
    from rich.table import Table

    # No boxes: rules and columns carry the order, and a copied table pastes as text.
    made = Table(
        box=None,
        show_header=block.has_heading,
        header_style="dim",
        pad_edge=False,
        padding=(0, GAP, 0, 0),
    )
    # Rich would narrow all columns alike, the numbers too, and break a word where the room ends.
    room = widths(block, width)
    for column, own in zip(block.columns, room, strict=True):
        made.add_column(
            _text(wrapped(column.heading, max(1, own))),
            justify="left",
            no_wrap=column.unbroken,
            overflow="fold",
            style="dim" if column.quiet else "",
            width=own,
        )
    for row in block.rows:
        made.add_row(*(
            _cell(text if column.unbroken else wrapped(text, max(1, own)))
            for text, column, own in zip(row, block.columns, room, strict=True)
        ))
    return made


def _console(stream: Stream, width: int | None = None, plain: bool = False) -> "Console":
    from rich.console import Console

    # Markup off: a parameter named W1[3,2] must not be read as a style.
    return Console(
        file=cast(IO[str], stream),
        width=width,
        markup=False,
        highlight=False,
        emoji=False,
        color_system=None if plain else "auto",
        force_terminal=False if plain else None,
        legacy_windows=False if plain else None,
    )


def _draw(console: "Console", blocks: Sequence[Block]) -> None:
    before: Block | None = None
    for block in blocks:
        if before is not None and not (isinstance(block, Note) and isinstance(before, Note)):
            console.print()
        for part in _parts(block, console.width):
            _print(console, part)
        before = block


def _print(console: "Console", part: "RenderableType") -> None:
    """Prints a part; a table whose numbers are too wide for the terminal is not cut at its edge."""
    from rich.padding import Padding
    from rich.table import Table

    width = console.width
    if isinstance(part, Padding) and isinstance(part.renderable, Table):
        own = sum((column.width or 0) + GAP for column in part.renderable.columns)
        console.width = max(width, part.left + own)
    console.print(part)
    console.width = width


def _parts(block: Block, width: int) -> "list[RenderableType]":
    from rich.padding import Padding

    match block:
        case Heading():
            return [_text(wrapped(block.text, width), style="bold")]
        case Claim():
            return [_claim(block)]
        case Note():
            text = wrapped(block.text, width - LABEL_WIDTH - 1)
            return [_labelled(block.label, text, NOTES[block.tone])]
        case Grid():
            parts: list[RenderableType] = []
            for one in continued(fitted(block, width - INDENT), width - INDENT):
                if parts:
                    parts.append("")
                if one.title:
                    parts.append(_text(one.title, style="dim"))
                parts.append(Padding(table(one, width - INDENT), (0, 0, 0, INDENT)))
                if one.footnote:
                    parts.append(Padding(_text(one.footnote, style="dim"), (0, 0, 0, INDENT)))
            return parts


def _claim(block: Claim) -> "Table":
    from rich.table import Table

    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    first, *rest = block.lines
    made.add_row(_text(block.name, style=TONES[block.tone]), _text(first))
    for line in rest:
        made.add_row("", _text(line, style="dim"))
    return made


def _labelled(label: str, text: str, style: str) -> "Table":
    from rich.table import Table

    made = Table.grid(padding=(0, 1, 0, 0))
    made.add_column(no_wrap=True, width=LABEL_WIDTH)
    made.add_column(overflow="fold")
    made.add_row(_text(label, style=style or "bold"), _text(text, style=style))
    return made


def _cell(text: str) -> "Text":
    return _text(text, {"✓": "green", "✗": "bold red", "?": "yellow"}.get(text, ""))


def _text(text: str, style: str = "") -> "Text":
    """Text without what a terminal would obey: a name read from a file must not move the cursor."""
    from rich.text import Text

    safe = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    return Text(safe, style=style)
