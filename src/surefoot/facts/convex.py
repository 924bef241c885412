"""Whether a function is proved to be convex on a box, as one answer that is kept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.remembered import remembered
from surefoot.program import Graph, Program

MOST_STEPS, MOST_NUMBERS = 3000, 3_000_000
"""Beyond, the proof may take longer than the search for the point."""


@dataclass(frozen=True)
class Convex:
    """A proof of convexity (of concavity, where that was asked).

    Attributes:
        how: in words. modulus: μ ≥ 0. agreed: whether Arb agrees, where it was asked.
    """

    how: str
    modulus: float
    agreed: bool


def how_convex(
    program: Program, lower: NDArray[np.float64], upper: NDArray[np.float64], *, up: bool
) -> Convex | None:
    """The proof that a program's one number is convex (concave for `up` False) on a box, or None.

    Steps, fractions and sums of parts are tried; no box is cut.
    """
    if _steps(program.graph) > MOST_STEPS or _numbers(program) > MOST_NUMBERS:
        return None

    def ask(program: Program) -> Convex | None:
        from surefoot.facts.curvature import bend

        found = bend(program, lower, upper, budget=0, refute=False)
        way = found.convex if up else found.concave
        if not way.holds:
            return None
        return Convex(way.how, max(found.least if up else -found.most, 0.0), way.agreed)

    question = f"convex {up} {lower.tobytes().hex()} {upper.tobytes().hex()}"
    return remembered(question, program, ask, lambda found: True)


def _steps(graph: Graph) -> int:
    """How many steps a walk takes, loops unrolled."""
    total = 0
    for node in graph.nodes:
        turns = int(node.params.get("length", 1)) if node.primitive == "scan" else 1
        total += 1 + turns * sum(_steps(inner) for inner in node.inner)
    return total


def _numbers(program: Program) -> int:
    sizes = [int(np.prod(np.shape(array))) for array in program.consts]
    return sum(sizes) + program.structure.size
