"""Step rules: three steps by hand, their linear theory, and what they refuse."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.descent import RULES, rule_named
from surefoot.descent.stability import MODES, contraction, first_step_beyond
from surefoot.terms import InputError

Walk = list[tuple[float, float]]


def _walk(name: str, eta: float, curvature: float, steps: int, **given: Any) -> Walk:
    """(x, ∇f(x)) along the rule's own walk on ½ λ x² from 1."""

    def f(x: Any) -> Any:
        return 0.5 * curvature * jnp.sum(x * x)

    found: Walk = []
    with jax.enable_x64(True):
        import optax

        rule = optax.with_extra_args_support(RULES[name](eta, **given))
        x = jnp.asarray([1.0])
        state = rule.init(x)
        for _ in range(steps + 1):
            value, gradient = jax.value_and_grad(f)(x)
            found.append((float(x[0]), float(gradient[0])))
            update, state = rule.update(
                gradient, state, x, value=value, grad=gradient, value_fn=f
            )
            x = x + update
    return found


def _tables(repository: Path) -> dict[str, list[dict[str, float]]]:
    """The tables of docs/rules.md by rule."""
    tables: dict[str, list[dict[str, float]]] = {}
    text = (repository / "docs" / "rules.md").read_text()
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
        if lines:
            head, _, *rows = lines
            name = section.partition(":")[0]
            tables[name] = [dict(zip(head, map(float, row), strict=True)) for row in rows]
    return tables


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov", "rmsprop", "adam", "newton"])
def test_three_steps_by_hand(repository: Path, name: str) -> None:
    table = _tables(repository)[name]
    walk = _walk(name, 0.1, 4.0, 3)
    assert len(table) == 3
    for row, (_, gradient), (after, _) in zip(table, walk, walk[1:], strict=False):
        assert gradient == pytest.approx(row["g"], rel=1e-9, abs=1e-12)
        assert after == pytest.approx(row["x⁺"], rel=1e-9, abs=1e-12)


def test_every_rule_has_its_section_with_its_equations(repository: Path) -> None:
    text = (repository / "docs" / "rules.md").read_text()
    for rule in RULES.values():
        section = text.partition(f"\n## {rule.name}: ")[2].partition("\n## ")[0]
        assert section, rule.name
        squeezed = " ".join(section.split())
        for equation in rule.equations:
            assert " ".join(equation.split()) in squeezed, (rule.name, equation)
        # Every page says where other implementations differ, in the rule's own words.
        told = [sentence for sentence in rule.differs.rstrip(".").split(". ") if sentence]
        assert told and all(sentence in squeezed for sentence in told), rule.name


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov"])
@pytest.mark.parametrize("curvature", [1e-3, 0.7, 40.0])
def test_the_matrix_of_a_mode_is_what_the_rule_does(name: str, curvature: float) -> None:
    rule = RULES[name]
    for given in ({}, {"beta": 0.3}) if rule.parameters else ({},):
        settings = rule.settings(given)
        eta = 0.6 * MODES[name].limit(curvature, settings)
        matrix = MODES[name].matrix(eta, curvature, settings)
        state = np.zeros(len(matrix))
        state[0] = 1.0
        for x, _ in _walk(name, eta, curvature, 8, **given):
            assert x == pytest.approx(state[0], rel=1e-10, abs=1e-14)
            state = matrix @ state


@pytest.mark.parametrize("name", sorted(MODES))
@pytest.mark.parametrize("curvature", [1e-4, 3.0, 1e5])
def test_the_limit_is_where_a_mode_stops_shrinking(name: str, curvature: float) -> None:
    settings = RULES[name].settings(None)
    limit = MODES[name].limit(curvature, settings)
    assert contraction(name, 0.99 * limit, [curvature], settings) < 1.0
    assert contraction(name, 1.01 * limit, [curvature], settings) > 1.0
    assert first_step_beyond(name, 0.99 * limit, curvature, settings, 1e6) is None


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov"])
def test_a_mode_that_grows_is_counted_to_its_step(name: str) -> None:
    settings = RULES[name].settings(None)
    eta = 1.05 * MODES[name].limit(2.0, settings)
    step = first_step_beyond(name, eta, 2.0, settings, 1e6)
    assert step is not None
    walk = _walk(name, eta, 2.0, step)
    assert abs(walk[step][0]) > 1e6
    assert all(abs(x) <= 1e6 for x, _ in walk[:step])


