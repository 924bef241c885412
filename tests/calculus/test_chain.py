"""The chain rule line by line, by hand and against JAX."""

import json
import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.calculus.chain import chain
from surefoot.calculus.steps import Steps
from surefoot.program import trace
from surefoot.terms import InputError


def by_hand(x):
    u = x**2
    s = jnp.sin(u)
    return s * jnp.exp(-x)


RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=4), np.array([0.3, -0.2])
PARAMS = {
    "W1": RNG.normal(size=(5, 4)),
    "b1": RNG.normal(size=5),
    "W2": RNG.normal(size=(2, 5)),
    "b2": RNG.normal(size=2),
}


def net(p):
    h = jnp.tanh(p["W1"] @ X + p["b1"])
    o = p["W2"] @ h + p["b2"]
    return jnp.mean((o - Y) ** 2)


def line_of(text: str) -> int:
    lines = Path(__file__).read_text().splitlines()
    return next(k for k, line in enumerate(lines, 1) if line.strip() == text)


def test_sin_of_square_times_exp_by_hand() -> None:
    x = 1.3
    result = chain(by_hand, x)
    rows = {row.name: row for row in result.rows}
    u, s, e = x * x, np.sin(x * x), np.exp(-x)
    assert [row.name for row in result.rows] == ["power", "sin", "neg", "exp", "mul"]
    for name, value, local, slope in [
        ("power", u, [2 * x], e * np.cos(u)),
        ("sin", s, [np.cos(u)], e),
        ("neg", -x, [-1.0], s * e),
        ("exp", e, [e], s),
        ("mul", s * e, [e, s], 1.0),
    ]:
        row = rows[name]
        assert row.value == pytest.approx(value, rel=1e-15)
        assert [part.matrix.item() for part in row.local] == pytest.approx(local, rel=1e-14)
        assert row.sensitivity == pytest.approx(slope, rel=1e-14)
        assert row.share == pytest.approx(abs(slope * value / (s * e)), rel=1e-13)
    assert result.gradient == pytest.approx(e * (2 * x * np.cos(u) - s), rel=1e-14)


def test_rows_point_to_their_lines() -> None:
    result = chain(by_hand, 1.3)
    wanted = {
        "power": ("u = x**2", "x**2"),
        "sin": ("s = jnp.sin(u)", "jnp.sin(u)"),
        "neg": ("return s * jnp.exp(-x)", "-x"),
        "exp": ("return s * jnp.exp(-x)", "jnp.exp(-x)"),
        "mul": ("return s * jnp.exp(-x)", "s * jnp.exp(-x)"),
    }
    for row in result.rows:
        line, piece = wanted[row.name]
        assert row.source.line == line_of(line)
        assert (row.source.text, row.text) == (line, piece)
    text = str(result)
    for line, _ in wanted.values():
        assert text.count(f"{line_of(line)}  {line}") == 1  # one heading for each line
    assert re.search(r"#4 +mul\(#1, #3\) ", text)


def test_two_layers_on_every_weight() -> None:
    result = chain(net, PARAMS)
    with jax.enable_x64(True):
        expected = jax.grad(net)(PARAMS)
    for name, slope in expected.items():
        np.testing.assert_allclose(result.gradient[name], slope, rtol=1e-12)
    assert [row.name for row in result.rows][:3] == ["matmul", "add", "tanh"]
    assert result.rows[0].inputs == ("W1", "data")
    assert result.value == pytest.approx(float(net(PARAMS)), rel=1e-5)  # in float32, afterwards


def test_local_derivatives_are_matrices_diagonals_or_norms() -> None:
    rows = {row.name: row for row in chain(net, PARAMS).rows}
    tanh = rows["tanh"].local[0]
    np.testing.assert_allclose(tanh.diagonal, 1 - rows["tanh"].value ** 2, rtol=1e-14)
    product = rows["matmul"].local  # the last dot: W2 @ h, by W2 and by h
    assert [part.argument for part in product] == ["W2", "#2"]
    np.testing.assert_allclose(product[1].matrix, PARAMS["W2"], rtol=1e-14)
    assert product[1].norm == pytest.approx(np.linalg.norm(PARAMS["W2"], 2), rel=1e-12)


