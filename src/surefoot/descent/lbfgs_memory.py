"""The memory of L-BFGS: pairs of steps and gradient changes, and the matrix they stand for."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

Array = Any

NO_CURVATURE = 1e-14


class Memory(NamedTuple):
    """The last m pairs s = x₊ − x, y = g₊ − g, in slots that are overwritten in turn.

    An empty slot has zeros in `inverse` and `diagonal`.

    Attributes:
        pairs: (2m, n), the s above the y.
        products: (2m,) pairs @ g at the present point.
        inverse: (m, m) R⁻¹, where R_ij = s_iᵀy_j for i not newer than j, else 0.
        gram: (m, m) YYᵀ.
        diagonal: (m,) s_iᵀy_i.
        scale: γ = sᵀy/yᵀy of the newest pair.
        count: pairs taken so far.
    """

    pairs: Array
    products: Array
    inverse: Array
    gram: Array
    diagonal: Array
    scale: Array
    count: Array


def remember(memory: Memory, s: Array, y: Array, g: Array, rho: Array) -> Memory:
    """Take a pair in and bring the small matrices up to date, without any m×m solve.

    `rho` is sᵀy = t(φ′(t) − φ′(0)), or 0 for a pair without positive curvature, whose slot stays
    empty.

    Deleting the oldest pair deletes a row and a column of R⁻¹; the new pair appends the column
    (−R⁻¹r, 1)/ρ, where r = Sy and ρ = sᵀy.
    """
    m = memory.diagonal.size
    slot = memory.count % m
    pairs = overwrite(memory.pairs, s, y, slot)
    products = pairs @ g
    yy = jnp.vdot(y, y)
    valid = rho > 0
    here = jnp.arange(m) == slot
    change = products - memory.products  # pairs @ y, but in the new slot
    r, w = jnp.where(here, rho, change[:m]), jnp.where(here, yy, change[m:])
    kept = jnp.where(here[:, None] | here[None, :], 0.0, memory.inverse)
    safe = jnp.where(valid, rho, 1.0)
    column = jnp.where(valid, jnp.where(here, 1.0, -(kept @ r)) / safe, 0.0)
    crossed = jnp.where(here[:, None], w[None, :], memory.gram)
    return Memory(
        pairs, products,
        inverse=jnp.where(here[None, :], column[:, None], kept),
        gram=jnp.where(here[None, :], w[:, None], crossed),
        diagonal=jnp.where(here, rho, memory.diagonal),
        scale=jnp.where(valid, rho / yy, memory.scale),
        count=memory.count + valid,
    )  # fmt: skip


def product(memory: Memory, g: Array) -> Array:
    """Hg by the compact form (Byrd, Nocedal and Schnabel, Math. Prog. 63, 1994, eq. 3.1):

    a = R⁻¹Sg,  b = R⁻ᵀ((D + γYYᵀ)a − γYg),  Hg = γg + Sᵀb − γYᵀa.

    Two passes over the pairs instead of the 4m dependent ones of the two-loop recursion.
    """
    m = memory.diagonal.size
    a = memory.inverse @ memory.products[:m]
    inner = memory.diagonal * a + memory.scale * (memory.gram @ a - memory.products[m:])
    b = inner @ memory.inverse
    return memory.scale * g + jnp.concatenate([b, -memory.scale * a]) @ memory.pairs


def remember_pair(memory: Memory, s: Array, y: Array, rho: Array) -> Memory:
    """Take a pair in; with bounds the products change with the free variables, so none are kept."""
    valid = rho > 0
    return memory._replace(
        pairs=overwrite(memory.pairs, s, y, memory.count % memory.diagonal.size),
        scale=jnp.where(valid, rho / jnp.vdot(y, y), memory.scale),
        count=memory.count + valid,
    )


def masked_product(memory: Memory, pulling: Array, free: Array) -> Array:
    """Hg among the free variables alone, by the two-loop recursion on the free rows of the pairs.

    A pair whose sᵀy is not positive there is left out.
    """
    m = memory.diagonal.size
    pairs = jnp.where(free, memory.pairs, 0.0)
    s, y = pairs[:m], pairs[m:]
    rho, yy, ss = jnp.sum(s * y, 1), jnp.sum(y * y, 1), jnp.sum(s * s, 1)
    age = (memory.count - 1 - jnp.arange(m)) % m
    valid = (rho > NO_CURVATURE * jnp.sqrt(ss * yy)) & (age < memory.count)
    weight = jnp.where(valid, 1.0 / jnp.where(valid, rho, 1.0), 0.0)
    newest = jnp.argmin(jnp.where(valid, age, m))
    scale = jnp.where(valid[newest], rho[newest] / yy[newest], memory.scale)

    def backward(k: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        q, alphas = carry
        i = (memory.count - 1 - k) % m
        alpha = weight[i] * jnp.vdot(s[i], q)
        # Not `.at[i].set`, which would be a scatter: those do not compile into one kernel.
        alphas = jax.lax.dynamic_update_slice(alphas, alpha[None], (i,))
        return q - alpha * y[i], alphas

    def forward(k: Array, q: Array) -> Array:
        i = (memory.count + k) % m
        return q + (alphas[i] - weight[i] * jnp.vdot(y[i], q)) * s[i]

    q, alphas = jax.lax.fori_loop(0, m, backward, (pulling, jnp.zeros(m)))
    return jax.lax.fori_loop(0, m, forward, scale * q)


def overwrite(pairs: Array, s: Array, y: Array, slot: Array) -> Array:
    """The pairs with one row replaced."""
    m = pairs.shape[0] // 2
    zero = jnp.zeros_like(slot)
    pairs = jax.lax.dynamic_update_slice(pairs, s[None], (slot, zero))
    return jax.lax.dynamic_update_slice(pairs, y[None], (slot + m, zero))
