"""The command `surefoot`."""

from surefoot.cli.entry import main

__all__ = ["main"]
