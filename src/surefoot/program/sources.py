"""Where in the user's code, or in which characters of a formula, a step comes from."""

import linecache
import re
import sysconfig
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

import jax

FORMULA_FILE = "<formula>"


@dataclass(frozen=True)
class Source:
    """A place in the user's code.

    Attributes:
        file: path of the file, "<formula>" for a formula, "" where no place is known.
        line: line number from 1; 0 where unknown.
        column, end_column: half-open range of characters in that line, or of the formula's text;
            0, 0 where unknown.
        text: the source line, stripped, or the formula.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    end_column: int = 0
    text: str = ""

    def __str__(self) -> str:
        if self.file == FORMULA_FILE:
            return f"'{self.segment}' in the formula"
        return f"{Path(self.file).name}:{self.line}" if self.line else "an unknown line"

    @property
    def segment(self) -> str:
        """The piece of the line that the step comes from; the stripped line where unknown."""
        if self.end_column <= self.column:
            return self.text
        line = self.text if self.file == FORMULA_FILE else linecache.getline(self.file, self.line)
        # Columns of code objects count UTF-8 bytes; a formula's count characters.
        if self.file == FORMULA_FILE:
            return line[self.column : self.end_column]
        return line.encode()[self.column : self.end_column].decode(errors="replace") or self.text


# ── formulas: spans travel through JAX's own name stack ──────────────────────────────────────

_texts: list[str] = []
_numbers: dict[str, int] = {}
_SPAN = re.compile(r"formula_(\d+)_(\d+)_(\d+)")


@contextmanager
def span(text: str, start: int, end: int) -> Generator[None, None, None]:
    """Blame the operations traced inside on characters [start, end) of a formula's text."""
    number = _numbers.get(text)
    if number is None:
        number = _numbers[text] = len(_texts)
        _texts.append(text)
    with jax.named_scope(f"formula_{number}_{start}_{end}"):
        yield


def _from_span(name_stack: Any) -> Source | None:
    marks = _SPAN.findall(str(name_stack))
    if not marks:
        return None
    number, start, end = (int(part) for part in marks[-1])
    return Source(FORMULA_FILE, 1, start, end, _texts[number])


# ── Python: the first frame that is the user's own ────────────────────────────────────────────

_here = Path(__file__).resolve().parents[1]
_jax_home = str(Path(jax.__file__).resolve().parent)
_libraries = tuple(
    {
        _jax_home,
        str(_here),
        *(sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")),
    }
)


def is_users(filename: str) -> bool:
    """Whether a file is the user's own: neither JAX, nor Surefoot, nor an installed library."""
    if filename.startswith("<"):
        return not filename.startswith("<frozen")
    return not (
        filename.startswith(_libraries)
        or "site-packages" in filename
        or "dist-packages" in filename
    )


def source_of(source_info: Any, caller: Source | None) -> Source:
    """The user's place for an equation.

    Args:
        source_info: the equation's `source_info`.
        caller: the place of the call that this equation is inside of. Inner programs are cached
            by JAX across call sites, so frames beyond the start of their own trace may show
            somebody else's call: those are not looked at, the caller is blamed instead.
    """
    found = _from_span(source_info.name_stack)
    if found is not None:
        return found
    if source_info.traceback is None:
        return caller or Source()
    codes, instructions = source_info.traceback.raw_frames()
    last: tuple[CodeType, int] | None = None
    for code, instruction in zip(codes, instructions, strict=True):
        if "trace_to_jaxpr" in code.co_name:
            break
        if is_users(code.co_filename):
            return _place(code, instruction)
        if _is_foreign(code.co_filename):
            last = (code, instruction)
    if caller is not None:
        return caller
    return _place(*last) if last else Source()


def _is_foreign(filename: str) -> bool:
    """Whether a file is a library's that is neither JAX nor Surefoot (the next best to blame)."""
    return not filename.startswith((_jax_home, str(_here), "<"))


def _place(code: CodeType, instruction: int) -> Source:
    # An instruction is two bytes; `co_positions` has one entry for each.
    position = next(islice(code.co_positions(), instruction // 2, None), None)
    line, end_line, column, end_column = position or (None, None, None, None)
    line = line or code.co_firstlineno
    text = linecache.getline(code.co_filename, line).strip()
    if column is None or end_column is None or end_line != line:
        column = end_column = 0
    return Source(code.co_filename, line, column, end_column, text)


def source_of_exception(trace: TracebackType | None) -> Source:
    """The innermost place of the user's own in an exception's traceback."""
    found: Source | None = None
    while trace is not None:
        if is_users(trace.tb_frame.f_code.co_filename):
            found = _place(trace.tb_frame.f_code, trace.tb_lasti)
        trace = trace.tb_next
    return found or Source()


def definition_of(function: Any) -> Source:
    """Where a function is defined; an empty Source for built-ins and callables without code."""
    code = getattr(function, "__code__", None)
    if code is None:
        return Source()
    text = linecache.getline(code.co_filename, code.co_firstlineno).strip()
    return Source(code.co_filename, code.co_firstlineno, text=text)
