"""How a function bends: convex, concave, both or neither, shown step by step."""

from surefoot.facts.curvature.found import Found, Way, bend
from surefoot.facts.curvature.proof import Step, proof_of
from surefoot.facts.curvature.witness import Witness

__all__ = ["Found", "Step", "Way", "Witness", "bend", "proof_of"]
