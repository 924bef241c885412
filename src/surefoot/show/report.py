"""What every result inherits to be read by a person."""

from collections.abc import Sequence

from surefoot.show.layout import Block, Claim, Heading
from surefoot.show.page import to_html
from surefoot.show.terminal import NARROWEST, to_text
from surefoot.terms import InputError

WIDEST = 10_000


class Report:
    """A result that lists its blocks; text and HTML follow from them."""

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        raise NotImplementedError

    def report(self, width: int = 80) -> str:
        """The report as plain text of at most `width` columns."""
        whole = isinstance(width, int) and not isinstance(width, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
        if not whole or not NARROWEST <= width <= WIDEST:
            raise InputError(
                f"width is {str(width)[:50]}; expected a whole number of columns from "
                f"{NARROWEST} to {WIDEST}"
            )
        return to_text(self.blocks(), width)

    def __repr__(self) -> str:
        """One line; `print` shows the whole."""
        first = next(b for b in self.blocks() if isinstance(b, Heading | Claim))
        text = first.text if isinstance(first, Heading) else f"{first.name}: {first.lines[0]}"
        return f"<{type(self).__name__}: {' '.join(text.split())}>"

    def __str__(self) -> str:
        return self.report()

    def _repr_html_(self) -> str:
        return to_html(self.blocks())
