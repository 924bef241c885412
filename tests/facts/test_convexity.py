"""sf.convexity: what must be proved, what must be refuted, and what must never be claimed."""

import json
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from attack.bends import false_bends

import surefoot as sf
from surefoot import InputError
from surefoot.facts.convexity import Bend
from surefoot.facts.curvature import bend
from surefoot.facts.curvature.witness import witness
from surefoot.program import trace
from surefoot.terms import Confidence

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 4))
Y = np.sign(RNG.normal(size=30))
LABELS = RNG.integers(0, 3, 30)
ONE_HOT = np.eye(3)[LABELS]
FIRST, SECOND, LINK = RNG.normal(size=(5, 4)), RNG.normal(size=(5, 4)), np.abs(RNG.normal(size=5))
FOUR = np.ones(4)


def huber(t: Any, delta: float = 1.0) -> Any:
    size = jnp.abs(t)
    return jnp.where(size <= delta, 0.5 * t**2, delta * (size - 0.5 * delta))


def huber_by_clipping(t: Any) -> Any:
    inner = jnp.minimum(jnp.abs(t), 1.5)
    return 0.5 * inner**2 + 1.5 * (jnp.abs(t) - inner)


def input_convex_network(x: Any) -> Any:
    hidden = jax.nn.softplus(FIRST @ x + 1.0)
    return jnp.sum(jax.nn.relu(LINK * hidden + SECOND @ x))


