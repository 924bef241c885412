"""What a person sees: reports, tables and curves over plain strings and arrays."""

from surefoot.show.chord_plot import plot_chord
from surefoot.show.frame import frame
from surefoot.show.grid import Column, Grid, grid
from surefoot.show.layout import Block, Claim, Heading, Note, solution_blocks, verdict_blocks
from surefoot.show.narrow import shortened
from surefoot.show.noise_plot import plot_escapes, plot_noise
from surefoot.show.numbers import (
    aligned,
    duration,
    exactly,
    measure,
    outward,
    scientific,
    significant,
    with_unit,
)
from surefoot.show.page import to_html
from surefoot.show.plot import plot_convergence, plot_quotients
from surefoot.show.race_plot import plot_race
from surefoot.show.report import Report
from surefoot.show.terminal import print_blocks, table, to_text
from surefoot.show.view import Parameter, SolutionView, VerdictView, verdict_view
from surefoot.show.walk_plot import plot_walk

__all__ = [
    "Block",
    "Claim",
    "Column",
    "Grid",
    "Heading",
    "Note",
    "Parameter",
    "Report",
    "SolutionView",
    "VerdictView",
    "aligned",
    "duration",
    "exactly",
    "frame",
    "grid",
    "measure",
    "outward",
    "plot_chord",
    "plot_convergence",
    "plot_escapes",
    "plot_noise",
    "plot_quotients",
    "plot_race",
    "plot_walk",
    "print_blocks",
    "scientific",
    "shortened",
    "significant",
    "solution_blocks",
    "table",
    "to_html",
    "to_text",
    "verdict_blocks",
    "verdict_view",
    "with_unit",
]
