"""Does the curvature at x belong to the stationary point near it, or only to the way there?

Within tolerance of an inflection the slope counts as zero while the curvature is honestly
positive: 4 δ² and 8 δ at the distance δ from that of z − sin z. A Newton step p tells them apart.
Where the curvature belongs to a minimum, the slope at x + p is smaller than at x by a factor of
the size of p; towards a point without curvature only by 4 (inflection), 3.4 (quartic), …, at every
step. Then Newton's method is followed to its end, and that point is judged. Where its steps shrink
by a steady factor ρ, all that are still to come add up to p/(1 − ρ), and are taken at once: towards
the minimum of (x − 3)⁴⁰ each goes a 39th of the way. Where they do not shrink at all, as along e⁻ˣ,
they are doubled for as long as the value falls.
"""

import numpy as np

from surefoot.judge.contracts import Vector
from surefoot.judge.site import Site
from surefoot.judge.stationarity import WIDTHS, Stationarity

_KEPT = 0.1
_STEADY = 0.1
_STEPS = 60
_ENDLESS = 0.99
"""Steps that shrink by less, one after the other, lead to no point: those along e⁻ˣ are all 1."""
_DOUBLINGS = 200


def end_of_newton(site: Site, first: Stationarity) -> Vector | None:
    """Where Newton's method leads from x (n,), if its first step does not keep its promise."""
    step = first.rise
    if site.hessian is None or first.by_rounding or not np.any(step):
        return None
    here = abs(float(site.gradient @ step))
    gradient = site.look(site.at(step[None, :]))[1][0]
    noise = WIDTHS * float(site.widths @ np.abs(step))
    if not abs(float(gradient @ step)) > max(_KEPT * here, noise):
        return None
    moving = first.free
    x = site.x
    size = factor = np.inf
    for _ in range(_STEPS):
        _, gradient, hessian = site.oracle.derivatives(x)
        if not (np.all(np.isfinite(gradient)) and np.all(np.isfinite(hessian))):
            break
        part = np.zeros(site.size)
        part[moving] = _newton(gradient[moving], hessian[np.ix_(moving, moving)])
        shorter = float(np.max(np.abs(part) / site.extent, initial=0.0))
        if shorter >= _ENDLESS * size:
            return _run_on(site, x, part)
        if not 0.0 < shorter < size:
            break
        steady = abs(shorter / size - factor) < _STEADY * (1.0 - shorter / size)
        factor, size = shorter / size, shorter
        if steady:
            part, size = part / (1.0 - factor), np.inf
        x = np.clip(x + part, site.lower, site.upper)
    return None if np.array_equal(x, site.x) else x


def _run_on(site: Site, x: Vector, step: Vector) -> Vector:
    """x + t·step for the last t of 1, 2, 4, … up to which the value keeps falling."""
    lowest, end = site.oracle.value(x), x
    for k in range(_DOUBLINGS):
        further = np.clip(x + 2.0**k * step, site.lower, site.upper)
        value, gradient = site.oracle.value_and_gradient(further)
        if not (value < lowest and float(gradient @ step) < 0.0):
            break
        lowest, end = value, further
    return end


def _newton(gradient: Vector, hessian: Vector) -> Vector:
    """−H⁺g, scaled to a unit diagonal."""
    bend = np.sqrt(np.abs(np.diag(hessian)))
    scale = np.divide(1.0, bend, out=np.ones_like(bend), where=bend > 0.0)
    found = np.linalg.lstsq(hessian * scale[:, None] * scale, scale * gradient, rcond=1e-14)[0]
    return np.asarray(-scale * found, dtype=np.float64)