def test_large_local_derivatives() -> None:
    a = RNG.normal(size=(90, 80))

    def f(x):
        y = jnp.exp(a @ x / 100)
        return jnp.sum(y)

    rows = {row.name: row for row in chain(f, RNG.normal(size=80)).rows}
    dot = rows["matmul"].local[0]
    assert (dot.matrix, dot.diagonal, dot.exact) == (None, None, False)
    assert dot.norm == pytest.approx(np.linalg.norm(a, 2), rel=0.1)
    assert str(dot).startswith("‖J‖ ≈")
    exp = rows["exp"].local[0]
    assert exp.matrix is None
    np.testing.assert_allclose(exp.diagonal, rows["exp"].value, rtol=1e-14)


@jax.custom_vjp
def doubled_slope(x):
    return x**2


doubled_slope.defvjp(lambda x: (x**2, x), lambda x, g: (4 * x * g,))


def test_library_calls_and_custom_rules_are_one_step() -> None:
    def f(x):
        y = jax.nn.relu(x - 1.0)
        z = jnp.where(y > 0.5, jnp.sqrt(y), 0.0)
        return jnp.sum(doubled_slope(z)) + jnp.linalg.norm(x)

    result = chain(f, np.array([3.0, 0.5, 2.0]))
    names = [row.name for row in result.rows]
    assert {"relu", "where", "doubled_slope", "norm"} <= set(names)
    assert result.rows[names.index("gt")].sensitivity is None
    rule = result.rows[names.index("doubled_slope")]
    np.testing.assert_allclose(np.diag(rule.local[0].matrix), 4 * np.sqrt([2.0, 0.0, 1.0]))
    with jax.enable_x64(True):
        np.testing.assert_allclose(result.gradient, jax.grad(f)(np.array([3.0, 0.5, 2.0])))


def test_your_own_jitted_functions_are_entered() -> None:
    @jax.jit
    def layer(x):
        u = 3 * x
        return jnp.tanh(u)

    def f(x):
        once = layer(x)
        return layer(once)

    result = chain(f, 0.3)
    assert [row.name for row in result.rows] == ["mul", "tanh", "mul", "tanh"]
    assert [row.source.text for row in result.rows][:2] == ["u = 3 * x", "return jnp.tanh(u)"]


def test_loops_and_branches_are_one_step() -> None:
    def f(x):
        a = jax.lax.fori_loop(0, 3, lambda i, c: jnp.sin(c), x)
        b = jax.lax.cond(a > 0, lambda v: v**2, lambda v: -v, a)
        return jax.lax.while_loop(lambda c: c[0] < 2, lambda c: (c[0] + 1, 2 * c[1]), (0, b))[1]

    x = 0.8
    result = chain(f, x)
    names = [row.name for row in result.rows]
    assert any(name.startswith("scan") for name in names)
    assert any(name.startswith("while") for name in names)
    assert "cond" in names
    s = np.sin(np.sin(np.sin(x)))
    slope = 8 * s * np.cos(np.sin(np.sin(x))) * np.cos(np.sin(x)) * np.cos(x)
    assert result.value == pytest.approx(4 * s**2)
    assert result.gradient == pytest.approx(slope, rel=1e-13)
    found = result.contribution("x")
    assert found.sum_of_paths == pytest.approx(slope, rel=1e-12)
    assert found.digits > 8


def test_a_while_loop_in_a_large_program_is_refused_with_the_line() -> None:
    def f(x):
        return jnp.sum(
            jax.lax.while_loop(lambda c: c[0] < 2, lambda c: (c[0] + 1, c[1] ** 2), (0, x))[1]
        )

    with pytest.raises(InputError, match=r"while loop at test_chain.py:\d+.*fori_loop"):
        chain(f, np.ones(5000))


