"""The best value of a whole box, proved: known answers in disguise, and claims that are false."""

import json
import signal
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import Confidence, InputError, Status
from surefoot import PointKind as K

Function = Callable[[Any], Any]


def rastrigin(x: Any) -> Any:
    return 10.0 * x.size + x @ x - 10.0 * jnp.sum(jnp.cos(2.0 * jnp.pi * x))


def griewank(x: Any) -> Any:
    roots = jnp.sqrt(jnp.arange(1.0, x.size + 1.0))
    return 1.0 + x @ x / 4000.0 - jnp.prod(jnp.cos(x / roots))


def levy(x: Any) -> Any:
    w = 1.0 + x / 4.0
    first, last = jnp.sin(jnp.pi * w[0]) ** 2, w[-1] - 1.0
    inner = jnp.sum((w[:-1] - 1.0) ** 2 * (1.0 + 10.0 * jnp.sin(jnp.pi * w[:-1] + 1.0) ** 2))
    return first + inner + last**2 * (1.0 + jnp.sin(2.0 * jnp.pi * w[-1]) ** 2)


def styblinski(x: Any) -> Any:
    return jnp.sum(x**4 - 16.0 * x**2 + 5.0 * x) / 2.0


def ackley(x: Any) -> Any:
    far = -20.0 * jnp.exp(-0.2 * jnp.sqrt(jnp.mean(x * x)))
    return far - jnp.exp(jnp.mean(jnp.cos(2.0 * jnp.pi * x))) + 20.0 + jnp.e


def camel(x: Any) -> Any:
    a, b = x
    return (4 - 2.1 * a**2 + a**4 / 3) * a**2 + a * b + (-4 + 4 * b**2) * b**2


STY = -39.16616570377142
KNOWN: dict[str, tuple[Function, int, float, float]] = {
    "rastrigin-1": (rastrigin, 1, 5.12, 0.0), "rastrigin-3": (rastrigin, 3, 5.12, 0.0),
    "griewank-2": (griewank, 2, 40.0, 0.0), "griewank-5": (griewank, 5, 20.0, 0.0),
    "levy-2": (levy, 2, 10.0, 0.0), "levy-6": (levy, 6, 5.0, 0.0),
    "styblinski-1": (styblinski, 1, 5.0, STY), "styblinski-4": (styblinski, 4, 5.0, 4 * STY),
    "ackley-1": (ackley, 1, 30.0, 0.0), "ackley-3": (ackley, 3, 30.0, 0.0),
    "camel": (camel, 2, 3.0, -1.0316284534898774),
}  # fmt: skip


def cube(middle: Any, half: float) -> sf.Box:
    middle = np.asarray(middle, float)
    return sf.Box(middle - half, middle + half)


def is_proved(found: sf.Solution, kind: K = K.GLOBAL_MINIMUM) -> None:
    verdict = found.verdict
    assert verdict.kind is kind and verdict.confidence is Confidence.PROVED, verdict
    assert verdict.gap <= 1e-9 * max(1.0, abs(found.value)) and verdict.within
    assert found.status is Status.CONVERGED
    assert all(row.holds is not False for row in verdict.evidence)
    names = {row.name for row in verdict.evidence}
    # Of a convex function the slope says enough; else parts that cover the box do.
    assert {"convex function", "gap"} <= names or {"value", "second look", "cover", "gap"} <= names


@pytest.mark.parametrize("name", KNOWN)
def test_known_answers_are_proved_wherever_they_are_moved(name: str) -> None:
    f, n, half, value = KNOWN[name]
    rng = np.random.default_rng(len(name) + n)
    shift = rng.uniform(-1.0, 1.0, n) * min(1.0, 0.2 * half)
    off = rng.uniform(-0.1, 0.1, n) * half
    moved = sf.minimize(lambda x: f(x - shift) + 3.0, over=cube(shift + off, half))
    is_proved(moved)
    assert moved.value == pytest.approx(value + 3.0, abs=2e-9 * max(1.0, abs(value)))
    upside = sf.maximize(lambda x: -f(x - shift), over=cube(shift + off, half))
    is_proved(upside, K.GLOBAL_MAXIMUM)
    assert upside.value == pytest.approx(-value, abs=2e-9 * max(1.0, abs(value)))


