"""Evidence in the user's sense: where f is maximised, the judge has measured −f.

The rows are made on the function that is minimised. Their formulas speak of f, so under a maximum
each of them is turned into what was measured of f itself: the smallest eigenvalue of −H is minus
the largest of H, and a drop of −f is a rise of f.
"""

from dataclasses import replace

from surefoot.terms import Evidence

_CURVATURES = ("curvature", "convexity", "definite", "curvature into the feasible side")
_FORMULAS = {
    "pole": "f(x − tₖd) − f(x − t₍ₖ₋₁₎d), tₖ = 4⁻ᵏ",
    "neighbours": "f at the floating-point numbers uphill of x − f(x)",
    "lower around": "highest f among points around x − f(x)",
    "escape": "f(x + td) − f(x), a short way along",
    "descent": "f(x + td) − f(x)",
    "beyond curvature": "φ(u) = max over w of f(x + Zu + Rw), along null directions",
}
_NAMES = {"lower around": "higher around", "descent": "ascent", "convexity": "concavity"}
_WORDS = (
    ("some point is lower, though no straight way leads down", "some point is higher, though no "
     "straight way leads up"),
    ("no lower value could be measured", "no higher value could be measured"),
    ("no eigenvalue lies below", "no eigenvalue of −H lies below"),
    ("walks of minus the value", "walks of the value"),
)  # fmt: skip


def turned(row: Evidence) -> Evidence:
    """A row about −f as a row about f; rows that are the same for both stay as they are."""
    formula = _FORMULAS.get(row.name, row.formula)
    note = row.note
    if row.name == "beyond curvature" and "walks of the value" in note:
        note = note.replace("walks of the value", "walks of minus the value")
    else:
        for old, new in _WORDS:
            note = note.replace(old, new)
    measured, threshold = row.measured, row.threshold
    if row.name in _CURVATURES:
        formula = formula.replace("smallest", "largest").replace("min d", "max d")
        note = note.replace(" positive, ", " \0, ").replace(" negative, ", " positive, ")
        note = note.replace("\0", "negative")
        # A zero stays 0, not −0.
        measured = None if measured is None else 0.0 - measured
        threshold = None if threshold is None else 0.0 - threshold
    return replace(
        row,
        name=_NAMES.get(row.name, row.name),
        formula=formula,
        measured=measured,
        threshold=threshold,
        note=note,
    )
