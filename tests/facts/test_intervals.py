"""Interval rules: what they enclose, measured against Arb and against points inside the boxes."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from surefoot.facts import CARDS
from surefoot.facts.intervals import RULES, Intervals, enclose
from surefoot.facts.intervals.balls import RULES as BALL_RULES
from surefoot.facts.intervals.balls import balls, ends
from surefoot.facts.intervals.rounding import add_down, add_up
from surefoot.program import trace
from surefoot.terms import UnsupportedError

RNG = np.random.default_rng(0)


def bounds(f: Callable[..., Any], lower: Any, upper: Any) -> Any:
    """Intervals of f on one box, in the shape of its argument."""
    low, high = np.asarray(lower, float), np.asarray(upper, float)
    program = trace(f, low)
    return enclose(program, low.reshape(1, -1), high.reshape(1, -1))[0]


# ── one variable, against Arb ──────────────────────────────────────────────────────────────────

WIDE = np.concatenate([
    s * 10.0 ** RNG.uniform(low, high, 400) for s in (-1, 1) for low, high in ((-12, 0), (0, 3))
])  # fmt: skip
EVERYWHERE = {
    "exp": jnp.exp, "exp2": jnp.exp2, "expm1": jnp.expm1, "cbrt": jnp.cbrt, "tanh": jnp.tanh,
    "logistic": jax.nn.sigmoid, "sinh": jnp.sinh, "cosh": jnp.cosh, "asinh": jnp.arcsinh,
    "atan": jnp.arctan, "erf": jax.scipy.special.erf, "erfc": jax.scipy.special.erfc,
    "sin": jnp.sin, "cos": jnp.cos, "tan": jnp.tan, "square": jnp.square, "abs": jnp.abs,
    "integer_pow": lambda x: x**5, "neg": lambda x: -x, "sign": jnp.sign, "floor": jnp.floor,
    "ceil": jnp.ceil, "round": jnp.round,
}  # fmt: skip
POSITIVE = {
    "log": jnp.log, "sqrt": jnp.sqrt, "rsqrt": jax.lax.rsqrt, "pow": lambda x: x**2.7,
    "log1p": lambda x: jnp.log1p(x - 1.0), "acosh": lambda x: jnp.arccosh(x + 1.0),
}
UNIT = {"asin": jnp.arcsin, "acos": jnp.arccos, "atanh": jnp.arctanh}
ONE = {
    **{name: (f, WIDE) for name, f in EVERYWHERE.items()},
    **{name: (f, np.abs(WIDE)) for name, f in POSITIVE.items()},
    **{name: (f, RNG.uniform(-1.0, 1.0, 800)) for name, f in UNIT.items()},
}


@pytest.mark.parametrize("name", ONE)
def test_a_function_of_one_number_holds_what_arb_says(name: str) -> None:
    """Points alone, so that nothing but the margins keeps the true value inside."""
    f, points = ONE[name]
    program = trace(f, 1.0)
    found = enclose(program, points[:, None], points[:, None])[0]
    sides = (found.lower, found.upper)
    lower, upper = (np.broadcast_to(side, (len(points), 1))[:, 0] for side in sides)
    assert found.inside is None or found.inside.all()
    for x, low, high in zip(points, lower, upper, strict=True):
        true = balls(program, np.array([x]), np.array([x]))[0].values[0]
        # A ball is wider than a number by 10⁻³⁸ of it; one wholly outside is a false bound.
        assert not (true < arb(low) or true > arb(high)), (name, x)
    scale = np.maximum(np.abs(lower), np.abs(upper))
    finite = np.isfinite(scale) & (scale > 1e-290)
    # Wider than it need be would be no error, but no rule is wider than this.
    wide = {"erfc": 1e-12, "log1p": np.inf, "acosh": np.inf, "asin": 1e-12}.get(name, 2e-14)
    if name not in ("sign", "floor", "ceil", "round"):
        assert np.all((upper - lower)[finite] <= wide * scale[finite])


@pytest.mark.parametrize("name", ONE)
def test_what_lies_in_a_box_is_enclosed(name: str) -> None:
    f, points = ONE[name]
    first, second = points[:300], RNG.permutation(points)[:300]
    shrink = 10.0 ** RNG.uniform(-6.0, 0.0, 300)
    second = first + (second - first) * shrink
    lower, upper = np.minimum(first, second), np.maximum(first, second)
    program = trace(f, 1.0)
    found = enclose(program, lower[:, None], upper[:, None])[0]
    for share in (0.0, 0.25, 0.5, 0.9, 1.0):
        inside = np.clip(lower + share * (upper - lower), lower, upper)
        here = enclose(program, inside[:, None], inside[:, None])[0]
        # The bounds at the point hold the true value, so those of the box must meet them.
        assert np.all(here.lower <= found.upper) and np.all(here.upper >= found.lower)
        assert np.all(found.lower <= here.upper) and np.all(found.upper >= here.lower)


def test_every_rule_stands_on_the_page(repository: Path) -> None:
    page = (repository / "docs" / "bounds.md").read_text(encoding="utf-8")
    rows = [row for row in page.partition("## Rules")[2].splitlines() if row.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])}
    assert told == set(RULES)
    assert set(RULES) <= set(CARDS)


def test_every_rule_is_tested() -> None:
    tested = {*ONE, *TWO, *ARRAYS, *TRUTHS, *SAME, *TOTAL}
    assert set(RULES) == tested
    assert set(RULES) - set(BALL_RULES) <= {"argmax", "argmin", "top_k", "lt_to", "le_to", "eq_to"}


# ── two variables ──────────────────────────────────────────────────────────────────────────────

TWO: dict[str, Callable[[Any], Any]] = {
    "add": lambda x: x[0] + x[1], "sub": lambda x: x[0] - x[1], "mul": lambda x: x[0] * x[1],
    "div": lambda x: x[0] / x[1], "max": lambda x: jnp.maximum(x[0], x[1]),
    "min": lambda x: jnp.minimum(x[0], x[1]), "rem": lambda x: jax.lax.rem(x[0], x[1]),
    "atan2": lambda x: jnp.arctan2(x[0], x[1]),
    "integer_div": lambda x: jax.lax.div(x[0].astype(int), x[1].astype(int)).astype(float),
    "clamp": lambda x: jax.lax.clamp(-1.0, x[0], 2.0) + x[1],
    "select_n": lambda x: jnp.where(x[0] > x[1], jnp.exp(-x[0]), x[1] * 2),
    "add_any": lambda x: jax.grad(lambda y: jnp.sin(y[0]) * y[0] + y[0] * y[1])(x)[0],
}
TRUTHS = {
    "lt": lambda x: x[0] < x[1], "le": lambda x: x[0] <= x[1], "gt": lambda x: x[0] > x[1],
    "ge": lambda x: x[0] >= x[1], "eq": lambda x: x[0] == x[1], "ne": lambda x: x[0] != x[1],
    "and": lambda x: (x[0] > 0) & (x[1] > 0), "or": lambda x: (x[0] > 0) | (x[1] > 0),
    "xor": lambda x: (x[0] > 0) ^ (x[1] > 0), "not": lambda x: ~(x[0] > 0),
    "is_finite": lambda x: jnp.isfinite(x[0]),
    "reduce_and": lambda x: jnp.all(x > 0), "reduce_or": lambda x: jnp.any(x > 0),
}
SAME = {"stop_gradient", "copy", "copy_p", "name", "device_put", "real", "optimization_barrier",
        "sharding_constraint", "layout_constraint", "convert_element_type"}  # fmt: skip


@pytest.mark.parametrize("name", [*TWO, *TRUTHS])
def test_a_function_of_two_numbers_encloses_what_lies_in_the_box(name: str) -> None:
    f = {**TWO, **TRUTHS}[name]
    program = trace(f, np.ones(2))
    middles = RNG.normal(size=(200, 2)) * 10.0 ** RNG.uniform(-3, 2, (200, 1))
    middles[:40, 1] = middles[:40, 0]
    half = np.abs(RNG.normal(size=(200, 2))) * 10.0 ** RNG.uniform(-6, 1, (200, 1))
    half[:20] = 0.0
    lower, upper = middles - half, middles + half
    found = enclose(program, lower, upper)[0]
    low, high = (np.broadcast_to(part, (200, 1))[:, 0] for part in (found.lower, found.upper))
    for share in RNG.uniform(size=(12, 2)):
        points = np.clip(lower + share * (upper - lower), lower, upper)
        for k, point in enumerate(points):
            true = balls(program, point, point)[0].values[0]
            if true.is_finite():
                first, last = ends(true)
                assert first <= high[k] and last >= low[k], (name, k, point)


TOTAL = {"lt_to": np.less, "le_to": np.less_equal, "eq_to": np.equal}


@pytest.mark.parametrize("name", TOTAL)
def test_comparisons_in_the_total_order(name: str) -> None:
    """JAX's searchsorted and interp ask them; -0 comes before 0 there."""
    out = SimpleNamespace(shape=(3,), dtype=np.dtype(bool))
    node = SimpleNamespace(primitive=name, outputs=[out])
    one = Intervals((3,), np.array([[0.0, 1.0, -2.0]]), np.array([[0.0, 1.0, 3.0]]))
    two = Intervals((3,), np.array([[0.0, 1.0, 1.0]]), np.array([[0.0, 1.0, 1.0]]))
    found = RULES[name](node, one, two)
    assert (found.lower[0, 0], found.upper[0, 0]) == (0.0, 1.0)
    truth = float(TOTAL[name](1.0, 1.0))
    assert found.lower[0, 1] <= truth <= found.upper[0, 1]
    assert (found.lower[0, 2], found.upper[0, 2]) == (0.0, 1.0)


