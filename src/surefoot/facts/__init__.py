"""What can be known about a function from its steps."""

from surefoot.facts.absorbed import absorbed
from surefoot.facts.cards import CARDS, REFUSED, Card, Composition, Smooth, card_of
from surefoot.facts.corners import Place
from surefoot.facts.creases import creases
from surefoot.facts.degree import Degree, degree
from surefoot.facts.narrowed import narrowed
from surefoot.facts.nearby import NearSwitch, near_switches
from surefoot.facts.oracle import AffineResidualOracle, QuadraticOracle, numpy_outputs
from surefoot.facts.quadratic import (
    AffineForm,
    QuadraticForm,
    affine_form,
    quadratic_form,
    read_quadratic,
)
from surefoot.facts.switches import (
    Smoothness,
    SmoothnessKind,
    has_values_everywhere,
    smoothness,
)

__all__ = [
    "CARDS",
    "REFUSED",
    "AffineForm",
    "AffineResidualOracle",
    "Card",
    "Composition",
    "Degree",
    "NearSwitch",
    "Place",
    "QuadraticForm",
    "QuadraticOracle",
    "Smooth",
    "Smoothness",
    "SmoothnessKind",
    "absorbed",
    "affine_form",
    "card_of",
    "creases",
    "degree",
    "has_values_everywhere",
    "narrowed",
    "near_switches",
    "numpy_outputs",
    "quadratic_form",
    "read_quadratic",
    "smoothness",
]
