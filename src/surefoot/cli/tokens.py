"""The command line as people type it, put into the order that the parser needs.

A formula may begin with a minus (`surefoot maximize "-x^2+4x"`) and so may the value of an option
(`--at -3`). The parser would take both for options, so options are joined to their values
(`--at=-3`) and moved in front of `--`, behind which nothing is an option.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from surefoot.terms import InputError

# `--x^2` is a formula (minus minus x squared), `--jsn` is a slip of the pen.
_OPTION_LIKE = re.compile(r"--[a-z][a-z-]+(=.*)?", re.DOTALL)
_PLACE = ("--from", "--at")
_SAME = (_PLACE, ("--lr", "--rate"))
"""Two spellings of one option: of both given, the parser would take the last in silence."""
_MEANT: dict[str, tuple[str, ...]] = {
    "--start": _PLACE, "--init": _PLACE, "--point": _PLACE, "--x0": _PLACE, "--from": _PLACE,
    "--limits": ("--bounds", "--over"), "--box": ("--over", "--bounds"),
    "--eta": ("--lr",),
}  # fmt: skip
"""Words that others use, and other commands; the nearest spelling would be another option."""


def ordered(tokens: Sequence[str], options: Mapping[str, bool]) -> list[str]:
    """Options first, joined to their values, then `--` and everything else.

    Args:
        tokens: what stands behind the name of the command.
        options: each option of the command, and whether it takes a value.

    Raises:
        InputError: for an option without its value, one that does not exist, and one given in two
            spellings.
    """
    found: list[str] = []
    others: list[str] = []
    rest = iter(tokens)
    for token in rest:
        name, equals, _ = token.partition("=")
        if token == "--":
            others += rest
        elif name in options and (equals or not options[name]):
            found.append(token)
        elif name in options:
            value = next(rest, None)
            if value is None or value in options:
                raise InputError(f"{name} needs a value behind it; see --help for an example")
            found.append(f"{name}={value}")
        elif _OPTION_LIKE.fullmatch(token):
            raise InputError(_no_such_option(name, options))
        else:
            others.append(token)
    names = {token.partition("=")[0] for token in found}
    for one, two in _SAME:
        if {one, two} <= names:
            raise InputError(f"{one} and {two} are the same option; give one of them")
    return [*found, "--", *others] if others else found


def _no_such_option(name: str, options: Mapping[str, bool]) -> str:
    meant = next((other for other in _MEANT.get(name, ()) if other in options), None)
    if meant is not None:
        return f"there is no option {name}; did you mean {meant}?"
    near = get_close_matches(name, options, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the options are {', '.join(sorted(options))}"
    return f"there is no option {name}; {hint}"