RISK = 0.01 * np.eye(30) + (lambda a: a.T @ a)(RNG.normal(size=(40, 30))) / 40.0
LEAST = float(np.linalg.eigvalsh(RISK)[0])
CONVEX: dict[str, tuple[Any, Any]] = {
    "mean, variance and costs": (
        lambda w: w @ RISK @ w - RISK[0] @ w + 0.1 * jnp.sum(jnp.abs(w - 0.1)), np.ones(30)
    ),
    "variance and an entropy": (
        lambda w: 0.5 * jnp.einsum("i,ij,j", w, RISK, w) + jnp.sum(w * jnp.log(w)), np.ones(30)
    ),
    "a singular quadratic written out": ("x^2 + 2x*y + y^2 + e^x - log(y)", None),
    "x*y is in the square": ("e^x + (x - 2y)^2 - (x - y)^2 + 2y*x - 3y^2 + x^2", None),
    "sqrt(1+x^2)": ("sqrt(1+x^2)", None),
    "x*x+5": ("x*x+5", None),
    "2x^2-x^2": ("2x^2-x^2", None),
    "log(1+exp(x))": ("log(1+exp(x))", None),
    "y*log(y)": ("y*log(y)", None),
    "logsumexp": (lambda x: jax.nn.logsumexp(FIRST @ x), FOUR),
    "logsumexp by hand": ("log(exp(x) + exp(2y) + exp(y - x))", None),
    "logsumexp shifted by hand": ("m + log(exp(x - m) + exp(y - m)) - m + m^2", None),
    "logistic loss": (lambda w: jnp.mean(jnp.log1p(jnp.exp(-Y * (X @ w)))), FOUR),
    "logistic, log_sigmoid": (lambda w: -jnp.mean(jax.nn.log_sigmoid(Y * (X @ w))), FOUR),
    "softmax, log_softmax": (
        lambda w: -jnp.mean(jnp.sum(ONE_HOT * jax.nn.log_softmax(X @ w), axis=-1)), np.ones((4, 3))
    ),
    "softmax, by labels": (
        lambda w: jnp.mean(
            jax.nn.logsumexp(X @ w, axis=1) - (X @ w)[jnp.arange(30), LABELS]
        ), np.ones((4, 3)),
    ),
    "softmax, log of softmax": (
        lambda w: -jnp.mean(jnp.log(jax.nn.softmax(X @ w))[jnp.arange(30), LABELS]),
        np.ones((4, 3)),
    ),
    "Huber by where": (lambda w: jnp.sum(huber(X @ w - Y)), FOUR),
    "Huber by clipping": (lambda w: jnp.sum(huber_by_clipping(X @ w - Y)), FOUR),
    "log-cosh": ("log(cosh(x))", None),
    "log-cosh by logaddexp": (lambda w: jnp.sum(jnp.logaddexp(X @ w, -(X @ w))), FOUR),
    "hinge": (lambda w: jnp.sum(jnp.maximum(0.0, 1.0 - Y * (X @ w))), FOUR),
    "squared hinge": (lambda w: jnp.sum(jax.nn.relu(1.0 - Y * (X @ w)) ** 2), FOUR),
    "quantile loss": (lambda w: jnp.sum(jnp.where(X @ w > 0, X @ w, -0.3 * (X @ w))), FOUR),
    "x^2/y": ("x^2/y", {"x": (-5, 5), "y": (0.1, 5)}),
    "negative entropy": (lambda p: jnp.sum(p * jnp.log(p)), FOUR),
    "negative entropy, xlogy": (lambda p: jnp.sum(jax.scipy.special.xlogy(p, p)), FOUR),
    "relative entropy": ("x*log(x/y)", {"x": (0.1, 2), "y": (0.1, 2)}),
    "norms": (
        lambda w: jnp.linalg.norm(X @ w - Y) + jnp.linalg.norm(w, 1) + jnp.linalg.norm(w, jnp.inf)
        + jnp.linalg.norm(w, 4), FOUR,
    ),
    "max of affine": (lambda w: jnp.max(X @ w + Y), FOUR),
    "sum of squares": (lambda w: jnp.sum((X @ w - Y) ** 2), FOUR),
    "the same, expanded": (lambda w: w @ (X.T @ X) @ w - 2.0 * (X.T @ Y) @ w, FOUR),
    "semidefinite, expanded": ("x^2 + 2x*y + y^2", None),
    "-log det": ("-log(a*c - b^2)", {"a": (1, 2), "b": (-0.5, 0.5), "c": (1, 2)}),
    "input-convex network": (input_convex_network, FOUR),
    "ridge": (lambda w: jnp.sum((X @ w - Y) ** 2) + 0.1 * w @ w, FOUR),
    "barrier": ("-log(x) - log(1 - x - y) - log(y)", None),
    "x^3 on one side": ("x^3", (0.0, 3.0)),
    "-sin on a hump": ("-sin(x)", (0.1, 3.0)),
    "waves on a bowl": ("x^2 + 0.5 sin(x)", None),
    "Rosenbrock below its ridge": (
        "(1-x)^2 + 100(y-x^2)^2", {"x": (0.95, 1.05), "y": (0.8, 0.9)}
    ),
    "leaky relu": (lambda x: jnp.sum(jax.nn.leaky_relu(x)), FOUR),
    "posynomial": ("e^x*e^(-2y)*cosh(y) + 3e^(x+y)", None),
    "minus a root of a product": ("-sqrt(x*y)", {"x": (0, 3), "y": (0, 3)}),
    "minus Cobb-Douglas": ("-2x^0.3*y^0.7", {"x": (0, 3), "y": (0, 3)}),
    "minus a geometric mean of three": (
        "-(2x*y*z)^0.333", {"x": (0, 3), "y": (0, 3), "z": (0, 3)}
    ),
    "powers": ("|x|^1.5 + x^4 + 1/x", (0.0, 9.0)),
}  # fmt: skip


def asked(name: str, cases: dict[str, tuple[Any, Any]]) -> Any:
    f, other = cases[name]
    if isinstance(f, str):
        return sf.convexity(f, other)
    return sf.convexity(f, example=other)


@pytest.mark.parametrize("name", CONVEX)
def test_proved_convex(name: str) -> None:
    found = asked(name, CONVEX)
    assert (found.kind, found.confidence) == (Bend.CONVEX, Confidence.PROVED), found.report()
    assert found.proof.claim == "convex" or found.how
    assert "CONVEX" in found.report() and json.dumps(found.to_dict())