def test_text_dict_and_mistakes() -> None:
    result = chain(net, PARAMS)
    assert json.loads(json.dumps(result.to_dict()))["rows"][0]["name"] == "matmul"
    assert "net = " in str(result)
    with pytest.raises(InputError, match="chain follows one real number"):
        chain(lambda x: x**2, np.ones(2))
    with pytest.raises(InputError):
        chain(lambda x: x, np.array(3))


def test_the_identity_and_a_constant() -> None:
    assert chain(lambda x: x, 2.0).contribution("x").slope == 1.0
    constant = chain(lambda x: 0.0 * x + 3.0, 2.0)
    assert constant.gradient == 0.0
    assert chain(lambda x: jnp.asarray(3.0), 2.0).contribution("x").slope == 0.0


# ── contribution ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["W1[3,2]", "W1[0,0]", "b1[4]", "W2[1,3]", "b2[0]"])
def test_contribution_of_one_weight(path) -> None:
    result = chain(net, PARAMS)
    found = result.contribution(path)
    name, place = path[:2], tuple(int(i) for i in path[3:-1].split(","))
    expected = result.gradient[name][place]
    assert found.slope == pytest.approx(expected, rel=1e-13)
    assert found.forward == pytest.approx(expected, rel=1e-12)
    assert found.complete
    assert len(found.paths) == (2 if name in ("W1", "b1") else 1)
    assert found.sum_of_paths == pytest.approx(expected, rel=1e-12)
    for one in found.paths:
        assert one.product == pytest.approx(np.prod([link.factor for link in one.links]))
    assert found.digits > 8
    assert found.value == PARAMS[name][place]
    # Everything passes through the last step, and through each step that all paths share.
    assert found.passages[-1].through == pytest.approx(expected, rel=1e-12)
    assert found.passages[0].through == pytest.approx(expected, rel=1e-12)


def test_contribution_by_hand() -> None:
    x = 1.3
    found = chain(by_hand, x).contribution("x")
    products = sorted(path.product for path in found.paths)
    by_square = 2 * x * np.cos(x * x) * np.exp(-x)
    by_exp = -np.sin(x * x) * np.exp(-x)
    assert products == pytest.approx(sorted([by_square, by_exp]), rel=1e-14)
    text = str(found)
    assert "#1 sin" in text
    assert "sum over 2 paths" in text


def test_same_step_used_twice_gives_two_paths() -> None:
    found = chain(lambda x: x * x, 3.0).contribution("x")
    assert [path.product for path in found.paths] == [3.0, 3.0]
    assert found.sum_of_paths == found.slope == 6.0


def test_too_many_paths_are_merged_and_still_add_up() -> None:
    def f(x):
        for _ in range(5):
            x = x * x / 2 + x  # three uses each: 3⁵ paths
        return x

    found = chain(f, 0.1).contribution("x")
    assert not found.complete
    assert found.paths == ()
    assert np.isnan(found.sum_of_paths)
    assert found.forward == pytest.approx(found.slope, rel=1e-12)
    assert "more than 64 paths" in str(found)


def test_a_dead_unit_carries_nothing() -> None:
    def f(w):
        return jnp.sum(jax.nn.relu(w) ** 2)

    found = chain(f, np.array([1.0, -2.0])).contribution("w[1]")
    assert found.slope == 0.0
    assert found.complete
    assert found.paths == ()
    assert found.digits is None
    assert "cut by a local derivative of 0" in str(found)


def test_moving_the_weight_exposes_a_wrong_slope() -> None:
    found = chain(lambda x: x * jax.lax.stop_gradient(x), 2.0).contribution("x")
    assert found.slope == 2.0
    assert found.digits < 1  # the output really moves by 4
    assert "see limit_check" in str(found)


def test_reverse_only_rules_still_have_paths() -> None:
    found = chain(lambda x: 3 * doubled_slope(x), 2.0).contribution("x")
    assert found.sum_of_paths == found.forward == found.slope == 24.0


