"""The tape: its format, its operations, its columns, what it refuses."""

import json
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.facts.generator import N, affine, polynomial, quadratic
from tests.program.tape_cases import OPS, exact

from surefoot.formulas.formula import parse
from surefoot.program import trace
from surefoot.program.tape import (
    ARITY,
    NotOnTape,
    Tape,
    curve_tape,
    initial_state,
    step_tape,
    tape_of,
    tape_of_program,
)
from surefoot.terms import InputError

DOUBLE_WELL = "0.08w^4 - 0.6w^2 + 0.25w + 0.15 sin(3w) + 1.9"
TABLE = np.array([3.0, 1.0, 4.0, 1.0, 5.0])


def _jax(function: Callable[..., Any], *arguments: Any) -> Any:
    with jax.enable_x64(True):
        out = function(*(jnp.asarray(argument, float) for argument in arguments))
        return np.concatenate([np.ravel(leaf) for leaf in jax.tree_util.tree_leaves(out)])


# ── operations ────────────────────────────────────────────────────────────────────────────────


def test_every_operation_is_tried() -> None:
    reductions = {"sum", "prod", "maxof", "minof"}
    assert {op.op for op in OPS.values()} | reductions == set(ARITY)


@pytest.mark.parametrize("name", OPS)
def test_an_operation_is_right_to_the_last_digits(name: str) -> None:
    op = OPS[name]
    tape = Tape(op.arity, (), (), 1, ((op.op, *range(op.arity), *op.literal),), (op.arity,))
    tape.check()
    points = op.points()
    wanted = [exact(op, point) for point in points]
    np.testing.assert_allclose(tape.run_many(points)[:, 0], wanted, rtol=2e-14, atol=5e-324)


def test_lanes_are_added_in_order() -> None:
    tape = Tape(1, (), ((1e16, 1.0, -1e16, 1.0),), 4, (("mul", 0, 1), ("sum", 2)), (3,))
    # Pairwise, or with any other order of the lanes, the sum would be 0 or 2.
    assert tape.run([1.0]) == [1.0]


# ── the format ────────────────────────────────────────────────────────────────────────────────


def test_a_tape_survives_json() -> None:
    tape = Tape(
        1, (float("nan"), float("inf"), -float("inf"), -0.0, 0.1), ((1.0, float("nan")),), 2,
        (("mul", 0, 6), ("sum", 7), ("ipow", 8, -3), ("add", 9, 5)), (10, 0),
    )  # fmt: skip
    text = json.dumps(tape.to_json(), allow_nan=False)
    back = Tape.from_json(json.loads(text))
    assert repr(back) == repr(tape)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"v": 2}, "version 2"), ({"extra": 1}, "a tape has the fields"),
        ({"inputs": -1}, "'inputs' of a tape"), ({"inputs": 1.0}, "'inputs' of a tape"),
        ({"outputs": ["0"]}, "registers are whole"), ({"ops": [[]]}, r"ops\[0\] of the tape"),
        ({"ops": [[3, 0]]}, "no operation 3"), ({"ops": [["neg", True]]}, "whole numbers"),
        ({"inputs": True}, "'inputs' of a tape"),
        ({"lanes": 0}, "'lanes' of a tape"), ({"constants": ["x"]}, "a tape's numbers are"),
        ({"constants": [None]}, "a tape's numbers are"), ({"columns": [[1.0]]}, "must have 2"),
        ({"columns": [3]}, r"columns\[0\] of the tape is a list"), ({"ops": 3}, "'ops' of a tape"),
        ({"ops": [["fly", 0]]}, "no operation 'fly'"), ({"ops": [["add", 0]]}, "has 1 arguments"),
        ({"ops": [["add", 0, 9]]}, "not written yet"), ({"ops": [["neg", -1]]}, "not written"),
        ({"ops": [["ipow", 0]]}, "has 1 arguments"), ({"ops": [["ipow", 0, 1.5]]}, "whole num"),
        ({"ops": [["neg", 0.0]]}, "whole numbers"), ({"ops": [["sum", 0]]}, "takes a column"),
        ({"outputs": [9]}, "registers go from 0"), ({"outputs": [2]}, "found a column"),
        ({"ops": [["neg", 0]] * 20_001}, "at most 20000 operations"),
    ],
)  # fmt: skip
def test_what_is_no_tape_is_refused(change: dict[str, Any], words: str) -> None:
    good = Tape(1, (2.0,), ((1.0, 2.0),), 2, (("mul", 0, 1),), (3,)).to_json()
    Tape.from_json(good)
    with pytest.raises(InputError, match=words):
        Tape.from_json({**good, **change})


