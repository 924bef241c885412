"""Does a quadratic fall along directions whose curvature rounding hides in its Hessian?

An eigenvalue of −1 beside one of 10¹⁵ is within the error bar, and (x − y)² − 10⁻²⁰ y² falls for
all that. Far out the values tell. In order of execution, on the span of the null directions
d₁ … dₘ:

1. q(d) = ½ [f(x + td) + f(x − td)] − f(x) = ½ t² dᵀHd, and B by polarisation at a large t.
2. d = Σ vᵢ dᵢ with v the eigenvector of the smallest eigenvalue of B.
3. q(d)/t² at distances t whose mantissas differ: where it is one number other than 0 at eight of
   them in a row, the function falls or rises. Rounding errors have either sign and keep to no law.
"""

import numpy as np

from surefoot.judge.contracts import Matrix, Vector
from surefoot.judge.site import Site

_MOST = 8
_RUN = 8
_AGREE = 0.1


def bends_far_out(site: Site, null: Matrix) -> tuple[Vector, float] | None:
    """The direction (n,) of lowest curvature, and how much a stationary quadratic falls along it.

    Negative where it rises; None where no law is seen, as on level ground.

    Args:
        null: (m, n) directions whose curvature was not told from 0; the first few are walked.
    """
    rows = np.array([site.unit(row) for row in null[:_MOST]])
    count = len(rows)
    if count == 0:
        return None
    # Unlike mantissas: at powers of two from the origin rounding errors would scale as t² too.
    t = 2.0 ** (4.0 * np.arange(25)) * np.random.default_rng(43).uniform(1.0, 2.0, 25)
    for middle in (6, 12, 18):
        bend = np.zeros((count, count))
        for i in range(count):
            for j in range(i, count):
                both = _even(site, rows[i] + rows[j], t[middle : middle + 1])
                apart = _even(site, rows[i] - rows[j], t[middle : middle + 1])
                bend[i, j] = bend[j, i] = 0.25 * (both[0] - apart[0])
        if not np.all(np.isfinite(bend)):
            continue
        _, vectors = np.linalg.eigh(bend)
        way = site.unit(vectors[:, 0] @ rows)
        found = _even(site, way, t)
        for k in range(t.size - _RUN + 1):
            ratios = found[k : k + _RUN] / t[k : k + _RUN] ** 2
            typical = float(np.median(ratios))
            if typical != 0.0 and np.all(np.abs(ratios - typical) <= _AGREE * abs(typical)):
                return t[k] * way, -float(found[k])
    return None


def _even(site: Site, way: Vector, t: Vector) -> Vector:
    """½ [f(x + t·way) + f(x − t·way)] − f(x) at the distances t; NaN beyond a bound."""
    steps = np.outer(t, way)
    points = np.concatenate([site.x + steps, site.x - steps])
    inside = np.all((points >= site.lower) & (points <= site.upper), axis=1)
    values, _ = site.look(np.clip(points, site.lower, site.upper))
    values = np.where(inside, values, np.nan)
    return 0.5 * (values[: t.size] + values[t.size :]) - site.value
