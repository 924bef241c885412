"""What a call means by a rule: a name with its numbers, or an optax transformation."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from surefoot.descent import BLOCK, RULES, Rule, rule_named
from surefoot.program import Program, Vector, read_or_new
from surefoot.program.riddles import explain
from surefoot.show import significant
from surefoot.solve.settings import is_number
from surefoot.terms import InputError


@dataclass(frozen=True)
class StepRule:
    """The rule of a call.

    Attributes:
        name, equation: for the report.
        make: from η to the gradient transformation.
        key: hashable; equal keys mean the same compiled code.
        eta: what the compiled code is called with.
        rate: k ↦ η, None where there is no single rate.
        parameters: of a named rule.
        rule: the named rule.
        altered: whether gradients are clipped or weights decayed besides.
        rest: with weight decay the equation of the point where a step is zero; "" without.
    """

    name: str
    equation: str
    make: Callable[[Any], Any]
    key: Any
    eta: float = 0.0
    rate: Callable[[int], float] | None = None
    parameters: Mapping[str, float] | None = None
    rule: Rule | None = None
    altered: bool = False
    rest: str = ""

    @property
    def block(self) -> int:
        """How many steps `some_steps` may ask about together.

        A named rule of gradients hands on what is not finite; a transformation may remove it.
        """
        plain = self.rule is not None and self.rule.first_order and not self.rule.searches
        return BLOCK if plain else 1

    def key_on(self, program: Program) -> Any:
        """The key for a function: of a rule that bounds it, its data are part of the code."""
        bounds = self.rule is not None and self.rule.bounds
        return (self.key, program.data_key) if bounds else self.key

    def rates(self, steps: NDArray[np.int64]) -> Vector | None:
        """The learning rates of some steps, by their numbers."""
        if self.rate is None:
            return None
        return np.array([self.rate(int(k)) for k in steps], np.float64)

    def require_size(self, size: int) -> None:
        """Refuse more coordinates than the rule is meant for.

        Raises:
            InputError: naming what to use instead.
        """
        if self.rule is not None and size > self.rule.most:
            raise InputError(
                f"the rule {self.name!r} makes a dense matrix a step and is meant for at most "
                f"{self.rule.most:,} coordinates; there are {size:,}: take 'l-bfgs', or `minimize`"
            )


def step_rule(
    rule: Any,
    lr: Any = None,
    options: Mapping[str, Any] | None = None,
    weight_decay: Any = 0.0,
    clip: Any = None,
) -> StepRule:
    """The rule of a call; see `descend` for the arguments.

    Raises:
        InputError: a rule, rate or parameter that cannot be used.
    """
    if isinstance(rule, str | Rule):
        named = rule_named(rule) if isinstance(rule, str) else rule
        found = _named(named, lr, options)
    else:
        found = _transformation(rule, lr, options)
    return _clipped(_decayed(found, weight_decay, lr), clip)


def _transformation(rule: Any, lr: Any, options: Mapping[str, Any] | None) -> StepRule:
    if not (callable(getattr(rule, "init", None)) and callable(getattr(rule, "update", None))):
        hint = ""
        if callable(rule):
            hint = (
                f"; if {getattr(rule, '__name__', 'it')} makes a rule of a learning rate, call it: "
                f"rule={getattr(rule, '__name__', 'make')}(0.1)"
            )
        raise InputError(
            f"rule is {type(rule).__name__}; expected a name ({', '.join(map(repr, RULES))}) or an "
            f"optax gradient transformation such as optax.adam(0.1){hint}"
        )
    if lr is not None or options:
        what = "lr belongs" if lr is not None else "options belong"
        raise InputError(
            f"{what} to a rule given by name; an optax transformation has its numbers already: "
            "write rule=optax.adam(0.1, b1=0.8) alone"
        )
    key = ("optax", read_or_new((rule.init, rule.update)))
    return StepRule("an optax rule", "x⁺ = x + update(g)", lambda eta: rule, key)


def _named(rule: Rule, lr: Any, options: Mapping[str, Any] | None) -> StepRule:
    if options is not None and not isinstance(options, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(
            f"options is {type(options).__name__}; expected a dict name → number, e.g. "
            'options={"beta": 0.8}'
        )
    given = rule.settings(options)
    told = "".join(f", {name} = {significant(value)}" for name, value in given.items())
    found = StepRule(
        rule.name,
        rule.equation + told,
        lambda eta: rule(eta, **given),
        (rule.name, *given.items()),
        parameters=given,
        rule=rule,
    )
    if rule.searches:
        if lr is not None:
            raise InputError(f"the rule {rule.name!r} looks for its own step length: leave lr out")
        return found
    if lr is None:
        lr = rule.rate
    if lr is None:
        raise InputError(
            f"the rule {rule.name!r} needs a learning rate; write descend(f, x0, "
            f"{rule.name!r}, lr=0.1)"
        )
    if callable(lr):
        schedule: Callable[[int], Any] = lr
        _check_schedule(schedule)
        return replace(
            found,
            equation=f"{found.equation}, η by a schedule",
            make=lambda eta: rule(schedule, **given),
            key=(*found.key, read_or_new(schedule)),
            rate=lambda k: float(schedule(k)),
        )
    if not is_number(lr) or not lr > 0:
        raise InputError(f"lr is {lr!r}; expected a number above 0, or a schedule k ↦ η")
    eta = float(lr)
    return replace(
        found,
        equation=f"{found.equation}, η = {significant(eta)}",
        eta=eta,
        rate=lambda k: eta,
    )


def _check_schedule(schedule: Callable[[int], Any]) -> None:
    """Refuse a schedule that gives no learning rate: tried at step 0, by number and by placeholder.

    Raises:
        InputError: saying what it gave.
    """
    wanted = "lr is a function; as a schedule it is called as lr(k), k = 0, 1, …, and has to give"
    try:
        inspect.signature(schedule).bind(0)
    except ValueError:  # some callables written in C have no signature
        pass
    except TypeError:
        raise InputError(
            f"{wanted} η, but it takes {inspect.signature(schedule)}; write lr=lambda k: …"
        ) from None
    try:
        with jax.enable_x64(True):
            first = schedule(0)
            shaped = jax.eval_shape(schedule, jax.ShapeDtypeStruct((), np.int32))
    except InputError:
        raise
    except Exception as error:
        riddle = explain(error, schedule)
        raise InputError(f"{wanted} η inside the compiled walk. {riddle or error}") from error
    real = np.issubdtype(getattr(shaped, "dtype", np.dtype(object)), np.number)
    if getattr(shaped, "shape", None) != () or not real or np.iscomplexobj(first):
        text = " ".join(repr(first).split())[:50]
        raise InputError(f"{wanted} one real number; for k = 0 it gave {text}")
    eta = float(first)
    if not 0.0 <= eta < np.inf:
        raise InputError(f"{wanted} a finite number of at least 0; for k = 0 it gave {eta:g}")


def _decayed(found: StepRule, amount: Any, lr: Any) -> StepRule:
    """With the weights shrinking by η·amount a step, apart from the gradient."""
    if not is_number(amount) or amount < 0:
        raise InputError(f"weight_decay is {amount!r}; expected a number of at least 0")
    if amount == 0:
        return found
    if found.rule is None or not found.rule.first_order:
        raise InputError(
            "weight_decay belongs to a rule that is made of gradients and given by name ("
            + ", ".join(name for name, rule in RULES.items() if rule.first_order)
            + "); put the penalty into the function, or chain optax.add_decayed_weights"
        )
    from surefoot.descent.transformations import decoupled_decay

    amount = float(amount)

    def make(eta: Any) -> Any:
        import optax

        return optax.chain(found.make(eta), decoupled_decay(lr if callable(lr) else eta, amount))

    return replace(
        found,
        equation=f"{found.equation}, then x⁺ − η·{significant(amount)} x",
        make=make,
        key=(*found.key, "decay", amount),
        altered=True,
        rest=_rest(found, amount),
    )


def _rest(found: StepRule, amount: float) -> str:
    """Where a constant rate with weight decay stands still: u/η + λx = 0, m and v come to rest."""
    given = found.parameters or {}
    if found.name == "gd":
        return f"∇f(x) + {significant(amount)} x = 0"
    if found.name in ("momentum", "nesterov"):
        # m = g/(1 − β) at rest, and both step by that much.
        return f"∇f(x) + {significant((1.0 - given['beta']) * amount)} x = 0"
    return f"u(∇f(x)) + {significant(amount)} x = 0, u the rule's scaled gradient"


def _clipped(found: StepRule, clip: Any) -> StepRule:
    """With gradients shortened to a norm of at most `clip`."""
    if clip is None:
        return found
    if not is_number(clip) or not clip > 0:
        raise InputError(f"clip is {clip!r}; expected a norm above 0, or None")
    if found.rule is not None and not found.rule.first_order:
        raise InputError(f"the rule {found.name!r} is not made of gradients alone: leave clip out")
    clip = float(clip)

    def make(eta: Any) -> Any:
        import optax

        return optax.chain(optax.clip_by_global_norm(clip), found.make(eta))

    return replace(
        found,
        equation=f"g shortened to ‖g‖ ≤ {significant(clip)},  {found.equation}",
        make=make,
        key=("clip", clip, found.key),
        altered=True,
    )
