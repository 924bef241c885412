"""What is proved of the windows that an exported page opens on."""

import json
from dataclasses import replace

from surefoot.program.tape import Tape
from surefoot.solve.shown import Subject
from surefoot.solve.shown_proof import WindowProof, prove_window
from surefoot.studio.subjects import subject_of_formula
from surefoot.studio.wire import read_formula
from surefoot.terms import Scenario, SurefootError, to_plain

WIDER = 2.0
"""The map shows more than its window along one side, for equal scales: so much is proved."""

Span = tuple[float, float]


def proofs_of(scenario: Scenario, subject: Subject | None) -> str:
    """A JSON list of the proofs of the opening windows; of what cannot be proved there is none.

    Args:
        subject: the function behind the scenario; a formula is read again.
    """
    found = [_proof(subject, scenario, fixed, box) for fixed, box in _windows(scenario)]
    proofs = [to_plain(each) for each in found if each is not None]
    return json.dumps(proofs, separators=(",", ":"), allow_nan=False)


def _windows(scenario: Scenario) -> list[tuple[tuple[float, ...], tuple[Span, ...]]]:
    function = scenario.function
    fixed = function.slices[scenario.slice].fixed if function.slices else ()
    windows: list[tuple[tuple[float, ...], tuple[Span, ...]]] = [(fixed, (scenario.box,))]
    if function.plane is not None:
        cut = function.plane.cuts[0 if scenario.plane is None else scenario.plane.cut]
        box = cut.box if scenario.plane is None else scenario.plane.box
        windows.append((cut.fixed, tuple(_wider(span) for span in box)))
    return windows


def _wider(span: Span) -> Span:
    middle, half = 0.5 * span[0] + 0.5 * span[1], 0.5 * WIDER * (span[1] - span[0])
    return middle - half, middle + half


def _proof(
    subject: Subject | None, scenario: Scenario, fixed: tuple[float, ...], box: tuple[Span, ...]
) -> WindowProof | None:
    function = scenario.function
    try:
        if subject is None or not _is_shown(subject, scenario):
            if function.formula is None:
                return None
            subject = subject_of_formula(read_formula(function.formula))
            if not _is_shown(subject, scenario):
                return None
        # The same scenario is the same page, however long it took.
        return replace(prove_window(subject.program, fixed, box), seconds=0.0)
    except SurefootError:
        return None  # a step without an interval rule: the page says "found numerically"


def _is_shown(subject: Subject, scenario: Scenario) -> bool:
    """Whether the page's tape is this function's: proved is only what the page draws."""
    tape, shown = subject.line().tape, scenario.function.tape
    if tape is None or shown is None:
        return False
    return Tape.from_json(shown).to_json() == Tape.from_json(to_plain(tape.to_json())).to_json()