def test_division_by_what_may_be_zero() -> None:
    found = bounds(lambda x: 1.0 / x, 0.0, 2.0)
    assert found.lower[0, 0] <= 0.5 and found.upper[0, 0] == np.inf
    assert found.lower[0, 0] > 0.49 and found.inside is not None and not found.inside.all()
    found = bounds(lambda x: 1.0 / x, -1.0, 2.0)
    assert (found.lower[0, 0], found.upper[0, 0]) == (-np.inf, np.inf)
    found = bounds(lambda x: jnp.log(x), -1.0, 1.0)
    assert found.upper[0, 0] < 1e-10 and found.inside is not None and not found.inside.all()
    assert bounds(lambda x: jnp.sqrt(2.0 * x), 0.0, 2.0).inside is None
    assert bounds(lambda x: jnp.sqrt(x * x), -3.0, 2.0).inside is None


def test_even_powers_of_boxes_across_zero() -> None:
    for f in (lambda x: x**2, lambda x: x * x, lambda x: x**4.0, jnp.square):
        found = bounds(f, -2.0, 1.0)
        assert found.lower[0, 0] == 0.0 and 4.0 <= found.upper[0, 0] <= 16.1


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, FINITE)
def test_sums_are_rounded_outward_by_no_more_than_they_must(a: float, b: float) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = float(add_down(np.float64(a), b)), float(add_up(np.float64(a), b))
        beside = float(np.nextafter(low, np.inf))  # infinite above the largest number
    with ctx.workprec(4000):
        true = arb(a) + arb(b)
        assert not (true < arb(low) or true > arb(high))
    assert high in (low, beside)


