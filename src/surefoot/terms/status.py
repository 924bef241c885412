"""How a run ended."""

from enum import Enum


class Status(Enum):
    """How the run ended; the value of each member is the sentence the user reads.

    A status says nothing about the point: what the point *is* stands in the verdict.
    """

    CONVERGED = "The steps converged."
    STEP_LIMIT = "The step limit was reached before the steps converged."
    TIME_LIMIT = "The time limit was reached before the steps converged."
    STALLED = "No further step improved the value, yet the stopping test does not hold."
    DIVERGED = "The iterates ran away without bound."
    NOT_A_NUMBER = "NaN or infinity came up where a number was needed."
    NOT_ATTAINED = "The value improves towards a limit that it never reaches."
    INFEASIBLE = "No point satisfies all the limits at once."
    UNBOUNDED = "The value improves without end along a direction that was checked."
    INTERRUPTED = "You interrupted the run; this is the best point so far."

    @property
    def answered(self) -> bool:
        """Whether the run ended with an answer rather than a refusal (exit code 0 against 1)."""
        return self in (Status.CONVERGED, Status.STALLED)