@pytest.mark.parametrize("data", [3, [], None, "tape"])
def test_other_json_is_no_tape(data: Any) -> None:
    with pytest.raises(InputError, match="a tape is a JSON object"):
        Tape.from_json(data)


def test_a_tape_takes_as_many_numbers_as_it_has_inputs() -> None:
    with pytest.raises(InputError, match="takes 2 numbers for each point"):
        Tape(2, (), (), 1, (("add", 0, 1),), (2,)).run([1.0])


# ── programs ──────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_random_programs_are_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = [affine, quadratic, lambda r: polynomial(r)[0]]
    function = kinds[int(rng.integers(3))](rng)
    try:
        tape = tape_of(function, [N])
    except NotOnTape as refusal:
        assert refusal.primitive == "conv_general_dilated", refusal.reason
        return
    tape.check()
    x = rng.integers(-3, 4, N).astype(float)
    np.testing.assert_allclose(tape.run(x.tolist()), _jax(function, x), rtol=1e-13, atol=1e-9)


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1))
def test_derivatives_of_random_programs_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inner, power = affine(rng), int(rng.integers(1, 4))

    def function(x: Any) -> Any:
        return jnp.sum(jnp.sin(0.1 * inner(x)) ** power) + jnp.log1p(jnp.sum(inner(x) ** 2))

    def both(x: Any, d: Any) -> Any:
        return jax.grad(function)(x), jax.jvp(jax.grad(function), (x,), (d,))[1]

    try:
        tape = tape_of(both, [N, N])
    except NotOnTape as refusal:
        assert refusal.primitive == "conv_general_dilated", refusal.reason
        return
    x, d = rng.normal(size=(2, N))
    wanted = _jax(both, x, d)
    scale = np.max(np.abs(wanted))
    np.testing.assert_allclose(
        tape.run([*x, *d]), wanted, rtol=1e-11, atol=1e-13 * scale
    )


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "cond": lambda x: jax.lax.cond(x > 1, lambda y: y**2, lambda y: 2 * y - 1, x),
    "scan": lambda x: jax.lax.scan(lambda c, y: (c * x + y, c), x, TABLE)[0],
    "reversed scan": lambda x: jnp.sum(
        jax.lax.scan(lambda c, y: (c * x + y, c * y), x, TABLE, reverse=True)[1] * TABLE
    ),
    "fori": lambda x: jax.lax.fori_loop(0, 5, lambda i, c: c * x + i, x),
    "floor as integer": lambda x: jnp.floor(x).astype(int) * x,
    "sign of a comparison": lambda x: (x > 1.0).astype(float) * x + (x <= 1.0) * x**2,
    "det": lambda x: jnp.linalg.det(jnp.stack([jnp.stack([x, x**2]), jnp.stack([x + 1, x**3])])),
    "gelu": jax.nn.gelu, "inverse normal": lambda x: jax.scipy.stats.norm.ppf(x / 4),
    "sinc": jnp.sinc, "x to the x": lambda x: x**x, "cumprod": lambda x: jnp.cumprod(x + TABLE)[3],
    "cummax": lambda x: jax.lax.cummax(x * TABLE - TABLE**2)[4],
    "any": lambda x: jnp.where(jnp.any(x * TABLE > 4), x, x**2),
    "round": lambda x: x * jax.lax.round(3 * x), "softmax": lambda x: jax.nn.softmax(x * TABLE)[2],
    "take": lambda x: jnp.take(x * TABLE, jnp.array([4, 0, 2])) @ jnp.array([1.0, 2.0, 3.0]),
    "scatter": lambda x: (jnp.ones(4) * x).at[jnp.array([1, 1, 2])].add(x)[1] ** 2,
    "mixed select": lambda x: jnp.sum(jnp.where(jnp.arange(5) % 2 == 0, x * TABLE, x**2 + TABLE)),
    "clamp": lambda x: jax.lax.clamp(0.9, x, 1.4) * x, "cast of a truth": lambda x: x * (x > 1),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_its_own_kind(name: str) -> None:
    program = trace(PROGRAMS[name], 1.3)
    tape = curve_tape(program)

    def f(w: Any) -> Any:
        return jnp.asarray(program.flat(program.consts, w[None]), float)

    for w in (0.7, 1.3, 2.2):
        wanted = _jax(lambda v: (f(v), jax.grad(f)(v), jax.grad(jax.grad(f))(v)), w)
        np.testing.assert_allclose(tape.run([w]), wanted, rtol=1e-12, atol=1e-14)


def test_a_branch_may_be_no_number_where_it_is_not_taken() -> None:
    tape = curve_tape(trace(lambda x: jnp.where(x > 0, jnp.log(jnp.abs(x) + 1), x**2), 1.0))
    assert tape.run([-2.0]) == [4.0, -4.0, 2.0]
    guarded = tape_of(lambda x: jax.lax.cond(x > 0, jnp.log, lambda y: 0.0 * y, x), [()])
    assert guarded.run([-1.0]) == [0.0]