# ── arrays ─────────────────────────────────────────────────────────────────────────────────────

MATRIX = RNG.normal(size=(3, 4))
ARRAYS: dict[str, Callable[[Any], Any]] = {
    "reduce_sum": lambda x: jnp.sum(x, axis=0), "reduce_prod": lambda x: jnp.prod(x, axis=1),
    "reduce_max": lambda x: jnp.max(x, axis=1), "reduce_min": lambda x: jnp.min(x, axis=0),
    "argmax": lambda x: jnp.argmax(x, axis=1), "argmin": lambda x: jnp.argmin(x, axis=0),
    "cumsum": lambda x: jnp.cumsum(x, axis=1), "cumprod": lambda x: jnp.cumprod(x, axis=0),
    "cummax": lambda x: jax.lax.cummax(x, axis=1, reverse=True),
    "cummin": lambda x: jax.lax.cummin(x, axis=0), "sort": lambda x: jnp.sort(x, axis=1),
    "top_k": lambda x: jax.lax.top_k(x, 2)[0], "dot_general": lambda x: x @ MATRIX.T + 0 * x[:, :3],
    "scatter-add": lambda x: x.at[jnp.array([0, 0, 1])].add(x),
    "scatter-sub": lambda x: x.at[jnp.array([0, 2, 2])].add(-x),
}
MORE: dict[str, Callable[[Any], Any]] = {
    "both sides": lambda x: x @ x.T, "left known": lambda x: MATRIX.T @ x,
    "one vector": lambda x: x[0] @ x[0], "batched": lambda x: jnp.einsum("ij,ik->ijk", x, x),
    "gather": lambda x: x[jnp.array([2, 0])], "argsort": lambda x: jnp.sort(x, axis=0)[::-1],
    "softmax": lambda x: jax.nn.softmax(x, axis=1), "loop": lambda x: jax.lax.fori_loop(
        0, 3, lambda k, y: jnp.sin(y) + x[k], x[0]),
    "scan": lambda x: jax.lax.scan(lambda c, row: (c * 0.5 + row, jnp.sum(c)), x[0], x)[1],
    "branch": lambda x: jax.lax.cond(x[0, 0] > x[0, 1], jnp.sin, jnp.cos, x),
    "norm": lambda x: jnp.linalg.norm(x + 4.0), "stack": lambda x: jnp.stack([x, -x]).mean(0),
    "logsumexp": lambda x: jax.nn.logsumexp(x, axis=0),
    "polynomials": lambda x: x[0] ** jnp.arange(4),
}  # fmt: skip