@pytest.mark.parametrize("name", CONVEX)
def test_minus_it_is_proved_concave(name: str) -> None:
    f, other = CONVEX[name]
    if isinstance(f, str):
        found = sf.convexity(f"-({f})", other)
    else:
        found = sf.convexity(lambda x: 3.0 - 0.5 * f(x), example=other)
    assert (found.kind, found.confidence) == (Bend.CONCAVE, Confidence.PROVED), found.report()


def network(p: Any) -> Any:
    return jnp.mean((jnp.tanh(X @ p["a"]) @ p["b"] - Y) ** 2)


NEITHER: dict[str, tuple[Any, Any]] = {
    "x^3": ("x^3", None),
    "x^4-x^2": ("x^4-x^2", None),
    "x^2*sin(x)": ("x^2*sin(x)", None),
    "x*y": ("x*y", None),
    "sin": ("sin(x)", None),
    "exp(-x^2)": ("exp(-x^2)", None),
    "two-layer network": (network, {"a": np.ones((4, 3)), "b": np.ones(3)}),
    "sigmoid": ("1/(1+exp(-x))", None),
    "sqrt|x|": ("sqrt(|x|)", (-1, 1)),
    "Rosenbrock": ("(1-x)^2 + 100(y-x^2)^2", None),
    "min and max": ("max(x, 0) + min(x - 1, 0)", None),
    "tiny waves": ("x + 1e-6 sin(x)", None),
    "large and small": ("1e8 x^3", None),
    "1/x on both sides": ("1/x", (-2, 2)),
}


@pytest.mark.parametrize("name", NEITHER)
def test_refuted_by_points_that_anybody_can_check(name: str) -> None:
    found = asked(name, NEITHER)
    assert (found.kind, found.confidence) == (Bend.NEITHER, Confidence.PROVED), found.report()
    for points in (found.counterexample, found.other_counterexample):
        a, b = points.flat
        middle = found.program.structure.ravel(points.middle, "x")
        np.testing.assert_array_equal(middle, 0.5 * a + 0.5 * b)
        first, second, third = points.values
        over = third - 0.5 * (first + second)
        assert over > 0 if points.against == "convex" else over < 0
        with jax.enable_x64(True):
            f = NEITHER[name][0]
            here = sf.formula(f) if isinstance(f, str) else f
            value = float(here(points.middle))
        assert value == pytest.approx(third, rel=1e-9, abs=1e-12)


TRAPS: dict[str, tuple[Any, Any]] = {
    "an indefinite variance": (
        lambda w: w @ RISK @ w - 1.001 * LEAST * w @ w + jnp.sum(jnp.abs(w)),
        np.ones(30),
    ),
    "a saddle and an exponential": ("x^2 + 2.000001x*y + y^2 + e^x", None),
    "minus in front of the summand": ("x^2 + 2x*y + y^2 - e^x", None),
    "of degree two in one of the branches": (
        lambda x: jnp.where(x[0] > 0, (x[0] + x[1]) ** 2, -((x[0] + x[1]) ** 2)) + jnp.exp(x[0]),
        np.ones(2),
    ),
    "JAX's Hessian of −|x| is 0": (lambda x: -jnp.abs(x), 1.0),
    "minus relu": (lambda x: -jax.nn.relu(x), 1.0),
    "floor": (lambda x: jnp.floor(x), 1.0),
    "a jump in where": (lambda x: jnp.where(x > 0, x + 1.0, x), 1.0),
    "a removed point": (lambda x: jnp.where(x == 0, -1.0, x**2), 1.0),
    "stop_gradient(−x²)": (lambda x: -jax.lax.stop_gradient(x**2), 1.0),
    "a Huber whose pieces miss each other": (
        lambda x: jnp.where(jnp.abs(x) <= 1.0, 0.5 * x**2, jnp.abs(x) - 0.49), 1.0
    ),
    "a slope that falls at the join": (lambda x: jnp.where(x > 1, x, x**2), 1.0),
    "even power, odd sign": (lambda x: (x**3) ** 2 - x**2, 1.0),
    "affine squares that nearly cancel": ("(x+0.1y)*(x+0.1y) - 0.01y^2 - x^2", None),
    "squares of what is not convex": ("(x^2-1)^2", None),
    "log of a convex function": ("log(x^2 + 1)", None),
    "root of a sum that is no norm": ("sqrt(1 + x^2 + x^4 - 3x^2 + 9)", None),
    "the p-norm for p = 1/2": ("(|x|^0.5 + |y|^0.5)^2", None),
    "a product of convex functions ≥ 0": ("exp(x)*exp(-2y)*x^2", None),
    "g²/b for b of either sign": ("x^2/y", {"x": (-1, 1), "y": (-1, 1)}),
    "y log y, another y": ("y*log(x)", {"x": (0.1, 2), "y": (0.1, 2)}),
    "shifted by what is not shared": ("log(exp(x - y^2) + exp(y)) + y^2", None),
    "a determinant of either sign": ("-log(a*c - b^2)", {"a": (-2, 2), "b": (-9, 9), "c": (-2, 2)}),
    "exp of a concave function": ("exp(-x^2)", (-2, 2)),
    "1/concave of either sign": ("1/(1 - x^2)", (-3, 3)),
}