def test_nothing_is_simplified_that_infinity_or_nan_would_show() -> None:
    tape = tape_of(lambda x: (x * 0.0, x - x, x / x, x * 1.0, x - 0.0, x + 0.0), [()])
    found = tape.run_many([[np.inf], [np.nan], [-0.0]])
    np.testing.assert_array_equal(found[0], [np.nan, np.nan, np.nan, np.inf, np.inf, np.inf])
    assert np.isnan(found[1]).all()
    # The sign of 0/0 means nothing; those of the others do.
    assert np.signbit(found[2])[[0, 1, 3, 4, 5]].tolist() == [True, False, True, True, False]


def test_equal_expressions_are_computed_once_and_dead_ones_not_at_all() -> None:
    def f(x: Any) -> Any:
        unused = jnp.tan(x)
        return jnp.sin(x) * jnp.cos(x) + jnp.sin(x) + 0.0 * jnp.sum(unused * 0 + TABLE * 0)

    names = [op[0] for op in tape_of(lambda x: jnp.sin(x) * jnp.cos(x) + jnp.sin(x), [()]).ops]
    assert sorted(names) == ["add", "cos", "mul", "sin"]
    folded = tape_of(lambda x: x * jnp.sum(jnp.sin(jnp.asarray(TABLE))), [()])
    assert [op[0] for op in folded.ops] == ["mul"] and len(folded.constants) == 1
    assert "tan" in [op[0] for op in tape_of(f, [()]).ops]  # 0·tan is not 0 at a pole


# ── columns ───────────────────────────────────────────────────────────────────────────────────


def test_equal_rows_become_columns() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 200))

    def loss(p: Any) -> Any:
        return jnp.sum((y - p[0] * jnp.exp(-p[1] * x)) ** 2)

    program = trace(loss, np.ones(2))
    tape = curve_tape(program)
    assert tape.lanes == 200
    assert len(tape.columns) <= 3 and len(tape.ops) < 60
    point, direction = rng.normal(size=(2, 2))

    def phi(t: Any) -> Any:
        return program.flat(program.consts, point + (t - 0.25) * direction)

    wanted = _jax(lambda t: (phi(t), jax.grad(phi)(t), jax.grad(jax.grad(phi))(t)), 0.4)
    np.testing.assert_allclose(tape.run([0.4, 0.25, *point, *direction]), wanted, rtol=1e-12)


def test_rows_whose_data_are_zero_or_one_are_equal_too() -> None:
    x = np.array([0.0, 1.0, -1.0, 2.0, 0.5, 1.0, 0.0, 3.0])
    tape = tape_of(lambda b: jnp.sum((b * x + x) ** 2), [()])
    assert tape.lanes == 8 and len(tape.ops) == 4
    assert tape.run([0.5]) == [float(np.sum((0.5 * x + x) ** 2))]


def test_other_reductions_roll_too() -> None:
    x = np.linspace(-1.0, 2.0, 30)
    tape = tape_of(lambda b: (jnp.max(b * x), jnp.min(b - x), jnp.prod(b + x)), [()])
    assert {op[0] for op in tape.ops} >= {"maxof", "minof", "prod"}
    np.testing.assert_allclose(
        tape.run([1.5]), [np.max(1.5 * x), np.min(1.5 - x), np.prod(1.5 + x)], rtol=1e-14
    )


def test_the_longer_sum_is_rolled_where_two_differ() -> None:
    long, short = np.linspace(0, 1, 100), np.linspace(2, 3, 7)

    def f(b: Any) -> Any:
        return jnp.sum(jnp.sin(b * long)) + jnp.sum(jnp.cos(b * short))

    tape = tape_of(f, [()])
    assert tape.lanes == 100
    np.testing.assert_allclose(tape.run([0.7]), _jax(f, 0.7), rtol=1e-13)


def test_a_number_shared_by_all_rows_is_still_added_for_each() -> None:
    tape = tape_of(lambda b: jnp.sum(jnp.broadcast_to(jnp.sin(b), (50,))), [()])
    np.testing.assert_allclose(tape.run([0.3]), [50 * np.sin(0.3)], rtol=1e-14)


# ── steps ─────────────────────────────────────────────────────────────────────────────────────


def _momentum(eta: Any) -> Any:
    return optax.sgd(eta, momentum=0.9, nesterov=True)


