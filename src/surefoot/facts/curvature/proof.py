"""The proof as a tree on the user's own lines."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from surefoot.facts.curvature.forms import Form
from surefoot.facts.curvature.terms import Atom, Term
from surefoot.program import Node
from surefoot.program.sources import FORMULA_FILE

MOST_LINES = 60
LONGEST = 44
DEEPEST = 10
"""So many claims inside one another are shown: each is drawn further to the right."""
MOST_INSIDE = 60
"""So many are kept."""


@dataclass(frozen=True)
class Step:
    """One claim of a proof.

    Attributes:
        claim: "convex", "concave", "affine", "constant", "log-convex", "log-concave" or "not
            shown".
        what: the piece of the user's text that is spoken of.
        why: the rule. where: file and line; "" for formulas and for the argument.
        parts: the claims that it rests on.
    """

    claim: str
    what: str
    why: str
    where: str
    parts: tuple["Step", ...] = ()

    def rows(self, deepest: int = DEEPEST) -> list[tuple[str, str]]:
        """(claim with its branches drawn, reason), one a line; `deepest` claims in one another."""
        why = "; ".join(p for p in (self.why, self.where) if p)
        made = [(f"{self.claim}  {_cut(self.what, LONGEST - 2 * (DEEPEST - deepest))}", why)]
        if self.parts and deepest == 1:
            return [*made, ("└ …", "the steps inside it are not shown")]
        for number, part in enumerate(self.parts):
            last = number == len(self.parts) - 1
            (text, why), *inner = part.rows(deepest - 1)
            made.append((("└ " if last else "├ ") + text, why))
            made += [(("  " if last else "│ ") + text, why) for text, why in inner]
        if len(made) > MOST_LINES:
            made = [*made[:MOST_LINES], (f"… and {len(made) - MOST_LINES} more lines", "")]
        return made

    def lines(self) -> list[str]:
        """The tree as text."""
        return [f"{text}  ({why})" if why else text for text, why in self.rows()]

    def __iter__(self) -> Iterator["Step"]:
        """Every step, from the top."""
        waiting: list[Step] = [self]
        while waiting:
            step = waiting.pop()
            yield step
            waiting += reversed(step.parts)


def proof_of(form: Form, name: str) -> Step:
    """The tree of what the steps show of a form, to a depth that can be read."""
    made = _form(form, name, set(), MOST_INSIDE)
    term = form.only
    if term is None or form.is_constant or not name or name == made.what:
        return made
    scaled = bool((abs(term.low) != 1.0).any() or (term.low != term.high).any())
    moved = bool(form.low.any() or form.high.any())
    if not scaled and not moved:
        return made
    why = ("a multiple of " if scaled else "") + "one part" + (", plus a number" if moved else "")
    return Step(made.claim, name, why, "", (made,))


def claim_of(form: Form) -> str:
    """What is shown of all elements together."""
    up, down = bool(form.convex.all()), bool(form.concave.all())
    if up and down:
        return "affine"
    if up or down:
        return "convex" if up else "concave"
    if bool(form.log_convex.all()):
        return "log-convex"
    return "log-concave" if bool(form.log_concave.all()) else "not shown"


def _form(form: Form, name: str, seen: set[bytes], deeper: int) -> Step:
    claim = claim_of(form)
    if form.is_constant:
        return Step("constant", name, "", "")
    if claim == "affine":
        return Step(claim, name or _named(form), "", "")
    if form.shown_by_pieces:
        return Step(claim, name or _named(form), "decided on its pieces, exactly", _where(form))
    if bool(form.is_determinant.all()):
        return Step(claim, name or _named(form), "a·c − Σ b², a and c ≥ 0: a determinant", "")
    terms = [term for term in form.terms if not bool(term.atom.affine.all())]
    rest = len(form.terms) - len(terms)
    if len(terms) == 1 and not rest:
        return _term(terms[0], seen, deeper)
    parts = tuple(_term(term, seen, deeper) for term in terms)
    why = "a term that bends" if len(terms) == 1 else f"a sum of {len(terms)} parts"
    plus = " and an affine part" if rest else ""
    return Step(claim, name or _named(form), why + plus, "", parts)


def _term(term: Term, seen: set[bytes], deeper: int) -> Step:
    atom = term.atom
    sign = "" if not bool((term.high <= 0.0).all()) else "minus "
    if atom.name == "linear" and len(atom.parts) == 1 and deeper:
        inner = _form(atom.parts[0], "", seen, deeper - 1)
        claim = _claim(term)
        return Step(claim, sign + _segment(atom), "a sum", _place(atom), (inner,))
    if atom.key in seen:
        return Step(_claim(term), sign + _segment(atom), "as above", _place(atom))
    seen.add(atom.key)
    varying = [part for part in atom.parts if not part.is_constant]
    if not deeper:
        varying = []
    parts = tuple(_form(part, "", seen, deeper - 1) for part in varying)
    made = Step(_claim(term), sign + _segment(atom), atom.words, _place(atom), parts)
    return _without_echo(made) if atom.node is not None else made


def _without_echo(step: Step) -> Step:
    """A step of several runs, as max(a, b, c) of max(a, b) and c, as the one that was written."""
    parts: list[Step] = []
    for part in step.parts:
        same = part.what == step.what and part.why == step.why and part.claim == step.claim
        parts += part.parts if same and part.parts else (part,)
    return replace(step, parts=tuple(parts))


def _claim(term: Term) -> str:
    atom = term.atom
    up, down = bool(atom.convex[term.index].all()), bool(atom.concave[term.index].all())
    if bool((term.high <= 0.0).all()):
        up, down = down, up
    if up and down:
        return "affine"
    if up or down:
        return "convex" if up else "concave"
    if bool((term.low > 0.0).all()):
        if bool(atom.log_convex[term.index].all()):
            return "log-convex"
        if bool(atom.log_concave[term.index].all()):
            return "log-concave"
    return "not shown"


def _text(node: Node) -> str:
    text = " ".join(node.source.segment.split())
    return _cut(text, LONGEST) if text else node.label


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _segment(atom: Atom) -> str:
    return atom.words if atom.node is None else _text(atom.node)


def _at(node: Node | None) -> str:
    if node is None or node.source.file == FORMULA_FILE or not node.source.line:
        return ""
    return str(node.source)


def _place(atom: Atom) -> str:
    return _at(atom.node)


def _named(form: Form) -> str:
    term = form.only
    if term is not None and term.atom.node is None and not form.low.any():
        same = bool((term.low == 1.0).all() and (term.high == 1.0).all())
        if same or form.node is None:
            return term.atom.words
    return _text(form.node) if form.node is not None else "a sum of arguments"


def _where(form: Form) -> str:
    return _at(form.node)
