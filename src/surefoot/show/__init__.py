"""What a person sees: reports, tables and curves over plain strings and arrays."""

from surefoot.show.grid import Column, Grid, grid
from surefoot.show.layout import Block, Claim, Heading, Note
from surefoot.show.numbers import aligned, duration, measure, scientific, significant, with_unit
from surefoot.show.page import to_html
from surefoot.show.plot import plot_convergence
from surefoot.show.report import (
    print_solution,
    print_verdict,
    solution_html,
    solution_report,
    verdict_html,
    verdict_report,
)
from surefoot.show.terminal import print_blocks, table, to_text
from surefoot.show.view import Parameter, SolutionView, VerdictView, verdict_view

__all__ = [
    "Block",
    "Claim",
    "Column",
    "Grid",
    "Heading",
    "Note",
    "Parameter",
    "SolutionView",
    "VerdictView",
    "aligned",
    "duration",
    "grid",
    "measure",
    "plot_convergence",
    "print_blocks",
    "print_solution",
    "print_verdict",
    "scientific",
    "significant",
    "solution_html",
    "solution_report",
    "table",
    "to_html",
    "to_text",
    "verdict_html",
    "verdict_report",
    "verdict_view",
    "with_unit",
]
