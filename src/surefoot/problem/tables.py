"""Tables of measurements from CSV and Parquet files; rows and columns keep their names.

CSV is read by the standard library: its line numbers let a message name the very cell. Parquet
needs pyarrow, which is loaded only then.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import StringIO
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surefoot.formulas.names import nearest
from surefoot.problem.reading import read_bytes
from surefoot.terms import InputError


@dataclass(frozen=True, eq=False)
class NamedArray:
    """Numbers whose rows and columns have names.

    Attributes:
        values: float64, of any shape.
        rows, columns: names along the first and second axis; empty where there are none.
        origin: where the numbers come from, "file.csv, column y".
    """

    values: NDArray[np.float64]
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    origin: str = ""

    def __post_init__(self) -> None:
        assert not self.rows or len(self.rows) == self.values.shape[0]
        assert not self.columns or len(self.columns) == self.values.shape[1]


@dataclass(frozen=True)
class TextTable:
    """A table as text: cells are turned into numbers when a column is asked for.

    Attributes:
        file: the file's name, for messages.
        columns: the names in the header.
        cells: one list of cells per row.
        lines: the line of each row in the file.
    """

    file: str
    columns: tuple[str, ...]
    cells: list[list[str]] = field(repr=False)
    lines: list[int] = field(repr=False)

    def place(self, column: str) -> int:
        """The position of a column.

        Raises:
            InputError: no such column; the nearest names are offered.
        """
        if column not in self.columns:
            raise InputError(
                f"{self.file} has no column '{column}'; it has {', '.join(self.columns)}"
                f"{nearest(column, self.columns)}"
            )
        return self.columns.index(column)

    def text(self, column: str) -> tuple[str, ...]:
        """A column as it stands, e.g. the names of the rows."""
        place = self.place(column)
        return tuple(row[place] for row in self.cells)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column of numbers, shape (rows,).

        Raises:
            InputError: a cell that is no finite number, with its line and column.
        """
        place = self.place(column)
        return np.array(
            [
                _number(row[place], f"{self.file}, line {line}, column '{column}'")
                for row, line in zip(self.cells, self.lines, strict=True)
            ]
        )

    def is_text(self, column: str) -> bool:
        """Whether no cell of a column looks like a number."""
        return not any(_looks_like_number(cell) for cell in self.text(column))


def read_table(path: Path, delimiter: str | None = None) -> TextTable:
    """The table in a CSV or Parquet file.

    Args:
        path: the file; ".parquet" files need pyarrow, all others are read as CSV: a header row
            with names, comma, semicolon or tab between cells, lines beginning with # left out.
        delimiter: what stands between cells; default: found in the header.

    Raises:
        InputError: no such file, no header, rows of different lengths.
    """
    # Many data entries may name columns of one file: it is read once.
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "no ordinary file (a pipe or a device)"
        raise InputError(f"the data file {path} is {what}; give a CSV file")
    if not path.is_file():
        beside = sorted(p.name for p in path.parent.glob("*.csv")) if path.parent.is_dir() else []
        raise InputError(
            f"there is no data file {path}{nearest(path.name, beside)}"
            " (paths count from the folder of the problem file)"
        )
    return _read(path.resolve(), path.name, path.stat().st_mtime_ns, delimiter)


@lru_cache(maxsize=8)
def _read(path: Path, name: str, changed: int, delimiter: str | None) -> TextTable:
    if path.suffix.lower() in (".parquet", ".pq"):
        return _read_parquet(path, name)
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise InputError(f"{name} cannot be read: {reason}") from None
    return _parse_csv(text, name, delimiter)


def _parse_csv(text: str, file: str, delimiter: str | None) -> TextTable:
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise InputError(f"{file} is empty; expected a header row and rows of numbers")
    first = lines[0][1]
    between = delimiter or next((mark for mark in ",;\t" if mark in first), ",")
    rows = [[cell.strip() for cell in row] for row in _cells(lines, between, file)]
    header = rows[0]
    if all(map(_looks_like_number, header)):
        raise InputError(
            f"{file}, line {lines[0][0]}: the first row must name the columns, but it holds "
            f"numbers ({', '.join(header[:4])})"
        )
    for column in header:
        if header.count(column) > 1 or not column:
            what = f"'{column}' stands {header.count(column)} times" if column else "one is empty"
            raise InputError(f"{file}, line {lines[0][0]}: column names must differ; {what}")
    for (number, _), row in zip(lines[1:], rows[1:], strict=True):
        if len(row) != len(header):
            raise InputError(
                f"{file}, line {number} has {len(row)} cells, but the header has {len(header)} "
                f"({', '.join(header)})"
            )
    if len(rows) == 1:
        raise InputError(f"{file} has a header but no rows")
    return TextTable(file, tuple(header), rows[1:], [number for number, _ in lines[1:]])


def _cells(lines: Sequence[tuple[int, str]], delimiter: str, file: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for number, line in lines:
        try:
            (row,) = csv.reader(StringIO(line), delimiter=delimiter, strict=True)
        except (csv.Error, ValueError, TypeError) as error:
            raise InputError(f"{file}, line {number} cannot be read: {error}") from None
        rows.append(row)
    return rows


def _read_parquet(path: Path, name: str) -> TextTable:
    try:
        from pyarrow import parquet  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError(
            f"{name} is a Parquet file, which needs pyarrow: pip install pyarrow, or save it as CSV"
        ) from None
    try:
        table = parquet.read_table(path)
    except Exception as error:  # pyarrow raises its own kinds for damaged files
        raise InputError(f"{name} cannot be read as Parquet: {error}") from None
    columns = [[_cell(value) for value in column.to_pylist()] for column in table.columns]
    rows = [list(row) for row in zip(*columns, strict=True)]
    if not rows:
        raise InputError(f"{name} has no rows")
    return TextTable(name, tuple(table.column_names), rows, list(range(1, len(rows) + 1)))


def _cell(value: object) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _looks_like_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str, where: str) -> float:
    if not cell:
        raise InputError(f"{where} is empty; fill it in or remove the row")
    if cell.lower() in ("nan", "na", "n/a", "null", "none", "-", "?"):
        raise InputError(f"{where} is missing ('{cell}'); fill it in or remove the row")
    hint = ""
    if "," in cell and _looks_like_number(cell.replace(",", ".", 1)):
        hint = f"; write {cell.replace(',', '.', 1)} with a point, or {cell.replace(',', '')}"
    if not _looks_like_number(cell) or "_" in cell:
        raise InputError(f"{where} is no number: '{cell[:40]}'{hint}")
    value = float(cell)
    if not isfinite(value):
        raise InputError(f"{where} is not finite ('{cell}'); remove the row")
    return value
