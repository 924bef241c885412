"""Complete lists: every stationary point and every root in a box, and what is not claimed."""

import json
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import Confidence, InputError, UnsupportedError
from surefoot import PointKind as K
from surefoot.formulas import system

HIMMELBLAU = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
SIX = {"x": (-6.0, 6.0), "y": (-6.0, 6.0)}


def box(n: int, low: float, high: float) -> sf.Box:
    return sf.Box(np.full(n, low), np.full(n, high))


def rastrigin(x: Any) -> Any:
    return 10.0 * x.size + x @ x - 10.0 * jnp.sum(jnp.cos(2.0 * jnp.pi * x))


def camel(x: Any) -> Any:
    a, b = x
    return (4 - 2.1 * a**2 + a**4 / 3) * a**2 + a * b + (-4 + 4 * b**2) * b**2


def styblinski(x: Any) -> Any:
    return jnp.sum(x**4 - 16 * x**2 + 5 * x) / 2


LISTS: dict[str, tuple[Callable[[Any], Any], sf.Box, int]] = {
    "six-hump camel": (camel, sf.Box(np.array([-3.0, -2.0]), np.array([3.0, 2.0])), 15),
    "rastrigin": (rastrigin, box(2, -5.0, 6.0), 529),
    "sin sin": (lambda x: jnp.sin(x[0]) * jnp.sin(x[1]), box(2, -5.0, 6.0), 25),
    "styblinski-tang": (styblinski, box(4, -5.0, 5.0), 81),
}


@pytest.mark.parametrize("name", LISTS)
def test_the_list_is_complete(name: str) -> None:
    f, over, count = LISTS[name]
    found = sf.stationary_points(f, over)
    assert found.complete and len(found) == count and found.unresolved == ()
    with jax.enable_x64(True):
        points = np.array([point.x for point in found])
        slopes = np.asarray(jax.vmap(jax.grad(f))(points))
        hessians = np.asarray(jax.vmap(jax.hessian(f))(points))
    assert np.max(np.abs(slopes)) < 1e-10
    for point, hessian in zip(found, hessians, strict=True):
        negative = int(np.sum(np.linalg.eigvalsh(hessian) < 0.0))
        n = len(point.x)
        kinds = {0: K.LOCAL_MINIMUM, n: K.LOCAL_MAXIMUM}
        assert point.kind is kinds.get(negative, K.SADDLE_POINT)
        assert point.confidence is Confidence.PROVED
        assert np.all(point.enclosure.lower <= point.x) and np.all(point.x <= point.enclosure.upper)
        assert np.max(point.enclosure.upper - point.enclosure.lower) < 1e-13
    assert list(found) == sorted(found, key=lambda point: point.value)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2) + np.eye(count)
    assert apart.min() > 0.1


def test_himmelblau_shifted_scaled_and_turned() -> None:
    """The known nine, wherever they are moved; a box off the origin cuts some of them off."""
    plain = sf.stationary_points(HIMMELBLAU, SIX)
    assert plain.complete and len(plain) == 9
    c, s = np.cos(0.4), np.sin(0.4)

    def moved(z: Any) -> Any:
        x, y = c * z[0] - s * z[1] - 40.0, 100.0 * (s * z[0] + c * z[1])
        return (x**2 + y - 11.0) ** 2 + (x + y**2 - 7.0) ** 2

    corners = np.array([[x + 40.0, y / 100.0] for x in (-6.0, 6.0) for y in (-6.0, 6.0)])
    turned = np.array([[c, s], [-s, c]]) @ corners.T
    found = sf.stationary_points(moved, sf.Box(turned.min(axis=1), turned.max(axis=1)))
    assert len(found) >= 9 and found.complete
    values = [point.value for point in found]
    for point in plain:
        assert min(abs(value - point.value) for value in values) < 1e-8
    part = sf.stationary_points(HIMMELBLAU, {"x": (0.0, 6.0), "y": (0.0, 6.0)})
    inside = [p for p in plain if p.x["x"] >= 0 and p.x["y"] >= 0]
    assert part.complete and [p.kind for p in part] == [p.kind for p in inside]


DEGENERATE = {
    "x^4": "x^4", "x^3": "x^3", "shifted": "(x - 0.3)^4", "product": "x^2 (x - 1e-9)^2",
    "abs": "abs(x - 0.2)", "relu pair": "max(x, 0) - max(-x, 0)", "minus abs": "-abs(x)",
    "floor": "floor(x) + 0.1x^2", "triple": "(x - 1)^3 (x + 3)",
}  # fmt: skip


