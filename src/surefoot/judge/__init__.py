"""The judge: what a point is, recomputed from the problem alone.

`judge.cover`, which loads Arb, is imported by those who ask for proofs.
"""

from surefoot.judge.coarse import COARSE
from surefoot.judge.contracts import Form, Oracle, Problem, Switch
from surefoot.judge.ended import without_end
from surefoot.judge.judge import judge
from surefoot.judge.ray import Far, Ray, check_ray, follow
from surefoot.judge.site import survey
from surefoot.judge.stationarity import Stationarity, stationarity

__all__ = [
    "COARSE",
    "Far",
    "Form",
    "Oracle",
    "Problem",
    "Ray",
    "Stationarity",
    "Switch",
    "check_ray",
    "follow",
    "judge",
    "stationarity",
    "survey",
    "without_end",
]
