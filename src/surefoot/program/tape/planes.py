"""Tapes of planes: value, gradient and Hessian in two coordinates."""

from typing import Any

import jax
import jax.numpy as jnp

from surefoot.program.tape.curves import differentiated
from surefoot.program.tape.tape import NotOnTape, Tape
from surefoot.program.trace import Program


def plane_tape(program: Program) -> Tape:
    """Value, gradient and Hessian of a scalar program on a plane.

    For two coordinates: inputs [x, y], outputs [f, f_x, f_y, f_xx, f_xy, f_yy]. For n coordinates
    the same of

        φ(x, y) = f(o + x·a + y·b),   inputs [x, y, o₁…oₙ, a₁…aₙ, b₁…bₙ].

    Raises:
        NotOnTape: where the function, or a derivative of it, cannot be carried, or it takes a
            single number.
    """
    if not program.is_scalar:
        raise NotOnTape(f"a plane needs a function with one real number as value: {program.name}")
    size = program.structure.size
    if size < 2:
        raise NotOnTape(f"a plane needs a function of two numbers or more: {program.name}")

    def height(p: Any, *fixed: Any) -> Any:
        if fixed:
            origin, a, b = fixed
            p = origin + p[0] * a + p[1] * b
        return jnp.asarray(program.flat(program.consts, p), float)

    def six(x: Any, y: Any, *fixed: Any) -> Any:
        def pair(p: Any) -> Any:
            return jax.value_and_grad(height)(p, *fixed)

        p = jnp.stack([x, y])
        (value, gradient), (_, first) = jax.jvp(pair, (p,), (jnp.array([1.0, 0.0]),))
        _, (_, second) = jax.jvp(pair, (p,), (jnp.array([0.0, 1.0]),))
        return value, gradient, first, second[1]

    sizes = [(), ()] if size == 2 else [(), (), size, size, size]
    return differentiated(six, sizes, program)
