"""Who takes part in a race: rules with their numbers, and the learning rates of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Any

import numpy as np

from surefoot.descent import rule_named
from surefoot.program import Vector
from surefoot.solve.settings import is_number
from surefoot.solve.step_rule import StepRule, step_rule
from surefoot.terms import InputError

PARTS = ("rule", "lr", "options", "weight_decay", "clip")
MOST_RATES = 1000
DECADES = (-4.0, 1.0)
"""Of what moves a start by its own size: the rates that are tried for the best one."""
PER_DECADE = 5


class Rates(Enum):
    """Whose learning rates are raced."""

    AS_GIVEN = "as given"
    SAME = "same η"
    BEST = "best η each"


@dataclass(frozen=True)
class Entrant:
    """A rule of a race before its rates are settled.

    Attributes:
        label: what it is called in the table.
        rule: a name or an optax transformation.
        rates: η, or several, or a schedule; None where none was given.
        options, weight_decay, clip: as in `descend`.
    """

    label: str
    rule: Any
    rates: Any = None
    options: Mapping[str, Any] | None = None
    weight_decay: float = 0.0
    clip: float | None = None


    @property
    def takes_rate(self) -> bool:
        """Whether the learning rate is a number of its own."""
        return isinstance(self.rule, str) and not rule_named(self.rule).searches

    @property
    def default(self) -> float | None:
        """The rate where none is given; None: one has to be."""
        return rule_named(self.rule).rate if isinstance(self.rule, str) else None

    def with_rate(self, lr: Any) -> StepRule:
        """The rule with this η; None where it takes none.

        Raises:
            InputError: naming the entrant.
        """
        try:
            return step_rule(self.rule, lr, self.options, self.weight_decay, self.clip)
        except InputError as error:
            raise InputError(f"in the race, {self.label!r}: {error}") from None


def entrants_of(rules: Any) -> list[Entrant]:
    """What `rules=` means; see `race`.

    Raises:
        InputError: no rule, a name that none has, or something that is no rule.
    """
    if isinstance(rules, str):
        rules = [rules]
    wanted = 'a dict name → η, e.g. {"gd": 0.1, "adam": 0.01}, or a list of names'
    if isinstance(rules, Mapping):
        pairs: list[tuple[Any, Any]] = list(rules.items())
    elif isinstance(rules, Sequence) and not callable(getattr(rules, "update", None)):
        pairs = [(name, None) for name in rules]
        for name in rules:
            if not isinstance(name, str):
                raise InputError(
                    f"rules has {type(name).__name__} in it; a list is one of names. An optax "
                    'rule needs a label: rules={"lion": optax.lion(0.1)}'
                )
    else:
        raise InputError(f"rules is {type(rules).__name__}; expected {wanted}")
    if not pairs:
        raise InputError(f"rules is empty, so there is nobody to race; expected {wanted}")
    labels = [label for label, _ in pairs]
    for label in labels:
        if not isinstance(label, str) or not label.strip():
            raise InputError(f"rules has the key {label!r}; expected a rule's name, or a label")
        if labels.count(label) > 1:
            raise InputError(f"rules names {label!r} twice; give labels: {{'a': …, 'b': …}}")
    return [_entrant(label, what) for label, what in pairs]


def _entrant(label: str, what: Any) -> Entrant:
    if callable(getattr(what, "init", None)) and callable(getattr(what, "update", None)):
        return Entrant(label, what)
    if isinstance(what, Mapping):
        given: dict[Any, Any] = dict(what)
        for part in given:
            if part not in PARTS:
                near = get_close_matches(str(part), PARTS, 1)
                hint = f"; did you mean {near[0]!r}?" if near else f"; it takes {', '.join(PARTS)}"
                raise InputError(f"rules[{label!r}] has no part {part!r}{hint}")
        rates = given.pop("lr", None)
        found = Entrant(label, given.pop("rule", label), rates, **given)
    elif isinstance(what, str):
        found = Entrant(label, what)
    else:
        found = Entrant(label, label, what)
    if isinstance(found.rule, str):
        try:
            rule_named(found.rule)
        except InputError as error:
            raise InputError(f"in the race, {label!r}: {error}") from None
    return found


def which_rates(rates: Any, lr: Any) -> Rates:
    """The mode that a call asks for; without one a given `lr` is everybody's.

    Raises:
        InputError: no mode of that name, or one that does not go with `lr`.
    """
    if rates is None:
        return Rates.AS_GIVEN if lr is None else Rates.SAME
    word = rates.value if isinstance(rates, Rates) else rates
    if isinstance(word, str):
        plain = word.strip().lower().replace("_", " ").removesuffix(" each").removesuffix(" η")
        for mode in Rates:
            if plain == mode.value.removesuffix(" each").removesuffix(" η"):
                return mode
    near = get_close_matches(str(word), ["as given", "same", "best"], 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(
        f'rates is {rates!r}; expected "as given" (each rule with its own η), "same" (one η for '
        f'all) or "best" (the best of many η for each){hint}'
    )


def several(lr: Any, what: str) -> list[Any]:
    """η, or some of them, as a list; a schedule is one.

    Raises:
        InputError: none, or one that is no number above 0.
    """
    if callable(lr):
        return [lr]
    if isinstance(lr, np.ndarray):
        lr = list(lr.ravel())
    listed: list[Any] = list(lr) if isinstance(lr, Sequence) and not isinstance(lr, str) else [lr]
    if not listed or len(listed) > MOST_RATES:
        raise InputError(f"{what} has {len(listed)} learning rates; expected 1 to {MOST_RATES}")
    for rate in listed:
        if not is_number(rate) or not rate > 0:
            raise InputError(
                f"{what} is {rate!r}; a learning rate is a finite number above 0 (or several, or "
                "a schedule k ↦ η)"
            )
    return [float(rate) for rate in listed]


def settled(
    entrant: Entrant, mode: Rates, lr: Any, own: float, reach: float
) -> list[StepRule]:
    """The rules that an entrant starts with, one for each of its rates.

    Args:
        own: the η of gradient descent that moves the start by its own size.
        reach: that size, which a rule whose steps are η long moves by.

    Raises:
        InputError: a rate that is missing, given twice, or no rate.
    """
    if not entrant.takes_rate:
        return [entrant.with_rate(entrant.rates)]
    if entrant.rates is not None:
        if mode is Rates.SAME:
            raise InputError(
                f'rates="same" gives every rule the η of lr=, but {entrant.label!r} has its own; '
                'leave one out, or write rates="as given"'
            )
        given = several(entrant.rates, f"the η of {entrant.label!r}")
    elif entrant.default is not None:
        given = [entrant.default]
    elif mode is Rates.AS_GIVEN:
        raise InputError(
            f"{entrant.label!r} has no learning rate; write {{{entrant.label!r}: 0.1}}, or "
            'lr=0.1 for all rules, or rates="best" to have it looked for'
        )
    elif lr is not None:
        given = several(lr, "lr")
    elif mode is Rates.SAME:
        raise InputError('rates="same" needs the η that all rules take: lr=0.1, or several')
    else:
        scale = reach if entrant.rule in ("adam", "rmsprop", "random") else own
        given = ladder(scale).tolist()
    return [entrant.with_rate(rate) for rate in given]


def ladder(scale: float) -> Vector:
    """Rates from 10⁻⁴ to 10 of a scale, five a decade, rounded to three digits."""
    count = int((DECADES[1] - DECADES[0]) * PER_DECADE) + 1
    rates = scale * np.logspace(*DECADES, count)
    return np.array([float(f"{rate:.3g}") for rate in rates])


def is_blind(entrants: Sequence[Entrant]) -> bool:
    """Whether no entrant looks at a slope."""
    return all(entrant.rule == "random" for entrant in entrants)


