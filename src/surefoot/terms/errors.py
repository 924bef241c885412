"""What can go wrong; each docstring is the manual page of its error."""


class SurefootError(Exception):
    """Base of every error that Surefoot raises on purpose."""


class InputError(SurefootError, ValueError):
    """Something you passed in cannot be used as it is.

    The message names the argument, what was expected, what was found, and what to write instead.
    No work has been done. The command line ends with exit code 2.
    """


class TraceError(InputError):
    """Your function could not be followed.

    Surefoot runs your function once on placeholders instead of numbers, to see what it computes.
    A line that needs an actual number (``if x > 0``, ``float(x)``, ``math.sin(x)``) cannot work
    on a placeholder. The message names the line and what to write instead.

    Attributes:
        file, line, column: the place in your code, where known.
    """

    def __init__(
        self, message: str, *, file: str | None = None, line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.column = column


class FormulaError(InputError):
    """A formula could not be read.

    The message shows the formula with a mark under the place.

    Attributes:
        text: the formula as typed.
        start, end: the half-open range of characters that the message speaks of.
        reason: the sentence alone, without the formula and the mark.
    """

    def __init__(self, reason: str, text: str, start: int, end: int) -> None:
        self.reason = reason
        self.text = text
        self.start = start
        self.end = max(end, start + 1)
        super().__init__(f"{reason}\n{_marked(text, start, self.end)}")


class UnsupportedError(SurefootError, NotImplementedError):
    """A question was asked of a step that the rule table has no answer for.

    The message names the primitive, the source line and the nearest supported thing. Other
    questions about the same function still have answers.

    Attributes:
        table: the table that was asked, e.g. "degree".
        primitive: the name of the JAX primitive.
        where: the source line.
    """

    def __init__(self, table: str, primitive: str, where: str, hint: str = "") -> None:
        self.table = table
        self.primitive = primitive
        self.where = where
        message = f"the {table} table does not know the step '{primitive}' at {where}"
        super().__init__(f"{message}; {hint}" if hint else message)


def _marked(text: str, start: int, end: int, width: int = 72) -> str:
    """The formula with carets under [start, end), cut to a window around the place."""
    left = max(0, min(start - width // 2, len(text) - width))
    window = text[left : left + width].replace("\n", " ").replace("\t", " ")
    prefix = "…" if left else ""
    suffix = "…" if left + width < len(text) else ""
    stop = max(start + 1, min(end, left + width))
    caret = " " * (len(prefix) + start - left) + "^" * (stop - start)
    return f"  {prefix}{window}{suffix}\n  {caret}"
