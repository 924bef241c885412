"""Columns as a pandas DataFrame; pandas is loaded only here."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from surefoot.terms import InputError


def frame(columns: Mapping[str, Any]) -> Any:
    """A DataFrame of named columns of one length.

    Raises:
        InputError: pandas is not installed, with what to write.
    """
    try:
        pandas = import_module("pandas")
    except ImportError:
        raise InputError(
            "a data frame needs pandas, which is not installed; write: "
            'pip install "surefoot[frame]"'
            " (.to_dict() gives the same numbers without it)"
        ) from None
    return pandas.DataFrame(dict(columns))
