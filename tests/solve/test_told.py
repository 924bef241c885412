"""What a report says is true of the function that was asked about."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.terms import InputError


def told(solution: sf.Solution) -> str:
    return " ".join(solution.report().split())


def test_a_best_point_on_bounds_is_best_within_them() -> None:
    words = told(sf.minimize("x^2+y^2", bounds={"x": (1.0, 2.0)}))
    assert "No point within the bounds has a lower value" in words
    assert "Held by the bounds of x" in words and "anywhere" not in words
    assert "the function is affine" in told(
        sf.maximize("3x+2y", bounds={"x": (0.0, 4.0), "y": (0.0, 5.0)})
    )
    assert "No point anywhere has a lower value" in told(sf.minimize("x^2+y^2"))


def test_the_evidence_of_a_maximum_says_whose_numbers_it_shows() -> None:
    about = "to maximize it is to minimize −f"
    assert about in told(sf.maximize("1/(1+x^2)")) and about not in told(sf.minimize("x^2"))
    assert "curves downwards" not in told(
        sf.maximize("x^2+y", {"x": 0.5, "y": 0.5}, bounds=(0.0, 1.0))
    )


def test_a_refusal_says_that_its_point_is_no_answer() -> None:
    assert "point below, which is no answer" in told(sf.maximize("x^2"))
    assert "no answer" not in told(sf.minimize("x^2"))
    assert "grew without bound" not in told(sf.minimize(lambda x: -jnp.log(x), 1.0))


@pytest.mark.parametrize("scale", [1.0, 1e-3, 50.0])
def test_a_point_beside_a_jump_is_printed_so_that_its_value_is_the_one_shown(scale: float) -> None:
    def f(x):
        return scale * (jnp.floor(x) ** 2 + (x - 2.3) ** 2)

    solution = sf.minimize(f, 0.0, bounds=(-8.0, 8.0))
    assert solution.exact and "just beside a jump" in told(solution)
    row = next(line for line in solution.report().splitlines() if line.split()[:1] == ["x"])
    printed = float(row.split()[1])
    assert printed == float(solution.x)
    with jax.enable_x64(True):
        assert float(f(jnp.asarray(printed))) == pytest.approx(solution.value, rel=1e-9)
    assert "slope is zero wherever" not in told(solution)


def test_a_curvature_that_no_walk_confirms_is_not_shown_as_measured() -> None:
    row = next(e for e in sf.minimize("(x-2)^4").verdict.evidence if e.name == "curvature")
    assert row.measured is None and "1 zero" in row.note


def test_level_on_one_side_alone_is_no_parameter_without_influence() -> None:
    verdict = sf.classify("max(x,0)", 0.0)
    assert verdict.flat == () and "-4 to 0" in verdict.advice


def test_few_variables_are_not_called_many() -> None:
    assert "Many" not in told(sf.minimize("max(|x|-1, 0)", 5.0))


def test_constraints_are_refused_in_a_sentence() -> None:
    for entry in (sf.minimize, sf.maximize):
        with pytest.raises(InputError, match="does not solve"):
            entry("x^2", 1.0, subject_to="x > 1")
    with pytest.raises(InputError, match="bounds"):
        sf.minimize("x^2 <= 1")


@pytest.mark.parametrize("seed", range(4))
def test_a_move_along_what_is_hardly_determined_stays_within_the_scatter(seed: int) -> None:
    """The numbers of the warning are those of a move that changes no residual by more than s."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0.0, 6.0, 40)
    y = 2 * np.exp(-0.5 * t) + 1.5 * np.exp(-0.6 * t) + 0.02 * rng.standard_normal(40)

    def residual(p):
        return p["a"] * jnp.exp(-p["k"] * t) + p["b"] * jnp.exp(-p["l"] * t) - y

    fit = sf.least_squares(residual, {"a": 2.0, "k": 0.5, "b": 1.5, "l": 0.6}).fit
    if not fit.hardly_determined:
        pytest.skip("these data determine all four")
    sentence = fit.hardly_determined[0]
    listed = sentence.split("moving ")[1].split(" together")[0].split(", ")
    moves = dict(part.rsplit(" by ", 1) for part in listed)
    way = np.array([float(moves.get(name, 0.0)) for name in fit.names])
    change = np.max(np.abs(fit.jacobian @ way))
    assert change == pytest.approx(fit.residual_deviation, rel=0.05)


def test_where_there_is_no_slope_no_quotient_is_said_to_be_nearly_right() -> None:
    words = sf.limit_check(jnp.abs, 0.0).report()
    assert "truncation" not in words and "central's error" in words
