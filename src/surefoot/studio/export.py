"""A scenario as one HTML file that works without Python and without a network."""

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from surefoot.program.tape import Tape
from surefoot.solve.shown import Subject
from surefoot.studio.page import file_page
from surefoot.studio.proofs import proofs_of
from surefoot.studio.subjects import subject_of_formula
from surefoot.studio.wire import read_formula
from surefoot.terms import InputError, Scenario


def page_of(scenario: Scenario, subject: Subject | None = None) -> str:
    """The page that shows a scenario, with what is proved of the windows that it opens on.

    A formula that comes without its tape is read again.

    Args:
        subject: the function behind it, where it is no formula.

    Raises:
        InputError: a tape that is none.
        NotBuiltError: this installation has no page.
    """
    function = scenario.function
    if function.tape is None and function.formula is not None:
        subject = subject_of_formula(read_formula(function.formula))
        scenario = replace(scenario, function=subject.shown(scenario.box))
    for tape in (function.tape, *(step.tape for step in function.steps.values())):
        if tape is not None:
            Tape.from_json(tape)
    title = f"{function.title}, Surefoot lab"
    return file_page(title, scenario.to_text(), proofs_of(scenario, subject))


@dataclass(frozen=True)
class Frame:
    """The exported page as an output of a notebook: it shows and moves with no kernel at all.

    A notebook's widgets need a kernel that is connected; this holds all it needs. Nothing that is
    moved in it comes back to Python.

    Attributes:
        scenario: what it shows.
        height: in CSS pixels.
        subject: the function behind it, where it is no formula.
    """

    scenario: Scenario
    height: int = 1000
    subject: Subject | None = None

    def html(self) -> str:
        """The element; a notebook has to be trusted to show it."""
        # In a sandbox without an origin of its own: it reaches nothing of the notebook's.
        return (
            '<iframe title="Surefoot lab" sandbox="allow-scripts allow-downloads" '
            f'style="width:100%;height:{self.height}px;border:0" '
            f'srcdoc="{escape(page_of(self.scenario, self.subject))}"></iframe>'
        )

    def _repr_html_(self) -> str:
        return self.html()


def write_page(
    scenario: Scenario, path: str | Path, subject: Subject | None = None
) -> Path:
    """Write the page that shows a scenario to a file, and return its path.

    Raises:
        InputError: the file cannot be written; nothing is left half-written.
    """
    target = Path(path)
    html = page_of(scenario, subject)
    if target.is_dir():
        raise InputError(f"{target} is a folder; give the name of the page, e.g. {target}/lab.html")
    beside = target.with_name(f".{target.name}.part")
    try:
        if target.exists() and not target.is_file():
            target.write_text(html, encoding="utf-8")  # a device or a pipe is not replaced
            return target
        beside.write_text(html, encoding="utf-8")
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(f"{target} cannot be written: {error.strerror}") from None
    return target