@pytest.mark.parametrize("name", DEGENERATE)
def test_what_is_not_simple_is_never_called_unique(name: str) -> None:
    found = sf.stationary_points(DEGENERATE[name], (-1.5, 2.0))
    assert not found.complete and found.unresolved
    places = {"shifted": 0.3, "abs": 0.2, "triple": 1.0}
    place = places.get(name, 0.0)
    assert any(part.lower <= place <= part.upper for part in found.unresolved)
    assert all(abs(float(point.x) - place) > 0.1 for point in found)
    assert all(part.why for part in found.unresolved)


def test_stop_gradient_and_wrong_rules_hide_no_point() -> None:
    """JAX's gradient of the first is 0 everywhere, of the second wrong."""

    @jax.custom_jvp
    def wrong(x):
        return (x - 1.0) ** 2

    wrong.defjvp(lambda primals, tangents: (wrong(primals[0]), 0.3 * tangents[0]))
    for f in (lambda x: (jax.lax.stop_gradient(x) - 1.0) ** 2, wrong):
        found = sf.stationary_points(f, (-2.0, 3.5))
        assert found.complete and len(found) == 1
        assert float(found[0].x) == pytest.approx(1.0, abs=1e-12)
        assert found[0].kind is K.LOCAL_MINIMUM


def test_faces_of_the_box() -> None:
    """A zero on a face is in the closed box; a lowest value on a face with a slope is no zero."""
    on = sf.stationary_points("x^2", (0.0, 1.0))
    assert on.complete and len(on) == 1 and on[0].on_the_edge
    off = sf.stationary_points("x^2", (1e-6, 1.0))
    assert off.complete and len(off) == 0
    assert "On a face of the box" in str(off)
    corner = sf.stationary_points("x^2 + y^2", {"x": (0.0, 1.0), "y": (-1.0, 0.0)})
    assert corner.complete and len(corner) == 1
    point = sf.stationary_points("x^2", (0.0, 0.0))
    assert len(point) == 1


def test_where_the_function_ends() -> None:
    found = sf.stationary_points("log(x) - x", (0.0, 3.0))
    assert [float(p.x) for p in found] == pytest.approx([1.0]) and not found.complete
    assert "defined" in found.unresolved[0].why
    assert sf.stationary_points("log(x) - x", (0.5, 3.0)).complete
    pole = sf.stationary_points("1/x + x", (-2.0, 2.0))
    assert sorted(float(p.x) for p in pole) == pytest.approx([-1.0, 1.0]) and not pole.complete


def test_a_valley_of_minima_ends_at_the_budget() -> None:
    found = sf.stationary_points(lambda x: (x @ x - 1.0) ** 2, box(2, -2.0, 2.1), boxes=3000)
    assert not found.complete and len(found) == 1
    assert any("budget" in part.why for part in found.unresolved)
    with pytest.raises(InputError, match="seconds"):
        sf.stationary_points("x^2", (-1, 1), seconds=0.0)


def test_roots_of_systems() -> None:
    def circle_and_cubic(z: Any) -> Any:
        return jnp.stack([z[0] ** 2 + z[1] ** 2 - 1.0, z[0] - z[1] ** 3])

    found = sf.roots(circle_and_cubic, box(2, -2.0, 2.0))
    assert found.complete and len(found) == 2
    for root in found:
        assert np.max(np.abs(circle_and_cubic(root.x))) < 1e-6
        assert root.value is None and root.confidence is Confidence.PROVED
    wave = sf.roots("sin(1/x)", (0.01, 0.5))
    true = 1.0 / (np.pi * np.arange(1, 32))
    assert wave.complete
    np.testing.assert_allclose(sorted(float(r.x) for r in wave), sorted(true[true >= 0.01]))
    with pytest.raises(InputError, match="1 equation for 2 unknowns"):
        sf.roots(lambda x: jnp.sum(x), box(2, 0.0, 1.0))


