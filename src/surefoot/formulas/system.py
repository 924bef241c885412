"""Several formulas as one field: a system of equations, whose zeros are its solutions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from surefoot.formulas.formula import Formula, parse
from surefoot.formulas.functions import SPELLINGS
from surefoot.formulas.names import natural_order
from surefoot.terms import InputError

_DEFINITION = re.compile(r"\s*(\w+)\s*\([^()]*\)\s*=(?!=)")
_SINGLE = re.compile(r"(?<![<>=!])=(?!=)")


@dataclass(frozen=True, eq=False)
class System:
    """g(x) = (g₁(x), …, gₖ(x)); of an equation `left == right`, left − right.

    Attributes:
        formulas: in the order given. variables: of all of them, as people count.
    """

    formulas: tuple[Formula, ...]
    variables: tuple[str, ...]

    @property
    def text(self) -> str:
        """The formulas as typed."""
        return ", ".join(formula.text for formula in self.formulas)

    @property
    def __name__(self) -> str:
        return self.text

    @property
    def data(self) -> dict[str, Any]:
        """name → array given with the formulas."""
        return {name: value for formula in self.formulas for name, value in formula.data.items()}

    def __call__(self, values: Any) -> Any:
        """All of them at a point, one after another in one array.

        Args:
            values: dict of name → number or array; the bare one where there is one variable.
        """
        if not isinstance(values, Mapping):
            values = {self.variables[0]: values}
        parts: list[Any] = []
        for formula in self.formulas:
            own = {name: values[name] for name in formula.variables}
            parts += formula.residual(own) if formula.is_constraint else [formula(own)]
        return jnp.concatenate([jnp.ravel(jnp.asarray(part)) for part in parts])

    def mentions(self) -> tuple[Any, ...]:
        """All that its value depends on besides the variables."""
        return tuple(formula.mentions() for formula in self.formulas)

    def example(self) -> Any:
        """Zeros in the shape of the argument: a number, an array, or a dict of them by name.

        Raises:
            FormulaError: neither a formula nor its data tell the shape of a variable.
        """
        whole: dict[str, Any] = {}
        for formula in self.formulas:
            if formula.variables:
                known = {name: whole[name] for name in formula.variables if name in whole}
                whole |= formula.example(known)
        if len(self.variables) == 1:
            return whole[self.variables[0]]
        return {name: whole[name] for name in self.variables}


def system(
    texts: Sequence[str | Formula], data: Mapping[str, Any] | None = None
) -> System:
    """Read formulas and equations; a single = is as good as ==.

    Raises:
        FormulaError: what cannot be read. InputError: inequalities, no variables.
    """
    formulas = [_read(text, data) for text in texts]
    for formula in formulas:
        wrong = [side.operator for side in formula.sides if side.operator != "=="]
        if wrong:
            raise InputError(
                f"'{formula.text}' says {wrong[0]}, which a whole region fulfils; roots are of "
                "equations, left == right"
            )
    variables = natural_order({name for formula in formulas for name in formula.variables})
    if not variables:
        raise InputError(
            f"'{', '.join(formula.text for formula in formulas)}' has no variables to solve for"
        )
    return System(tuple(formulas), variables)


def _read(text: str | Formula, data: Mapping[str, Any] | None) -> Formula:
    if isinstance(text, Formula):
        return text
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(
            f"one of the equations is {type(text).__name__}; expected formulas, "
            'e.g. ["x^2 + y^2 == 4", "x == y"]'
        )
    head = _DEFINITION.match(text)  # f(x) = …; but cos(x) = x is an equation
    if (head is None or head[1] in SPELLINGS) and len(_SINGLE.findall(text)) == 1:
        text = _SINGLE.sub("==", text)
    return parse(text, data)
