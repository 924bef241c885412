"""How a program's only output bends on a box, by its steps."""

from collections.abc import Iterator, Sequence

import numpy as np

from surefoot.facts.curvature.forms import Form, atom_form, of
from surefoot.facts.curvature.steps import table
from surefoot.facts.curvature.terms import Atom, Key, key_of
from surefoot.facts.intervals.enclosure import places
from surefoot.facts.intervals.intervals import Floats, Intervals, whole
from surefoot.facts.intervals.rounding import above, below
from surefoot.program import Program, walk

ASKS = frozenset({"log", "root", "rsqrt", "entropy"})
"""Atoms that are defined only where their argument is ≥ 0."""
CHOICES = frozenset({"select_n", "cond", "while", "clamp"})


def by_steps(
    program: Program, lower: Floats, upper: Floats
) -> tuple[Form, Floats, Floats, dict[Key, int]]:
    """The output in normal form, and the box without parts where it is not defined.

    Where a step asks that a variable be ≥ a number (the logarithm of y: y ≥ 0), the program is
    looked at once more on what is left of the box.
    """
    inputs, starts = inputs_of(program, lower, upper)
    form = _walked(program, inputs)
    low, high = _narrowed(form, starts, lower, upper)
    smaller = bool((low > lower).any() or (high < upper).any())
    if not smaller or bool((low > high).any()):
        return form, lower, upper, starts
    return _walked(program, inputs_of(program, low, high)[0]), low, high, starts


def inputs_of(
    program: Program, lower: Floats, upper: Floats
) -> tuple[list[Form], dict[Key, int]]:
    """The inputs as atoms on a box, and where each begins in the raveled argument."""
    inputs: list[Form] = []
    starts: dict[Key, int] = {}
    for number, (shape, part) in enumerate(places(program)):
        size = part.stop - part.start
        leaf = program.structure.leaves[number]
        yes, no = np.ones(size, bool), np.zeros(size, bool)
        key = key_of("input", number)
        atom = Atom(key, size, yes, yes, np.zeros(size), no, no, None, leaf.path,
                    name="input")  # fmt: skip
        bounds = Intervals(shape, lower[None, part], upper[None, part])
        inputs.append(atom_form(atom, shape, bounds))
        starts[key] = part.start
    return inputs, starts


def _walked(program: Program, inputs: list[Form]) -> Form:
    made = table()
    constants = [made.literal(value) for value in program.consts]
    with np.errstate(all="ignore"):
        return of(walk(program.graph, made, constants, inputs)[0])


def _narrowed(
    form: Form, starts: dict[Key, int], lower: Floats, upper: Floats
) -> tuple[Floats, Floats]:
    """The box where c + k·xᵢ ≥ 0 for the arguments of steps that ask for it."""
    low, high = lower.copy(), upper.copy()
    for atom in atoms_below(form, through_choices=False):
        if atom.name not in ASKS or not atom.parts:
            continue
        part = atom.parts[0]
        term = part.only
        if term is None or term.atom.key not in starts:
            continue
        with np.errstate(all="ignore"):
            ends = np.array([-part.low / term.low, -part.high / term.low,
                             -part.low / term.high, -part.high / term.high])  # fmt: skip
        first, last = below(ends.min(axis=0)), above(ends.max(axis=0))
        exact = (part.low == 0.0) & (part.high == 0.0)
        first, last = np.where(exact, 0.0, first), np.where(exact, 0.0, last)
        place = starts[term.atom.key] + term.index
        rises, falls = term.low > 0.0, term.high < 0.0
        np.maximum.at(low, place[rises], first[rises])
        np.minimum.at(high, place[falls], last[falls])
    return low, high


def atoms_below(form: Form, *, through_choices: bool = True) -> list[Atom]:
    """Every atom that a form is made of, each once, the deepest first."""
    seen: set[Key] = set()
    found: list[Atom] = []
    # A stack of our own: a thousand steps inside one another are more than Python's has room for.
    waiting: list[tuple[Atom | None, Iterator[Atom]]] = [(None, _atoms((form,)))]
    while waiting:
        whole, parts = waiting[-1]
        atom = next((part for part in parts if part.key not in seen), None)
        if atom is None:
            waiting.pop()
            if whole is not None:
                found.append(whole)
            continue
        seen.add(atom.key)
        closed = atom.node is not None and atom.node.primitive in CHOICES
        entered = through_choices or not closed
        waiting.append((atom, _atoms(atom.parts if entered else ())))
    return found


def _atoms(forms: Sequence[Form]) -> Iterator[Atom]:
    return (term.atom for form in forms for term in form.terms)


def not_followed(why: str) -> Form:
    """One number of which nothing is known, where the walk came to no end."""
    no = np.zeros(1, bool)
    atom = Atom(key_of("not followed", why), 1, no, no, np.zeros(1), no, no, None, why)
    return atom_form(atom, (), whole(()))


def stopped_by(form: Form) -> Atom | None:
    """The first step that is shown neither convex nor concave though its arguments are."""
    for atom in atoms_below(form):
        known = all(bool((part.convex | part.concave).all()) for part in atom.parts)
        if known and not bool((atom.convex | atom.concave).all()):
            return atom
    return None
