"""Trust regions: how well a step kept its promise, how large the region is next, when to stop."""

from surefoot.descent.steps import Vector, norm

ROUNDED_OFF = 1e-28
DIGITS_LOST = 1e-10
NOISE = 1e-13
RUNAWAY = 1e15
BOTTOMLESS = 1e60


def ran_away(x: Vector, value: float, extent: float, first_value: float) -> bool:
    """Whether a run has gone where no minimum can be told any more.

    x is 10¹⁵ times as far out as the problem's own `extent`, or f has fallen by 10⁶⁰.
    """
    return not norm(x) <= RUNAWAY * extent or value < -BOTTOMLESS * max(1.0, abs(first_value))


def level(tol: float, value: float, first_value: float) -> float:
    """The Newton decrement at which a value is good enough.

    tol·min(max(1, |f|), S) with S = max(|f|, f(x0) − f), and never below 10⁻²⁸·S, which is where
    x is right to its last digit. The S keeps the test unchanged when f is multiplied by a small
    number: without it every point of 10⁻¹²·f would pass.
    """
    scale = max(abs(value), first_value - value)
    return max(tol * min(max(1.0, abs(value)), scale), ROUNDED_OFF * scale)


def ratio(
    value: float,
    new_value: float,
    gradient: Vector,
    new_gradient: Vector,
    step: Vector,
    promised: float,
) -> float:
    """(f(x) − f(x + p)) / promised decrease.

    Where the promise is so small beside |f| that subtracting the values leaves no digits, the
    decrease is measured as −½(g(x) + g(x + p))ᵀp, the trapezoid rule on the slope, which does
    not cancel (compare the rounding treatment in Conn, Gould and Toint, Trust-Region Methods,
    §17.4.2, which calls such steps good unseen).
    """  # fmt: skip
    if not promised > 0.0:
        return 0.0
    size = max(abs(value), abs(new_value))
    if promised <= DIGITS_LOST * size:
        by_slope = -0.5 * float((gradient + new_gradient) @ step)
        # Values that differ by more than noise overrule the slopes.
        if not abs(value - new_value) > max(NOISE * size, 10 * promised):
            return by_slope / promised
    return (value - new_value) / promised


def next_radius(
    radius: float, size: float, share: float, interior: bool, again: bool = False
) -> float:
    """Shrink after a broken promise, grow after a kept one that the region cut short.

    `again` says that the step before was turned down: growing at once would only repeat it.
    """
    if not share >= 0.1:
        return (0.25 if not share > -1.0 else 0.5) * min(size, radius)
    if share < 0.25:
        return 0.5 * min(size, radius)
    if interior or again or share < 0.75:
        return max(radius, size)
    return max(radius, (4.0 if abs(share - 1.0) < 0.02 else 2.0) * size)