@pytest.mark.parametrize("name", TRAPS)
def test_never_called_convex(name: str) -> None:
    found = asked(name, TRAPS)
    assert found.kind not in (Bend.CONVEX, Bend.AFFINE), found.report()


def test_literals_are_the_float64_numbers_that_they_are() -> None:
    # 0.1 · 0.1 is not the float64 number 0.01: what is left has the sign of the difference.
    left = sf.convexity("(x + 0.1y)*(x + 0.1y) - x^2 - 0.2x*y - 0.01y^2")
    exact = sf.convexity("(x + 0.5y)*(x + 0.5y) - x^2 - x*y - 0.25y^2")
    assert left.kind in (Bend.CONVEX, Bend.NEITHER) and exact.kind is Bend.AFFINE


@pytest.mark.parametrize("scale", [1e-120, 1.0, 1e120])
@pytest.mark.parametrize("shift", [-3.0, 0.0, 1e5])
def test_scaled_and_shifted(scale: float, shift: float) -> None:
    found = sf.convexity(lambda x: scale * jnp.log1p(jnp.exp(x - shift)), example=1.0)
    assert found.kind is Bend.CONVEX
    assert found.smoothness == pytest.approx(0.25 * scale, rel=1e-9)
    other = sf.convexity(lambda x: scale * (x - shift) ** 3, example=1.0)
    assert other.kind in (Bend.NEITHER, Bend.UNKNOWN)


def test_moduli_hold_and_are_close() -> None:
    ridge = sf.convexity(
        lambda w: jnp.mean(jax.nn.softplus(-Y * (X @ w))) + 0.05 * w @ w, example=FOUR
    )
    gram = np.linalg.eigvalsh(X.T @ X / 30.0)
    assert 0.1 - 1e-12 <= ridge.modulus <= 0.1
    assert 0.1 + 0.25 * gram[-1] <= ridge.smoothness <= 0.1 + 0.25 * gram[-1] + 1e-12
    squares = sf.convexity(lambda w: jnp.sum((X @ w - Y) ** 2), example=FOUR)
    top = np.linalg.eigvalsh(2.0 * X.T @ X)
    assert squares.modulus == pytest.approx(top[0], rel=1e-10) and squares.modulus <= top[0]
    assert squares.smoothness == pytest.approx(top[-1], rel=1e-10)
    wave = sf.convexity("x^2 + sin(x)", (0.0, 3.0))
    assert wave.modulus == pytest.approx(1.0) and wave.modulus <= 1.0
    assert wave.smoothness == pytest.approx(2.0) and wave.smoothness >= 2.0


