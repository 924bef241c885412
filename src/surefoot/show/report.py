"""A solution or a verdict as text, on the terminal, or as HTML."""

from surefoot.show.layout import solution_blocks, verdict_blocks
from surefoot.show.page import to_html
from surefoot.show.terminal import Stream, print_blocks, to_text
from surefoot.show.view import SolutionView, VerdictView


def solution_report(view: SolutionView, width: int = 80) -> str:
    """The report as plain text of at most `width` columns."""
    return to_text(solution_blocks(view), width)


def print_solution(view: SolutionView, stream: Stream | None = None) -> None:
    """Prints the report: in colour on a terminal, as plain text elsewhere."""
    print_blocks(solution_blocks(view), stream)


def solution_html(view: SolutionView) -> str:
    """The report as an HTML fragment for a notebook."""
    return to_html(solution_blocks(view))


def verdict_report(view: VerdictView, width: int = 80) -> str:
    """A verdict alone, as plain text of at most `width` columns."""
    return to_text(verdict_blocks(view), width)


def print_verdict(view: VerdictView, stream: Stream | None = None) -> None:
    """Prints a verdict alone."""
    print_blocks(verdict_blocks(view), stream)


def verdict_html(view: VerdictView) -> str:
    """A verdict alone, as an HTML fragment for a notebook."""
    return to_html(verdict_blocks(view))
