"""Random programs whose coefficients are small whole numbers, so that float64 is exact on them.

Two polynomials of degree ≤ 2 that agree at enough points of a lattice are the same, so a form can
be compared with its program without a tolerance.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

N = 6
"""Number of variables."""

Step = Callable[[Any], Any]


def _whole(rng: np.random.Generator, *shape: int) -> Any:
    return rng.integers(-3, 4, size=shape).astype(float)


def _affine_steps(rng: np.random.Generator, m: int) -> list[Step]:
    """Steps that take a vector of m to a vector, affinely, each in another spelling."""
    rows = int(rng.integers(1, 6))
    matrix, offset, scale = _whole(rng, rows, m), _whole(rng, m), _whole(rng, m)
    picks = rng.integers(0, m, size=int(rng.integers(1, 7)))
    mask = rng.random(m) < 0.5
    start = int(rng.integers(0, m))
    shift = int(rng.integers(-3, 4))
    order = rng.permutation(m)
    return [
        lambda v: matrix @ v,
        lambda v: v @ matrix.T,
        lambda v: jnp.einsum("ij,j->i", matrix, v),
        lambda v: jnp.tensordot(matrix, v, 1),
        lambda v: jax.vmap(lambda row: jnp.dot(row, v))(jnp.asarray(matrix)),
        lambda v: v + offset,
        lambda v: offset - v,
        lambda v: -v,
        lambda v: v * scale,
        lambda v: (2.0 * v - v) / 0.5,
        lambda v: v[picks],
        lambda v: v[::-1],
        lambda v: v[start:],
        lambda v: v[order],
        lambda v: jnp.roll(v, shift),
        lambda v: jnp.concatenate([v, 2 * v[:1], jnp.ones(1)]),
        lambda v: jnp.stack([v, v + 1]).T.ravel(),
        lambda v: jnp.where(mask, v, 3.0),
        lambda v: jnp.where(mask, v, -v),
        lambda v: jnp.cumsum(v),
        lambda v: jnp.diff(v, prepend=1.0),
        lambda v: jnp.pad(v, (1, 1), constant_values=2.0),
        lambda v: v.at[start].set(5.0),
        lambda v: v.at[start].add(v[0]),
        lambda v: jnp.zeros(m).at[picks % m].add(v[picks % m]),
        lambda v: jnp.repeat(v, 2),
        lambda v: jnp.tile(v, 2),
        lambda v: jnp.outer(v, scale).sum(1),
        lambda v: jnp.convolve(v, jnp.array([1.0, -1.0])),
        lambda v: jnp.tril(jnp.outer(jnp.ones(m), v)) @ jnp.ones(m),
        lambda v: jax.lax.scan(lambda c, y: (c + y, c - y), v[0], v)[1],
        lambda v: jax.lax.fori_loop(0, 2, lambda i, c: c * 2 + i, v),
        lambda v: jax.jit(lambda w: w.reshape(-1, 1).T[0] + 1)(v),
        lambda v: jax.lax.stop_gradient(v),
        lambda v: jnp.broadcast_to(jnp.sum(v), (3,)) + jnp.arange(3),
        lambda v: jnp.split(v, [start])[1] if start < m else v,
        lambda v: jax.lax.dynamic_slice(v, (start,), (m - start,)),
        lambda v: jnp.meshgrid(v, jnp.arange(2.0))[0].ravel(),
        lambda v: jnp.kron(v, jnp.array([1.0, 2.0])),
        lambda v: jnp.polyval(jnp.stack([v, v + 1]), 2.0),
        lambda v: v**1,
        lambda v: jnp.max(jnp.asarray(scale)) * v,
    ]


def affine(rng: np.random.Generator, depth: int = 3) -> Step:
    """A random affine function of a vector of N, as a composition of steps."""
    steps: list[Step] = []
    m = N
    for _ in range(int(rng.integers(1, depth + 1))):
        choices = _affine_steps(rng, m)
        step = choices[int(rng.integers(len(choices)))]
        with jax.enable_x64(True):
            m = int(jax.eval_shape(step, jax.ShapeDtypeStruct((m,), np.dtype(float))).shape[0])
        steps.append(step)
        if m > 40 or m == 0:
            steps.append(lambda v: v[:5] if v.shape[0] else jnp.ones(1))
            m = min(m, 5) or 1

    def function(x: Any) -> Any:
        for step in steps:
            x = step(x)
        return x

    return function


def quadratic(rng: np.random.Generator) -> Step:
    """A random quadratic of a vector of N, in one of the spellings that people use."""
    one, two = affine(rng), affine(rng)
    weights = rng.integers(0, 4, size=200).astype(float)
    square = _whole(rng, 200, 200)

    def pair(x: Any) -> tuple[Any, Any]:
        a, b = one(x), two(x)
        k = min(a.shape[0], b.shape[0])
        return a[:k], b[:k]

    spellings: list[Step] = [
        lambda x: jnp.sum(one(x) ** 2),
        lambda x: jnp.sum(jnp.square(one(x))) + 2.0,
        lambda x: (lambda r: r @ r)(one(x)),
        lambda x: (lambda r: jnp.vdot(r, r))(one(x)),
        lambda x: (lambda r: jnp.sum(r * r))(one(x)),
        lambda x: jnp.sum(jnp.abs(one(x)) ** 2),
        lambda x: 4.0 * jnp.linalg.norm(one(x)) ** 2,
        lambda x: jnp.sum(one(x) ** 2.0) + 3.0 * jnp.sum(x**2),
        lambda x: (lambda r: jnp.sum(weights[: r.shape[0]] * r**2))(one(x)),
        lambda x: (lambda r: r @ square[: r.shape[0], : r.shape[0]] @ r)(one(x)),
        lambda x: (lambda r, q: jnp.einsum("i,ij,j", r, q[: r.size, : r.size], r))(one(x), square),
        lambda x: (lambda p: jnp.sum(p[0] * p[1]))(pair(x)),
        lambda x: (lambda p: jnp.dot(p[0], p[1]))(pair(x)) - jnp.sum(one(x)),
        lambda x: (lambda p: jnp.trace(jnp.outer(p[0], p[1])))(pair(x)),
        lambda x: jnp.sum((one(x)[:, None] - two(x)[None, :]) ** 2),
        lambda x: jnp.sum(one(x) ** 2) - jnp.sum(two(x) ** 2),
        lambda x: jnp.prod(one(x)[:2]) if one(x).shape[0] < 2 else one(x)[0] * one(x)[1],
        lambda x: jnp.cumsum(one(x) ** 2)[-1],
        lambda x: sum((one(x)[i % one(x).shape[0]] - i) ** 2 for i in range(5)),
        lambda x: jnp.sum(jax.vmap(lambda t: t * (t - 1))(one(x))),
    ]
    return spellings[int(rng.integers(len(spellings)))]


def polynomial(rng: np.random.Generator) -> tuple[Step, int]:
    """A random polynomial of a vector of N with positive leading terms, and its degree."""
    degrees = [int(d) for d in rng.integers(0, 5, size=int(rng.integers(1, 4)))]
    places = [int(p) for p in rng.integers(0, N, size=len(degrees))]
    spelling = [int(s) for s in rng.integers(0, 5, size=len(degrees))]

    def monomial(t: Any, degree: int, how: int) -> Any:
        if degree == 0:
            return 3.0
        if how == 0:
            return t**degree
        if how == 1:
            return jnp.prod(jnp.stack([t] * degree))
        if how == 2:
            return jax.lax.fori_loop(0, degree, lambda i, c: c * t, 1.0)
        if how == 3:
            return jnp.power(t, float(degree))
        out = t
        for _ in range(degree - 1):
            out = out * (t + 1)
        return out

    def function(x: Any) -> Any:
        total: Any = 0.0 * x[0]
        for degree, place, how in zip(degrees, places, spelling, strict=True):
            total = total + monomial(x[place], degree, how)
        return total

    return function, max(degrees)