@pytest.mark.parametrize(
    "name", ["rastrigin-3", "griewank-2", "levy-2", "ackley-1", "camel", "styblinski-1"]
)
def test_turned_and_tilted_the_answer_is_still_the_lowest(name: str) -> None:
    """Where no lower bound can be read off the formula; against many descents."""
    f, n, half, _ = KNOWN[name]
    rng = np.random.default_rng(7 + n)
    n = max(n, 2)
    turn, shift = np.linalg.qr(rng.normal(size=(n, n)))[0], rng.uniform(-0.3, 0.3, n)
    slope = 0.3 * rng.normal(size=n)
    half = min(half, 6.0)

    def g(x: Any) -> Any:
        return f(turn @ (x - shift)) + slope @ x + jnp.sin(x[0])

    found = sf.minimize(g, over=cube(np.zeros(n), half))
    is_proved(found)
    with jax.enable_x64(True):
        values = jax.jit(jax.vmap(g))
        slopes = jax.jit(jax.vmap(jax.grad(g)))
        x = rng.uniform(-half, half, (2000, n))
        for step in 0.1 * 0.93 ** np.arange(120):
            moves = np.nan_to_num(np.asarray(slopes(x)))
            size = np.maximum(np.linalg.norm(moves, axis=1, keepdims=True), 1e-12)
            x = np.clip(x - step * moves / size, -half, half)
        seen = float(np.nanmin(np.asarray(values(x))))
    assert found.value - found.verdict.gap <= seen + 1e-9
    assert found.value <= seen + 1e-9


def test_flat_minima_end_by_the_gap() -> None:
    f = "(x*y - 1)^2"
    found = sf.minimize(f, over={"x": (-3, 3), "y": (-3, 3)})
    is_proved(found)
    assert found.value <= 1e-9
    written_out = "x^2 y^2 - 2 x y + 1"
    loose = sf.minimize(written_out, over={"x": (-3, 3), "y": (-3, 3)}, tol=1e-3)
    assert loose.verdict.kind is K.GLOBAL_MINIMUM and loose.verdict.gap <= 1e-3
    assert loose.verdict.confidence is Confidence.PROVED


def test_constant_functions_are_answered() -> None:
    for f, value in ((lambda x: 0.0 * x + 2.5, 2.5), (lambda x: jnp.sum(jnp.floor(0.1 * x)), 0.0)):
        found = sf.minimize(f, over=(0.5, 2.0))
        is_proved(found)
        assert found.value == value


BOUNDARY: dict[str, tuple[str, tuple[float, float], float, bool]] = {
    "line": ("2x - 1", (-1.5, 4.0), -1.5, True), "falling": ("e^(-x)", (0.0, 3.0), 3.0, True),
    "root": ("sqrt(x)", (0.0, 3.0), 0.0, True), "hollow": ("-x^2 + 0.1 x", (-2.0, 2.0), -2.0, True),
    "inside": ("(x - 0.5)^2", (0.0, 3.0), 0.5, False),
    "touching": ("(x - 1)^2 + x^3", (1.0, 3.0), 1.0, True),
}  # fmt: skip


@pytest.mark.parametrize("name", BOUNDARY)
def test_a_best_point_on_the_boundary_is_said_to_be_there(name: str) -> None:
    f, over, x, edge = BOUNDARY[name]
    found = sf.minimize(f, over=over)
    is_proved(found)
    assert float(found.x) == pytest.approx(x, abs=1e-7)
    assert ("boundary of the box" in found.verdict.advice) is edge


def test_faces_in_several_variables() -> None:
    found = sf.minimize(
        lambda x: (x[0] - 3.0) ** 2 + x[1] ** 3 + jnp.sin(4.0 * x[2]), over=cube(np.zeros(3), 1.0)
    )
    is_proved(found)
    np.testing.assert_allclose(found.x[:2], [1.0, -1.0])
    assert "x[0], x[1]" in found.verdict.advice and "x[2]" not in found.verdict.advice
    assert set(found.multipliers) == {"x[0]", "x[1]"}


