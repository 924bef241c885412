"""Step rules by name: from a gradient to an update, as optax has them.

A rule makes a gradient transformation of a learning rate η and its own parameters; optax is loaded
when one is made. A new rule is a new entry of `RULES`; docs/rules.md shows all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf, nan
from numbers import Integral, Real
from typing import Any

from surefoot.terms import InputError


@dataclass(frozen=True)
class Parameter:
    """A number that a rule takes besides η.

    Attributes:
        default: its value where none is given.
        meaning: what it does, in words.
        least: the smallest value. below: the value that it must stay below.
        whole: whether it counts something.
    """

    default: float
    meaning: str
    least: float = 0.0
    below: float = inf
    whole: bool = False

    def check(self, name: str, value: Any) -> float:
        """The value as a number.

        Raises:
            InputError: it is none, or lies outside the range.
        """
        good = isinstance(value, Integral if self.whole else Real) and value is not True
        number = float(value) if good and value is not False else nan
        if not self.least <= number < self.below:
            kind = "a whole number" if self.whole else "a number"
            end = "" if self.below == inf else f" and below {self.below:g}"
            raise InputError(
                f"{name} is {value!r}; expected {kind} of at least {self.least:g}{end} "
                f"({self.meaning})"
            )
        return int(number) if self.whole else number


@dataclass(frozen=True)
class Rule:
    """A step rule; called with a learning rate it gives an optax gradient transformation.

    Attributes:
        name: as it is written in a call.
        label: what people call it.
        equations: one step in the order of execution, with g = ∇f(x) and the learning rate η.
        make: from η (a number, a tracer, or a schedule k ↦ η) and the parameters to the
            transformation.
        parameters: by name.
        differs: where other implementations compute something else; "" where none does.
        rate: the learning rate where none is given; None: it has to be given.
        first_order: whether a step is made of gradients alone, so that they may be clipped and the
            weights decayed.
        searches: whether each step looks for its own length, so that there is no learning rate.
        most: the most coordinates that it is meant for.
        bounds: whether it asks for bounds of the function, so that the data are part of the code
            that is compiled for it.
    """

    name: str
    label: str
    equations: tuple[str, ...]
    make: Callable[..., Any]
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    differs: str = ""
    rate: float | None = None
    first_order: bool = True
    searches: bool = False
    most: float = inf
    bounds: bool = False

    @property
    def needs_rate(self) -> bool:
        """Whether a learning rate has to be given."""
        return self.rate is None and not self.searches

    @property
    def equation(self) -> str:
        """The equations in one line."""
        return ",  ".join(self.equations)

    def __call__(self, eta: Any, **parameters: Any) -> Any:
        return self.make(eta, **self.settings(parameters))

    def settings(self, given: Mapping[str, Any] | None) -> dict[str, float]:
        """All parameters: those that were given, the others at their defaults.

        Raises:
            InputError: a name that the rule does not have, or a value outside its range.
        """
        given = given or {}
        for name in given:
            if name not in self.parameters:
                near = get_close_matches(str(name), self.parameters, 1)
                listed = ", ".join(self.parameters) or "none"
                raise InputError(
                    f"the rule {self.name!r} has no parameter {name!r}"
                    + (f"; did you mean {near[0]!r}?" if near else f"; it has {listed}")
                )
        return {
            name: parameter.check(name, given.get(name, parameter.default))
            for name, parameter in self.parameters.items()
        }


def _gradient_descent(eta: Any) -> Any:
    import optax

    return optax.sgd(eta)


def _momentum(eta: Any, beta: float) -> Any:
    import optax

    return optax.sgd(eta, momentum=beta)


def _nesterov(eta: Any, beta: float) -> Any:
    import optax

    return optax.sgd(eta, momentum=beta, nesterov=True)


def _rmsprop(eta: Any, decay: float, eps: float) -> Any:
    import optax

    return optax.rmsprop(eta, decay=decay, eps=eps)


def _adam(eta: Any, beta1: float, beta2: float, eps: float) -> Any:
    import optax

    return optax.adam(eta, b1=beta1, b2=beta2, eps=eps)


def _newton(eta: Any) -> Any:
    from surefoot.descent.transformations import newton

    return newton(eta)


def _lbfgs(eta: Any, memory: int) -> Any:
    import optax

    return optax.lbfgs(memory_size=memory)


def _guaranteed(eta: Any, first: float) -> Any:
    from surefoot.descent.transformations import guaranteed

    return guaranteed(first)


def _random(eta: Any, seed: int) -> Any:
    from surefoot.descent.transformations import random_search

    return random_search(eta, seed)


_BETA = Parameter(0.9, "how much of the last step is kept", below=1.0)

RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            "gd",
            "gradient descent",
            ("x⁺ = x − η g",),
            _gradient_descent,
            differs="The same everywhere. What PyTorch's SGD calls weight_decay adds λ x to the "
            "gradient; `weight_decay` here shrinks x apart from it, which is the same for this "
            "rule alone.",
        ),
        Rule(
            "momentum",
            "heavy-ball momentum",
            ("m⁺ = β m + g", "x⁺ = x − η m⁺"),
            _momentum,
            {"beta": _BETA},
            "Polyak and Keras write v⁺ = β v − η g and x⁺ = x + v⁺: the same path for a constant "
            "η, another one when η changes. PyTorch has the form above, and with dampening d it "
            "adds (1 − d) g. Some write (1 − β) g, which makes the step 1/(1 − β) times shorter.",
        ),
        Rule(
            "nesterov",
            "Nesterov's momentum",
            ("m⁺ = β m + g", "x⁺ = x − η (g + β m⁺)"),
            _nesterov,
            {"beta": _BETA},
            "Nesterov takes the gradient at the point ahead, x + β v; this is the same method with "
            "that point as its variable (Sutskever 2013), so the paths differ by β v. PyTorch has "
            "the form above; Keras writes v⁺ = β v − η g and x⁺ = x + β v⁺ − η g, the same path "
            "for a constant η.",
        ),
        Rule(
            "rmsprop",
            "RMSProp",
            ("v⁺ = ρ v + (1 − ρ) g²", "x⁺ = x − η g / √(v⁺ + ε)"),
            _rmsprop,
            {
                "decay": Parameter(0.9, "ρ, how much of the mean square is kept", below=1.0),
                "eps": Parameter(1e-8, "ε, what keeps the step finite where g is 0"),
            },
            "Keras 3 has ε inside the root as well, with 10⁻⁷; PyTorch puts it outside, "
            "g / (√v⁺ + ε), and has ρ = 0.99, so that its first step is 10 η. The centred form "
            "subtracts the squared mean of g from v. The bias of the first steps is not corrected, "
            "so the first step is η / √(1 − ρ), about 3 η.",
        ),
        Rule(
            "adam",
            "Adam",
            (
                "m⁺ = β₁ m + (1 − β₁) g",
                "v⁺ = β₂ v + (1 − β₂) g²",
                "m̂ = m⁺ / (1 − β₁ᵏ), v̂ = v⁺ / (1 − β₂ᵏ) at step k = 1, 2, …",
                "x⁺ = x − η m̂ / (√v̂ + ε)",
            ),
            _adam,
            {
                "beta1": Parameter(0.9, "β₁, how much of the mean gradient is kept", below=1.0),
                "beta2": Parameter(0.999, "β₂, how much of the mean square is kept", below=1.0),
                "eps": Parameter(1e-8, "ε, what keeps the step finite where g is 0"),
            },
            "Section 2 of the paper and Keras fold the correction into η and add ε to √v⁺ itself, "
            "so their ε is 1/√(1 − β₂ᵏ) times larger in effect; Keras has ε = 10⁻⁷. PyTorch has "
            "the form above. AMSGrad divides by the largest v so far.",
        ),
        Rule(
            "newton",
            "Newton's method",
            ("H = ∇²f(x)", "x⁺ = x − η H⁺ g"),
            _newton,
            differs="Pure Newton goes to a stationary point, a saddle or a maximum included; "
            "H⁺ is the pseudo-inverse, so that a singular H still gives a step. "
            "`minimize` has the safeguarded form.",
            rate=1.0,
            first_order=False,
            most=1_000,
        ),
        Rule(
            "l-bfgs",
            "L-BFGS",
            (
                "d = −B g, B from the last steps s and gradient changes y (two loops)",
                "t from a line search (Wolfe's conditions, by zooming)",
                "x⁺ = x + t d",
            ),
            _lbfgs,
            {"memory": Parameter(10, "how many steps are remembered", least=1, whole=True)},
            "Here a step may take several evaluations. Line searches differ between libraries, and "
            "with them the path. PyTorch's LBFGS has none unless it is asked for, takes η = 1 "
            "instead, keeps 100 steps and shortens the first one to 1/‖g‖₁ where that is less.",
            first_order=False,
            searches=True,
        ),
        Rule(
            "guaranteed",
            "gradient descent with a guaranteed step",
            (
                "t from twice the last one, halved until f(x − t g) ≤ f(x) − ½ t ‖g‖²",
                "t or t/2 or t/4, where bounds of the curvature along the line show it to go down",
                "x⁺ = x − t g",
            ),
            _guaranteed,
            {"first": Parameter(1.0, "t of the first try", least=5e-324)},
            "Armijo's rule is usually written with 10⁻⁴ in place of ½, which takes longer steps "
            "and promises less, and never shown before the step is tried.",
            first_order=False,
            searches=True,
            bounds=True,
        ),
        Rule(
            "random",
            "random search",
            ("u = η ξ, ξ uniform on the unit sphere", "x⁺ = x + u if f(x + u) < f(x), else x"),
            _random,
            {"seed": Parameter(0, "where the random numbers begin", whole=True)},
            "The blind baseline: it never looks at the gradient. Others draw ξ from a Gaussian, or "
            "from the whole ball, or make η longer after a success; here its length is fixed.",
            first_order=False,
        ),
    )
}
"""Every rule that has a name."""


_ELSEWHERE = {
    "gradient descent": "gd", "sgd": "gd", "steepest descent": "gd", "heavy ball": "momentum",
    "nag": "nesterov", "bfgs": "l-bfgs", "random search": "random",
}  # fmt: skip
"""What others call a rule → its name here."""


def rule_named(name: str) -> Rule:
    """The rule of a name.

    Raises:
        InputError: there is none, with the names that exist.
    """
    if name not in RULES:
        common = " ".join(name.lower().replace("_", " ").replace("-", " ").split())
        known = {rule.replace("-", " "): rule for rule in RULES} | _ELSEWHERE
        near = [known[close] for close in get_close_matches(common, known, 1, 0.5)]
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"there is no rule {name!r}; the rules are {', '.join(RULES)}{hint}")
    return RULES[name]
