"""Functions of a vector of 8 numbers, sorted by what is true of their smoothness."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as sp
import numpy as np

RNG = np.random.default_rng(0)
A = RNG.normal(size=(10, 8))
B = RNG.normal(size=10)
S = A.T @ A
LABELS = np.array([[0], [1], [0], [1], [1]])
nn = jax.nn

Functions = Mapping[str, Callable[[Any], Any]]


def own_logsumexp(x: Any, factor: float = 1.0) -> Any:
    """The stable form as people write it, without stop_gradient; wrong for factor ≠ 1."""
    m = jnp.max(x)
    return m + jnp.log(jnp.sum(jnp.exp(x - factor * m)))


def shift_of_another_axis(x: Any) -> Any:
    """Looks like logsumexp, but the maximum is taken along another axis than the sum."""
    z = jnp.outer(x, x)
    m = jnp.max(z, 1, keepdims=True)
    return jnp.sum(jnp.log(jnp.sum(jnp.exp(z - m), 0))) + jnp.sum(m)


SMOOTH: Functions = {
    "softplus": lambda x: jnp.sum(nn.softplus(A @ x)),
    "logsumexp": lambda x: sp.logsumexp(A @ x),
    "logsumexp of rows": lambda x: jnp.sum(sp.logsumexp(jnp.outer(x, x), axis=1)),
    "logsumexp with weights": lambda x: sp.logsumexp(A @ x, b=np.abs(B)),
    "logsumexp in jit": lambda x: jax.jit(sp.logsumexp)(x),
    "logsumexp in vmap": lambda x: jnp.sum(jax.vmap(sp.logsumexp)(x.reshape(2, 4))),
    "logsumexp by temperature": lambda x: 0.1 * sp.logsumexp(A @ x / 0.1),
    "logsumexp minus mean": lambda x: sp.logsumexp(x) - jnp.mean(x),
    "own logsumexp": own_logsumexp,
    "log sum exp": lambda x: jnp.log(jnp.sum(jnp.exp(x))),
    "log_softmax": lambda x: nn.log_softmax(A @ x)[3],
    "softmax": lambda x: jnp.sum(nn.softmax(A @ x) ** 2),
    "softmax of rows": lambda x: jnp.sum(nn.softmax(x.reshape(2, 4), axis=-1)[:, 0]),
    "cross entropy": lambda x: -jnp.mean(
        jnp.take_along_axis(nn.log_softmax((A @ x).reshape(5, 2)), LABELS, 1)
    ),
    "sigmoid": lambda x: jnp.sum(nn.sigmoid(x)),
    "silu": lambda x: jnp.sum(nn.silu(x)),
    "gelu": lambda x: jnp.sum(nn.gelu(x)),
    "gelu exact": lambda x: jnp.sum(nn.gelu(x, approximate=False)),
    "log_sigmoid": lambda x: jnp.sum(nn.log_sigmoid(x)),
    "mish": lambda x: jnp.sum(nn.mish(x)),
    "norm squared": lambda x: jnp.linalg.norm(A @ x - B) ** 2,
    "abs squared": lambda x: jnp.sum(jnp.abs(x) ** 2),
    "abs to the fourth": lambda x: jnp.sum(jnp.abs(x) ** 4),
    "abs cubed": lambda x: jnp.sum(jnp.abs(x) ** 3),
    "abs times abs": lambda x: (lambda a: jnp.sum(a * a))(jnp.abs(x)),
    "abs dot abs": lambda x: (lambda a: a @ a)(jnp.abs(x)),
    "root away from 0": lambda x: jnp.sum(jnp.sqrt(1 + x**2)),
    "pseudo-Huber": lambda x: jnp.sum(jnp.sqrt(1e-6 + (A @ x - B) ** 2)),
    "log cosh": lambda x: jnp.sum(jnp.log(jnp.cosh(x))),
    "Cauchy": lambda x: jnp.sum(jnp.log1p(x**2)),
    "Cauchy by log": lambda x: jnp.sum(jnp.log(1 + x * x)),
    "sinc": lambda x: jnp.sum(jnp.sinc(x)),
    "erf": lambda x: jnp.sum(sp.erf(x)),
    "xlogy": lambda x: jnp.sum(sp.xlogy(x, x)),
    "x log x": lambda x: jnp.sum(x * jnp.log(x)),
    "logaddexp": lambda x: jnp.logaddexp(x[0], x[1]),
    "logaddexp2": lambda x: jnp.logaddexp2(x[0], x[1]),
    "Rosenbrock": lambda x: jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
    "variance": jnp.var,
    "guarded deviation": lambda x: jnp.sqrt(jnp.var(x) + 1e-3),
    "log_ndtr": lambda x: jnp.sum(sp.log_ndtr(x)),
    "determinant": lambda x: jnp.linalg.det(jnp.outer(x, x) + jnp.eye(8)),
    "log-determinant": lambda x: jnp.linalg.slogdet(jnp.outer(x, x) + jnp.eye(8))[1],
    "solve": lambda x: jnp.sum(jnp.linalg.solve(jnp.outer(x, x) + S, x)),
    "inverse": lambda x: jnp.trace(jnp.linalg.inv(jnp.outer(x, x) + S)),
    "Cholesky": lambda x: jnp.sum(jnp.linalg.cholesky(jnp.outer(x, x) + S)),
    "network": lambda x: jnp.sum(jnp.tanh(A @ x) ** 2),
    "gammaln": lambda x: jnp.sum(sp.gammaln(x**2 + 1)),
    "polyval": lambda x: jnp.polyval(x, x[0]),
    "powers": lambda x: jnp.sum(x**2.0 + x**-1),
    "scan": lambda x: jax.lax.scan(lambda c, y: (jnp.sin(c * y), c), 1.0, x)[0],
    "Gauss peak": lambda x: B[0] * jnp.exp(-((x[0] - 1) ** 2) / (2 * x[1] ** 2)),
    "set and add": lambda x: jnp.sum(x.at[0].set(3.0).at[1:].add(2.0) ** 2),
    "running logsumexp": lambda x: jnp.sum(jax.lax.cumlogsumexp(x)),
    "normal density": lambda x: jnp.sum(jax.scipy.stats.norm.logpdf(x, 1.0, 2.0)),
    "triangle": lambda x: jnp.trace(jnp.tril(jnp.outer(x, x))),
    "stopped floor": lambda x: jnp.sum(x**2) + 0.0 * jnp.floor(x[0]),
}

KINKED: Functions = {
    "abs": lambda x: jnp.sum(jnp.abs(x)),
    "relu": lambda x: jnp.sum(nn.relu(x)),
    "max": jnp.max,
    "norm": lambda x: jnp.linalg.norm(A @ x - B),
    "relu by where": lambda x: jnp.sum(jnp.where(x > 0, x, 0.0)),
    "clip": lambda x: jnp.sum(jnp.clip(x, 0, 1)),
    "smallest": lambda x: jnp.sort(x)[0],
    "median": jnp.median,
    "logsumexp of relu": lambda x: sp.logsumexp(nn.relu(x)),
    "logsumexp of abs": lambda x: sp.logsumexp(jnp.abs(x)),
    "logsumexp with a wrong shift": lambda x: own_logsumexp(x, 2.0),
    "logsumexp with another axis' shift": shift_of_another_axis,
    "minimum": lambda x: jnp.minimum(x[0], x[1]),
    "hypot": lambda x: jnp.hypot(x[0], x[1]),
    "largest softmax": lambda x: jnp.max(nn.softmax(x)),
    "cube root": lambda x: jnp.sum(jnp.cbrt(x)),
    "relu(x) − relu(−x)": lambda x: jnp.sum(nn.relu(x) - nn.relu(-x)),
    "abs plus x": lambda x: jnp.sum(jnp.abs(x) + x),
    "stopped abs": lambda x: jnp.sum(jax.lax.stop_gradient(jnp.abs(x))),
    "shifted abs squared": lambda x: jnp.sum((jnp.abs(x) + 1) ** 2),
}

JUMPS: Functions = {
    "remainder": lambda x: jnp.sum(x % 1.0),
    "x plus floor": lambda x: jnp.sum(x + jnp.floor(x)),
    "jump and slope": lambda x: jnp.sum(x**2) + jnp.where(x[0] > 0, 1.0, 0.0),
}

FLAT: Functions = {
    "floor": lambda x: jnp.sum(jnp.floor(x)),
    "sign": lambda x: jnp.sum(jnp.sign(x)),
    "step": lambda x: jnp.sum(jnp.where(x > 0, 1.0, 0.0)),
    "accuracy": lambda x: jnp.mean((A @ x > 0) == (B > 0)),
    "whole number": lambda x: jnp.sum(x.astype(int) * 1.0),
    "round": lambda x: jnp.sum(jnp.round(x)),
    "argmax": lambda x: jnp.argmax(x) * 1.0,
    "looked up": lambda x: jnp.asarray(B)[jnp.argmax(x)],
    "heaviside": lambda x: jnp.sum(jnp.heaviside(x, 0.5)),
    "decision": lambda x: jax.lax.cond(x[0] > 0, lambda: 1.0, lambda: 2.0),
}

SWITCHED: Functions = {
    "guarded sinc": lambda x: jnp.sum(
        jnp.where(x == 0, 1.0, jnp.sin(x) / jnp.where(x == 0, 1.0, x))
    ),
    "Huber": lambda x: jnp.sum(jnp.where(x * x < 1, 0.5 * x * x, jnp.sqrt(x * x + 1e-9) - 0.5)),
    "branch": lambda x: jax.lax.cond(x[0] > 0, lambda y: y.sum(), lambda y: y.prod(), x),
}
