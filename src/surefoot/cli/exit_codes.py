"""What the exit code of a command says."""

from enum import IntEnum


class ExitCode(IntEnum):
    """0 answered, 1 answered with a refusal, 2 bad input, 3 our fault, 130 interrupted."""

    ANSWERED = 0
    REFUSED = 1
    BAD_INPUT = 2
    OUR_FAULT = 3
    INTERRUPTED = 130
