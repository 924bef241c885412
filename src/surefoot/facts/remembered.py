"""Facts kept from one trace of a function to the next.

A second call on the same function traces it again, since what it captures may have changed; where
nothing has, what was proved stays proved. Only facts that blame no line of the user's are kept: an
equal computation may stand on another line.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from surefoot.program import Program
from surefoot.program.reads import LARGEST

T = TypeVar("T")

MOST = 256
"""So many facts are kept, the least recently used dropped."""

_known: OrderedDict[Hashable, Any] = OrderedDict()


def remembered(question: str, program: Program, ask: Callable[[Program], T],
               keep: Callable[[T], bool]) -> T:  # fmt: skip
    """The answer to a question about a program, from memory where the same was asked before.

    Args:
        question: names it.
        ask: the work.
        keep: whether an answer says the same of every program that computes the same.
    """
    if sum(array.nbytes for array in program.consts) > LARGEST:
        return ask(program)
    key = (question, program.key, tuple(array.tobytes() for array in program.consts))
    if key in _known:
        _known.move_to_end(key)
        return _known[key]
    answer = ask(program)
    if keep(answer):
        _known[key] = answer
        if len(_known) > MOST:
            _known.popitem(last=False)
    return answer
