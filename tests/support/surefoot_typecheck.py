"""The run-time type check that `conftest.py` lays on the package."""

from beartype import BeartypeConf, beartype

# As everywhere in Python's typing, a whole number may stand where a float is expected.
checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
