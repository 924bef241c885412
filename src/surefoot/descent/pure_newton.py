"""Trust-region Newton as a pure JAX function: it goes through jit and vmap, in any float dtype."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from surefoot.program import hessian, hessian_vector

DENSE = 128
"""Up to this many unknowns the Hessian is formed and its eigenvectors are used."""

_PRODUCTS = 200
_ROUNDS = 3
_ALIKE = 1e4
_SEED = 20


class _Model(NamedTuple):
    """A step of the quadratic model and the decrease that the model promises for it."""

    step: Any
    predicted: Any


class _State(NamedTuple):
    x: Any
    value: Any
    gradient: Any
    radius: Any
    scale: Any  # the largest ‖x‖ and ‖step‖ so far
    last: Any  # the last step taken
    steps: Any
    done: Any


def pure_newton(
    value: Callable[[Any], Any], x0: Any, max_steps: int, tol: float, *, strict: bool = True
) -> tuple[Any, Any, Any]:
    """A stationary minimum of a smooth function near x0, to the last digits the dtype allows.

    Up to `DENSE` unknowns the variables are counted in units of their own (`_units`), chosen anew
    where the descent in the old ones has ended. Repeats, for f with gradient g and Hessian
    H = Q diag(λ) Qᵀ at x:

    1. pᵢ minimises gᵢ pᵢ + ½ λᵢ pᵢ² over |pᵢ| ≤ Δ in the eigenbasis (the exact solution of the
       trust-region problem with a box along the eigenvectors; where λᵢ < 0 it goes the whole Δ,
       which leaves a saddle or maximum even where gᵢ = 0). Beyond `DENSE` unknowns p comes from
       truncated conjugate gradients (Steihaug 1983) on Hessian-vector products.
    2. ρ = actual / predicted decrease. Accept when ρ > 1e-4; Δ ← Δ/4 when ρ < ¼, 2Δ when ρ > ¾
       and the step reached the edge. Where the predicted decrease is below the rounding of f, the
       step is accepted as long as it lowers ‖g‖: this is what gives the last digits.
    3. End when the step is below rounding, or is turned down below the rounding of f.

    The end counts as a minimum when the decrement is within `tol`, no direction curves downward,
    no point a small step away along the eigenvectors is lower (x³ at 0), nor where such a step
    along one without curvature is brought down by those with it (Peano's (y − x²)(y − 3x²)), and
    neither the last step nor the next one runs along a direction that has gone flat (exp(−x) far
    out). It is *regular* when the slope along each eigenvector q, a short way r off on both sides,
    is what the curvature says: ±λr within a factor of 2. Neither a corner nor (x − a)⁴ is. Beyond
    `DENSE` unknowns a random direction stands for the eigenvectors.

    Args:
        value: x (n,) -> real number, in the dtype of x.
        x0: (n,) start, float32 or float64.
        max_steps: the most trial steps.
        tol: bound on the Newton decrement ½gᵀH⁻¹g relative to max(1, |f|).
        strict: whether a variable without any curvature makes the minimum irregular.

    Returns:
        x (n,), and two boolean arrays: whether the run ended by itself at such a minimum, and
        whether the minimum is regular.
    """
    dense = x0.size <= DENSE
    model = _dense_model if dense else _conjugate_model
    check = _dense_check if dense else _conjugate_check

    def in_units(units: Any) -> Callable[[Any], Any]:
        return lambda y: value(units * y)

    def settle(_: Any, carry: Any) -> Any:
        """The descent in the units that suit the place where it has got to."""
        state, old = carry
        x = old * state.x
        units = _units(value, x) if dense else old
        scaled = in_units(units)
        gradient, both = jax.grad(scaled), jax.value_and_grad(scaled)
        fresh = _start(both, x / units)._replace(steps=state.steps)
        same = jnp.all(units == old)
        first = jax.tree.map(lambda kept, new: jnp.where(same, kept, new), state, fresh)

        def body(state: _State) -> _State:
            return _judge_step(both, state, model(gradient, state))

        return lax.while_loop(lambda s: ~s.done & (s.steps < max_steps), body, first), units

    start = _start(jax.value_and_grad(value), x0), jnp.ones_like(x0)
    # The last round finds the units as they are; only a change of scale makes it walk.
    last, units = lax.fori_loop(0, _ROUNDS, settle, start) if dense else settle(0, start)
    scaled = in_units(units)
    gradient = jax.grad(scaled)
    decrement, upright, (points, slack), regular = check(gradient, last)
    noise = 16 * jnp.finfo(x0.dtype).eps * jnp.abs(last.value)
    nothing_lower = ~jnp.any(jax.vmap(scaled)(points) < last.value - noise - slack)
    small = decrement <= tol * jnp.maximum(1, jnp.abs(last.value))
    finite = jnp.isfinite(last.value) & jnp.all(jnp.isfinite(last.gradient))
    if strict and dense:
        bend = jnp.diagonal(hessian(gradient, last.x))
        regular = regular & jnp.all(bend > 0)
    found = last.done & finite & small & upright & nothing_lower
    if dense:
        found = found & ~_walks_on(gradient, last, units, x0)
    return units * last.x, found, found & regular


def _walks_on(gradient: Callable[[Any], Any], state: _State, units: Any, x0: Any) -> Any:
    """Whether a variable that is counted in a unit of its own has a long step before it, or has
    come by one to where the function is flat.

    Where exp(x) sinks to 0 the unit of x grows as its curvature sinks, until nothing else shows
    that every step is as long as the one before. Its length is compared with the variable's own:
    in units as unlike as these there is no common one.
    """
    curvature, basis, upward, _ = _eigen(gradient, state.x)
    slope, last = basis.T @ state.gradient, basis.T @ state.last
    step = basis @ jnp.where(upward, slope / jnp.where(upward, curvature, 1), last)
    x = units * state.x
    own = jnp.maximum(jnp.abs(x), jnp.abs(x - x0))
    long = jnp.abs(units * step) > jnp.finfo(x.dtype).eps ** 0.3 * own
    return jnp.any(long & (units != 1) & (own > 0))


def _units(value: Callable[[Any], Any], x: Any) -> Any:
    """A unit for each variable (n,), in which the curvatures ∂²f/∂xᵢ² at x are alike.

    uᵢ ∝ |∂²f/∂xᵢ²|^(−½), a power of 2, so that no digit is lost, with the geometric mean 1. All 1
    where they would differ by less than `_ALIKE`: the curvature at one point is a coarse measure.
    """
    bend = jnp.abs(jnp.diagonal(hessian(jax.grad(value), x)))
    known = (bend > 0) & jnp.isfinite(bend)
    powers = jnp.where(known, -jnp.log2(jnp.where(known, bend, 1)) / 2, 0)
    mean = jnp.sum(powers) / jnp.maximum(jnp.sum(known), 1)
    powers = jnp.where(known, jnp.round(powers - mean), 0)
    unlike = jnp.max(powers) - jnp.min(powers) > jnp.log2(_ALIKE)
    return jnp.ldexp(jnp.ones_like(x), jnp.where(unlike, powers, 0).astype(jnp.int32))


def _start(both: Callable[[Any], Any], x0: Any) -> _State:
    level, slope = both(x0)
    finite = jnp.isfinite(level) & jnp.all(jnp.isfinite(slope))
    norm = jnp.linalg.norm(x0)
    return _State(
        x0, level, slope, jnp.maximum(norm, 1).astype(x0.dtype), norm, jnp.zeros_like(x0),
        jnp.int32(0), ~finite,
    )


def _judge_step(both: Callable[[Any], Any], state: _State, proposal: _Model) -> _State:
    """Take or refuse the step, and set the next radius."""
    epsilon = jnp.finfo(state.x.dtype).eps
    x = state.x + proposal.step
    reached, slope = both(x)
    finite = jnp.isfinite(reached) & jnp.all(jnp.isfinite(slope))
    size = jnp.linalg.norm(proposal.step)
    noise = 16 * epsilon * jnp.abs(state.value)
    in_noise = ~(proposal.predicted > noise)
    ratio = (state.value - reached) / jnp.where(in_noise, 1, proposal.predicted)
    calmer = jnp.linalg.norm(slope) < jnp.linalg.norm(state.gradient)
    level = ~(reached > state.value + 4 * noise)
    taken = finite & jnp.where(in_noise, calmer & level, ratio > 1e-4)
    wide = size >= 0.99 * state.radius
    radius = jnp.where(
        ~finite | (~in_noise & ~(ratio >= 0.25)),
        jnp.minimum(size, state.radius) / 4,
        jnp.where(~in_noise & (ratio > 0.75) & wide, 2 * state.radius, state.radius),
    )
    longest = jnp.maximum(jnp.linalg.norm(x), size)
    scale = jnp.where(taken, jnp.maximum(state.scale, longest), state.scale)
    done = (size <= epsilon * scale) | (in_noise & ~taken)
    moved = _State(x, reached, slope, radius, scale, proposal.step, state.steps + 1, done)
    stayed = state._replace(radius=radius, steps=state.steps + 1, done=done)
    return jax.tree.map(lambda new, old: jnp.where(taken, new, old), moved, stayed)


def _eigen(gradient: Callable[[Any], Any], x: Any) -> tuple[Any, Any, Any, Any]:
    """Curvatures and their directions; which curve upward and downward beyond rounding."""
    bend = hessian(gradient, x)
    if x.size == 1:
        # Half the compile time of a problem in one unknown would be that of eigh.
        curvature, basis = bend[0], jnp.ones_like(bend)
    else:
        curvature, basis = jnp.linalg.eigh((bend + bend.T) / 2)
    floor = 4 * x.size * jnp.finfo(x.dtype).eps * jnp.max(jnp.abs(curvature))
    return curvature, basis, curvature > floor, curvature < -floor


def _dense_model(gradient: Callable[[Any], Any], state: _State) -> _Model:
    """The trust-region step from the eigenvectors of the Hessian."""
    curvature, basis, upward, downward = _eigen(gradient, state.x)
    slope, radius = basis.T @ state.gradient, state.radius
    newton = -slope / jnp.where(upward, curvature, 1)
    away = jnp.where(slope > 0, -radius, radius)
    step = jnp.where(upward, jnp.clip(newton, -radius, radius), away)
    gain = -(slope * step + curvature * step**2 / 2)
    # Along a direction without curvature a slope of rounding size must not start a walk.
    noise = 16 * jnp.finfo(state.x.dtype).eps * jnp.abs(state.value)
    idle = ~(upward | downward) & ~(gain > noise)
    return _Model(basis @ jnp.where(idle, 0, step), jnp.sum(jnp.where(idle, 0, gain)))


def _dense_check(gradient: Callable[[Any], Any], state: _State) -> tuple[Any, Any, Any, Any]:
    """The decrement, whether the point can be a minimum, points that must not be lower, and
    whether it is regular."""
    curvature, basis, upward, downward = _eigen(gradient, state.x)
    epsilon = jnp.finfo(state.x.dtype).eps
    slope, last = basis.T @ state.gradient, basis.T @ state.last
    terms = jnp.where(upward, slope**2 / jnp.where(upward, curvature, 1), 0)
    flat = ~(upward | downward)
    drift = jnp.sum(jnp.where(flat, jnp.abs(slope), 0)) * jnp.sqrt(epsilon) * state.scale
    running = jnp.any(flat & (jnp.abs(last) > jnp.sqrt(epsilon) * state.scale))
    reach = epsilon**0.25 * jnp.where(state.scale > 0, state.scale, 1)
    ahead = jnp.concatenate([state.x + reach * basis.T, state.x - reach * basis.T])
    points = ahead, jnp.zeros(2 * state.x.size, ahead.dtype)
    if state.x.size > 1:
        points = _on_curves(gradient, state, basis, curvature, upward, flat, ahead)
    unsure = ~(jnp.abs(slope) <= epsilon**0.25 * state.scale * jnp.abs(curvature))
    onward = jnp.any(unsure & _runs_on(gradient, state, basis.T, curvature))
    regular = _is_regular(gradient, state, basis.T, curvature)
    return jnp.sum(terms) / 2 + drift, ~jnp.any(downward) & ~running & ~onward, points, regular


def _on_curves(
    gradient: Callable[[Any], Any], state: _State, basis: Any, curvature: Any, upward: Any,
    level: Any, ahead: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Points that must not be lower by more than the slack that comes with each.

    The places `ahead` (k, n) themselves and, where they lie along a level eigenvector, with those r
    of curvature λ > 0, also y − Σ (rᵀ∇f(y)/λ) r: down from the line to the floor beside it. The
    gain of that step is the unit in which a fall counts.
    """
    slopes = jax.vmap(gradient)(ahead) @ basis
    steps = jnp.where(upward, slopes / jnp.where(upward, curvature, 1), 0)
    steps = jnp.where(jnp.tile(level, 2)[:, None], steps, 0)
    gains = jnp.sum(slopes * steps, axis=1) / 2
    points = jnp.concatenate([ahead, ahead - steps @ basis.T])
    slack = jnp.sqrt(jnp.finfo(state.x.dtype).eps) * gains
    return points, jnp.concatenate([jnp.zeros_like(slack), slack])


def _slopes(gradient: Callable[[Any], Any], state: _State, rows: Any, r: Any) -> tuple[Any, Any]:
    """The slopes along each of the directions `rows` (k, n), at x + r·row and at x − r·row."""
    ahead, behind = (jax.vmap(gradient)(state.x + side * r * rows) for side in (1, -1))
    return jnp.sum(ahead * rows, axis=1), jnp.sum(behind * rows, axis=1)


def _slope_noise(state: _State, curvature: Any) -> Any:
    epsilon = jnp.finfo(state.x.dtype).eps
    return 64 * epsilon * jnp.max(jnp.abs(curvature)) * jnp.where(state.scale > 0, state.scale, 1)


def _runs_on(gradient: Callable[[Any], Any], state: _State, rows: Any, curvature: Any) -> Any:
    """Which directions have a slope that does not turn round half a scale away on either side.

    A slope of exactly 0 on one side has not turned: that of tanh is gone from −19 on.
    """
    half = jnp.where(state.scale > 0, state.scale, 1) / 2
    ahead, behind = _slopes(gradient, state, rows, half)
    larger = jnp.maximum(jnp.abs(ahead), jnp.abs(behind))
    return (ahead * behind >= 0) & (larger > _slope_noise(state, curvature))


def _is_regular(gradient: Callable[[Any], Any], state: _State, rows: Any, curvature: Any) -> Any:
    """Whether at some short distance the slopes are what the curvature says, on both sides.

    One distance would not do: variables of very unlike units share it.
    """
    noise = _slope_noise(state, curvature)
    whole = jnp.finfo(state.x.dtype).eps ** 0.25 * jnp.where(state.scale > 0, state.scale, 1)
    fits = jnp.zeros(curvature.shape, bool)
    for part in (1.0, 2.0**-10, 2.0**-20):
        r = part * whole
        ahead, behind = _slopes(gradient, state, rows, r)
        low, high = curvature * r / 2 - noise, 2 * curvature * r + noise
        good = (ahead >= low) & (ahead <= high) & (-behind >= low) & (-behind <= high)
        fits = fits | (good & (noise < curvature * r)) | (good & (part == 1.0))
    return jnp.all(fits | ~(curvature > 0))


def _conjugate_model(gradient: Callable[[Any], Any], state: _State) -> _Model:
    """The trust-region step by conjugate gradients."""
    product = lambda v: hessian_vector(gradient, state.x, v)  # noqa: E731
    forcing = jnp.minimum(0.1, jnp.sqrt(jnp.linalg.norm(state.gradient)))
    step, predicted, _ = _truncated(product, state.gradient, state.radius, forcing)
    return _Model(step, predicted)


def _conjugate_check(gradient: Callable[[Any], Any], state: _State) -> tuple[Any, Any, Any, Any]:
    """The same as `_dense_check`, from Krylov spaces of the gradient and of a random probe."""
    product = lambda v: hessian_vector(gradient, state.x, v)  # noqa: E731
    g, epsilon = state.gradient, jnp.finfo(state.x.dtype).eps
    whole = jnp.asarray(jnp.inf, g.dtype)
    _, decrement, upward = _truncated(product, g, whole, 1e-2)
    probe = jax.random.normal(jax.random.key(_SEED), g.shape, g.dtype)
    _, _, probed = _truncated(product, probe, whole, 1e-3)
    probe = probe / jnp.linalg.norm(probe)
    running = jnp.linalg.norm(state.last) > 0.1 * state.scale
    bend = jnp.abs(state.last @ product(state.last)) / (1 + state.last @ state.last)
    running = running & ~(bend > epsilon * jnp.abs(probe @ product(probe)))
    reach = epsilon**0.25 * jnp.where(state.scale > 0, state.scale, 1)
    points = jnp.stack([state.x + reach * probe, state.x - reach * probe]), jnp.zeros(2, g.dtype)
    regular = _is_regular(gradient, state, probe[None], (probe @ product(probe))[None])
    return decrement, upward & probed & ~running, points, regular


def _truncated(
    product: Callable[[Any], Any], g: Any, radius: Any, forcing: Any
) -> tuple[Any, Any, Any]:
    """Steihaug's truncated conjugate gradients: step, predicted decrease, no curvature below 0."""
    tolerance = forcing * jnp.linalg.norm(g)
    epsilon = jnp.finfo(g.dtype).eps

    def edge(p: Any, d: Any) -> Any:
        """The positive τ with ‖p + τ d‖ = Δ."""
        a, b, c = d @ d, p @ d, p @ p - radius**2
        a = jnp.where(a > 0, a, 1)
        return (-b + jnp.sqrt(jnp.maximum(b * b - a * c, 0))) / a

    def body(carry: Any) -> Any:
        p, r, d, predicted, top, _, _, k = carry
        hd = product(d)
        bend, length = d @ hd, d @ d
        top = jnp.maximum(top, jnp.abs(bend) / jnp.where(length > 0, length, 1))
        negative = ~(bend > -8 * r.size * epsilon * top * length)
        flat = ~negative & ~(bend > 8 * r.size * epsilon * top * length)
        alpha = (r @ r) / jnp.where(bend > 0, bend, 1)
        outside = jnp.linalg.norm(p + alpha * d) >= radius
        bounded = jnp.isfinite(radius)
        stop = negative | flat | outside
        tau = jnp.where(stop, jnp.where(bounded, edge(p, d), 0), alpha)
        predicted = predicted + tau * (r @ r) - tau**2 * bend / 2
        p, fresh = p + tau * d, r - tau * hd
        beta = (fresh @ fresh) / jnp.where(r @ r > 0, r @ r, 1)
        done = stop | (jnp.linalg.norm(fresh) <= tolerance)
        return p, fresh, fresh + beta * d, predicted, top, ~negative, done, k + 1

    zero = jnp.zeros_like(g)
    nought = jnp.zeros((), g.dtype)
    start = (zero, -g, -g, nought, nought, jnp.asarray(True), ~(g @ g > 0), jnp.int32(0))
    limit = min(_PRODUCTS, 2 * g.size)
    out = lax.while_loop(lambda c: ~c[6] & (c[7] < limit), body, start)
    return out[0], out[3], out[5]
