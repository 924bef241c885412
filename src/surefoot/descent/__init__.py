"""Step rules and engines that walk downhill."""

from surefoot.descent.basins import Basins
from surefoot.descent.closed_form import (
    ClosedForm,
    solve_linear_least_squares,
    solve_quadratic,
)
from surefoot.descent.direct_search import DirectSearch
from surefoot.descent.evaluations import evaluations_of
from surefoot.descent.fit_statistics import FitStatistics, direction_words
from surefoot.descent.lbfgs import LBFGS
from surefoot.descent.least_squares import LevenbergMarquardt
from surefoot.descent.loop import loop
from surefoot.descent.minibatches import Minibatches
from surefoot.descent.multistart import MultiStart, many_starts
from surefoot.descent.newton import Newton
from surefoot.descent.newton_cg import NewtonCG
from surefoot.descent.nonsmooth import Nonsmooth
from surefoot.descent.observed import Observed, RateKind, Unseen, observed_rate
from surefoot.descent.race_walks import RaceWalks, at_starts, race_walks
from surefoot.descent.rule_chunks import RuleSteps, rule_steps
from surefoot.descent.rules import RULES, Rule, rule_named
from surefoot.descent.some_steps import BLOCK, some_steps
from surefoot.descent.sparse_newton import SparseNewton
from surefoot.descent.start_points import starting_points
from surefoot.descent.steps import Engine, Iterates, Limits, Run, State, Step
from surefoot.descent.walk_end import GREW, ending, walk_end

__all__ = [
    "BLOCK",
    "GREW",
    "LBFGS",
    "RULES",
    "Basins",
    "ClosedForm",
    "DirectSearch",
    "Engine",
    "FitStatistics",
    "Iterates",
    "LevenbergMarquardt",
    "Limits",
    "Minibatches",
    "MultiStart",
    "Newton",
    "NewtonCG",
    "Nonsmooth",
    "Observed",
    "RaceWalks",
    "RateKind",
    "Rule",
    "RuleSteps",
    "Run",
    "SparseNewton",
    "State",
    "Step",
    "Unseen",
    "at_starts",
    "direction_words",
    "ending",
    "evaluations_of",
    "loop",
    "many_starts",
    "observed_rate",
    "race_walks",
    "rule_named",
    "rule_steps",
    "solve_linear_least_squares",
    "solve_quadratic",
    "some_steps",
    "starting_points",
    "walk_end",
]
