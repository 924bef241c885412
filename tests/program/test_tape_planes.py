"""Planes, and rules that know no function, against JAX and optax."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.descent.backtracking_lbfgs import backtracking_lbfgs
from surefoot.descent.plane_rules import PlaneRule, plane_rules
from surefoot.formulas import parse
from surefoot.program import trace
from surefoot.program.tape import NotOnTape, Tape, plane_tape

RULES = {rule.name: rule for rule in plane_rules()}
FORMULAS = ("(x^2+y-11)^2+(x+y^2-7)^2", "exp(-x^2) sin(3y) + x y", "log(1+x^2) / (2 + cos(y))")


def _six(value: Any, p: Any) -> list[float]:
    with jax.enable_x64(True):
        at = jnp.asarray(p)
        g, h = jax.grad(value)(at), jax.hessian(value)(at)
        return [float(v) for v in (value(at), *g, h[0, 0], h[0, 1], h[1, 1])]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_plane_is_jaxs(text: str) -> None:
    program = trace(parse(text), parse(text).example())
    tape = plane_tape(program)
    for p in np.random.default_rng(1).uniform(-2, 2, (8, 2)):
        expected = _six(lambda q: program.flat(program.consts, q), p)
        assert tape.run(p.tolist()) == pytest.approx(expected, rel=1e-12, abs=1e-13)


def test_a_plane_through_three_coordinates() -> None:
    def loss(v: Any) -> Any:
        off = v - jnp.array([1.0, 2.0, 3.0])
        return jnp.sum(off**2 * jnp.array([1.0, 4.0, 9.0])) + v[0] * v[2]

    tape = plane_tape(trace(loss, np.zeros(3)))
    origin, a, b = [0.0, 0.5, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]
    expected = _six(lambda q: loss(jnp.array([q[0], 0.5, q[1]])), [0.3, -0.7])
    found = tape.run([0.3, -0.7, *origin, *a, *b])
    assert found == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("f", [lambda x: x**2, lambda v: v])
def test_what_is_no_plane_says_why(f: Any) -> None:
    example = 1.0 if f(2.0) == 4.0 else np.zeros(2)
    with pytest.raises(NotOnTape, match="a plane needs"):
        plane_tape(trace(f, example))


def _walk(rule: PlaneRule, plane: Tape, start: Any, eta: float, steps: int) -> Any:
    x, state = np.array(start, float), list(rule.state)
    for _ in range(steps):
        value, *derivatives = plane.run(x.tolist())
        out = rule.tape.run([*x, eta, *derivatives, *state])
        update, state = np.array(out[:2]), out[2:]
        if rule.searches:
            slope = float(np.dot(derivatives[:2], update))
            t = next(
                t for t in 0.5 ** np.arange(31)
                if plane.run((x + t * update).tolist())[0] <= value + 1e-4 * t * slope
            )  # fmt: skip
            update = t * update
        x = x + update
    return x


@pytest.mark.parametrize("name", RULES)
def test_a_rule_walks_as_descend_does(name: str) -> None:
    text, start, eta = FORMULAS[0], {"x": -0.5, "y": -1.0}, 0.01
    program = trace(parse(text), parse(text).example())
    eta = 1.0 if name == "newton" else eta
    end = _walk(RULES[name], plane_tape(program), (-0.5, -1.0), eta, 12)
    if name == "l-bfgs":
        walk = sf.descend(text, start, backtracking_lbfgs(), 12)
    else:
        walk = sf.descend(text, start, name, 12, lr=eta)
    assert np.linalg.norm(end - walk.points[-1]) <= 1e-9


def test_newton_takes_the_pseudo_inverse() -> None:
    tape = RULES["newton"].tape
    singular = ((4.0, 2.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 3.0))
    for a, b, c in (*singular, (2.0, 1.0, 5.0), (1.0, 2.0, -3.0)):
        g = np.array([1.5, -0.7])
        expected = -np.linalg.pinv(np.array([[a, b], [b, c]])) @ g
        assert tape.run([9.0, 9.0, 1.0, *g, a, b, c]) == pytest.approx(expected, abs=1e-14)


def test_lbfgs_is_exact_on_a_quadratic_after_two_directions() -> None:
    walk = sf.descend("0.5x^2 + 3y^2 + x y", {"x": 2.0, "y": -1.0}, backtracking_lbfgs(), 30)
    assert (np.diff(walk.values) <= 0.0).all(), "no step goes up"
    assert np.linalg.norm(walk.gradients[-1]) <= 1e-8
