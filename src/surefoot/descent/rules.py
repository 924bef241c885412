"""Step rules by name: from a gradient to an update, as optax has them.

A rule makes a gradient transformation of a learning rate η; optax is loaded when one is made. A new
rule is a new entry of `RULES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from surefoot.terms import InputError


@dataclass(frozen=True)
class Rule:
    """A step rule; called with a learning rate it gives an optax gradient transformation.

    Attributes:
        name: as it is written in a call.
        label: what people call it.
        equation: one step, with g = ∇f(x) and the learning rate η.
        make: from η (a number, a tracer, or a schedule k ↦ η) to the transformation.
    """

    name: str
    label: str
    equation: str
    make: Callable[[Any], Any]

    def __call__(self, eta: Any) -> Any:
        return self.make(eta)


def _gradient_descent(eta: Any) -> Any:
    import optax

    return optax.sgd(eta)


RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (Rule("gd", "gradient descent", "x⁺ = x − η g", _gradient_descent),)
}
"""Every rule that has a name."""


def rule_named(name: str) -> Rule:
    """The rule of a name.

    Raises:
        InputError: there is none, with the names that exist.
    """
    if name not in RULES:
        near = get_close_matches(name, RULES, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"there is no rule {name!r}; the rules are {', '.join(RULES)}{hint}")
    return RULES[name]
