"""A bracketing line search, written for the inside of a compiled loop."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

DECREASE = 1e-4
CURVATURE = 0.9
ROUNDING = 1e-13
MAX_TRIALS = 40
EXPAND = 9.0
SAFEGUARD = 0.1

Array = Any


class Trial(NamedTuple):
    """A point on the path: its parameter, itself, value, gradient and slope along the path.

    `promised` is the first-order change g(x)ᵀ(x(t) − x), at most 0.
    """

    t: Array
    x: Array
    value: Array
    gradient: Array
    slope: Array
    promised: Array


class Search(NamedTuple):
    """The bracket (low fulfils the decrease test, high does not) and the newest trial.

    `past` and `past_slope` are the end `low` before it moved last.
    """

    trial: Trial
    low: Array
    low_value: Array
    low_slope: Array
    high: Array
    high_value: Array
    high_slope: Array
    past: Array
    past_slope: Array
    count: Array
    found: Array


def line_search(
    path: Callable[[Array], Trial], origin: Trial, slope: Array, first_t: Array
) -> tuple[Trial, Array, Array]:
    """Find t with φ(t) = f(x(t)) low enough and not too steep, for φ′(0) = `slope` < 0.

    Accepts where both hold (Wolfe, weak form)

        φ(t) ≤ φ(0) + 10⁻⁴·g(x)ᵀ(x(t) − x)      and      φ′(t) ≥ 0.9·φ′(0),

    or, where the decrease is lost in the rounding of f (|φ(t) − φ(0)| ≤ 10⁻¹³|φ(0)|), the first is
    replaced by φ′(t) ≤ −(1 − 2·10⁻⁴)·φ′(0): the approximate Wolfe test of Hager and Zhang (SIAM
    J. Optim. 16, 2005, eq. 4.1), which asks the slope what the value cannot tell.

    Trials: grow t by secant extrapolation of the slopes until the decrease test fails, then
    minimise the cubic through both ends of the bracket, kept 10 % away from them. A NaN or infinite
    trial fails the test, and its side is then bisected. After 40 trials the best end that fulfils
    the decrease test is taken as it is.

    Args:
        path: evaluates x(t), f and slope.
        origin: t = 0.
        slope: φ′(0). Where it is not negative one trial is made and no more.
        first_t: the first trial.

    Returns:
        (the last trial, whether it is acceptable, the number of trials).
    """

    def lower_enough(trial: Trial) -> Array:
        plain = trial.value <= origin.value + DECREASE * trial.promised
        level = jnp.abs(trial.value - origin.value) <= ROUNDING * jnp.abs(origin.value)
        flat = trial.slope <= -(1 - 2 * DECREASE) * slope
        usable = jnp.isfinite(trial.value) & jnp.isfinite(trial.slope)
        return (plain | (level & flat)) & usable

    def take(search: Search, trial: Trial) -> Search:
        count = search.count + 1
        low_enough = lower_enough(trial)
        level_out = (trial.slope >= CURVATURE * slope) & (trial.t > 0)
        # At the last trial any real decrease will do; without a slope there is but one trial.
        lower = (count >= MAX_TRIALS) & (trial.value < origin.value)
        found = low_enough & (level_out | lower | ~(slope < 0))
        return _narrow(search, trial, low_enough)._replace(count=count, found=found)

    def try_next(search: Search) -> Search:
        t = jnp.where(search.count < MAX_TRIALS - 1, _propose(search), search.low)
        return take(search, path(t))

    def unfinished(search: Search) -> Array:
        going = (search.count < MAX_TRIALS) & (slope < 0) & (search.trial.value != -jnp.inf)
        return ~search.found & going

    zero = jnp.zeros_like(slope)
    begin = Search(
        origin, zero, origin.value, slope, zero + jnp.inf, zero, zero, zero, slope,
        jnp.zeros((), jnp.int32), jnp.zeros((), bool),
    )  # fmt: skip
    # The first trial, which mostly is the last, stands outside: a loop entered for one turn costs
    # as much again as the whole rest of an L-BFGS step. The price is f compiled at two places.
    done = jax.lax.while_loop(unfinished, try_next, take(begin, path(first_t)))
    return done.trial, done.found, done.count


def _narrow(search: Search, trial: Trial, low_enough: Array) -> Search:
    """Move the end of the bracket that the trial replaces."""

    def pick(new: Array, low: Array, high: Array) -> tuple[Array, Array]:
        return jnp.where(low_enough, new, low), jnp.where(low_enough, high, new)

    low, high = pick(trial.t, search.low, search.high)
    low_value, high_value = pick(trial.value, search.low_value, search.high_value)
    low_slope, high_slope = pick(trial.slope, search.low_slope, search.high_slope)
    return search._replace(
        trial=trial, low=low, low_value=low_value, low_slope=low_slope,
        high=high, high_value=high_value, high_slope=high_slope,
        past=search.low, past_slope=search.low_slope,
    )  # fmt: skip


def _propose(now: Search) -> Array:
    """The next t: beyond `low` while there is no upper end, else inside the bracket."""
    gain = now.low - now.past
    ratio = now.low_slope / (now.past_slope - now.low_slope)
    beyond = now.low + gain * jnp.clip(ratio, 1.0, EXPAND)
    # No slope to extrapolate (NaN), or one that falls ever faster (a ratio below 0): grow at most.
    beyond = jnp.where((ratio > 0) & (beyond > now.low), beyond, now.low + gain * EXPAND)
    width = now.high - now.low
    theta = now.low_slope + now.high_slope - 3 * (now.high_value - now.low_value) / width
    root = jnp.sqrt(jnp.maximum(theta * theta - now.low_slope * now.high_slope, 0.0))
    inside = now.high - width * (now.high_slope + root - theta) / (
        now.high_slope - now.low_slope + 2 * root
    )
    inside = jnp.clip(inside, now.low + SAFEGUARD * width, now.high - SAFEGUARD * width)
    inside = jnp.where(inside > now.low, inside, now.low + 0.5 * width)
    return jnp.where(now.high < jnp.inf, inside, beyond)