def test_jumps_are_bounded_by_their_values() -> None:
    found = sf.minimize("floor(x) - 0.1 x + 0.02 (x-2)^2", over=(0.25, 3.3))
    is_proved(found)
    best = min(np.floor(t) - 0.1 * t + 0.02 * (t - 2) ** 2 for t in np.linspace(0.25, 3.3, 400_001))
    assert found.value == pytest.approx(best, abs=1e-5) and found.value <= best + 1e-9

    def steps(x: Any) -> Any:
        high = jnp.where(x[0] > x[1], 1.0, jnp.sign(x[0]))
        return high + 0.1 * jnp.abs(x[0] - 0.3) + 0.1 * (x[1] - 0.2) ** 2

    best = sf.minimize(steps, over=sf.Box(np.array([-1.0, -2.0]), np.array([1.5, 2.0])), tol=1e-4)
    assert best.verdict.kind is K.GLOBAL_MINIMUM
    assert best.value == pytest.approx(-0.97, abs=2e-4)


def test_kinks_are_no_obstacle() -> None:
    found = sf.minimize(lambda x: jnp.abs(x - 0.2) + jnp.sin(5.0 * x), over=(-4.0, 4.0))
    is_proved(found)
    at = sf.minimize(lambda x: jnp.max(jnp.abs(x - 0.4)), over=cube(np.zeros(2), 1.0))
    is_proved(at)
    np.testing.assert_allclose(at.x, 0.4, atol=1e-8)


def test_stop_gradient_and_wrong_rules_hide_no_minimum() -> None:
    @jax.custom_jvp
    def wrong(x):
        return (x - 1.0) ** 2

    wrong.defjvp(lambda primals, tangents: (wrong(primals[0]), 0.3 * tangents[0]))
    for f in (lambda x: (jax.lax.stop_gradient(x) - 1.0) ** 2, wrong):
        found = sf.minimize(f, over=(-2.0, 3.5))
        is_proved(found)
        assert float(found.x) == pytest.approx(1.0, abs=1e-4)


# ── what is not claimed ────────────────────────────────────────────────────────────────────────


def test_outside_of_the_domain_nothing_is_low_and_that_is_said() -> None:
    found = sf.minimize("x - log(x)", over=(-1, 5))
    assert found.verdict.kind is K.GLOBAL_MINIMUM and found.value == pytest.approx(1.0)
    assert any("not shown to be defined" in text for text in found.warnings)
    pole = sf.minimize("1/(x - 0.3)", over=(-1, 1))
    assert pole.verdict.kind is not K.GLOBAL_MINIMUM and pole.verdict.gap == np.inf
    assert "0.3" in pole.verdict.advice or "0.29" in pole.verdict.advice
    edge = sf.minimize("x log(x)", over=(0, 2))
    # The cover alone shows nothing where the function ends; that it is convex there does.
    assert edge.first_verdict.confidence is not Confidence.PROVED
    assert edge.verdict.confidence is Confidence.PROVED and edge.verdict.gap < 1e-9


def test_lower_precision_blocks_the_proof() -> None:
    def cast(x: Any) -> Any:
        return jnp.sum((x - 0.1).astype(jnp.float32) ** 2)

    found = sf.minimize(cast, over=cube(np.zeros(2), 1.0))
    assert found.verdict.confidence is not Confidence.PROVED
    row = next(row for row in found.verdict.evidence if row.name == "precision")
    assert row.holds is False and "float32" in row.where
    assert "float32" in found.verdict.advice


def test_a_step_without_a_rule_is_named_and_the_rest_is_answered() -> None:
    matrix = np.array([[2.0, 0.3], [0.3, 1.0]])

    def f(x: Any) -> Any:
        return jnp.linalg.solve(matrix + jnp.diag(x**2), x) @ x + jnp.sum(x)

    found = sf.minimize(f, over=cube(np.zeros(2), 1.0))
    assert found.verdict.confidence is not Confidence.PROVED and found.verdict.gap == np.inf
    assert any("Nothing is proved" in text and ".py:" in text for text in found.warnings)
    assert np.isfinite(found.value)


def hard(x: Any) -> Any:
    return jnp.sum(x[:-1] ** 2 * x[1:] ** 2 - 2.0 * x[:-1] * x[1:] + 1.0)


