"""Ordinary functions, each with a point: what the walker must evaluate as JAX does."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.scipy as jsp
import numpy as np

_A = np.array([[2.0, -1.0, 0.5], [0.3, 1.7, -0.4], [-0.2, 0.6, 3.1]])
_B = np.array([0.7, -1.3, 2.2])
_X = np.array([0.8, -0.35, 1.9])
_P = np.array([0.3, 1.2, 2.5])
_M = np.array([[1.5, 0.2, -0.7], [0.4, 2.5, 0.1], [-0.3, 0.8, 1.1]])
_S = _A @ _A.T + np.eye(3)


class Case(NamedTuple):
    name: str
    f: Callable[..., Any]
    point: Any


@jax.custom_jvp
def _clipped_log(x: Any) -> Any:
    return jnp.log(jnp.maximum(x, 1e-3))


@_clipped_log.defjvp
def _clipped_log_jvp(primals: Any, tangents: Any) -> Any:
    return _clipped_log(primals[0]), tangents[0] / jnp.maximum(primals[0], 1e-3)


@jax.custom_vjp
def _tamed(x: Any) -> Any:
    return x**3


_tamed.defvjp(lambda x: (x**3, x), lambda x, g: (jnp.clip(3 * x**2, 0.0, 1.0) * g,))


@jax.jit
def _layer(w: Any, h: Any) -> Any:
    return jnp.tanh(w["W"] @ h + w["b"])


def _net(w: Any) -> Any:
    hidden = _layer(w["first"], _B)
    return jnp.sum((w["second"]["W"] @ hidden + w["second"]["b"]) ** 2)


def _newton_sqrt(x: Any) -> Any:
    return jax.lax.fori_loop(0, 6, lambda _, y: 0.5 * (y + x / y), x)


def _count(x: Any) -> Any:
    return jax.lax.while_loop(lambda s: s[1] < 5.0, lambda s: (s[0] * 1.5, s[1] + 1.0), (x, 0.0))[0]


def _scan(x: Any) -> Any:
    end, seen = jax.lax.scan(lambda c, b: (jnp.sin(c) + b, c * b), x, jnp.asarray(_B))
    return end + jnp.sum(seen)


_nn = jax.nn
_weights = {
    "first": {"W": _A / 3, "b": _B / 5},
    "second": {"W": _M[:2], "b": _B[:2]},
}

CASES = [
    Case("polynomial", lambda x: x**4 - 3 * x**2 + 2 * x - 7, 1.3),
    Case("reciprocal powers", lambda x: x**-3 + x**0.5 + x**2.7, 1.3),
    Case("rosenbrock", lambda x: jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), _X),
    Case("himmelblau tuple", lambda p: (p[0] ** 2 + p[1] - 11) ** 2 + (p[0] + p[1] ** 2 - 7) ** 2,
         (0.4, 1.9)),
    Case("trigonometry", lambda x: jnp.sin(x) * jnp.cos(x) + jnp.tan(x) - jnp.arctan(x), _X),
    Case("inverse trigonometry", lambda x: jnp.arcsin(x) + jnp.arccos(x), _X / 3),
    Case("atan2", lambda x: jnp.arctan2(x[0], x[1] + x[2]), _X),
    Case("hyperbolic", lambda x: jnp.sinh(x) + jnp.cosh(x) * jnp.tanh(x), _X),
    Case("inverse hyperbolic", lambda x: jnp.arcsinh(x) + jnp.arctanh(x / 4), _X),
    Case("exponentials", lambda x: jnp.exp(x) + jnp.exp2(x) + jnp.expm1(x), _X),
    Case("logarithms", lambda x: jnp.log(x) + jnp.log1p(x) + jnp.log2(x) + jnp.log10(x), _P),
    Case("roots", lambda x: jnp.sqrt(x) + jnp.cbrt(x) + jax.lax.rsqrt(x), _P),
    Case("absolute and sign", lambda x: jnp.abs(x) + jnp.sign(x) * x, _X),
    Case("rounding", lambda x: jnp.floor(x) + jnp.ceil(x) + jnp.round(x) + jnp.trunc(x), _X),
    Case("remainder", lambda x: jnp.mod(x, 0.7) + jnp.fmod(x, 0.6), _X),
    Case("max and min", lambda x: jnp.maximum(x, 0.1) - jnp.minimum(x, 1.0) + jnp.max(x), _X),
    Case("clip", lambda x: jnp.clip(x, -0.2, 1.0), _X),
    Case("where", lambda x: jnp.where(x > 0, x**2, -x), _X),
    Case("select", lambda x: jnp.select([x < 0, x < 1], [x, 2 * x], 3 * x), _X),
    Case("hypot", lambda x: jnp.hypot(x[0], x[1]), _X),
    Case("logaddexp", lambda x: jnp.logaddexp(x, 0.5), _X),
    Case("sum mean prod", lambda x: jnp.sum(x) * jnp.mean(x) + jnp.prod(x), _X),
    Case("var std", lambda x: jnp.var(x) + jnp.std(x), _X),
    Case("cumulative", lambda x: jnp.cumsum(x) * jnp.cumprod(x), _X),
    Case("sort", lambda x: jnp.sort(x) * jnp.arange(3.0), _X),
    Case("median", lambda x: jnp.median(x), _X),
    Case("argmax pick", lambda x: x[jnp.argmax(x)] ** 2, _X),
    Case("least squares", lambda x: jnp.sum((_A @ x - _B) ** 2), _X),
    Case("quadratic form", lambda x: x @ _S @ x / 2 - _B @ x, _X),
    Case("vdot outer", lambda x: jnp.vdot(jnp.outer(x, x), _A), _X),
    Case("einsum", lambda x: jnp.einsum("i,ij,j->", x, _A, x), _X),
    Case("matmul", lambda m: jnp.trace(m @ _A @ m.T), _M),
    Case("slicing", lambda x: x[::-1][1:] * x[:-1], _X),
    Case("negative step", lambda m: m[::2, ::-1].sum(axis=0), _M),
    Case("fancy index", lambda x: x[jnp.array([2, 0, 2])] ** 2, _X),
    Case("at set", lambda x: x.at[1].set(x[0] ** 2).at[2].add(1.0), _X),
    Case("reshape", lambda m: m.reshape(9)[:6].reshape(2, 3).T @ _B[:2], _M),
    Case("stack", lambda x: jnp.stack([x, x**2], axis=1).ravel(), _X),
    Case("concatenate pad", lambda x: jnp.pad(jnp.concatenate([x, _B]), (1, 2)), _X),
    Case("tile repeat", lambda x: jnp.tile(x, 2) + jnp.repeat(x, 2), _X),
    Case("roll diff", lambda x: jnp.roll(x, 1) + jnp.diff(jnp.append(x, 0.0)), _X),
    Case("broadcast", lambda x: (x[:, None] - x[None, :]) ** 2, _X),
    Case("meshgrid", lambda x: sum(g.sum() for g in jnp.meshgrid(x, x**2)), _X),
    Case("polyval", lambda x: jnp.polyval(_B, x), _X),
    Case("interp", lambda x: jnp.interp(x, jnp.array([-1.0, 0.0, 1.0, 3.0]), jnp.arange(4.0)), _X),
    Case("convolve", lambda x: jnp.convolve(x, _B), _X),
    Case("cross", lambda x: jnp.cross(x, _B), _X),
    Case("norm", lambda x: jnp.linalg.norm(x), _X),
    Case("norm 1 inf", lambda x: jnp.linalg.norm(x, 1) + jnp.linalg.norm(x, jnp.inf), _X),
    Case("solve", lambda x: jnp.linalg.solve(_S + jnp.diag(x**2), _B), _X),
    Case("inverse", lambda m: jnp.linalg.inv(m), _M),
    Case("determinant", lambda m: jnp.linalg.det(m), _M),
    Case("slogdet", lambda m: jnp.linalg.slogdet(m @ m.T + jnp.eye(3))[1], _M),
    Case("cholesky", lambda m: jnp.linalg.cholesky(m @ m.T + jnp.eye(3)), _M),
    Case("qr", lambda m: jnp.abs(jnp.linalg.qr(m)[1]), _M),
    Case("eigvalsh", lambda m: jnp.linalg.eigvalsh(m + m.T), _M),
    Case("svd values", lambda m: jnp.linalg.svd(m, compute_uv=False), _M),
    Case("relu", lambda x: _nn.relu(x) + _nn.relu6(x), _X),
    Case("leaky elu", lambda x: _nn.leaky_relu(x) + _nn.elu(x), _X),
    Case("selu celu", lambda x: _nn.selu(x) + _nn.celu(x), _X),
    Case("softplus sigmoid", lambda x: _nn.softplus(x) + _nn.sigmoid(x) + _nn.log_sigmoid(x), _X),
    Case("silu gelu mish", lambda x: _nn.silu(x) + _nn.gelu(x) + _nn.mish(x), _X),
    Case("gelu exact", lambda x: _nn.gelu(x, approximate=False), _X),
    Case("hard", lambda x: _nn.hard_tanh(x) + _nn.hard_sigmoid(x) + _nn.hard_swish(x), _X),
    Case("softmax", lambda x: _nn.softmax(x) + _nn.log_softmax(x), _X),
    Case("logsumexp", lambda x: _nn.logsumexp(x), _X),
    Case("one hot loss", lambda x: -jnp.sum(_nn.one_hot(1, 3) * _nn.log_softmax(x)), _X),
    Case("glu squareplus", lambda x: _nn.glu(jnp.append(x, 1.0)).sum() + _nn.squareplus(x), _X),
    Case("erf", lambda x: jsp.special.erf(x) + jsp.special.erfc(x), _X),
    Case("gammaln digamma", lambda x: jsp.special.gammaln(x) + jsp.special.digamma(x), _P),
    Case("xlogy entr", lambda x: jsp.special.xlogy(x, x) + jsp.special.entr(x), _P),
    Case("expit logit", lambda x: jsp.special.expit(x) + jsp.special.logit(x / 4), _P),
    Case("bessel", lambda x: jsp.special.i0e(x) + jsp.special.i1e(x), _P),
    Case("normal density", lambda x: jsp.stats.norm.logpdf(x, 0.3, 1.7), _X),
    Case("sinc", lambda x: jnp.sinc(x), _X),
    Case("cond", lambda x: jax.lax.cond(x > 1, lambda y: y**2, lambda y: -y, x), 1.3),
    Case("switch", lambda x: jax.lax.switch(1, [jnp.sin, jnp.cos, jnp.tan], x), 1.3),
    Case("fori", _newton_sqrt, 2.3),
    Case("while", _count, 0.7),
    Case("scan", _scan, 0.7),
    Case("map vmap", lambda x: jax.vmap(lambda r: jnp.sum(r * x))(jnp.asarray(_A)), _X),
    Case("checkpoint", jax.checkpoint(lambda x: jnp.sin(jnp.exp(x))), 0.4),
    Case("custom jvp", lambda x: _clipped_log(x).sum(), _P),
    Case("custom vjp", lambda x: _tamed(x).sum(), _X),
    Case("stop gradient", lambda x: x * jax.lax.stop_gradient(x), _X),
    Case("dict", lambda p: p["a"] * jnp.sum(p["b"] ** 2), {"a": 1.3, "b": _X}),
    Case("nested tree", _net, _weights),
    Case("list of arrays", lambda p: p[0] @ p[1], (_X, _B)),
    Case("several outputs", lambda x: {"sum": x.sum(), "parts": (x[0], x**2)}, _X),
]
"""At least sixty functions; every one is differentiable or not, smooth or not: all are values."""