def test_the_moduli_of_products() -> None:
    found = sf.convexity(lambda w: w @ RISK @ w + jnp.sum(jnp.exp(-w)), example=np.ones(30))
    bottom = 2.0 * np.linalg.eigvalsh(RISK)[0]
    assert bottom * (1.0 - 1e-9) <= found.modulus <= bottom
    box = sf.Box(-np.ones(30), np.ones(30))
    inside = sf.convexity(lambda w: 3.0 * w @ RISK @ w + jnp.sum(jnp.exp(-w)), box)
    ends = 6.0 * np.linalg.eigvalsh(RISK)[[0, -1]] + [np.exp(-1.0), np.e]
    assert inside.modulus == pytest.approx(ends[0], rel=1e-9) and inside.modulus <= ends[0]
    assert inside.smoothness == pytest.approx(ends[1], rel=1e-9) and inside.smoothness >= ends[1]


@pytest.mark.parametrize("seed", range(30))
def test_a_witness_lies_in_the_box(seed: int) -> None:
    """f is convex in the box, and bends the other way at once beyond it."""
    rng = np.random.default_rng(seed)
    lower = rng.uniform(-2.0, 2.0, 2)
    upper = lower + rng.permutation([4.0, rng.uniform(0.1, 0.9)])

    def f(x: Any) -> Any:
        out = jnp.maximum(lower - x, 0.0) + jnp.maximum(x - upper, 0.0)
        return jnp.sum(jnp.exp(x)) - 1e3 * jnp.sum(out**2)

    for convex in (True, False):
        found = witness(trace(f, np.ones(2)), lower, upper, convex=convex, seed=seed)
        assert (found is None) is convex
        if found is not None:
            for point in (found.a, found.b):
                assert np.all((lower <= point) & (point <= upper))
    assert sf.convexity(f, sf.Box(lower, upper)).kind is not Bend.NEITHER


def test_the_domain_is_said_and_used() -> None:
    found = sf.convexity("-log(x) + 1/x")
    assert found.kind is Bend.CONVEX and not found.inside
    assert "where the function is defined" in found.report()
    assert float(found.box.lower) == 0.0
    guarded = sf.convexity(lambda x: jnp.where(x > 0, jnp.log(x), x**2), example=1.0)
    assert guarded.kind is not Bend.CONCAVE and guarded.box.lower == -np.inf


def test_what_stopped_it_is_named_with_its_line() -> None:
    def f(x: Any) -> Any:
        bowl = x**2
        return bowl * jnp.sin(x)

    found = sf.convexity(f, (0.0, 1.0), budget=10)
    assert found.kind is Bend.UNKNOWN and found.confidence is Confidence.UNKNOWN
    # The square is convex and the sine concave, and both rise: it is the product that is not known.
    assert "test_convexity.py:" in found.stopped and "two parts that both vary" in found.stopped
    assert "concave where it is ≥ 0, else convex" in found.report()
    assert found.counterexample is None and found.other_counterexample is not None
    assert "It is not concave" in found.report() and found.advice


def test_a_cast_to_fewer_digits_blocks_the_proof() -> None:
    found = sf.convexity(lambda x: x.astype(jnp.float32).astype(jnp.float64) ** 2, example=1.0)
    assert found.kind is Bend.UNKNOWN and "rounded to float32" in found.report()


def test_the_picture_shows_the_chord() -> None:
    for found in (sf.convexity("x^3"), sf.convexity("x^2", (-1, 3)), sf.convexity("x*y")):
        figure = found.plot()
        labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
        assert "chord" in labels and ("the middle, on the graph" in labels) == (
            found.kind is Bend.NEITHER
        )


