"""Problem files: a whole problem, with its data, as text (TOML)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np
from numpy.typing import NDArray

from surefoot.formulas import Formula, parse
from surefoot.formulas.names import nearest
from surefoot.formulas.tree import Name, walk_tree
from surefoot.problem.file_entries import (
    VariableEntry,
    check_keys,
    read_data,
    read_options,
    read_variable,
    table_entry,
    text_entry,
)
from surefoot.problem.reading import read_bytes
from surefoot.problem.tables import NamedArray
from surefoot.terms import FormulaError, InputError

Kind = Literal["minimize", "maximize", "least_squares"]
_KINDS: tuple[Kind, ...] = ("minimize", "maximize", "least_squares")
MOST_TOML = 16 * 2**20
"""Bytes of a problem file; numbers by the million belong in a data file."""
_KEYS = ("title", "source", *_KINDS, "subject_to", "variables", "data", "labels", "options")


@dataclass(frozen=True, eq=False)
class ProblemFile:
    """What a problem file says.

    Attributes:
        path: the file.
        title, source: as written, else "". `source` cites where data and model come from.
        kind: what is asked.
        formula: the objective; for least squares the residual, response − model.
        model, response: for least squares in that form, the model's formula and the response's
            text; else None and "".
        start: name → start value, or None where the file gives none at all.
        lower, upper: name → bounds in the shape of the variable, ±inf where open.
        units, labels: name → text, for those that have one.
        data: name → numbers with the names of their rows and columns.
        subject_to: name → comparison.
        options: tol, max_steps, time_limit, method, starts, seed, as far as given.
    """

    path: Path
    title: str
    source: str
    kind: Kind
    formula: Formula
    model: Formula | None
    response: str
    start: dict[str, NDArray[np.float64]] | None
    lower: dict[str, NDArray[np.float64]]
    upper: dict[str, NDArray[np.float64]]
    units: dict[str, str] = field(default_factory=dict[str, str])
    labels: dict[str, str] = field(default_factory=dict[str, str])
    data: dict[str, NamedArray] = field(default_factory=dict[str, NamedArray])
    subject_to: dict[str, Formula] = field(default_factory=dict[str, Formula])
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def bounds(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """name → (lower, upper), for the variables that have a finite side."""
        return {
            name: (self.lower[name], self.upper[name])
            for name in self.lower
            if np.isfinite(self.lower[name]).any() or np.isfinite(self.upper[name]).any()
        }

    @property
    def example(self) -> dict[str, Any]:
        """The structure of the argument: the start, or zeros in the shapes of the bounds."""
        if self.start is not None:
            return self.start
        known = {name: np.zeros(lower.shape) for name, lower in self.lower.items()}
        return self.formula.example(known)


def read_problem_file(path: str | Path) -> ProblemFile:
    """Read a problem file; `docs/problem-files.md` is its one page.

    Args:
        path: a TOML file. Data files named in it count from its own folder.

    Raises:
        InputError: no such file, broken TOML, unknown keys, data that are missing or no numbers;
            each with file and key, and line and column where there are any.
        FormulaError: a formula that cannot be read, or does not fit the data.
    """
    path = Path(path)
    entries = _load(path)
    file = path.name
    check_keys(entries, _KEYS, file)
    title, source = (text_entry(entries.get(k, ""), f"{file}, {k}") for k in ("title", "source"))
    data = read_data(table_entry(entries.get("data", {}), f"{file}, data"), path.parent, file)
    variables = _variables(entries, file)
    kind = _kind(entries, file)
    arrays = {name: array.values for name, array in data.items()}
    reader = _Reader(file, arrays, tuple(variables) if variables else None)
    formula, model, response = _objective(entries[kind], kind, reader)
    limits = _limits(entries.get("subject_to", []), reader)
    _check_used(variables, data, entries, [formula, *limits.values()], file)
    problem = ProblemFile(
        path=path,
        title=title,
        source=source,
        kind=kind,
        formula=formula,
        model=model,
        response=response,
        start=_start(variables, file),
        lower={name: entry.lower for name, entry in variables.items()},
        upper={name: entry.upper for name, entry in variables.items()},
        units=_texts("units", variables, entries, file),
        labels=_labels(variables, entries, data, file),
        data=data,
        subject_to=limits,
        options=read_options(table_entry(entries.get("options", {}), f"{file}, options"), file),
    )
    _check_fit(problem, file)
    return problem


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_bytes(path, MOST_TOML).decode("utf-8"))
    except FileNotFoundError:
        raise InputError(f"there is no problem file {path}") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"{path.name} is not valid TOML: {error}. Formulas and texts stand in quotes"
        ) from None
    except RecursionError:
        raise InputError(
            f"{path.name} nests lists or tables more deeply than can be read"
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def _variables(entries: Mapping[str, Any], file: str) -> dict[str, VariableEntry]:
    table = table_entry(entries.get("variables", {}), f"{file}, variables")
    return {name: read_variable(v, f"{file}, variables.{name}") for name, v in table.items()}


def _kind(entries: Mapping[str, Any], file: str) -> Kind:
    found: list[Kind] = [kind for kind in _KINDS if kind in entries]
    if len(found) != 1:
        raise InputError(
            f"{file} must say exactly one of {', '.join(_KINDS)}; found "
            f"{' and '.join(found) or 'none'}. Top-level keys stand above the first [table]"
        )
    return found[0]


@dataclass(frozen=True)
class _Reader:
    """Parses the formulas of one file; a message begins with file and key."""

    file: str
    data: dict[str, NDArray[np.float64]]
    variables: tuple[str, ...] | None

    def parse(self, text: Any, key: str) -> Formula:
        try:
            return parse(text_entry(text, f"{self.file}, {key}"), self.data, self.variables)
        except FormulaError as error:
            raise self.placed(error, key) from None

    def placed(self, error: FormulaError, key: str) -> FormulaError:
        reason = f"{self.file}, {key}: {error.reason}"
        return FormulaError(reason, error.text, error.start, error.end)


def _objective(value: Any, kind: Kind, reader: _Reader) -> tuple[Formula, Formula | None, str]:
    """The formula to optimise, and for `{model, response}` the model and the response."""
    if kind != "least_squares" or not isinstance(value, dict):
        formula = reader.parse(value, kind)
        _not_a_limit(formula, kind, reader)
        return formula, None, ""
    where = f"{reader.file}, {kind}"
    check_keys(value, ("model", "response"), where)
    for key in ("model", "response"):
        if key not in value:
            raise InputError(f"{where} needs both model and response; '{key}' is missing")
    model = reader.parse(value["model"], f"{kind}.model")
    response = reader.parse(value["response"], f"{kind}.response")
    for part, key in ((model, "model"), (response, "response")):
        _not_a_limit(part, f"{kind}.{key}", reader)
        if part.name:
            raise InputError(f"{where}.{key}: write the formula alone, without {part.name}(…) =")
    _check_response(response, reader, f"{where}.response")
    spelled = response.text.strip()
    left = spelled if spelled.isidentifier() else f"({spelled})"
    residual = reader.parse(f"{left} - ({model.text.strip()})", kind)
    return residual, model, spelled


def _check_response(response: Formula, reader: _Reader, where: str) -> None:
    """A response is measured; a name without data would become one more thing to choose."""
    names = [node for node in walk_tree(response.tree) if isinstance(node, Name)]
    if names and not any(node.is_data for node in names):
        unknown = names[0].name
        known = ", ".join(reader.data) or "none"
        near = nearest(unknown, reader.data) or "."
        raise InputError(
            f"{where}: '{unknown}' is not among the data ({known}){near} "
            "The response is what was measured; it stands under [data]"
        )


def _not_a_limit(formula: Formula, key: str, reader: _Reader) -> None:
    if formula.is_constraint:
        raise InputError(
            f"{reader.file}, {key}: '{formula.text}' is a comparison, not a value; limits stand "
            "under subject_to"
        )


def _limits(value: Any, reader: _Reader) -> dict[str, Formula]:
    if isinstance(value, dict):
        named = {str(name): text for name, text in value.items()}
    else:
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list):
            raise InputError(f"{reader.file}, subject_to: expected a comparison or a list of them")
        named = {text_entry(text, f"{reader.file}, subject_to"): text for text in texts}
    limits: dict[str, Formula] = {}
    for name, text in named.items():
        limit = reader.parse(text, "subject_to" if name == text else f"subject_to.{name}")
        if not limit.is_constraint:
            raise InputError(
                f"{reader.file}, subject_to: '{limit.text}' has no comparison; write <=, >= or =="
            )
        limits[name] = limit
    return limits


def _check_used(
    variables: Mapping[str, VariableEntry],
    data: Mapping[str, NamedArray],
    entries: Mapping[str, Any],
    formulas: list[Formula],
    file: str,
) -> None:
    used = {n.name for f in formulas for n in walk_tree(f.tree) if isinstance(n, Name)}
    for name in variables:
        if name not in used:
            raise InputError(
                f"{file}, variables.{name} is used in no formula; remove it, or put it into the "
                "formula"
            )
    built_on = {e.get("from") for e in entries.get("data", {}).values() if isinstance(e, dict)}
    # Without [variables] a name that was mistyped has become a variable in the data's stead.
    strays = [n for f in formulas for n in f.variables if n not in variables]
    for name in data:
        if name not in used and name not in built_on:
            near = nearest(name, strays)
            hint = f"{near} That name is no data, so it became a variable" if near else (
                "; remove it, or put it into the formula"
            )
            raise InputError(f"{file}, data.{name} is used in no formula{hint}")


def _start(
    variables: Mapping[str, VariableEntry], file: str
) -> dict[str, NDArray[np.float64]] | None:
    given = {name: e.start for name, e in variables.items() if e.start is not None}
    if not given:
        return None
    missing = [name for name in variables if name not in given]
    if missing:
        raise InputError(
            f"{file}, variables.{missing[0]} has no start, but {next(iter(given))} has one; give "
            "all variables a start, or none"
        )
    return given


def _texts(
    key: str, variables: Mapping[str, VariableEntry], entries: Mapping[str, Any], file: str
) -> dict[str, str]:
    """The units or labels written beside variables and data."""
    found = {name: getattr(entry, key) for name, entry in variables.items()}
    for name, entry in entries.get("data", {}).items():
        if isinstance(entry, dict):
            found[name] = text_entry(entry.get(key, ""), f"{file}, data.{name}.{key}")
    return {name: text for name, text in found.items() if text}


def _labels(
    variables: Mapping[str, VariableEntry],
    entries: Mapping[str, Any],
    data: Mapping[str, NamedArray],
    file: str,
) -> dict[str, str]:
    table = table_entry(entries.get("labels", {}), f"{file}, labels")
    known = (*variables, *data, "objective")
    for name in table:
        if name not in known:
            raise InputError(
                f"{file}, labels.{name} is neither a variable nor data{nearest(name, known)}"
            )
    written = {name: text_entry(text, f"{file}, labels.{name}") for name, text in table.items()}
    return _texts("label", variables, entries, file) | written


def _check_fit(problem: ProblemFile, file: str) -> None:
    """Follow the formulas once on shapes alone: do data and variables fit together?"""
    formulas = {problem.kind: problem.formula}
    formulas |= {f"subject_to ({name})": limit for name, limit in problem.subject_to.items()}
    for key, formula in formulas.items():
        try:
            with jax.enable_x64(True):
                jax.eval_shape(formula, {n: problem.example[n] for n in formula.variables})
        except FormulaError as error:
            sizes = ", ".join(f"{n} {a.values.shape}" for n, a in problem.data.items())
            raise FormulaError(
                f"{file}, {key}: {error.reason}" + (f" (data: {sizes})" if sizes else ""),
                error.text, error.start, error.end,
            ) from None  # fmt: skip
