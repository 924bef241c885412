"""Derivatives, the chain rule, limits: what calculus says of a function, checked by numbers."""

from surefoot.calculus.batch_loss import BatchLoss
from surefoot.calculus.blame import Blame, blame_nonfinite
from surefoot.calculus.chain import Chain, chain
from surefoot.calculus.checks import no_derivative
from surefoot.calculus.contribution import Contribution
from surefoot.calculus.derivatives import derivative, directional, gradient, hessian, jacobian
from surefoot.calculus.evaluate import Evaluator, compiled
from surefoot.calculus.limits import LimitCheck, limit_check
from surefoot.calculus.nudge import Nudge, nudge

__all__ = [
    "BatchLoss",
    "Blame",
    "Chain",
    "Contribution",
    "Evaluator",
    "LimitCheck",
    "Nudge",
    "blame_nonfinite",
    "chain",
    "compiled",
    "derivative",
    "directional",
    "gradient",
    "hessian",
    "jacobian",
    "limit_check",
    "no_derivative",
    "nudge",
]
