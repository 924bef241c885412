"""Reports as HTML, for notebooks: one self-contained fragment, every word escaped."""

from collections.abc import Sequence
from html import escape

from surefoot.show.grid import Grid
from surefoot.show.layout import Block, Claim, Heading, Note

# Colours that read on white and on black; everything else is inherited from the page.
TONES = {"good": "#2e8b57", "doubtful": "#b8860b", "bad": "#c0392b"}
NOTES = {"quiet": "opacity:.7", "plain": "", "bad": f"color:{TONES['bad']}"}
MARKS = {"✓": TONES["good"], "✗": TONES["bad"], "?": TONES["doubtful"]}


def to_html(blocks: Sequence[Block]) -> str:
    """The blocks as one `<div>` without scripts or outside resources."""
    inside = "".join(_html(block) for block in blocks)
    return f'<div class="surefoot" style="max-width:52em;line-height:1.4">{inside}</div>'


def _html(block: Block) -> str:
    match block:
        case Heading():
            return f'<p style="font-weight:bold;margin:.5em 0">{escape(block.text)}</p>'
        case Claim():
            first, *rest = (escape(line) for line in block.lines)
            more = "".join(f'<br><span style="opacity:.7">{line}</span>' for line in rest)
            colour = TONES[block.tone]
            return (
                f'<p style="border-left:4px solid {colour};padding-left:.8em;margin:.5em 0">'
                f'<b style="color:{colour}">{escape(block.name)}</b> {first}{more}</p>'
            )
        case Note():
            return (
                f'<p style="margin:.3em 0;{NOTES[block.tone]}">'
                f"<b>{escape(block.label)}</b> {escape(block.text)}</p>"
            )
        case Grid():
            return _grid(block)


def _grid(block: Grid) -> str:
    parts = ['<table style="border-collapse:collapse;margin:.5em 0;text-align:left">']
    if block.title:
        parts.append(
            f'<caption style="text-align:left;opacity:.7">{escape(block.title)}</caption>'
        )
    if block.has_heading:
        cells = "".join(
            f'<th style="text-align:left;padding:0 1em 0 0">{escape(column.heading)}</th>'
            for column in block.columns
        )
        parts.append(f"<thead><tr>{cells}</tr></thead>")
    parts.append("<tbody>")
    for row in block.rows:
        cells = "".join(
            _cell(text, column.numeric) for text, column in zip(row, block.columns, strict=True)
        )
        parts.append(f"<tr>{cells}</tr>")
    parts.append("</tbody></table>")
    if block.footnote:
        lines = escape(block.footnote).replace("\n", "<br>")
        parts.append(f'<p style="opacity:.7;margin:.3em 0">{lines}</p>')
    return "".join(parts)


def _cell(text: str, numeric: bool) -> str:
    style = "padding:0 1em 0 0;text-align:left;background:none"
    if numeric:
        # The padding that aligns the decimal points needs spaces of one width, kept.
        style += ";font-family:monospace;white-space:pre"
    if text in MARKS:
        style += f";color:{MARKS[text]}"
    return f'<td style="{style}">{escape(text)}</td>'
