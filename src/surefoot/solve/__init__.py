"""Where finder and judge meet."""

from surefoot.solve.batches import Batches
from surefoot.solve.classify import classify
from surefoot.solve.convergence import Convergence
from surefoot.solve.curve_fit import curve_fit
from surefoot.solve.descend import descend
from surefoot.solve.entry import least_squares, maximize, minimize
from surefoot.solve.escape_report import Escapes
from surefoot.solve.escapes import escapes
from surefoot.solve.files import solve_file
from surefoot.solve.implicit import argmin
from surefoot.solve.learning_rate import learning_rate
from surefoot.solve.noise import noise
from surefoot.solve.noise_report import Noise
from surefoot.solve.race import race
from surefoot.solve.race_report import Race, Racer
from surefoot.solve.racers import Rates
from surefoot.solve.rate_report import LearningRate
from surefoot.solve.regime import LongRun, Regime
from surefoot.solve.solution import Solution
from surefoot.solve.trajectory import Trajectory

__all__ = [
    "Batches",
    "Convergence",
    "Escapes",
    "LearningRate",
    "LongRun",
    "Noise",
    "Race",
    "Racer",
    "Rates",
    "Regime",
    "Solution",
    "Trajectory",
    "argmin",
    "classify",
    "curve_fit",
    "descend",
    "escapes",
    "learning_rate",
    "least_squares",
    "maximize",
    "minimize",
    "noise",
    "race",
    "solve_file",
]
