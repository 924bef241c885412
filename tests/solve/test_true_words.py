"""What a report says must be so: the bounds, the sense, the side of a jump, the last point."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.formulas import parse
from surefoot.solve import Regime
from surefoot.terms import Confidence, InputError, PointKind, Status


def row(solution: sf.Solution, name: str):
    return next(item for item in solution.verdict.evidence if item.name == name)


@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_a_global_minimum_on_bounds_is_one_within_them(shift: float) -> None:
    text = f"(x - {shift})^2 + y^2"
    held = sf.minimize(text, bounds={"x": (shift + 1.0, shift + 2.0)})
    assert held.verdict.kind is PointKind.GLOBAL_MINIMUM
    assert "within the bounds" in held.verdict.meaning and "anywhere" not in held.report()
    assert "Held by the bounds of x" in held.verdict.advice
    assert "anywhere" in sf.minimize(text).verdict.meaning


def test_an_affine_function_is_not_called_quadratic() -> None:
    found = sf.maximize("3x + 2y", bounds={"x": (0, 4), "y": (0, 5)})
    assert "quadratic" not in found.verdict.advice
    assert "within the bounds" in found.verdict.meaning


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e3])
def test_the_evidence_of_a_maximum_is_about_the_function_itself(scale: float) -> None:
    curvature = row(sf.maximize(lambda x: scale / (1.0 + x**2), 0.5), "curvature")
    assert curvature.formula.startswith("largest")
    assert curvature.measured is not None and curvature.measured < 0.0
    assert "1 negative" in curvature.note


def test_a_maximum_sought_at_a_minimum_rises() -> None:
    found = sf.maximize("x^2")
    assert row(found, "escape").formula.startswith("f(x + td) − f(x)")
    assert "1 positive" in row(found, "curvature").note
    assert "which is no answer" in found.report()


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (10.0, 0.0), (1.0, 3.0)])
def test_the_side_of_a_jump_is_printed(scale: float, shift: float) -> None:
    def f(x):
        return scale * (jnp.floor(x - shift) ** 2 + (x - shift - 2.3) ** 2)

    found = sf.minimize(f, shift)
    shown = next(p for p in found.view().parameters)
    text = found.report()
    assert repr(float(found.x)) in text and f"just below {2 + shift:g}" in shown.note
    with jax.enable_x64(True):
        assert float(f(float(repr(float(found.x))))) == pytest.approx(found.value, rel=1e-9)
    assert "and no point has just that value" in " ".join(text.split())
    assert "slope is zero" not in text and "slopes are zero" not in text
    assert "direct-search does that" not in text


def test_a_reached_value_beside_a_jump_is_not_called_an_infimum() -> None:
    found = sf.minimize(lambda x: jnp.floor(x) ** 2 + 1.0, 0.7)
    assert "not reached" not in found.report()


def test_values_that_fell_are_not_said_to_have_grown() -> None:
    assert "values grew" not in sf.minimize("-ln(x)", 1.0).report()


def test_one_level_side_is_not_called_independence() -> None:
    text = sf.classify("max(x, 0)", 0.0).report()
    assert "does not depend" not in text and "one way at least" in text
    assert "x = 0" in text


@pytest.mark.parametrize("start", [5.0, 2.5, 40.0, -3.0])
def test_a_level_stretch_between_two_corners_is_flat_from_every_start(start: float) -> None:
    found = sf.minimize(lambda x: jax.nn.relu(x - 1.0) + jax.nn.relu(-x - 1.0), start)
    assert found.first_verdict.kind is PointKind.FLAT_MINIMUM


def test_a_limit_is_said_to_hold_on_its_branch() -> None:
    assert "another branch" in sf.minimize("1/x").verdict.advice


def test_a_curvature_not_seen_by_walking_says_so() -> None:
    found = sf.minimize("(x - 2)^4")
    assert "not seen by walking" in row(found, "curvature").note
    assert row(found, "turn").measured is not None


def test_limits_between_variables_are_refused_in_one_sentence() -> None:
    for call in (
        lambda: sf.minimize("x^2 <= 1"),
        lambda: sf.minimize("x^2", subject_to="x >= 1"),
        lambda: sf.maximize("x^2", subject_to="x >= 1"),
    ):
        with pytest.raises(sf.InputError, match="not solved by this version"):
            call()


def test_a_method_like_none_brings_no_guess() -> None:
    with pytest.raises(sf.InputError) as caught:
        sf.minimize("x^2", method="bogus")
    assert "did you mean" not in str(caught.value)
    with pytest.raises(sf.InputError, match="did you mean 'newton'"):
        sf.minimize("x^2", method="newtn")


def test_a_walk_says_where_it_ended_and_is_short_in_one_line() -> None:
    walk = sf.descend("x^2 + 2y^2 + z^2 + w^2", dict.fromkeys("wxyz", 1.0), lr=0.1, steps=3)
    assert "x = 0.512" in walk.report() and len(repr(walk)) < 300
    assert len(repr(sf.minimize("x^2 + 1").to_lab())) < 200


def test_hardly_determined_moves_stay_within_the_scatter() -> None:
    t = np.linspace(0.0, 1.0, 40)
    noise = 0.02 * np.random.default_rng(3).standard_normal(40)
    columns = np.stack([1.0 + t, 1.0 + t + 1e-5 * np.sin(9.0 * t)], axis=1)
    # What the columns explain is taken out, so that the estimates stay small.
    noise -= columns @ np.linalg.lstsq(columns, noise, rcond=None)[0]
    fit = sf.least_squares(lambda p: columns @ p - (1.0 + t) - noise, np.zeros(2))
    (sentence,) = fit.fit.hardly_determined
    moves = [float(part.split("by ")[1].split()[0]) for part in
             sentence.split("moving ")[1].split(" together")[0].split(", ")]
    change = np.abs(columns @ (np.array([1.0, -1.0]) * moves[0]))
    assert np.max(change) < fit.fit.residual_deviation
    assert "See to the warning first" in fit.verdict.advice


def test_many_starts_of_a_maximisation_speak_of_the_highest() -> None:
    found = sf.maximize("sin(x) - x^2/50", starts=10, bounds=(-10.0, 10.0))
    assert "none higher" in found.verdict.advice and "none lower" not in found.verdict.advice
    assert "to the highest, 0.95255" in " ".join(found.notes)
    values = [basin.value for basin in found.basins]
    assert values[0] == pytest.approx(found.value) and values == sorted(values, reverse=True)
    assert found.to_dict()["basins"]["basins"][0]["value"] == pytest.approx(found.value)
    lowest = sf.minimize("sin(x) + x^2/50", starts=10, bounds=(-10.0, 10.0))
    assert "none lower" in lowest.verdict.advice
    assert "lowest, -0.95255" in " ".join(str(lowest).split())


def test_a_pole_at_a_bound_is_named_and_no_bound_asked_for() -> None:
    found = sf.maximize("-ln(x) - (y-1)^2", {"x": 1.0, "y": 0.0}, bounds={"x": (0.0, None)})
    assert found.status is sf.Status.UNBOUNDED
    assert "+inf at x = 0" in found.verdict.advice and "upper bound" not in found.verdict.advice


def test_half_of_the_starts_are_not_more_than_half() -> None:
    found = sf.race("x^4 - x^2 + 0.2x", {"x": 0.0}, {"l-bfgs": None}, 100, starts=8, seed=0)
    there = sum(outcome.steps is not None for outcome in found["l-bfgs"].outcomes)
    said = "got there in 100 steps from more than half" in " ".join(str(found).split())
    assert said is (there <= 4)
    alone = sf.race("x^2", 1.0, {"gd": 1e-6}, 10)
    assert "half of its starts" not in " ".join(str(alone).split())


@pytest.mark.parametrize("text", ["x^4 + y^2", "(x - 1)^4 + 3(y - x)^2"])
def test_a_minimum_that_is_flat_along_a_way_has_no_condition_and_no_contraction(text: str) -> None:
    start = {"x": 1.5, "y": 2.0}
    found = sf.learning_rate(text, start, lr=0.1)
    assert found.slackens and found.condition is None and found.contraction() is None
    assert "sublinear" in found.report()
    level = sf.learning_rate("(x + y)^2", start, lr=0.1)
    assert not level.slackens and level.condition == pytest.approx(1.0)
    bowl = sf.learning_rate("x^2 + y^2/4", start, lr=0.2)
    assert not bowl.slackens and bowl.condition == pytest.approx(4.0)


def test_no_box_makes_an_indefinite_quadratic_convex() -> None:
    assert "no box" in sf.convexity("x^2 + 3 x y + y^2").advice
    assert "smaller box" in sf.convexity("x^3").advice


def test_a_root_that_is_not_simple_is_told_of_its_slope() -> None:
    assert "the slope is not shown" in sf.roots("x^2", (-1, 1)).unresolved[0].why
    assert "the curvature is not shown" in sf.stationary_points("x^4", (-1, 1)).unresolved[0].why


def test_each_bound_is_told_how_near_it_is() -> None:
    report = " ".join(sf.bounds("x e^(-x)", (0, float("inf"))).report().split())
    assert "the lower bound is at most" in report and "none was seen near the upper one" in report


@pytest.mark.parametrize(("text", "least"), [("x^2 + k y^2", 0.0), ("x^2 + (k + 1) y^2", -1.0)])
def test_what_is_offered_along_a_level_is_no_saddle(text: str, least: float) -> None:
    found = sf.minimize(text, {"k": 2.0, "x": 1.0, "y": 1.0}).verdict
    assert found.kind is PointKind.FLAT_MINIMUM
    assert f"Any k from {least:g} to" in found.advice


@pytest.mark.parametrize(
    ("text", "step"),
    [("ln|x|", "log"), ("abs(x)/x", "division"), ("1/abs(x)", "division"), ("ln(max(x,0))", "ln")],
)
def test_an_end_of_the_function_is_not_blamed_on_a_corner(text: str, step: str) -> None:
    ends = [place for place in sf.kinks(text, (-2.0, 3.0)).places if place.x == 0.0]
    assert [(end.kind.name, end.step) for end in ends] == [("DOMAIN_END", step)]


def test_a_jump_is_come_to_from_a_side_and_its_value_is_not() -> None:
    found = sf.minimize("floor(x) + (x - 2)^2", {"x": 0.3})
    assert any("1 is approached as x comes to it from below" in told for told in found.warnings)


def test_where_there_are_no_data_the_function_leaves_open() -> None:
    bare = sf.minimize("(x - y)^2 + (z - 1)^2", {"x": 1.0, "y": 3.0, "z": 0.0})
    assert bare.undetermined[0].startswith("The function cannot tell")
    alone = sf.minimize("x^2 + 0 y", {"x": 1.0, "y": 3.0})
    assert alone.undetermined == ("y changes nothing: the function does not depend on it.",)
    a = np.array([[1.0, 1.0], [2.0, 2.0]])
    fit = sf.minimize("sum((A @ w - b)^2)", np.zeros(2), data={"A": a, "b": np.ones(2)})
    assert fit.undetermined[0].startswith("The data cannot tell")


def test_numbers_of_places_are_not_run_together() -> None:
    report = sf.kinks("abs(x-0.5) + floor(x)", (-3.2, 3.2)).report()
    assert "1 … 4, 6, 7, 8" in report and "1 … 8" not in report


def test_all_that_lay_outside_the_bounds_is_named() -> None:
    box = {"x": (0, 1), "y": (0, 1), "z": (0, 9)}
    found = sf.minimize("(x-1)^2 + (y-2)^2 + z^2", {"x": 9.0, "y": 8.0, "z": 3.0}, bounds=box)
    assert "(x = 9, y = 8)" in found.notes[0]
    many = sf.minimize(lambda w: jnp.sum((w - 1) ** 2), np.full(9, 5.0), bounds=(0, 2))
    assert "and 5 more" in many.notes[0]


def test_a_slope_at_a_bound_is_not_called_zero() -> None:
    found = sf.minimize("x^4 - 3x^3 + 2", {"x": 1.0}, bounds={"x": (-1, 2)})
    assert "that no bound holds" in row(found, "stationarity").formula
    free = sf.minimize("x^4 - 3x^3 + 2", {"x": 1.0})
    assert "bound" not in row(free, "stationarity").formula


def test_what_a_bound_holds_has_no_error_of_nought() -> None:
    t, y = np.arange(6.0), np.array([5.1, 3.0, 1.9, 1.1, 0.7, 0.4])
    fit = sf.curve_fit(
        lambda t, p: p["a"] * jnp.exp(-p["b"] * t), t, y, {"a": 4.0, "b": 0.3},
        bounds={"a": (0, 4.5)},
    )  # fmt: skip
    held, free = fit.view().parameters
    assert held.standard_error is None and held.interval is None
    assert held.note == "at its upper bound, taken as known"
    assert free.standard_error is not None and free.standard_error > 0.0


@pytest.mark.parametrize(
    ("text", "start", "rate"),
    [("max(x, 0) + 0.5x^2", 2.0, 0.6), ("max(-x, 0) + 0.5x^2", -2.0, 0.6),
     ("max(x - 1, 0) + 0.5(x - 1)^2", 3.0, 0.5)],
)  # fmt: skip
def test_a_corner_with_a_level_side_is_not_called_one_to_hop_at(
    text: str, start: float, rate: float
) -> None:
    found = sf.learning_rate(text, start)
    assert found.regime is Regime.GOES_DOWN and found.contraction() is None
    assert np.isinf(found.limit)
    assert "hopping" not in found.report() and "sublinear" not in found.report()
    tried = sf.learning_rate(text, start, lr=rate)
    assert tried.regime is Regime.GOES_DOWN
    values = sf.descend(text, start, "gd", 200, lr=rate).values
    assert values[-1] <= 1e-12 * values[0]


@pytest.mark.parametrize("text", ["abs(x) + max(0, x)", "abs(x) + x^2", "abs(x - 1) + x^2/9"])
def test_a_corner_is_not_said_to_be_slow_because_nothing_curves(text: str) -> None:
    found = sf.learning_rate(text, 2.0)
    assert found.regime is Regime.HOPS and "sublinear" not in found.report()


def test_the_ends_of_a_box_are_not_rounded_past_it() -> None:
    claimed = sf.convexity("x^4 - 12x^2", {"x": (1.4142136, 3.0)})
    assert "1.4142136 … 3" in claimed.report()
    page = sf.minimize("-x", 1e6 + 0.5, bounds=(1e6, 1e6 + 1)).to_lab()
    assert "1e6 ≤ x ≤ 1000001 " in page.lesson and "x = 1000001 is" in page.lesson


def test_a_change_seen_far_along_a_tiny_newton_step_is_named_as_a_step() -> None:
    walk = sf.descend("x^4 - 3x^3 + 2", 1.0, "newton", 100)
    assert "still improves the value" in walk.verdict.advice
    assert "no step that way" not in walk.verdict.advice


def test_an_open_side_that_nothing_lies_beyond_is_named() -> None:
    with pytest.raises(InputError, match="has the lower end inf: no number lies beyond"):
        sf.minimize("x^2", 1.0, bounds=(float("inf"), float("inf")))


def test_where_no_step_moves_the_point_no_rate_is_said_to() -> None:
    told = " ".join(sf.learning_rate("x^4", 0.0, "gd").report().split())
    assert "no step moves it" in told and "its own size" not in told


@pytest.mark.parametrize("formula", ["a x^2 + b", "x + y^2", "x y^2 + z"])
def test_what_the_judge_sees_fall_without_end_is_unbounded(formula: str) -> None:
    found = sf.minimize(formula)
    assert found.status is Status.UNBOUNDED
    assert any(row.name == "unbounded ray" and row.holds for row in found.verdict.evidence) or (
        found.engine == "closed-form"
    )


@pytest.mark.parametrize(
    "text, power",
    [("y^2 + x^4", 4), ("y^2 + x^6", 6), ("y^2 + x^6 cos(x)", 6), ("3y^2 + 2x^8", 8)],
)
def test_beside_the_very_bottom_the_power_is_the_functions(text: str, power: int) -> None:
    """The point is off by 1e-9 or 1e-19, where what is left of the slope looks like a line."""
    verdict = sf.minimize(text, {"x": 1.0, "y": 1.0}).verdict
    assert verdict.kind in (PointKind.LOCAL_MINIMUM, PointKind.GLOBAL_MINIMUM)
    for row in verdict.evidence:
        if row.name == "beyond curvature":
            assert row.measured == pytest.approx(power, rel=0.05)
            assert "rises" in row.note and "falls" not in row.note


def test_what_the_data_cannot_tell_is_said_beside_an_undecided_point_too() -> None:
    t = np.arange(8.0)
    y = np.array([5.02, 3.37, 2.25, 1.53, 1.02, 0.70, 0.46, 0.32])
    for start in ((1.0, 0.0, 1.0), (1.0, 0.5, 1.0)):
        found = sf.curve_fit(lambda t, a, b, k: a * jnp.exp(-k * t + b), t, y, start)
        assert any("cannot tell a and b apart" in words for words in found.warnings)


def test_a_cover_shows_a_bound_that_is_one() -> None:
    box = {"x": (0, 10), "y": (0, 10)}
    highest = sf.maximize("x y (10 - x - y)", over=box).report()
    (row,) = [line for line in highest.splitlines() if "no value is higher than" in line]
    assert float(row.split()[-2]) >= 1000 / 27
    lowest = sf.minimize("x^4 - 4x^2 + x", over=(-2, 2))
    (row,) = [line for line in lowest.report().splitlines() if "no value is lower than" in line]
    assert lowest.value - 1e-8 < float(row.split()[-2]) <= lowest.value


@pytest.mark.parametrize("size", [3, 60, 100, 250])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_fall_on_one_side_of_a_switch_is_seen(size: int, side: float) -> None:
    """x² on one side and −x² on the other: AD's curvature is that of one side alone."""
    k, weights = size // 2, np.linspace(1.0, 5.0, size)

    def f(x):
        rest = jnp.sum(weights * (1.0 - jnp.cos(x.at[k].set(0.0))))
        return rest + weights[k] * jnp.where(side * x[k] >= 0, 1, -1) * x[k] ** 2

    assert sf.classify(f, np.zeros(size)).kind not in (
        PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM
    )  # fmt: skip


