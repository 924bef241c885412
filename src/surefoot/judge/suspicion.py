"""When to suspect a corner: switches that the facts report, and slopes that jump.

Along two random directions u the gradient is taken at x + ru, x + 2¹⁰ru, x + 2²⁰ru on both sides,
and compared with the one at x, component by component. A smooth component changes in proportion
to r; a corner leaves a jump that does not shrink, and so does a cliff in the value.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from surefoot.judge.contracts import EPS, Switch, Vector
from surefoot.judge.site import Site


def near(switches: Iterable[Switch] | None) -> list[Switch]:
    """Switches that may flip within the distances at which the judge looks."""
    if switches is None:
        return []
    found: list[Switch] = []
    for switch in switches:
        size = max(abs(float(switch.scale)), 1e-300)
        # NaN means the facts could not say: look.
        if not (abs(float(switch.distance)) > 1e-5 * size):
            found.append(switch)
    return found


def finite(gradient: Vector) -> Vector:
    """The gradient with 0 in the place of NaN and infinity."""
    return np.nan_to_num(gradient, nan=0.0, posinf=0.0, neginf=0.0)


def radius(site: Site) -> float:
    """Distance, relative to the extent, within which the value cannot change beyond tolerance."""
    slope = float(np.sum(np.abs(finite(site.gradient)) * site.extent))
    wanted = site.tolerance / slope if slope > 0.0 else 0.0
    return float(np.clip(wanted, 2.0**-38, 2.0**-26))


def within_tolerance(site: Site) -> Site:
    """The site with lengths for corners: at least as far as its share of the tolerance reaches.

    A solver leaves 1e-16 where the corner is at 0. That coordinate's own size says nothing, but
    moving it by tol·scale/(n|gᵢ|) changes the value by less than anybody asked for.
    """
    slopes = np.abs(finite(site.gradient))
    share = np.divide(
        site.tolerance / site.size, slopes, out=np.zeros_like(slopes), where=slopes > 0.0
    )
    if site.hessian is not None:
        # Only where the slope is not explained by a smooth bottom within tolerance.
        bend = np.abs(np.nan_to_num(np.diag(site.hessian), posinf=0.0, neginf=0.0))
        share = np.where(0.5 * slopes**2 > site.tolerance * bend, share, 0.0)
    lengths = np.minimum(share * 2.0**26, 1e3 * np.max(site.extent))
    return replace(site, extent=np.maximum(site.extent, lengths))


def suspicious(site: Site) -> bool:
    """Whether the slope or the value jumps at x: a corner, a cusp or a cliff."""
    if not np.all(np.isfinite(site.gradient)):
        return True
    site = within_tolerance(site)
    rng = np.random.default_rng(3)
    radii = radius(site) * np.array([1.0, 2.0**10, 2.0**20])
    for _ in range(2):
        u = rng.uniform(0.5, 1.5, site.size) * rng.choice(np.array([-1.0, 1.0]), site.size)
        u = u * site.extent
        if any(_jumps(site, sign * u, radii) for sign in (1.0, -1.0)):
            return True
    return False


def _jumps(site: Site, u: Vector, radii: Vector) -> bool:
    points = site.at(np.outer(radii, u))
    values, gradients = site.look(points)
    if np.array_equal(points[0], site.x) or not np.all(np.isfinite(gradients[:2])):
        return False
    # Component by component: in a sum over coordinates of unlike units the smooth part of one
    # would drown the jump of another.
    part = np.where(np.isfinite(gradients), gradients, 0.0) * u
    here = site.gradient * u
    jump = np.abs(part - here)
    # Rounding inside a slope that cancels does not shrink with r either; it is tiny against the
    # slopes further out. The measured widths are no help here: at a corner they are the jump.
    floor = 1e-7 * np.max(np.abs(part), axis=0) + 64.0 * EPS * np.abs(here)
    floor = floor + 1e-13 * float(np.max(np.abs(part)))
    # A jump that changes the value by less than its rounding, even far out, is none.
    floor = floor + 4.0 * EPS * abs(site.value) / radii[2]
    if np.any((jump[0] > 0.25 * jump[1]) & (jump[0] > floor)):
        return True
    change = np.abs(values - site.value)
    explained = 8.0 * radii[0] * float(np.sum(np.max(np.abs(part[:2]), axis=0) + np.abs(here)))
    noise = 4.0 * EPS * abs(site.value)
    return bool(change[0] > 1e4 * noise + explained and change[0] > 0.5 * change[1])
