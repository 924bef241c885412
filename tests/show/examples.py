"""Views that the tests of reports share."""

from math import inf

from surefoot.show import Parameter, SolutionView, VerdictView
from surefoot.terms import Confidence, Evidence, PointKind, Status

HIMMELBLAU = SolutionView(
    title="minimize (x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    verdict=VerdictView(
        name=PointKind.LOCAL_MINIMUM.name,
        sentence=PointKind.LOCAL_MINIMUM.value,
        confidence=Confidence.SUPPORTED.value,
        gap=inf,
        evidence=(
            Evidence("stationarity", "‖g‖∞ / scale", 2.1e-13, 1e-9, True),
            Evidence("curvature", "smallest eigenvalue of H", 25.716, 7.4e-7, True),
            Evidence("value", "f is finite", None, None, True),
        ),
        advice="Other minima may lie elsewhere: try starts=20 to look for lower ones.",
        tone="good",
    ),
    parameters=(Parameter("x", 3.0), Parameter("y", 1.9999999999999998)),
    value=7.9e-31,
    status=Status.CONVERGED.value,
    engine="trust-region Newton",
    why="the function is smooth and has 2 variables, so the exact Hessian is cheap.",
    counts={"steps": 7, "values": 9, "gradients": 8, "Hessians": 8},
    timings={"trace": 0.0021, "compile": 0.2134, "run": 0.00084},
)

MISRA = SolutionView(
    title="Misra1a: dental research, monomolecular adsorption",
    verdict=VerdictView(
        name=PointKind.LOCAL_MINIMUM.name,
        sentence=PointKind.LOCAL_MINIMUM.value,
        confidence=Confidence.SUPPORTED.value,
        evidence=(
            Evidence(
                "stationarity", "cosine between residual and columns of J", 3.2e-12, 1e-9, True
            ),
            Evidence("identifiability", "condition number of scaled J", 5031.0, 1e8, True,
                     where="b1, b2", note="b1 and b2 move together: correlation -0.9999."),
        ),
        advice="The fit is determined by the data.",
        tone="good",
    ),
    parameters=(
        Parameter("b1", 238.94212918, 2.7070075241, (233.04, 244.84), "mg"),
        Parameter("b2", 5.5015643181e-4, 7.2668688436e-6, (5.34e-4, 5.66e-4)),
    ),
    value_label="sum of squares",
    value=0.12455138894,
    status=Status.CONVERGED.value,
    engine="Levenberg-Marquardt",
    why="the objective is a sum of squares with exact derivatives.",
    warnings=("b1 and b2 are almost one parameter: their correlation is -0.9999.",),
    counts={"steps": 11, "residuals": 12},
    timings={"compile": 0.35, "run": 0.0021},
    statistics={"residual standard deviation": 0.10187876330, "degrees of freedom": 12},
)

UNBOUNDED = SolutionView(
    title="minimize -x^2",
    verdict=VerdictView(
        name=PointKind.NOT_STATIONARY.name,
        sentence=PointKind.NOT_STATIONARY.value,
        confidence=Confidence.SUPPORTED.value,
        advice="Add bounds, or maximize instead.",
        tone="bad",
    ),
    parameters=(Parameter("x", -inf),),
    value=-inf,
    status=Status.UNBOUNDED.value,
    status_name=Status.UNBOUNDED.name,
    answered=False,
)
