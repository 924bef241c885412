"""The door of the Noise tab: what a loss and its batches become, and what is refused."""

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.program.tape import Tape
from surefoot.studio.noise_presets import NOISE_PRESETS, noise_preset_scenario
from surefoot.terms import ExampleSet, NoiseView

RNG = np.random.default_rng(2)
X = RNG.uniform(-1.0, 1.0, 40)
Y = 0.5 + X + 0.1 * RNG.standard_normal(40)


def squares(w: Any, batch: Any) -> Any:
    x, y = batch
    return jnp.mean((w[0] + w[1] * x - y) ** 2)


def parts(**given: Any) -> tuple[ExampleSet, NoiseView]:
    """What sf.lab makes of batches."""
    scenario = sf.lab(**given).scenario
    assert scenario.function.examples is not None and scenario.noise is not None
    return scenario.function.examples, scenario.noise


def test_two_numbers() -> None:
    batches = sf.Batches((X, Y), 5, seed=3, replace=True)
    box = sf.Box(np.array([-2.0, -1.0]), np.array([2.0, 3.0]))
    made = sf.lab(squares, box, start=[0.0, 0.25], eta=0.2, batches=batches)
    examples, view = made.scenario.function.examples, made.scenario.noise
    assert examples is not None and view is not None
    assert (examples.count, examples.width, examples.of) == (40, 2, 40)
    assert (view.start, view.box) == ((0.0, 0.25), ((-2.0, 2.0), (-1.0, 3.0)))
    assert (view.size, view.seed, view.replace, view.eta) == (5, 3, True, 0.2)
    assert made.scenario.tab == "noise" and made.scenario.function.plane is not None
    assert sf.Scenario.from_json(made.scenario.to_text()) == made.scenario


def test_the_tape_of_an_example_is_its_loss_with_derivatives() -> None:
    examples, _ = parts(f=squares, start=[0.0, 0.0], batches=sf.Batches((X, Y), 5))
    tape, w = Tape.from_json(examples.tape), (0.3, -0.7)
    for i in (0, 17):
        miss = w[0] + w[1] * X[i] - Y[i]
        wanted = [miss**2, 2 * miss, 2 * miss * X[i], 2.0, 2 * X[i], 2 * X[i] ** 2]
        np.testing.assert_allclose(tape.run([*w, X[i], Y[i]]), wanted, rtol=1e-12)


def test_one_number_whole_numbers_and_float32() -> None:
    def counts(rate: Any, batch: Any) -> Any:
        seen, time = batch["seen"], batch["time"]
        return jnp.mean(jnp.exp(rate) * time - seen * rate)

    data = {"seen": RNG.poisson(3.0, 20), "time": np.ones(20, np.float32)}
    examples, view = parts(f=counts, batches=sf.Batches(data, 4))
    assert (examples.names, view.start) == (("rate",), (0.0,))
    value, slope, curvature = Tape.from_json(examples.tape).run([0.5, *examples.data[:2]])
    seen = data["seen"][0]
    assert value == pytest.approx(np.exp(0.5) - 0.5 * seen)
    assert (slope, curvature) == pytest.approx((np.exp(0.5) - seen, np.exp(0.5)))
    low, high = view.box[0]
    assert low < 0.0 < high


def test_of_many_examples_a_sample_is_shown() -> None:
    data = RNG.standard_normal(1000)

    def loss(w: Any, d: Any) -> Any:
        return jnp.mean((w - d) ** 2)

    examples, view = parts(f=loss, batches=sf.Batches(data, 300, seed=5))
    assert (examples.count, examples.of, view.size) == (256, 1000, 256)
    assert set(examples.data) <= set(data.tolist())
    again, _ = parts(f=loss, batches=sf.Batches(data, 300, seed=5))
    assert again == examples


def test_much_data_is_not_written_into_the_snippet() -> None:
    def loss(w: Any, d: Any) -> Any:
        return jnp.mean((w - d[:, 0] * d[:, 1]) ** 2)

    made = sf.lab(loss, batches=sf.Batches(RNG.standard_normal((300, 2)), 3))
    assert "data = ...  #" in made.scenario.function.snippet


def test_a_rate_that_nobody_gave_goes_down() -> None:
    batches = sf.Batches((X, Y), 40)
    _, view = parts(f=squares, start=[0.0, 0.0], batches=batches)
    walk = sf.descend(squares, [0.0, 0.0], "gd", 50, lr=view.eta, batches=batches)
    assert np.all(np.diff(walk.full_values) < 0.0)