@pytest.mark.parametrize(
    ("over", "words"),
    [((2.0, 1.0), "over"), ((np.nan, 1.0), "over"), ([(0, 1)], "over"), ({"z": (0, 1)}, "z")],
)
def test_boxes_that_are_none(over: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sf.convexity("x^2", over)


def test_bad_questions() -> None:
    with pytest.raises(InputError, match="example="):
        sf.convexity(lambda x: x**2)
    with pytest.raises(InputError, match="one number"):
        sf.convexity(lambda x: x**2, example=FOUR)
    with pytest.raises(InputError, match="budget"):
        sf.convexity("x^2", budget=-1)


def test_a_step_without_a_rule_is_named_and_the_rest_is_answered() -> None:
    found = sf.convexity(
        lambda x: jnp.real(jnp.fft.fft(x)[0]) + jnp.sum(x**2), example=FOUR, budget=0
    )
    assert found.kind is Bend.UNKNOWN and "numbers are complex" in found.stopped
    other = sf.convexity(lambda x: jax.scipy.special.gammaln(x) + x**2, (1.0, 2.0), budget=0)
    assert other.kind is Bend.UNKNOWN and "gammaln" in other.report()


def _deep(x: Any) -> Any:
    total: Any = 0.0
    for k in range(160):
        total = total + jnp.logaddexp(x[k % 4], 0.5 * x[(k + 1) % 4] + k) * 0.25
    return total


def test_long_programs_are_followed() -> None:
    program = trace(_deep, FOUR)
    found = bend(program, np.full(4, -np.inf), np.full(4, np.inf))
    assert found.convex.holds and 0.0 <= found.most < 100.0


@pytest.mark.parametrize("block", range(10))
def test_attacked_by_points_and_their_middles(block: int) -> None:
    """A seeded tenth of `python -m attack bends`."""
    assert [c for seed in range(100 * block, 100 * block + 100) for c in false_bends(seed)] == []


def test_every_way_to_bend_is_told() -> None:
    cases: dict[Bend, Callable[[Any], Any]] = {
        Bend.CONVEX: lambda x: x**2, Bend.CONCAVE: lambda x: -(x**2), Bend.AFFINE: lambda x: 3 * x,
        Bend.NEITHER: lambda x: x**3, Bend.UNKNOWN: lambda x: jax.nn.elu(x),
    }  # fmt: skip
    for kind, f in cases.items():
        found = sf.convexity(f, example=1.0)
        assert found.kind is kind and kind.value[:30] in " ".join(found.report().split())


def test_a_loop_that_depends_on_the_argument_is_named() -> None:
    def f(x: Any) -> Any:
        return jax.lax.while_loop(lambda v: v < 3.0, lambda v: v * 2.0, x)

    found = sf.convexity(f, example=1.0, budget=0)
    assert found.kind is Bend.UNKNOWN and "while" in found.report()


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (lambda y, x: jnp.log1p(jnp.exp(y)), Bend.CONVEX),
        (lambda y, x: jnp.logaddexp(y, x), Bend.CONVEX),
        (lambda y, x: 0.5 * y + x, Bend.AFFINE),
    ],
)
def test_a_thousand_steps_inside_one_another(step: Any, kind: Any) -> None:
    def f(x: Any) -> Any:
        y = x
        for _ in range(1000):
            y = step(y, x)
        return y

    found = sf.convexity(f, over=(0.5, 1.0), budget=0)
    assert found.kind is kind and found.confidence is Confidence.PROVED
    assert len(str(found.report()).splitlines()) < 80


@pytest.mark.parametrize(
    ("formula", "over", "kind"),
    [
        ("sin(x)", (0, 3), Bend.CONCAVE), ("sin(x)", (-3, 0), Bend.CONVEX),
        ("sin(x)", (0, float(np.pi)), Bend.CONCAVE), ("tan(x)", (0, 1.5), Bend.CONVEX),
        ("sin(x)", (0, float(np.nextafter(np.pi, 4))), Bend.UNKNOWN),
    ],
)  # fmt: skip
def test_a_curvature_that_ends_at_0_has_a_sign(formula: str, over: Any, kind: Bend) -> None:
    found = sf.convexity(formula, over, budget=50)
    assert found.kind in (kind, Bend.NEITHER) if kind is Bend.UNKNOWN else found.kind is kind


