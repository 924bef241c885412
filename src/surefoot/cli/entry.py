"""The way in: nothing is loaded here, so that Ctrl-C is heard while the rest is."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code.

    Args:
        argv: the words behind `surefoot`; by default those of this process.
    """
    try:
        from surefoot.cli.app import main as run

        return run(argv)
    except KeyboardInterrupt:
        if sys.stderr is not None:
            print("\nsurefoot: interrupted before there was anything to report", file=sys.stderr)
        return 130
