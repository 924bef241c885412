"""The command `surefoot`."""

from surefoot.cli.app import main

__all__ = ["main"]
