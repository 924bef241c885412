"""What walks on trial make of a suggested learning rate, in words."""

from dataclasses import dataclass

from surefoot.show import significant
from surefoot.solve.regime import Regime


@dataclass(frozen=True)
class Advice:
    """What walks on trial made of a suggestion.

    Attributes:
        first: the η that theory suggests. regime: what it does on trial.
        settles: the largest η tried whose walk settles, and ends no higher than those that do not;
            None where there is none.
        smallest: the last η tried.
        steps: all that were taken.
    """

    first: float
    regime: Regime
    settles: float | None
    smallest: float
    steps: int

    def reason(self, theory: str) -> str:
        """Why this rate, from why theory suggests the first one."""
        does = self.regime.value.split(":")[0]
        if self.settles is None and self.smallest == self.first:
            return (
                f"{theory}. On trial it {does}, downhill all the way: a smaller one gets there "
                "later"
            )
        if self.settles is None:
            return (
                f"{theory}. On trial it {does}, and no smaller one that was tried, down to "
                f"{significant(self.smallest)}, settles lower: let it sink (lr=lambda k: "
                "η/√(k + 1)), or use `minimize`"
            )
        if self.settles < self.first:
            return (
                "the largest of the rates tried, each a quarter of the one before, that settles on "
                f"trial; with {significant(self.first)} the walk {does}"
            )
        return f"{theory}. On trial it {does}" if self.regime is Regime.SHARPENS else theory
