"""Places where functions are not smooth, and no alarm where they are."""

import doctest
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from attack.kinks import false_kinks

import surefoot as sf
from surefoot import Box, Confidence, InputError, UnsupportedError
from surefoot.cli import main
from surefoot.solve.kinks_report import KinkKind as K
from surefoot.solve.kinks_report import Smoothness

F = Callable[[Any], Any]
OVER = (-2.0, 3.0)


def huber(x: Any) -> Any:
    return jnp.where(jnp.abs(x) <= 1.0, 0.5 * x**2, jnp.abs(x) - 0.5)


SMOOTH: dict[str, F] = {
    "logaddexp": lambda x: jnp.logaddexp(x, 0.0),
    "softplus": jax.nn.softplus,
    "logsumexp": lambda x: jax.scipy.special.logsumexp(jnp.stack([x, -x, 0.0 * x])),
    "softmax": lambda x: jax.nn.softmax(jnp.stack([x, 2.0 * x, x**2]))[1],
    "log_softmax": lambda x: jax.nn.log_softmax(jnp.stack([x, 2.0 * x]))[0],
    "x|x|": lambda x: x * jnp.abs(x),
    "|x|^2": lambda x: jnp.abs(x) ** 2,
    "|x|^3": lambda x: jnp.abs(x) ** 3,
    "|x^3|": lambda x: jnp.abs(x**3),
    "|x|^1.5": lambda x: jnp.abs(x) ** 1.5,
    "|(x-1)^2| written out": lambda x: jnp.abs(x * x - 2.0 * x + 1.0),
    "sqrt(1+x^2)": lambda x: jnp.sqrt(x**2 + 1.0),
    "relu^2": lambda x: jnp.maximum(x, 0.0) ** 2,
    "squared hinge": lambda x: jax.nn.relu(1.0 - 0.7 * x) ** 2,
    "relu^2 off a float": lambda x: jax.nn.relu(3.0 * x - 1.0) ** 2,
    "huber": huber,
    "pieces that meet": lambda x: jnp.where(x > 0.0, x**2, -(x**2)),
    "equal branches": lambda x: jnp.where(x > 0.3, jnp.sin(x), jnp.sin(x)),
    "guarded": lambda x: jnp.where(jnp.isfinite(x), x**2, 0.0),
    "norm away from 0": lambda x: jnp.linalg.norm(jnp.stack([x, x + 1.0])),
    "abs away from 0": lambda x: jnp.abs(x - 5.0),
    "log cosh": lambda x: jnp.logaddexp(x, -x) - jnp.log(2.0),
    "elu": jax.nn.elu,
    "gelu": jax.nn.gelu,
    "silu": jax.nn.silu,
    "sinc": jnp.sinc,
    "clip out of reach": lambda x: jnp.clip(x, -10.0, 10.0) ** 2,
    "floor squared out of reach": lambda x: x + jnp.floor(0.1 * x + 0.4),
    "1/(1+x^2)": lambda x: 1.0 / (1.0 + x**2),
    "corners that cancel": lambda x: jnp.abs(x) - jnp.abs(-x) + x,
    "max and min": lambda x: jnp.maximum(x, 0.5) + jnp.minimum(x, 0.5),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("shift", [0.0, 0.3125])
def test_no_alarm_on_smooth_functions(name: str, shift: float) -> None:
    found = sf.kinks(lambda x: SMOOTH[name](x - shift), OVER)
    rough = [place for place in found if place.kind is not K.AD_WRONG]
    assert rough == [] and found.unresolved == () and found.more == 0
    assert found.smooth is Smoothness.SMOOTH


@pytest.mark.parametrize("seed", range(20))
def test_nothing_false_is_said_of_random_functions(seed: int) -> None:
    assert false_kinks(seed) == []


def test_library_functions_of_constants_are_computed() -> None:
    """logaddexp has a rule of its own for derivatives, and here nothing to differentiate."""
    found = sf.kinks(lambda x: x + jnp.logaddexp(0.0 * x, 0.0 * x), OVER)
    assert found.smooth is Smoothness.SMOOTH


@pytest.mark.parametrize("name", ["x|x|", "relu^2", "pieces that meet", "sqrt(1+x^2)", "logaddexp",
                                  "max and min"])  # fmt: skip
def test_smoothness_that_is_proved(name: str) -> None:
    found = sf.kinks(SMOOTH[name], OVER)
    assert (found.smooth, found.confidence) == (Smoothness.SMOOTH, Confidence.PROVED)


def test_rounding_does_not_hide_a_corner_from_a_proof() -> None:
    """10¹⁶ − 1 rounds to 10¹⁶, but x² − 1 + 10¹⁶ − 10¹⁶ is −1 at 0: the corners are real."""
    for f in (
        lambda x: jax.nn.relu(x**2 - 1.0 + 1e16 - 1e16),
        lambda x: 1e17 * jnp.abs(x) + jnp.abs(x) - 1e17 * jnp.abs(x),
    ):
        found = sf.kinks(f, OVER)
        assert (found.smooth, found.confidence) != (Smoothness.SMOOTH, Confidence.PROVED)


# function, places on [−2, 3], kind, slopes to both sides of the first
ROUGH: dict[str, tuple[F, list[float], K, tuple[float, float]]] = {
    "abs": (jnp.abs, [0.0], K.KINK, (-1.0, 1.0)),
    "abs of 3x-1": (lambda x: jnp.abs(3 * x - 1), [1 / 3], K.KINK, (-3.0, 3.0)),
    "abs of sin": (lambda x: jnp.abs(jnp.sin(2 * x)), [-np.pi / 2, 0, np.pi / 2], K.KINK, (-2, 2)),
    "two abs": (lambda x: jnp.abs(x - 1) - 2 * jnp.abs(x), [0.0, 1.0], K.KINK, (1.0, -3.0)),
    "close": (lambda x: jnp.abs(x) + jnp.abs(x - 1e-10), [0.0, 1e-10], K.KINK, (-2.0, 0.0)),
    "relu": (jax.nn.relu, [0.0], K.KINK, (0.0, 1.0)),
    "leaky relu": (jax.nn.leaky_relu, [0.0], K.KINK, (0.01, 1.0)),
    "minimum": (lambda x: jnp.minimum(x, 0.5), [0.5], K.KINK, (1.0, 0.0)),
    "maximum of curves": (lambda x: jnp.maximum(x**2, x), [0.0, 1.0], K.KINK, (0.0, 1.0)),
    "clip": (lambda x: jnp.clip(x, -1, 1), [-1.0, 1.0], K.KINK, (0.0, 1.0)),
    "hinge": (lambda x: jnp.maximum(0.0, 1 - x), [1.0], K.KINK, (-1.0, 0.0)),
    "where": (lambda x: jnp.where(x > 1, 2 * x - 1, x), [1.0], K.KINK, (1.0, 2.0)),
    "cond": (lambda x: jax.lax.cond(x > 1, lambda y: 2 * y - 1, lambda y: y, x), [1.0], K.KINK,
             (1.0, 2.0)),
    "norm": (lambda x: jnp.linalg.norm(jnp.stack([x - 0.5, 2 * x - 1])), [0.5], K.KINK,
             (-np.sqrt(5), np.sqrt(5))),
    "sqrt of x^2": (lambda x: jnp.sqrt(x**2), [0.0], K.KINK, (-1.0, 1.0)),
    "exp|x|": (lambda x: jnp.exp(-jnp.abs(x)), [0.0], K.KINK, (1.0, -1.0)),
    "median": (lambda x: jnp.sort(jnp.stack([x, 0.0 * x, 1.0 + 0 * x]))[1], [0.0, 1.0], K.KINK,
               (0.0, 1.0)),
    "largest": (lambda x: jnp.max(jnp.stack([x, -x, 0 * x + 1])), [-1.0, 1.0], K.KINK, (-1.0, 0)),
    "cummax": (lambda x: jax.lax.cummax(jnp.stack([0 * x, x]))[1], [0.0], K.KINK, (0.0, 1.0)),
    "sign": (jnp.sign, [0.0], K.FLAT_STEP, (0.0, 0.0)),
    "floor": (jnp.floor, [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0], K.FLAT_STEP, (0.0, 0.0)),
    "ceil": (lambda x: x + jnp.ceil(x / 2), [-2.0, 0.0, 2.0], K.FLAT_STEP, (1.0, 1.0)),
    "round": (jnp.round, [-1.5, -0.5, 0.5, 1.5, 2.5], K.FLAT_STEP, (0.0, 0.0)),
    "comparison": (lambda x: x + (x > 0.7), [0.7], K.FLAT_STEP, (1.0, 1.0)),
    "where that jumps": (lambda x: jnp.where(x > 0.5, x + 1, x), [0.5], K.JUMP, (1.0, 1.0)),
    "remainder": (lambda x: jnp.fmod(x + 4.0, 1.5), [-1.0, 0.5, 2.0], K.JUMP, (1.0, 1.0)),
    "argmax": (lambda x: x + jnp.argmax(jnp.stack([x, 1 - x])), [0.5], K.FLAT_STEP, (1.0, 1.0)),
    "whole part": (lambda x: x.astype(int) * x, [-2, -1.0, 1.0, 2.0, 3.0], K.FLAT_STEP, (-2, -1)),
    "one point": (lambda x: jnp.where(x == 0.5, 7.0, x), [0.5], K.ONE_POINT, (1.0, 1.0)),
    "sign that touches": (lambda x: jnp.sign(-((x - 0.25) ** 2)), [0.25], K.ONE_POINT, (0.0, 0.0)),
    "floor that touches": (lambda x: x + jnp.floor(1.0 - 0.1 * (x - 1) ** 2), [1.0], K.ONE_POINT,
                           (1.0, 1.0)),
    "comparison that touches": (lambda x: jnp.where((x - 1) ** 2 > 0.0, x, 3.0), [1.0], K.ONE_POINT,
                                (1.0, 1.0)),
    "cbrt": (lambda x: jnp.cbrt(x - 0.3), [0.3], K.VERTICAL, (np.inf, np.inf)),
    "sqrt": (jnp.sqrt, [0.0], K.VERTICAL, (np.nan, np.inf)),
    "sqrt |x|": (lambda x: jnp.sqrt(jnp.abs(x)), [0.0], K.VERTICAL, (-np.inf, np.inf)),
    "log": (jnp.log, [0.0], K.DOMAIN_END, (np.nan, np.nan)),
    "pole": (lambda x: 1 / (x - 1), [1.0], K.DOMAIN_END, (np.nan, np.nan)),
}  # fmt: skip

ENDS = {
    "asin": (lambda x: jnp.arcsin(2 * x), [-0.5, 0.5], K.VERTICAL),
    "acos of a square": (lambda x: jnp.arccos(x**2), [-1.0, 1.0], K.VERTICAL),
    "atanh": (lambda x: jnp.arctanh(x / 3), [-3.0, 3.0], K.DOMAIN_END),
    "acosh": (lambda x: jnp.arccosh(x / 0.3), [0.3], K.VERTICAL),
    "log1p": (lambda x: jnp.log1p(3 * x), [-1 / 3], K.DOMAIN_END),
    "tan": (jnp.tan, [-np.pi / 2, np.pi / 2], K.DOMAIN_END),
    "secant": (lambda x: 1 / jnp.cos(x), [-np.pi / 2, np.pi / 2], K.DOMAIN_END),
    "poles between floats": (lambda x: 1 / (x**2 - 2), [-(2**0.5), 2**0.5], K.DOMAIN_END),
    "double poles": (lambda x: (x**2 - 2) ** -2, [-(2**0.5), 2**0.5], K.DOMAIN_END),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_ends_of_the_domain_are_where_they_are(name):
    f, places, kind = ENDS[name]
    found = sf.kinks(f, (-4, 4))
    assert not found.unresolved
    assert [place.kind for place in found] == [kind] * len(places)
    np.testing.assert_allclose([place.x for place in found], places, rtol=0, atol=5e-16)


def test_where_both_sides_overflow_nothing_is_told():
    found = sf.kinks(lambda x: jnp.exp(400 * (3 - x)) * (2 + jnp.sign(x + 1)), (-2, 3))
    assert not found.places and found.smooth is Smoothness.UNKNOWN
    assert [part.why for part in found.unresolved] == ["it has no finite value to either side"]


def test_a_narrow_peak_is_no_pole():
    found = sf.kinks(lambda x: 1 / ((x**2 - 2) ** 2 + 1e-16), (-2, 5))
    assert not found.places


@pytest.mark.parametrize("name", ROUGH)
def test_places_are_found(name: str) -> None:
    f, places, kind, slopes = ROUGH[name]
    found = sf.kinks(lambda x: f(x), OVER)
    assert found.smooth is Smoothness.NOT_SMOOTH and found.unresolved == ()
    assert [float(p.x) for p in found] == pytest.approx(places, abs=1e-12)
    assert {p.kind for p in found} == {kind}
    for place, x in zip(found, places, strict=True):
        assert place.enclosure.lower - 1e-15 <= x <= place.enclosure.upper + 1e-15
    assert (found[0].left, found[0].right) == pytest.approx(slopes, abs=1e-9, nan_ok=True)
    assert "test_kinks.py:" in found[0].where


@pytest.mark.parametrize("name", ["abs", "abs of sin", "maximum of curves", "clip", "where", "norm",
                                  "floor", "where that jumps"])  # fmt: skip
@pytest.mark.parametrize(("shift", "scale"), [(0.25, 2.0), (-7.0, 1e3), (1e3, 0.01)])
def test_places_move_with_the_function(name: str, shift: float, scale: float) -> None:
    """g(x) = s·f((x − a)/s): the same slopes at a + s·place."""
    f, places, kind, slopes = ROUGH[name]
    over = shift - 2.001 * scale, shift + 3.001 * scale
    found = sf.kinks(lambda x: scale * f((x - shift) / scale), over)
    assert [float(p.x) for p in found] == pytest.approx(
        [shift + scale * x for x in places], abs=1e-9 * scale + 1e-12 * abs(shift)
    )
    assert {p.kind for p in found} == {kind}
    assert (found[0].left, found[0].right) == pytest.approx(slopes, abs=1e-6)


def test_the_step_is_named_as_it_is_written() -> None:
    found = sf.kinks(lambda x: jax.nn.relu(x - 1.0) + jnp.abs(x), OVER)
    assert [p.step for p in found] == ["abs", "relu"]
    assert [p.source for p in found] == ["jnp.abs(x)", "jax.nn.relu(x - 1.0)"]
    formula = sf.kinks("floor(x) + max(x, 1/3)", {"x": (0.1, 1.5)})
    assert [p.step for p in formula] == ["max", "floor"]


def test_a_slope_that_ad_gets_wrong() -> None:
    found = sf.kinks(lambda x: jax.nn.relu(x) - jax.nn.relu(-x), OVER)
    assert found.smooth is Smoothness.SMOOTH and found.confidence is Confidence.PROVED
    [place] = found
    assert place.kind is K.AD_WRONG and place.subgradient is False
    assert (place.ad, place.right) == (0.0, 1.0)
    [place] = sf.kinks(lambda x: jnp.where(x == 0.0, 1.0, jnp.sin(x) / x), OVER)
    assert place.kind is K.AD_WRONG and np.isnan(place.ad) and place.right == pytest.approx(0.0)


def test_subgradients() -> None:
    for f, inside in ((jnp.abs, True), (lambda x: -jnp.abs(x), True), (jnp.linalg.norm, False)):
        [place] = sf.kinks(lambda x, f=f: f(x * jnp.ones(2)) @ jnp.ones(2) if f is not
                           jnp.linalg.norm else f(x * jnp.ones(2)), OVER)  # fmt: skip
        assert place.kind is K.KINK and place.subgradient is inside


def test_no_gradient_almost_everywhere_is_said() -> None:
    found = sf.kinks(lambda x: jnp.round(3.0 * x), (0.0, 1.0))
    assert "zero almost everywhere" in found.zero_gradient
    assert all("descent cannot see it" in p.sentence for p in found)
    assert sf.kinks(lambda x: x + jnp.round(3.0 * x), (0.0, 1.0)).zero_gradient == ""


def test_many_places_are_counted() -> None:
    found = sf.kinks(lambda x: jnp.floor(1000.0 * x), (0.0, 1.0))
    assert len(found) == 100 and found.more == 901 and not found.complete
    far = sf.kinks(jnp.floor, (-np.inf, np.inf), most=5)
    assert len(far) >= 4 and far.unresolved and far.smooth is Smoothness.NOT_SMOOTH
    assert "budget" in far.unresolved[0].why


def test_infinite_boxes() -> None:
    [place] = sf.kinks(lambda x: jnp.abs(x - 12.5), (-np.inf, np.inf))
    assert float(place.x) == 12.5 and place.confidence is Confidence.PROVED
    assert sf.kinks(lambda x: jnp.abs(x - 12.5), (20.0, np.inf)).confidence is Confidence.PROVED


def test_a_place_on_the_edge() -> None:
    [place] = sf.kinks(jnp.abs, (0.0, 1.0))
    assert place.on_the_edge and float(place.x) == 0.0
    assert len(sf.kinks(jnp.abs, (1e-6, 1.0))) == 0


BOX = Box(np.full(2, -2.0), np.full(2, 3.0))
NORMAL = np.array([1.0, -1.0])
FLAT: dict[str, tuple[F, K | None, F]] = {
    "abs of a line": (lambda x: jnp.abs(x[0] - x[1]), K.KINK, lambda x: x[0] - x[1]),
    "max": (lambda x: jnp.max(x * jnp.array([1.0, 2.0])), K.KINK, lambda x: x[0] - 2 * x[1]),
    "circle": (lambda x: jnp.abs(x @ x - 4.0), K.KINK, lambda x: x @ x - 4.0),
    "norm": (lambda x: jnp.linalg.norm(x - jnp.array([0.3, -0.7])), K.KINK,
             lambda x: np.abs(x - [0.3, -0.7]).sum()),
    "step": (lambda x: x[0] + jnp.floor(x[0] + x[1]), K.FLAT_STEP,
             lambda x: (x[0] + x[1]) - np.rint(x[0] + x[1])),
    "jump": (lambda x: jnp.where(x[0] > x[1], x[0] + 1.0, x[0]), K.JUMP, lambda x: x[0] - x[1]),
    "steep": (lambda x: jnp.cbrt(x[0] - 2.0 * x[1]), K.VERTICAL, lambda x: x[0] - 2 * x[1]),
    "pole": (lambda x: x[1] / (x[0] - 1.0), K.DOMAIN_END, lambda x: x[0] - 1.0),
    "norm elsewhere": (lambda x: jnp.linalg.norm(x - 9.0), None, np.sum),
    "logsumexp": (jax.scipy.special.logsumexp, None, np.sum),
    "huber": (lambda x: jnp.sum(huber(x - 0.3)), None, np.sum),
    "x|x|": (lambda x: jnp.sum(x * jnp.abs(x)), None, np.sum),
    "relu(xy)^2": (lambda x: jax.nn.relu(x[0] * x[1]) ** 2, None, np.sum),
    "|x|y^2 off y = 0": (lambda x: jnp.abs(x[0] + 5.0) * x[1] ** 2, None, np.sum),
}  # fmt: skip


@pytest.mark.parametrize("name", FLAT)
def test_two_variables(name: str) -> None:
    f, kind, on_it = FLAT[name]
    found = sf.kinks(f, BOX)
    assert found.unresolved == ()
    if kind is None:
        assert found.smooth is Smoothness.SMOOTH and len(found) == 0
        return
    assert found.smooth is Smoothness.NOT_SMOOTH and {p.kind for p in found} == {kind}
    for place in found:
        assert float(on_it(place.x)) == pytest.approx(0.0, abs=1e-9)
        assert np.all((place.x >= -2.0) & (place.x <= 3.0))


def test_the_slopes_are_those_across_the_surface() -> None:
    [place] = sf.kinks(lambda x: jnp.abs(3.0 * x[0] - 3.0 * x[1]) + x[0], BOX)
    assert place.confidence is Confidence.PROVED
    turned = np.asarray(place.direction)
    assert turned[0] == pytest.approx(-turned[1]) and np.max(np.abs(turned)) == 1.0
    assert place.right - place.left == pytest.approx(12.0)


def test_a_net_is_grouped_by_line() -> None:
    rng = np.random.default_rng(3)
    data, y = rng.normal(size=(20, 3)), rng.normal(size=20)

    def loss(p: Any) -> Any:
        hidden = jax.nn.relu(data @ p["W"])
        return jnp.mean((hidden @ p["v"] - y) ** 2)

    sides = {"W": np.ones((3, 8)), "v": np.ones(8)}
    found = sf.kinks(loss, Box({k: -v for k, v in sides.items()}, sides))
    [place] = found
    assert place.kind is K.KINK and place.step == "relu" and place.elements == 160
    assert found.confidence is Confidence.PROVED


def test_what_is_not_met_is_said() -> None:
    """The surface of a tiny sphere off every line: neither found nor excluded."""
    found = sf.kinks(lambda x: jnp.maximum(1e-9 - jnp.sum((x - 0.123) ** 2), 0.0) + x[0], BOX)
    assert found.smooth is not Smoothness.SMOOTH
    if found.smooth is Smoothness.UNKNOWN:
        assert found.confidence is Confidence.UNKNOWN
        assert found.unresolved[0].step == "maximum" and found.unresolved[0].why


def test_bad_input() -> None:
    for over, words in (
        (None, "over is the box"), ((1.0, 0.0), "above"), ((np.nan, 1.0), "NaN"),
        ([(0.0, 1.0)], "which is no pair"), ({"y": (0.0, 1.0)}, "y"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            sf.kinks("abs(x)", over)
    with pytest.raises(InputError, match="most"):
        sf.kinks("abs(x)", (0, 1), most=0)
    with pytest.raises(InputError, match="shape"):
        sf.kinks(lambda x: jnp.abs(x * jnp.ones(2)), (0.0, 1.0))


def test_unknown_steps_are_refused_by_name_and_line() -> None:
    with pytest.raises(UnsupportedError, match=r"test_kinks\.py.*complex"):
        sf.kinks(lambda x: jnp.sum(jnp.abs(jnp.fft.fft(x * jnp.ones(4)))), (0.0, 1.0))


def test_the_report_and_the_dict() -> None:
    found = sf.kinks("abs(x - 0.25) + floor(x)", {"x": (-1.5, 1.5)})
    text = found.report(100)
    assert "NOT SMOOTH" in text and "kink" in text and "abs(x - 0.25)" in text
    assert "<table" in found._repr_html_() and "places" in repr(found)
    plain = json.loads(json.dumps(found.to_dict()))
    assert [p["kind"] for p in plain["places"]] == [
        "FLAT_STEP", "FLAT_STEP", "KINK", "FLAT_STEP",
    ]  # fmt: skip
    assert all(K[p["kind"]] for p in plain["places"])
    empty = sf.kinks("x^2", (0, 1))
    assert "SMOOTH" in empty.report() and empty.complete


def test_the_examples_of_the_page() -> None:
    page = Path(__file__).parents[2] / "docs" / "kinks.md"
    outcome = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert outcome.attempted > 10 and outcome.failed == 0


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kinks", "abs(x - 0.25) + floor(x)", "--over", "x=-0.5:0.5"]) == 0
    text = capsys.readouterr().out
    assert "NOT SMOOTH" in text and "flat step" in text and "kink" in text
    assert main(["kinks", "x*abs(x)", "--over", "-1:1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["smooth"] == "SMOOTH"
    assert main(["kinks", "abs(x)"]) == 2
    assert "--over" in capsys.readouterr().err


@pytest.mark.parametrize("middle", [1.0, -1e6, 1e8, 3e12])
@pytest.mark.parametrize("share", [2.0**-40, 2.0**-30, 2.0**-22])
def test_corners_in_narrow_boxes_far_out_are_not_lost(middle: float, share: float) -> None:
    # Parts of such a box are a few last digits wide, and a corner may lie just on a cut.
    half = max(abs(middle) * share, 64.0 * np.spacing(abs(middle)))
    lower, upper = middle - half, middle + half
    for at in (middle, middle + 0.25 * half, middle - 0.5 * half, middle + 0.3 * half):
        found = sf.kinks(lambda x, at=at: jnp.abs(x - at), over=(lower, upper))
        near = [p for p in found.places if abs(float(p.x) - at) <= 16 * np.spacing(abs(at))]
        assert near or found.unresolved
        both = sf.kinks(
            lambda x, at=at: jnp.abs(x[0] - at) + x[1],
            over=sf.Box(np.array([lower, -1.0]), np.array([upper, 1.0])),
        )
        assert both.places or both.unresolved


def test_a_jump_is_blamed_on_what_jumps() -> None:
    found = sf.kinks("abs(x) + mod(x,1)", over={"x": (-0.5, 0.5)})
    assert [place.step for place in found.places] == ["mod"]


@pytest.mark.parametrize(
    "text",
    ["abs(x) + sqrt(x^2+y^2)", "max(x,0) + max(y,0) + sqrt(x^2+y^2)", "floor(x) + sqrt(x^2+y^2)"],
)
def test_a_tip_on_the_surface_of_another_step_is_not_passed_over(text: str) -> None:
    found = sf.kinks(text, {"x": (-1, 1), "y": (-1, 1)})
    assert "sqrt" in [left.step for left in found.unresolved]
    beside = sf.kinks(text.replace("x^2+y^2", "(x-0.3)^2+(y-0.1)^2"), {"x": (-1, 1), "y": (-1, 1)})
    assert "sqrt" in [place.step for place in beside.places] and not beside.unresolved


@pytest.mark.parametrize("shift", [0.0, 0.25, 1 / 3])
def test_pieces_that_join_smoothly_in_several_variables_do_not_jump(shift: float) -> None:
    box = sf.Box(-np.ones(2), np.ones(2))
    assert not sf.kinks(lambda w: jnp.sum(jnp.where(w > shift, (w - shift) ** 2, 0.0)), box).places
    jumps = sf.kinks(lambda w: jnp.sum(jnp.where(w > shift, (w - shift) ** 2 + 1e-9, 0.0)), box)
    assert [place.kind.name for place in jumps.places] == ["JUMP"]


@pytest.mark.parametrize(
    ("text", "over", "step", "also"),
    [
        ("max(x,y) + abs(x-y)", {"x": (-1, 1), "y": (-1, 1)}, "max", "abs, 'abs(x-y)'"),
        ("|x| + floor(x)", {"x": (-0.5, 0.5)}, "floor", "abs, '|x|'"),
        ("abs(max(x,0))", {"x": (-1, 1)}, "max", None),
    ],
)
def test_all_steps_that_switch_at_a_place_are_named(
    text: str, over: Any, step: str, also: str | None
) -> None:
    (place,) = sf.kinks(text, over).places
    assert place.step == step
    assert place.also == (() if also is None else (f"{also} in the formula",))
    assert also is None or also in place.sentence


@pytest.mark.parametrize(
    "text", ["abs(x) - sqrt(x^2+y^2)", "abs(x+y) - sqrt(x^2+y^2)"]
)
def test_a_tip_that_one_line_does_not_show_is_no_end_of_the_function(text: str) -> None:
    found = sf.kinks(text, {"x": (-1, 1.5), "y": (-1, 1.5)})
    assert {place.kind for place in found.places} <= {K.KINK}
    assert found.unresolved and found.smooth is not Smoothness.SMOOTH


@pytest.mark.parametrize(
    "f", [lambda v: jnp.cos(jnp.arctan2(v[1], v[0])),
          lambda v: jnp.hypot(v[0], v[1]) * jnp.cos(2 * jnp.arctan2(v[1], v[0]))],
)  # fmt: skip
def test_an_angle_is_not_smooth_at_the_origin(f: F) -> None:
    found = sf.kinks(f, Box(np.array([-1.0, -1.0]), np.array([1.5, 1.5])))
    assert found.smooth is not Smoothness.SMOOTH
    away = sf.kinks(f, Box(np.array([0.5, -1.0]), np.array([1.5, 1.5])))
    assert away.smooth is Smoothness.SMOOTH and not away.unresolved


INSIDE: dict[str, Callable[[F], F]] = {
    "fori_loop": lambda f: lambda x: jax.lax.fori_loop(0, 1, lambda k, w: f(w), x),
    "scan": lambda f: lambda x: jax.lax.scan(lambda c, t: (c + t * f(x), None), 0.0 * x,
                                             jnp.array([0.25, 0.75]))[0],
    "while_loop": lambda f: lambda x: jax.lax.while_loop(
        lambda s: s[0] < 1, lambda s: (s[0] + 1, f(s[1])), (0, x))[1],
    "map": lambda f: lambda x: jnp.sum(jax.lax.map(lambda t: t * f(x), jnp.array([2.0, -1.0]))),
    "cond that is decided": lambda f: lambda x: jax.lax.cond(True, f, lambda v: v, x),
    "cond far off": lambda f: lambda x: jax.lax.cond(x > -50.0, f, lambda v: 0.0 * v, x),
}  # fmt: skip


@pytest.mark.parametrize("wrap", INSIDE)
@pytest.mark.parametrize("name", ["abs of 3x-1", "minimum", "maximum of curves", "clip", "where",
                                  "floor", "comparison", "sign", "sqrt |x|"])  # fmt: skip
def test_places_inside_of_loops_and_branches(wrap: str, name: str) -> None:
    f, places, kind, slopes = ROUGH[name]
    def inner(x: Any) -> Any:
        return f(x) + 0.0 * x

    found = sf.kinks(INSIDE[wrap](inner), OVER)
    assert found.smooth is Smoothness.NOT_SMOOTH
    met = [float(p.x) for p in found]
    assert met == pytest.approx(places, abs=1e-12)
    assert {p.kind for p in found} == {kind}
    assert (found[0].left, found[0].right) == pytest.approx(slopes, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("wrap", INSIDE)
@pytest.mark.parametrize("name", ["softplus", "relu^2", "pieces that meet", "abs away from 0"])
def test_no_alarm_inside_of_loops_and_branches(wrap: str, name: str) -> None:
    found = sf.kinks(INSIDE[wrap](SMOOTH[name]), OVER)
    rough = [place for place in found if place.kind is not K.AD_WRONG]
    assert rough == [] and found.unresolved == ()


def test_a_net_in_a_scan_is_not_smooth() -> None:
    def net(w: Any) -> Any:
        layer = lambda h, _: (jax.nn.relu(w[0] * h + w[1]), None)  # noqa: E731
        return jnp.sum(jax.lax.scan(layer, jnp.array([1.0, -1.0]), None, length=2)[0])

    found = sf.kinks(net, Box(-np.ones(2), np.ones(2)))
    assert found.smooth is not Smoothness.SMOOTH


@pytest.mark.parametrize("size", [1e-12, 1e-22, 1e-30, 1e-40])
@pytest.mark.parametrize("f", [lambda x, e: jnp.abs(x * x - e), lambda x, e: jnp.maximum(x * x, e),
                               lambda x, e: jnp.abs((x / e**0.5) ** 2 - 1.0) * e])  # fmt: skip
def test_corners_close_to_where_the_slope_vanishes(f: Callable[..., Any], size: float) -> None:
    """±√e, where the slope is ±2√e: far below what a part of the box is cut to."""
    found = sf.kinks(lambda x: f(x, size), (-1.0, 1.0))
    root = size**0.5
    proved = [p for p in found if p.confidence is Confidence.PROVED]
    for place in proved:
        assert abs(place.x) == pytest.approx(root, rel=1e-9)
        steepest = max(abs(place.left), abs(place.right))
        assert steepest == pytest.approx(2 * root, rel=1e-6)
    if size >= 1e-30:
        assert len(proved) == 2
