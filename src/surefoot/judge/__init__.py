"""The judge: what a point is, recomputed from the problem alone."""

from surefoot.judge.coarse import COARSE
from surefoot.judge.contracts import Form, Oracle, Problem, Switch
from surefoot.judge.cover import Covered, judge_cover
from surefoot.judge.ended import without_end
from surefoot.judge.judge import judge
from surefoot.judge.ray import Far, Ray, check_ray, follow
from surefoot.judge.site import survey
from surefoot.judge.stationarity import Stationarity, stationarity

__all__ = [
    "COARSE",
    "Covered",
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
    "judge_cover",
    "stationarity",
    "survey",
    "without_end",
]