def sorted_loss(w: Any, batch: Any) -> Any:
    return jnp.mean(jnp.linalg.eigvalsh(batch * w + jnp.eye(2))[..., 0])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"f": lambda w, d: jnp.mean((w @ jnp.ones(3) - d) ** 2), "start": [0.0] * 3}, "3"),
        ({"f": lambda w, d: jnp.sum((w - d) ** 2)}, "a sum over the batch"),
        ({"f": "w^2"}, "is a formula"),
        ({"f": lambda w, d: jnp.mean((w - d) ** 2), "eta": -1.0}, "eta is -1.0"),
        ({"f": lambda w, d: jnp.mean((w - d) ** 2), "box": (3, 1)}, "box"),
        ({"f": lambda w, d: jnp.mean((w - d) ** 2), "box": (0, np.inf)}, "box has an end"),
        ({"f": lambda w, d: jnp.mean((w - d) ** 2), "batches": [1.0, 2.0]}, "sf.Batches"),
        ({"f": lambda w, d: jnp.mean((w - d) ** 2), "start": np.nan}, "finite"),
    ],
)
def test_what_cannot_be_shown_is_told(given: dict[str, Any], words: str) -> None:
    with pytest.raises(sf.InputError, match=words):
        sf.lab(**({"batches": sf.Batches(np.arange(8.0), 2)} | given))


def test_a_loss_without_a_tape_is_told() -> None:
    data = RNG.standard_normal((6, 2, 2))
    with pytest.raises(sf.InputError, match="has no tape"):
        sf.lab(sorted_loss, batches=sf.Batches(data + data.transpose(0, 2, 1), 2))


def test_two_examples_are_too_few() -> None:
    with pytest.raises(sf.InputError, match="2 examples; expected 3 to 256"):
        sf.lab(lambda w, d: jnp.mean((w - d) ** 2), batches=sf.Batches([1.0, 2.0], 1))


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"noise": None}, "both there, or neither"),
        ({"noise": {"size": 33}}, "noise.size is 33; expected 1 to 32"),
        ({"noise": {"beta": 1.0}}, "noise.beta"),
        ({"noise": {"eta": 0.0}}, "noise.eta"),
        ({"noise": {"walks": 65}}, "noise.walks is 65; expected 1 to 64"),
        ({"noise": {"steps": 0}}, "noise.steps"),
        ({"noise": {"seed": 2**32}}, "noise.seed"),
        ({"noise": {"start": [0.0]}}, "one entry for each of 2"),
        ({"noise": {"box": [[1.0, 0.0], [0.0, 1.0]]}}, "lower < upper"),
        ({"noise": {"start": ["nan", 0.0]}}, "not finite"),
        ({"noise": {"sise": 3}}, "no field 'sise'"),
        ({"examples": {"width": 3}}, "no examples of 3"),
        ({"examples": {"width": 0}}, "no examples of 0"),
        ({"examples": {"of": 2}}, "examples.of is 2"),
        ({"examples": {"names": ["a"]}}, "should have 3 inputs and 3 outputs"),
        ({"examples": {"names": []}}, "expected 1 or 2"),
        ({"examples": {"data": [0.0, 1.0]}}, "1 examples; expected 3"),
        ({"examples": {"tape": {}}}, "is not a tape"),
        ({"examples": {"data": ["nan"] * 64}}, "not finite"),
    ],
)
def test_a_bad_scenario_is_refused(patch: dict[str, Any], words: str) -> None:
    document = noise_preset_scenario(NOISE_PRESETS[0]).to_json()
    for name, part in patch.items():
        holder = document["function"] if name == "examples" else document
        holder[name] = holder[name] | part if isinstance(part, dict) else part
    with pytest.raises(sf.InputError, match=words):
        sf.Scenario.from_json(document)


def test_the_tab_needs_examples() -> None:
    scenario = sf.lab("x^2").scenario
    with pytest.raises(sf.InputError, match="no examples to draw from"):
        replace(scenario, tab="noise")


def test_the_python_of_a_page_with_named_parameters_defines_what_its_cuts_use() -> None:
    data = {"x": np.arange(6.0), "y": 2.0 * np.arange(6.0) + 1.0}

    def loss(w: Any, b: Any) -> Any:
        return jnp.mean((w["a"] * b["x"] + w["c"] - b["y"]) ** 2)

    line = lambda w, b: jnp.mean((w * b["x"] - b["y"]) ** 2)  # noqa: E731
    for given, start in ((loss, {"a": 0.5, "c": 0.0}), (line, 0.5)):
        shown = sf.lab(given, start=start, batches=sf.Batches(data, 3)).scenario
        made: dict[str, Any] = {}
        exec(shown.function.snippet, made)
        assert float(made["f"](start)) == pytest.approx(float(given(start, data)))
        if isinstance(start, dict):
            assert float(made["flat"]([0.5, 0.0])) == pytest.approx(float(given(start, data)))