def test_a_budget_that_ends_leaves_the_best_point_and_its_proven_gap() -> None:
    over = cube(np.full(3, 0.2), 3.0)
    few = sf.minimize(hard, over=over, max_steps=200)
    more = sf.minimize(hard, over=over, max_steps=4000)
    for found in (few, more):
        assert found.status is Status.STEP_LIMIT
        assert found.verdict.kind is not K.GLOBAL_MINIMUM
        assert found.verdict.confidence is not Confidence.PROVED
        # The lowest value is 0, at every point with xy = 1 and so on.
        assert found.value >= 0.0 and found.value - found.verdict.gap <= 1e-12
        assert "raise max_steps" in found.verdict.advice
        assert "at most" in str(found)
    assert more.verdict.gap < few.verdict.gap < np.inf
    timed = sf.minimize(hard, over=over, time_limit=1.5)
    assert timed.status is Status.TIME_LIMIT and timed.timings["total"] < 10.0
    assert timed.verdict.gap < np.inf and "raise time_limit" in timed.verdict.advice
    small = sf.minimize(hard, over=over, options={"megabytes": 0.01})
    assert small.status is Status.STEP_LIMIT and "megabytes" in small.verdict.advice


def test_rounding_that_hides_the_rest_is_no_proof_of_more() -> None:
    found = sf.minimize(lambda x: (x - 0.3) ** 2 + 0.123 + 1e12 - 1e12, over=(-1.0, 2.0))
    # As a real function it is 0.123 at 0.3; its rounding in float64 is 10⁻⁴ wide.
    assert found.verdict.kind is not K.GLOBAL_MINIMUM and found.status is Status.STALLED
    assert 1e-9 < found.verdict.gap < 1e-2 and found.value - found.verdict.gap <= 0.123
    assert found.counts["parts"] < 10_000 and "Rounding" in found.verdict.advice


def test_callback_ends_the_search_with_what_is_proven() -> None:
    seen: list[tuple[int, Any, float]] = []

    def stop(k: int, x: Any, value: float) -> bool:
        seen.append((k, x, value))
        return k > 100

    found = sf.minimize(hard, over=cube(np.full(3, 0.2), 3.0), callback=stop)
    assert found.status is Status.INTERRUPTED and seen[-1][0] > 100
    assert np.shape(seen[0][1]) == (3,) and found.verdict.gap < np.inf
    upside: list[float] = []
    sf.maximize(
        lambda x: 5.0 - hard(x), over=cube(np.full(3, 0.2), 3.0), max_steps=50,
        callback=lambda k, x, value: upside.append(value),
    )  # fmt: skip
    assert max(upside) <= 5.0 + 1e-9


def test_ctrl_c_returns_what_is_proven_so_far() -> None:
    def press(k: int, x: Any, value: float) -> None:
        if k > 100:
            signal.raise_signal(signal.SIGINT)

    found = sf.minimize(hard, over=cube(np.full(3, 0.2), 3.0), callback=press)
    assert found.status is Status.INTERRUPTED and "You interrupted" in str(found)
    assert found.verdict.gap < np.inf and found.value - found.verdict.gap <= 1e-12


# ── input ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ((0.0, np.inf), "no end for x"), ((None, 1.0), "no end for x"),
        ((1.0, 0.0), "over of x is empty"), ((np.nan, 1.0), "over of x is NaN"),
        ([(0.0, 1.0)], "which is no pair"), ({"y": (0.0, 1.0)}, "y"),
        (sf.Box(np.zeros(2), np.ones(2)), "over.lower"), ("box", "over is 'box'"),
        ((-1e308, 1.5e308), "wider than the largest number"),
    ],
)  # fmt: skip
def test_a_box_that_cannot_be_used_is_named(over: Any, words: str) -> None:
    with pytest.raises(InputError, match=words.replace(".", r"\.")):
        sf.minimize("x^2", over=over)


def test_other_arguments_that_cannot_be_used() -> None:
    with pytest.raises(InputError, match="give one of them"):
        sf.minimize("x^2", over=(0, 1), bounds=(0, 1))
    for bad in (0, -1.0, "many", np.nan):
        with pytest.raises(InputError, match="megabytes"):
            sf.minimize("x^2", over=(0, 1), options={"megabytes": bad})
    with pytest.raises(InputError, match="no option"):
        sf.minimize("x^2", over=(0, 1), options={"boxes": 3})