@pytest.mark.parametrize("rule", [optax.sgd, _momentum, optax.adam, optax.adagrad, optax.adabelief])
def test_fifty_steps_are_those_of_optax(rule: Any) -> None:
    program = trace(parse(DOUBLE_WELL), 1.0)
    tape = step_tape(program, rule)
    eta, w = 0.1, 1.88354
    row = [w, *initial_state(rule, w)]
    with jax.enable_x64(True):
        transformation, x = rule(eta), jnp.asarray(w)
        state = transformation.init(x)
        for _ in range(50):
            row = tape.run([row[0], eta, *row[1:]])
            slope = jax.grad(lambda v: program.flat(program.consts, v[None]))(x)
            update, state = transformation.update(slope, state, x)
            x = x + update
            assert row[0] == pytest.approx(float(x), rel=1e-9)
    assert len(row) == len(tape.outputs)


def test_a_step_along_a_cut_moves_in_its_own_coordinate() -> None:
    program = trace(parse("x^2 + 10y^2"), {"x": 1.0, "y": 1.0})
    tape = step_tape(program, optax.sgd)
    # φ(t) = (1 + 2(t − 3))² + 10, so φ'(3) = 4 and the step is 3 − 0.1·4.
    found = tape.run([3.0, 0.1, 3.0, 1.0, 1.0, 2.0, 0.0])
    assert found == [pytest.approx(2.6, rel=1e-15)]


def test_a_state_that_is_no_number_is_refused() -> None:
    program = trace(parse("x^2"), 1.0)
    with pytest.raises(NotOnTape, match="something else than numbers"):
        step_tape(program, lambda eta: optax.chain(optax.add_noise(eta, 0.5, 0), optax.sgd(eta)))


# ── refusals ──────────────────────────────────────────────────────────────────────────────────

REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "open loop": (
        lambda x: jax.lax.while_loop(lambda c: c < 10.0, lambda c: 2.0 * c, x),
        "how often the loop runs depends on the argument",
    ),
    "float32": (lambda x: jnp.asarray(x, jnp.float32) ** 2, "computes in float32"),
    "complex": (lambda x: jnp.fft.fft(jnp.stack([x, x])).real[0], "complex128"),
    "sort": (lambda x: jnp.sort(jnp.stack([x, x**2]))[0], "an order that depends"),
    "argmax": (lambda x: jnp.argmax(jnp.stack([x, x**2])) * x, "which place is largest"),
    "lookup": (lambda x: jnp.asarray(TABLE)[jnp.floor(x).astype(int)] * x, "the place that is re"),
    "interp": (lambda x: jnp.interp(x, np.arange(5.0), TABLE), "search among sorted numbers"),
    "whole numbers": (lambda x: x * (jnp.floor(x).astype(int) // 2), "whole numbers that depend"),
    "bits": (lambda x: x * (jnp.floor(x).astype(int) & 3), "bits of whole numbers"),
    "lu": (lambda x: jnp.linalg.solve(jnp.eye(2) * x, jnp.ones(2))[0], "pivoted factorisation"),
    "cholesky": (lambda x: jnp.linalg.cholesky(jnp.eye(2) * x)[0, 0], "factorisation"),
    "bessel": (lambda x: jax.scipy.special.i0(x), "no operation for it"),
    "random": (
        lambda x: jax.random.uniform(jax.random.key(jnp.floor(x).astype(int))) * x, "random",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_and_where(name: str) -> None:
    function, words = REFUSED[name]
    with pytest.raises(NotOnTape, match=words) as caught:
        curve_tape(trace(function, 1.3))
    assert "test_tape.py:" in caught.value.reason
    assert str(caught.value) == caught.value.reason


def test_a_derivative_that_cannot_be_carried_is_named_as_one() -> None:
    @jax.custom_jvp
    def f(x: Any) -> Any:
        return x**2

    @f.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        return f(primals[0]), jax.scipy.special.i0(primals[0]) * tangents[0]

    program = trace(lambda x: f(x), 1.0)
    assert tape_of_program(program).run([3.0]) == [9.0]
    with pytest.raises(NotOnTape, match=r"a derivative of f: .*bessel_i0e"):
        curve_tape(program)


def test_too_many_operations_are_refused() -> None:
    matrix = np.random.default_rng(0).normal(size=(160, 160))
    with pytest.raises(NotOnTape, match="at most 20000 are carried"):
        tape_of(lambda x: jnp.tanh(matrix @ x) @ x, [160])


def test_too_much_data_is_refused() -> None:
    x = np.linspace(0.0, 1.0, 60_000)
    with pytest.raises(NotOnTape, match="constants; at most 50000"):
        tape_of(lambda b: jnp.sum(jnp.sin(b * x)), [()])


def test_a_curve_needs_one_number() -> None:
    with pytest.raises(NotOnTape, match="one real number as value"):
        curve_tape(trace(lambda x: jnp.stack([x, x]), 1.0))