@pytest.mark.parametrize("name", [*ARRAYS, *MORE])
def test_arrays_enclose_what_lies_in_the_box(name: str) -> None:
    f = {**ARRAYS, **MORE}[name]
    program = trace(f, np.ones((3, 4)))
    middles = RNG.normal(size=(30, 12))
    half = np.abs(RNG.normal(size=(30, 12))) * 10.0 ** RNG.uniform(-8, 0.5, (30, 1))
    half[:5] = 0.0
    lower, upper = middles - half, middles + half
    found = enclose(program, lower, upper)[0]
    ask = jax.jit(f)
    with jax.enable_x64(True):
        for share in RNG.uniform(size=(8, 12)):
            points = np.clip(lower + share * (upper - lower), lower, upper)
            values = np.array([np.ravel(ask(point.reshape(3, 4))) for point in points])
            width = 1e-12 * (1.0 + np.abs(values))
            assert np.all(values >= found.lower - width) and np.all(values <= found.upper + width)
    if name in BALL_RULES:
        for k in range(5):
            true = balls(program, lower[k], upper[k])[0].values
            for j, ball in enumerate(true):
                first, last = ends(ball)
                assert found.lower[k, j] <= last and found.upper[k, j] >= first


def test_long_sums_and_products_widen_by_their_rounding() -> None:
    """10⁵ terms of 0.1: the float64 sum is off by more than an ulp, the true one is inside."""
    tenth = np.full(100_000, 0.1)
    for f in (jnp.sum, lambda x: x @ np.ones(100_000), lambda x: jnp.cumsum(x)[-1]):
        found = bounds(f, tenth, tenth)
        with ctx.workprec(200):
            true = arb(0.1) * 100_000
            assert not (true < arb(found.lower[0, 0]) or true > arb(found.upper[0, 0]))
        assert found.upper[0, 0] - found.lower[0, 0] < 1e-6


def test_constants_that_the_program_rounds_are_bounded_too() -> None:
    """√2·√2 in the program is 2.0000000000000004; as real numbers it is 2."""

    two = np.array([2.0])

    def f(x: Any) -> Any:
        root = jax.lax.sqrt(jax.lax.optimization_barrier(jnp.asarray(two)))
        return (root * root)[0] + 0 * x

    found = bounds(f, 0.0, 1.0)
    assert found.lower[0, 0] <= 2.0 <= found.upper[0, 0]


def test_unknown_steps_are_refused_by_name_and_line() -> None:
    with pytest.raises(UnsupportedError, match="lgamma") as told:
        bounds(lambda x: jax.scipy.special.gammaln(x), 1.0, 2.0)
    assert "test_intervals.py" in str(told.value)


@pytest.mark.parametrize("other", [(-1.0, -0.5), (-1.0, 2.0), (0.0, np.inf)])
def test_a_power_of_one_box_says_the_same_beside_any_other(other: tuple[float, float]) -> None:
    """A box outside of the domain used to spoil all that were tested together with it."""
    program = trace(lambda x: x**x, 1.0)
    alone = enclose(program, np.array([[0.3]]), np.array([[0.4]]))[0]
    both = enclose(program, np.array([[0.3], [other[0]]]), np.array([[0.4], [other[1]]]))[0]
    assert (both.lower[0, 0], both.upper[0, 0]) == (alone.lower[0, 0], alone.upper[0, 0])
    assert both.inside is not None and both.inside[0, 0] and not both.inside[1, 0]


def test_a_negative_base_of_an_unknown_power_is_anything() -> None:
    program = trace(lambda p: p["a"] ** p["b"], {"a": 1.0, "b": 1.0})
    lower, upper = np.array([[-3.0, 2.0]]), np.array([[2.0, 2.0]])
    found = enclose(program, lower, upper)[0]
    assert found.lower[0, 0] <= 0.0 and found.upper[0, 0] >= 9.0
