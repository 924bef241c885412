"""Reading a file that somebody named: regular files of a bearable size, nothing else."""

from pathlib import Path

from surefoot.terms import InputError

MOST_BYTES = 256 * 2**20
"""The size of the largest file that is read."""


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """What a file holds.

    Args:
        most: bytes that are read at most.

    Raises:
        InputError: no regular file (a pipe is waited for, /dev/zero has no end), or too large.
        OSError: it cannot be read.
    """
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is no regular file; save what it gives in a file first")
    # Read, not asked for its size: a file may grow, and some report none.
    with path.open("rb") as stream:
        found = stream.read(most + 1)
    if len(found) > most:
        raise InputError(f"{path} is larger than {most / 2**20:.3g} MiB, the most that is read")
    return found