def test_starts_methods_and_structures_go_with_a_box() -> None:
    many = sf.minimize("x^4 - 4x^2 + x", over=(-2, 2), starts=5)
    is_proved(many)
    assert many.basins is not None
    named = sf.minimize("x^4 - 4x^2 + x", over=(-2, 2), method="newton")
    is_proved(named)
    start = sf.minimize("x^4 - 4x^2 + x", 1.3, over=(-2, 2))
    is_proved(start)
    tree = sf.minimize(
        lambda p: jnp.sum((p["w"] - 0.3) ** 2) + jnp.cos(3.0 * p["b"]),
        over=sf.Box({"w": np.zeros((2, 2)), "b": -1.0}, {"w": np.ones((2, 2)), "b": 2.0}),
    )
    is_proved(tree)
    assert tree.x["w"].shape == (2, 2) and tree.value == pytest.approx(-1.0)


def test_resolve_proves_again_with_other_data() -> None:
    found = sf.minimize(
        lambda x, a: jnp.cos(a * x) + 0.1 * x, over=(-3.0, 4.0), data={"a": np.array(2.0)}
    )
    is_proved(found)
    again = found.resolve(a=np.array(3.0))
    is_proved(again)
    assert again.value != found.value


def test_the_report_and_the_dict_say_it() -> None:
    found = sf.maximize("sin(x) + x/10", over=(-4, 10))
    text = str(found)
    assert "GLOBAL MAXIMUM" in text and "Proved" in text and "is higher than this by more" in text
    told = json.loads(json.dumps(found.to_dict()))
    assert told["verdict"]["confidence"] == "PROVED" and 0.0 < told["verdict"]["gap"] < 1e-8
    assert told["counts"]["parts"] > 0


@pytest.mark.parametrize(
    ("formula", "over", "x", "value"),
    [
        ("2x+3y+50(x>0)+80(y>0)+10 max(0,30-x-y)", {"x": (0, 40), "y": (0, 40)}, [30, 0], 110.0),
        ("mod(x,1)-x/5", (0, 3), [3], -0.6),
        ("(x-3)^2 - 20 (x==0)", (0, 10), [0], -11.0),
        ("(x-3)^2 + 20 (x>0)", (0, 10), [0], 9.0),
        ("(x+3)^2 + 20 (x<0)", (-10, 0), [0], 9.0),
    ],
)
def test_what_is_paid_beside_a_face_is_not_paid_on_it(
    formula: str, over: Any, x: list[float], value: float
) -> None:
    found = sf.minimize(formula, over=over, time_limit=60.0)
    assert found.value == pytest.approx(value, abs=1e-6)
    np.testing.assert_allclose(found.point, x, atol=1e-6)
    assert found.verdict.kind.name == "GLOBAL_MINIMUM"


def test_a_convex_function_that_ends_in_its_box_is_solved_by_a_run_that_converged() -> None:
    found = sf.minimize("x ln x", over={"x": (0, 3)})
    assert found.verdict.kind is K.GLOBAL_MINIMUM and found.status is Status.CONVERGED


@pytest.mark.parametrize(
    "text, box, status",
    [
        ("x^2 + 1/x", (-1, 2), Status.UNBOUNDED),
        ("3 - 2/(x-1)", (1, 2), Status.UNBOUNDED),
        ("tan(x)", (0, 3), Status.UNBOUNDED),
        ("log(x)", (0, 1), Status.UNBOUNDED),
        ("log(abs(x))", (-1, 1), Status.NOT_ATTAINED),
    ],
)
def test_a_pole_inside_the_box_has_no_lowest_value(text: str, box: Any, status: Status) -> None:
    found = sf.minimize(text, over=box)
    assert found.status is status and found.verdict.confidence is not Confidence.PROVED
    assert not found.status.answered


def test_a_pole_upwards_is_no_way_down() -> None:
    for text in ("1/x^2", "-log(abs(x))"):
        found = sf.minimize(text, over=(-1, 1))
        assert found.verdict.kind is K.GLOBAL_MINIMUM and abs(found.value) <= 1.0