@pytest.mark.parametrize("text", ["2^x", "2^sqrt(x + 2)", "pi^log(x)", "3^(1/x)", "2^(-x^2)"])
def test_powers_of_a_constant_are_bounded(text: str) -> None:
    values = [float(parse(text)(x)) for x in np.linspace(0.5, 2.0, 301)]
    lowest, highest = sf.minimize(text, over=(0.5, 2.0)), sf.maximize(text, over=(0.5, 2.0))
    assert lowest.verdict.confidence is highest.verdict.confidence is Confidence.PROVED
    assert lowest.value == pytest.approx(min(values)) and lowest.value <= min(values) + 1e-12
    assert highest.value == pytest.approx(max(values)) and highest.value >= max(values) - 1e-12


def test_a_print_inside_is_no_part_of_the_function(capsys: pytest.CaptureFixture[str]) -> None:
    def told(x):
        jax.debug.print("at {}", x)
        return jnp.sum((x - 1.0) ** 2) + jnp.sum(jnp.abs(x))

    box = sf.Box(-np.ones(2), 2 * np.ones(2))
    assert sf.minimize(told, np.full(2, 3.0)).x == pytest.approx([0.5, 0.5])
    assert sf.minimize(told, over=box).verdict.confidence is Confidence.PROVED
    assert sf.convexity(told, box).kind.name == "CONVEX"
    assert sf.kinks(told, box).smooth.name == "NOT_SMOOTH"
    assert sf.bounds(told, box).upper >= 4.0
    assert len(sf.descend(told, np.full(2, 3.0), "gd", 3, lr=0.1)) > 0
    residual = sf.least_squares(lambda x: (jax.debug.print("{}", x), x - 1.0)[1], np.zeros(2))
    assert residual.x == pytest.approx([1.0, 1.0])
    capsys.readouterr()
