"""Rules and their numbers as people write them.

    --with beta=0.8,eps=1e-6        --lr 0.1        --lr 0.01,0.1
    --rules gd=0.1,adam=[0.01,0.1],newton
"""

import re
from collections.abc import Mapping
from typing import Any

from surefoot.cli.values import number
from surefoot.terms import InputError

_PART = re.compile(
    r"\s*(?P<name>[^\s=,\[\]]+)\s*(?:=\s*(?P<value>\[[^\]]*\]|[^,\[\]]+))?\s*(?:,|$)"
)


def numbers_by_name(text: str | None, option: str) -> dict[str, float | int] | None:
    """name → number; a whole number stays one, since some parameters count something.

    Raises:
        InputError: something without a number, or twice.
    """
    if text is None:
        return None
    found: dict[str, float | int] = {}
    for name, value in _parts(text, option, "beta=0.8"):
        if value is None:
            raise InputError(f"{option}: {name!r} has no number; write e.g. {option} {name}=0.8")
        one = number(value, f"{option} {name}")
        found[name] = int(one) if value.strip().lstrip("-").isdecimal() else one
    return found


def rates(text: str | None, option: str) -> float | list[float] | None:
    """One learning rate, or several between commas."""
    if text is None:
        return None
    found = [number(part, option) for part in text.strip().strip("[]").split(",")]
    return found[0] if len(found) == 1 else found


def rules_with_rates(text: str) -> dict[str, Any]:
    """rule → its learning rate, several, or None where none is written.

    Raises:
        InputError: what is not of that form, or a rule twice.
    """
    return {
        name: rates(value, f"--rules {name}")
        for name, value in _parts(text, "--rules", "gd=0.1,newton")
    }


def require_rate(rule: str, lr: str | None) -> None:
    """Refuse a walk without a learning rate in the words of the command line.

    Raises:
        InputError: a rule that needs η, and none is given.
    """
    from surefoot.descent import rule_named

    if lr is None and rule_named(rule).needs_rate:
        raise InputError(
            f"the rule {rule!r} needs a learning rate; write --lr 0.1, and `surefoot rate` says "
            "which ones are stable"
        )


def require_rates(wanted: Mapping[str, Any]) -> None:
    """Refuse a race in which some rules have a learning rate and others lack theirs.

    Raises:
        InputError: naming one that lacks it.
    """
    from surefoot.descent import RULES

    for name, rates in wanted.items():
        rule = RULES.get(name)
        if rule is not None and rates is None and rule.needs_rate:
            raise InputError(
                f"{name!r} has no learning rate, and others have; write --rules {name}=0.1, or "
                "leave them all out to have the best ones looked for"
            )


def _parts(text: str, option: str, example: str) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    place = 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None:
            rest = text[place:][:40]
            raise InputError(f"{option}: {rest!r} cannot be read; write e.g. {example}")
        if match["name"] in [name for name, _ in found]:
            raise InputError(f"{option}: {match['name']} is given twice; several η: gd=[0.01,0.1]")
        found.append((match["name"], match["value"]))
        place = match.end()
    if not found:
        raise InputError(f"{option} is empty; write e.g. {example}")
    return found