SYSTEMS: dict[str, tuple[Any, Any, Any, int]] = {
    "equations": (["x^2 + y^2 = 4", "x*y == 1"], {"x": (-3, 3), "y": (-3, 3)}, None, 4),
    "one side only": (["x^2 + y^2 - 4", "x*y - 1"], {"x": (-3, 3), "y": (-3, 3)}, None, 4),
    "one equation": ("cos(x) = x", (0.0, 2.0), None, 1),
    "with data": (["x + a*y = 1", "x - y = b"], {"x": (-9, 9), "y": (-9, 9)},
                  {"a": 2.0, "b": 4.0}, 1),
    "chained": (["x^2 == y == 2"], {"x": (-3, 3), "y": (-3, 3)}, None, 2),
    "of arrays": (["A @ v = c"], {"v": (np.full(2, -9.0), np.full(2, 9.0))},
                  {"A": [[2.0, 1.0], [1.0, 3.0]], "c": [1.0, 2.0]}, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", SYSTEMS)
def test_solutions_of_equations(name: str) -> None:
    equations, over, data, count = SYSTEMS[name]
    found = sf.roots(equations, over, data=data)
    assert found.complete and len(found) == count
    field = system([equations] if isinstance(equations, str) else equations, data)
    for root in found:
        assert np.max(np.abs(field(root.x))) < 1e-12


@pytest.mark.parametrize(
    ("equations", "words"),
    [
        (["x <= 2"], "whole region"),
        (["1 = 2"], "no variables"),
        (["x + y = 1", "x = "], "ends after"),
        ([3.0], "one of the equations is float"),
        (["x + y + z = 1", "x = y"], "2 equations for 3 unknowns"),
    ],
)
def test_what_is_no_system_is_refused(equations: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sf.roots(equations, dict.fromkeys("xyz", (-1.0, 1.0)))


def test_report_dict_and_iteration() -> None:
    found = sf.stationary_points(HIMMELBLAU, SIX)
    text = str(found)
    assert "COMPLETE" in text and "exactly 9 stationary points" in text and "saddle point" in text
    document = json.loads(json.dumps(found.to_dict()))
    assert len(document["points"]) == 9 and document["complete"] is True
    assert found[0].value == min(point.value for point in found)
    assert "9 stationary points" in repr(found)


@pytest.mark.parametrize(
    ("f", "over", "told"),
    [
        ("x^2", None, "over is the box"), ("x^2", (0.0, np.inf), "no end for x"),
        ("x^2", (1.0, 0.0), "empty"), ("x^2", (np.nan, 1.0), "NaN"),
        (lambda x: x, box(2, 0.0, 1.0), "number"), (jnp.sum, box(13, 0.0, 1.0), "13 variables"),
        ("x^2", {"y": (0, 1)}, "y"),
    ],
)  # fmt: skip
def test_bad_input(f: Any, over: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        sf.stationary_points(f, over)


def test_a_step_without_a_rule_is_named() -> None:
    with pytest.raises(UnsupportedError, match="lgamma"):
        sf.stationary_points(lambda x: jax.scipy.special.gammaln(x), (1.0, 3.0))


def test_solutions_by_hand_stand_beside_the_points() -> None:
    found = sf.stationary_points("x^3 - 2x + y^2", {"x": (-3, 3), "y": (-1, 1)})
    assert set(found.by_hand) == {0, 1}
    assert "x = sqrt(6)/3, y = 0" in found.report() and "by hand" in found.report()
    assert found.to_dict()["points"][0]["by_hand"].startswith("x = sqrt(6)/3")
    # Numbers that only digits describe, functions, and boxes with a part of the solutions.
    assert sf.stationary_points("x^5 - x + x^2", (-2, 2)).by_hand == {}
    assert sf.stationary_points(lambda x: x**2, (-1, 2)).by_hand == {}
    assert set(sf.stationary_points("x^4 - 2x^2", {"x": (0.5, 2)}).by_hand) == {0}


def test_a_list_by_hand_that_is_partial_says_so() -> None:
    found = sf.stationary_points("sin(x)", {"x": (-10, 10)})
    assert len(found) == 6 and len(found.by_hand) == 2
    assert "by hand, as SymPy solves it: 2 of the 6 points, not all" in found.report()
    whole = sf.stationary_points("x^4 - 2x^2", {"x": (-2, 2)})
    assert "by hand, as SymPy solves it\n" in whole.report()


def test_a_solution_by_hand_stands_beside_the_box_that_it_lies_in() -> None:
    found = sf.stationary_points("x^4 - 2x^5", (-1, 1))
    assert found.by_hand == {0: "x = 2/5"} and len(found.unresolved) == 1
    assert "by hand SymPy finds x = 0 there" in " ".join(found.report().split())
    assert found.to_dict()["unresolved"][0]["by_hand"] == ["x = 0"]
    alone = sf.stationary_points("x^4", (-1, 1))
    assert len(alone) == 0 and alone.to_dict()["unresolved"][0]["by_hand"] == ["x = 0"]


def test_a_function_that_rounds_inside_has_no_proved_points() -> None:
    found = sf.stationary_points(
        lambda x: (x.astype(jnp.float32).astype(jnp.float64) - 0.25) ** 2, (-1.0, 1.0)
    )
    assert not found.complete
    assert all(p.confidence is Confidence.SUPPORTED and "float32" in p.why for p in found)


def flat_sides(part: sf.Box) -> tuple[np.ndarray, np.ndarray]:
    lower, upper = (
        np.array(list(side.values()) if isinstance(side, dict) else [side], float)
        for side in (part.lower, part.upper)
    )
    return lower, upper


LEVEL: dict[str, tuple[str, dict[str, tuple[float, float]], Callable[[Any], Any]]] = {
    "between kinks": ("max((x-s)^2-1,0)", {"x": (-2.0, 3.5)}, lambda x: np.abs(x[:, 0] - 0.3) < 1),
    "a disc": (
        "max((x-s)^2+y^2-1,0)", {"x": (-2.0, 3.0), "y": (-2.0, 2.5)},
        lambda x: (x[:, 0] - 0.3) ** 2 + x[:, 1] ** 2 < 1,
    ),
    "everywhere": ("s + 0*x", {"x": (-1.0, 2.0)}, lambda x: np.ones(len(x), bool)),
}  # fmt: skip


@pytest.mark.parametrize("name", LEVEL)
def test_where_all_points_are_stationary_they_are_told_as_boxes(name: str) -> None:
    formula, over, is_level = LEVEL[name]
    found = sf.stationary_points(formula, over, data={"s": 0.3}, boxes=20_000)
    low, high = (np.array([pair[k] for pair in over.values()]) for k in (0, 1))
    points = np.random.default_rng(0).uniform(low, high, (4000, len(low)))
    in_level, in_any = np.zeros(4000, bool), np.zeros(4000, bool)
    for box_of in found.unresolved:
        first, last = flat_sides(box_of)
        held = ((points >= first) & (points <= last)).all(axis=1)
        in_level |= held & box_of.level
        in_any |= held
    truth = is_level(points)
    assert not (in_level & ~truth).any(), "a box of zeros holds what is none"
    assert not (truth & ~in_any).any(), "a zero is lost"
    assert in_level.sum() > 0.97 * truth.sum()
    assert not found.complete
    text = str(found)
    assert "Every point of" in text and "one" in text
    sides = [flat_sides(part) for part in found.unresolved if part.level]
    sizes = [float(np.prod(last - first)) for first, last in sides]
    assert sizes == sorted(sizes, reverse=True)


def test_the_list_says_how_many_it_leaves_out() -> None:
    found = sf.stationary_points("cos(300x)", {"x": (0, 1)})
    assert len(found.points) == 96 and "… and 66 more" in found.report()


def test_thousands_of_zeros_are_told_apart_in_their_order() -> None:
    found = sf.stationary_points("cos(20000 x)", {"x": (0, 1)})
    places = np.sort([float(point.x) for point in found.points])
    assert found.complete
    np.testing.assert_allclose(places, np.arange(len(places)) * np.pi / 20000, atol=1e-12)


# ── the end of the domain ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("formula", "where", "points"),
    [
        ("sqrt(x)", 0.0, []),
        ("sqrt(x - 3) + (x - 4)^2", 3.0, None),
        ("log(x)^2 + x", 0.0, [0.7034674224983917]),
        ("x^x", 0.0, [np.exp(-1.0)]),
        ("(x - 5)^(x - 5)", 5.0, [5.0 + np.exp(-1.0)]),
        ("sin(6x) + x^1.5", 0.0, None),
    ],
)
def test_what_lies_outside_of_the_domain_is_dropped(
    formula: str, where: float, points: list[float] | None
) -> None:
    # Not as far as −1: (−1)⁻¹ has a value.
    found = sf.stationary_points(formula, (where - 0.9, where + 3.0), progress=False)
    assert found.boxes < 20_000
    left = np.array([(box.lower, box.upper) for box in found.unresolved])
    assert left.size and np.all(np.abs(left - where) < 1e-6), "only the end itself is undecided"
    if points is not None:
        assert [float(point.x) for point in found] == pytest.approx(points, rel=1e-12)


def test_roots_are_looked_for_where_both_sides_have_a_value() -> None:
    found = sf.roots("log(x) = x - 2", (-3.0, 5.0), progress=False)
    assert found.boxes < 20_000
    known = [0.158594339563039, 3.146193220620583]
    assert [float(root.x) for root in found] == pytest.approx(known, rel=1e-12)