def test_names_that_do_not_exist() -> None:
    result = chain(net, PARAMS)
    with pytest.raises(InputError, match="W1"):
        result.contribution("W3[0]")
    with pytest.raises(InputError, match=r"whole array.*W1\[0,0\]"):
        result.contribution("W1")


# ── random programs ──────────────────────────────────────────────────────────────────────────

UNARY = [jnp.sin, jnp.tanh, lambda v: v**2, jax.nn.softplus, lambda v: jnp.exp(-(v**2)), jnp.cumsum]
BINARY = [lambda a, b: a * b, lambda a, b: a - b, lambda a, b: a / (2 + b**2), jnp.maximum]


def random_program(seed):
    rng = np.random.default_rng(seed)
    plan = [
        (int(rng.integers(2)), int(rng.integers(len(UNARY))), int(rng.integers(len(BINARY))),
         rng.integers(0, 100, size=2))
        for _ in range(int(rng.integers(2, 6)))
    ]  # fmt: skip

    def f(w):
        made = [w["a"], w["b"] * jnp.ones(3)]
        for is_binary, unary, binary, (i, j) in plan:
            left, right = made[i % len(made)], made[j % len(made)]
            made.append(BINARY[binary](left, right) if is_binary else UNARY[unary](left))
        return jnp.sum(made[-1]) + jnp.mean(made[-2])

    return f, {"a": rng.normal(size=3), "b": float(rng.normal())}


@settings(max_examples=5)
@given(st.integers(0, 10**6))
def test_random_programs(seed) -> None:
    f, w = random_program(seed)
    result = chain(f, w)
    with jax.enable_x64(True):
        expected = jax.grad(f)(w)
    np.testing.assert_allclose(result.gradient["a"], expected["a"], rtol=1e-11, atol=1e-13)
    for path, slope in (("a[1]", expected["a"][1]), ("b", expected["b"])):
        found = result.contribution(path)
        assert found.forward == pytest.approx(float(slope), rel=1e-10, abs=1e-12)
        if found.complete:
            assert found.sum_of_paths == pytest.approx(float(slope), rel=1e-10, abs=1e-12)


def test_perturbing_a_step_is_its_sensitivity() -> None:
    steps = Steps(trace(net, PARAMS), "test")
    with jax.enable_x64(True):
        x = jnp.asarray(steps.program.structure.ravel(PARAMS))
        value, values, slopes, _ = steps.sensitivities(steps.program.consts, x)
        for k, slot in enumerate(steps.real):
            moves = steps.still()
            push = np.random.default_rng(k).normal(size=slot.shape) * 1e-6
            moves[k] = moves[k] + push
            moved = steps.run(steps.program.consts, x, moves)[0]
            assert float(moved - value) == pytest.approx(float(np.sum(slopes[k] * push)), rel=1e-3)
        assert len(values) == len(steps.slots)


def test_a_tie_is_told_though_its_mean_slope_fits() -> None:
    """JAX's slope at a tie of max is the mean of both sides, and so is any move by ±h."""
    ties = (
        (lambda x: jnp.maximum(x, 0) * 3, 0.0, (0.0, 3.0)),
        (lambda x: jnp.max(jnp.array([x, 2 * x])), 0.0, (1.0, 2.0)),
        (lambda x: jnp.minimum(x, 4 - x) + 1e3, 2.0, (1.0, -1.0)),
    )
    for f, x, slopes in ties:
        found = chain(f, x).contribution("x")
        assert found.corner == pytest.approx(slopes, abs=1e-6)
        assert "corner" in str(found)
    for f, x in ((jnp.sin, 0.3), (lambda x: x**2, 1e-9), (jnp.exp, 5.0), (jnp.floor, 2.0)):
        assert chain(f, x).contribution("x").corner is None


def test_a_random_key_is_shown_by_its_numbers() -> None:
    found = chain(lambda x: x * jax.random.normal(jax.random.key(3)), 1.0)
    assert found.rows[0].value.tolist() == [0, 3] and "no slope" in found.report()
