"""Derivatives against JAX and by hand; dtype, transformations; errors as sentences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.calculus import chain, limit_check, nudge
from surefoot.calculus.derivatives import derivative, directional, gradient, hessian, jacobian
from surefoot.terms import FormulaError, InputError, TraceError


@jax.custom_vjp
def reverse_only(x):
    return jnp.sum(x**3)


reverse_only.defvjp(lambda x: (jnp.sum(x**3), x), lambda x, g: (3 * x**2 * g,))


def forward_only(x):
    def body(carry):
        return carry[0] + 1, carry[1] * jnp.sum(x**2)

    return jax.lax.while_loop(lambda carry: carry[0] < 2, body, (0, 1.0))[1]


def test_derivative_takes_pythons_whole_numbers() -> None:
    result = derivative(lambda x: x**2)(3)
    assert isinstance(result, jax.Array)
    assert result == 6.0
    assert jnp.issubdtype(result.dtype, jnp.floating)


def test_derivative_of_an_array_and_a_dict() -> None:
    np.testing.assert_allclose(
        derivative(lambda t: jnp.stack([t**2, jnp.sin(t)]))(2.0), [4.0, np.cos(2.0)], rtol=1e-6
    )
    both = derivative(lambda t: {"square": t**2, "same": t})(5.0)
    assert both["square"] == 10.0
    assert both["same"] == 1.0


def test_derivative_of_a_constant_is_zero() -> None:
    assert derivative(lambda x: 3.0)(1.0) == 0.0
    assert gradient(lambda x: 3.0)(jnp.ones(2)).tolist() == [0.0, 0.0]


def test_second_derivative_by_nesting() -> None:
    assert derivative(derivative(lambda x: x**3))(2.0) == 12.0


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float16, jnp.bfloat16])
def test_types_are_kept(dtype) -> None:
    x = jnp.asarray([1.0, 2.0], dtype=dtype)

    def f(w):
        return jnp.sum(w**2)

    assert gradient(f)(x).dtype == dtype
    assert hessian(f)(x).dtype == dtype
    assert jacobian(lambda w: w**2)(x).dtype == dtype
    assert directional(f)(x, [1, 0]).dtype == dtype
    assert derivative(lambda t: t**2)(x[0]).dtype == dtype


def test_float64_is_kept_where_jax_allows_it() -> None:
    with jax.enable_x64(True):
        assert gradient(lambda w: w @ w)(np.ones(3)).dtype == np.float64
        assert derivative(jnp.exp)(1.0) == pytest.approx(np.e, rel=1e-15)


def test_works_under_jit_vmap_and_grad() -> None:
    x = jnp.linspace(-1.0, 1.0, 5)
    slopes = jax.vmap(derivative(jnp.sin))(x)
    np.testing.assert_allclose(slopes, jnp.cos(x), rtol=1e-6)
    np.testing.assert_allclose(jax.jit(gradient(lambda w: w @ w))(x), 2 * x)
    np.testing.assert_allclose(jax.vmap(jax.jit(hessian(jnp.exp)))(x), jnp.exp(x), rtol=1e-6)
    assert jax.grad(derivative(lambda t: t**3))(2.0) == 12.0
    assert jax.jit(directional(lambda w: w @ w))(x, x) == pytest.approx(float(2 * x @ x))


def test_gradient_over_a_pytree_with_data() -> None:
    def loss(params, batch):
        x, y = batch
        return jnp.mean((x @ params["w"] + params["b"] - y) ** 2)

    params = {"w": jnp.array([1.0, -2.0]), "b": jnp.array(0.5)}
    batch = (jnp.array([[1.0, 2.0], [3.0, 4.0]]), jnp.array([0.0, 1.0]))
    mine, jaxs = gradient(loss)(params, batch), jax.grad(loss)(params, batch)
    assert jax.tree_util.tree_structure(mine) == jax.tree_util.tree_structure(jaxs)
    np.testing.assert_array_equal(mine["w"], jaxs["w"])
    np.testing.assert_array_equal(mine["b"], jaxs["b"])


def test_a_list_of_numbers_is_an_array() -> None:
    np.testing.assert_array_equal(gradient(lambda x: jnp.sum(x**2))([1, 2]), [2.0, 4.0])


@pytest.mark.parametrize(("rows", "columns"), [(2, 5), (5, 2), (3, 3)])
def test_jacobian_tall_and_wide(rows, columns) -> None:
    a = jnp.asarray(np.random.default_rng(0).normal(size=(rows, columns)), jnp.float32)
    np.testing.assert_allclose(jacobian(lambda w: a @ w)(jnp.ones(columns)), a, rtol=1e-6)


def test_jacobian_of_a_pytree_nests_like_jax() -> None:
    def f(w):
        return {"sum": w["a"] + w["b"], "product": w["a"] * w["b"]}

    w = {"a": jnp.array([1.0, 2.0]), "b": jnp.array([3.0, 4.0])}
    mine, jaxs = jacobian(f)(w), jax.jacobian(f)(w)
    assert jax.tree_util.tree_structure(mine) == jax.tree_util.tree_structure(jaxs)
    np.testing.assert_allclose(mine["product"]["a"], np.diag([3.0, 4.0]))


def test_hessian_by_hand_and_nested() -> None:
    def f(w):
        return w["a"] ** 2 * w["b"]

    h = hessian(f)({"a": 2.0, "b": 3.0})
    assert (h["a"]["a"], h["a"]["b"], h["b"]["a"], h["b"]["b"]) == (6.0, 4.0, 4.0, 0.0)


def test_functions_that_allow_one_mode_only() -> None:
    x = jnp.array([1.0, 2.0])
    np.testing.assert_allclose(jacobian(reverse_only)(x), [3.0, 12.0])
    np.testing.assert_allclose(hessian(reverse_only)(x), np.diag([6.0, 12.0]))
    assert directional(reverse_only)(x, jnp.array([1.0, 1.0])) == 15.0
    assert derivative(reverse_only)(2.0) == 12.0
    np.testing.assert_allclose(gradient(forward_only)(x), 4 * 5 * x)
    np.testing.assert_allclose(hessian(forward_only)(jnp.array([1.0, 0.0])), [[12.0, 0], [0, 4.0]])
    np.testing.assert_allclose(
        jacobian(lambda w: jnp.stack([forward_only(w)] * 3))(x), np.outer(np.ones(3), 20 * x)
    )


def test_reverse_only_functions_under_jit_and_vmap() -> None:
    x = jnp.array([1.0, 2.0])
    assert jax.jit(derivative(reverse_only))(2.0) == 12.0
    np.testing.assert_allclose(jax.vmap(derivative(reverse_only))(x), [3.0, 12.0])
    assert jax.jit(directional(reverse_only))(x, x) == 27.0
    assert jax.jit(lambda a: derivative(lambda t: reverse_only(a * t))(1.0))(2.0) == 24.0
    tall = jax.jit(jacobian(lambda w: jnp.stack([reverse_only(w)] * 3)))(x)
    np.testing.assert_allclose(tall, [[3.0, 12.0]] * 3)
    np.testing.assert_allclose(jax.jit(hessian(reverse_only))(x), np.diag([6.0, 12.0]))


def test_functions_that_look_at_their_numbers() -> None:
    def f(x):
        return jnp.sum(x**2) if x[0] > 0 else -jnp.sum(x)

    np.testing.assert_allclose(jacobian(f)(jnp.array([1.0, 2.0])), [2.0, 4.0])
    np.testing.assert_allclose(gradient(f)(jnp.array([-1.0, 2.0])), [-1.0, -1.0])


def test_directional_is_linear_and_not_normalised() -> None:
    x, v = jnp.array([1.0, 2.0, 3.0]), jnp.array([1.0, 0.0, -1.0])

    def f(w):
        return jnp.sum(jnp.sin(w))

    once = directional(f)(x, v)
    assert directional(f)(x, 2 * v) == pytest.approx(float(2 * once), rel=1e-6)
    assert once == pytest.approx(float(gradient(f)(x) @ v), rel=1e-6)


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_directional_gradient_hessian_agree_on_random_quadratics(seed) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    a, x, v = rng.normal(size=(n, n)), rng.normal(size=n), rng.normal(size=n)
    with jax.enable_x64(True):

        def f(w):
            return w @ a @ w

        np.testing.assert_allclose(gradient(f)(x), (a + a.T) @ x, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(hessian(f)(x), a + a.T, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(directional(f)(x, v), v @ (a + a.T) @ x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("operator", [derivative, gradient, jacobian, hessian])
@pytest.mark.parametrize(
    ("x", "word"),
    [
        (jnp.array(3), "astype(float)"),
        (np.array(1), "astype(float)"),
        (True, "truth value"),
        (1j, "complex"),
        (jnp.array(1j), "complex"),
        ("two", "str"),
        (None, "no numbers"),
        ({}, "no numbers"),
    ],
)
def test_arguments_that_are_not_real_numbers(operator, x, word) -> None:
    with pytest.raises(InputError) as caught:
        operator(lambda w: w)(x)
    assert word in str(caught.value)


@pytest.mark.parametrize("operator", [derivative, gradient, jacobian, hessian])
@pytest.mark.parametrize(
    ("f", "word"),
    [
        (lambda x: None, "None"),
        (lambda x: 3, "int"),
        (lambda x: "x", "str"),
        (lambda x: x > 0, "truth values"),
        (lambda x: x * 1j, "complex"),
        (lambda x: jnp.asarray(x).astype(int), "whole numbers"),
    ],
)
def test_results_that_are_not_real_numbers(operator, f, word) -> None:
    with pytest.raises(InputError) as caught:
        operator(f)(1.0)
    assert word in str(caught.value)


@pytest.mark.parametrize("operator", [gradient, hessian])
def test_vectors_where_a_number_is_needed(operator) -> None:
    with pytest.raises(InputError, match=r"shape \(2,\).*sum.*jacobian"):
        operator(lambda x: x**2)(jnp.ones(2))
    with pytest.raises(InputError, match="tuple"):
        operator(lambda x: (x, x))(1.0)


def test_derivative_of_a_vector_points_to_gradient_and_vmap() -> None:
    with pytest.raises(InputError, match=r"gradient\(f\)\(x\).*vmap"):
        derivative(jnp.sum)(jnp.ones(3))
    with pytest.raises(InputError, match="gradient"):
        derivative(lambda d: d["a"])({"a": 1.0})


def test_directions_of_another_shape() -> None:
    with pytest.raises(InputError, match=r"w is array of shape \(2,\), v is array of shape \(3,\)"):
        directional(jnp.sum)(jnp.ones(2), jnp.ones(3))
    with pytest.raises(InputError, match="structure"):
        directional(jnp.sum)(jnp.ones(2), {"a": jnp.ones(2)})
    with pytest.raises(InputError, match="complex"):
        directional(jnp.sum)(jnp.ones(2), jnp.ones(2) * 1j)


def test_two_arguments_and_no_function() -> None:
    def rosenbrock(x, y):
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    with pytest.raises(InputError, match=r"rosenbrock\(x, y\).*first.*dict or tuple"):
        gradient(rosenbrock)(1.0)
    assert gradient(rosenbrock)(1.0, 1.0) == 0.0
    with pytest.raises(InputError, match="needs a function"):
        gradient(3)


def test_a_formula_is_a_function() -> None:
    slope = derivative("x^2 sin x")(0.5)
    np.testing.assert_allclose(slope, np.sin(0.5) + 0.25 * np.cos(0.5), rtol=1e-6)
    w = {"x": np.float64(1.5), "y": np.float64(-2.0)}
    assert (gradient("x^2 y")(w)["x"], gradient("x^2 y")(w)["y"]) == (-6.0, 2.25)
    assert hessian("x^2 y")(w)["x"]["y"] == 3.0
    assert directional("x^2 y")(w, {"x": 0.0, "y": 2.0}) == 4.5
    assert nudge("x^2", 1.0, 0.5).actual == pytest.approx(1.25)
    assert limit_check("|x|", 0.0).alarms
    assert chain("e^(2x)", 1.0).value == pytest.approx(np.exp(2.0))
    with pytest.raises(FormulaError, match="ends after"):
        derivative("x^2 +")


def test_riddles_name_the_line() -> None:
    with pytest.raises(TraceError, match=r"test_derivatives.py:\d+.*jnp.sin"):
        gradient(lambda x: np.sin(x))(1.0)


def test_the_users_own_error_stands() -> None:
    def f(x):
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        hessian(f)(1.0)