def test_adam_with_a_frozen_preconditioner_keeps_its_limit() -> None:
    # P is written out, since Adam's own P changes with every gradient.
    settings = RULES["adam"].settings(None)
    for share, grows in ((0.99, False), (1.01, True)):
        scale = np.array([0.5, 3.0])
        curvatures = np.array([2.0, 40.0])
        top = float(np.max(curvatures / scale))
        eta = share * MODES["adam"].limit(top, settings)
        x, mean = np.array([1.0, 1.0]), np.zeros(2)
        sizes = []
        for _ in range(4000):
            mean = 0.9 * mean + 0.1 * curvatures * x
            x = x - eta * mean / scale
            sizes.append(float(np.max(np.abs(x))))
        assert (sizes[-1] > 1.0) is grows


def test_newton_ends_a_quadratic_in_one_step_and_keeps_singular_directions_still() -> None:
    with jax.enable_x64(True):

        def f(p: Any) -> Any:
            return 3.0 * (p["a"] - 2.0) ** 2 + 0.0 * jnp.sum(p["b"])

        x = {"a": jnp.asarray(5.0), "b": jnp.asarray([1.0, -1.0])}
        rule = RULES["newton"](1.0)
        update, _ = rule.update(jax.grad(f)(x), rule.init(x), x, value_fn=f)
    assert float(x["a"] + update["a"]) == pytest.approx(2.0, abs=1e-12)
    assert np.array_equal(update["b"], [0.0, 0.0])


def test_random_search_never_goes_up_and_repeats_by_its_seed() -> None:
    walks = [_walk("random", 0.2, 3.0, 30, seed=seed) for seed in (1, 1, 2)]
    assert walks[0] == walks[1] != walks[2]
    values = [x * x for x, _ in walks[0]]
    assert all(after <= before for before, after in pairwise(values))
    assert values[-1] < values[0]


def test_lbfgs_looks_for_its_own_step() -> None:
    walk = _walk("l-bfgs", 123.0, 4.0, 3)
    assert abs(walk[-1][0]) < 1e-6


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("momentum", {"beta": 1.0}, "below 1"),
        ("momentum", {"beta": -0.1}, "at least 0"),
        ("momentum", {"beta": float("nan")}, "expected a number"),
        ("momentum", {"beta": True}, "expected a number"),
        ("momentum", {"bta": 0.5}, "did you mean 'beta'"),
        ("gd", {"beta": 0.5}, "it has none"),
        ("adam", {"beta2": 1.5}, "below 1"),
        ("l-bfgs", {"memory": 0}, "at least 1"),
        ("l-bfgs", {"memory": 2.5}, "whole number"),
    ],
)
def test_parameters_that_cannot_be(name: str, given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        RULES[name].settings(given)


def test_a_name_that_is_nearly_right() -> None:
    with pytest.raises(InputError, match="did you mean 'adam'"):
        rule_named("adma")
    with pytest.raises(InputError, match="did you mean 'momentum'"):
        rule_named("momentums")


def test_the_guaranteed_step_by_hand(repository: Path) -> None:
    (row,) = _tables(repository)["guaranteed"]
    walk = _walk("guaranteed", 123.0, 4.0, 1)
    assert walk[0][1] == row["g"] and walk[1][0] == row["x⁺"]
    assert (walk[0][0] - walk[1][0]) / walk[0][1] == row["t"]


@pytest.mark.parametrize("seed", range(15))
def test_a_guaranteed_step_never_goes_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, c = rng.standard_normal((5, 4)), 10.0 ** rng.uniform(-4, 4), rng.standard_normal(4)
    shape = (jnp.sin, jnp.cosh, jnp.tanh, jnp.exp, lambda z: z**4)[seed % 5]

    def f(x: Any) -> Any:
        return b * jnp.sum(shape(jnp.asarray(a) @ x)) + jnp.sum((x - c) ** 2)

    start = 3.0 * rng.standard_normal(4)
    walk = sf.descend(f, start, "guaranteed", 60)
    assert np.all(np.diff(walk.values) <= 0.0)
    assert walk.values[-1] < walk.values[0]