@pytest.mark.parametrize(
    ("formula", "over"),
    [("x^2 + 2 sin(x)", None), ("x^2 + 2 sin(x)", (-3.0, 3.0)), ("x^2/2 - cos(x + 0.3)", None)],
)
def test_a_curvature_that_touches_0_between_two_rises(formula: str, over: Any) -> None:
    found = sf.convexity(formula, over)
    assert (found.kind, found.confidence, found.modulus) == (Bend.CONVEX, Confidence.PROVED, 0.0)
    assert "alone do not show it" in found.report()
    for more in ("2.0000001", "2.001", "3"):
        beyond = sf.convexity(f"x^2 + {more} sin(x)", over)
        assert beyond.kind is not Bend.CONVEX


@pytest.mark.parametrize(
    ("formula", "over"),
    [
        ("1/x", (-1.0, 2.0)), ("ln|x|", (-3.0, 2.0)), ("tan x", (-1.0, 4.0)),
        ("1/(x - 0.5)", (-2.0, 2.0)),
    ],
)
def test_a_chord_does_not_pass_over_where_the_function_ends(formula: str, over: Any) -> None:
    found = sf.convexity(formula, over)
    ends = {"1/(x - 0.5)": [0.5], "tan x": [np.pi / 2]}.get(formula, [0.0])
    for shown in (found.counterexample, found.other_counterexample):
        if shown is not None:
            a, b = sorted((float(shown.a), float(shown.b)))
            crossed = [end for end in ends if a <= end <= b]
            # To one side ln|x| is concave all over: a chord against that has to pass over 0.
            assert not crossed or (formula == "ln|x|" and shown.against == "concave"), (a, b)


def test_a_proof_is_of_the_formula_and_not_of_its_curved_part() -> None:
    for formula in ("sqrt(x^2+1) - 0.5x", "x^2 - x"):
        top = sf.convexity(formula).proof
        assert (top.claim, top.what) == ("convex", formula) and "an affine part" in top.why
        assert len(top.parts) == 1
    norm = sf.convexity("sqrt(x^2+1) - 0.5x").proof.parts[0]
    assert "affine functions, or of convex ones ≥ 0" in norm.why
    # |x|^1.5 is convex and at least 0: that alone does not make the root of it convex.
    assert sf.convexity("sqrt(abs(x)^1.5 + 1)").kind is not Bend.CONVEX


def test_values_that_are_printed_alike_are_told_apart() -> None:
    told = sf.convexity("x^3*1e-9 + 5", over=(-1, 1)).report()
    assert told.count("the graph less the chord") == 2 and "3.75e-10" in told
    assert "the graph less the chord" not in sf.convexity("x^3", over=(-1, 1)).report()


def test_what_is_not_known_is_not_said_to_hold_anywhere() -> None:
    told = sf.convexity("log(x) + floor(x)", over=(-1, 1)).report()
    assert "not shown to be defined all over the box" in told and "It holds" not in told
    assert "It holds where the function is defined" in sf.convexity("log(x)", over=(-1, 1)).report()


def test_no_modulus_is_minus_nothing() -> None:
    for formula in ("x^4", "-x^4", "x", "-abs(x)"):
        assert str(sf.convexity(formula, over=(-1, 1)).modulus) == "0.0"


def test_the_proof_begins_with_the_whole_function() -> None:
    told = [sf.convexity(f).proof.lines() for f in ("3x^2+5", "-2x^2", "exp(x)+3", "-x^2", "x^2")]
    assert [lines[0].split("  (")[0] for lines in told] == [
        "convex  3x^2+5", "concave  -2x^2", "convex  exp(x)+3", "concave  minus x^2", "convex  x^2",
    ]  # fmt: skip
    assert "a multiple of one part, plus a number" in told[0][0]


def test_a_maximum_of_three_is_one_step_of_the_proof() -> None:
    step = sf.convexity("max(x, -2x, x^2 - 3)").proof
    assert step.what == "max(x, -2x, x^2 - 3)"
    assert [part.what for part in step.parts] == ["x", "-2x", "x^2"]
