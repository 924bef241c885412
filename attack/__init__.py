"""Attacks on Surefoot's promises, longer than the test suite has time for: `python -m attack`."""
