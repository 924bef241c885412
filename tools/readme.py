"""Run the README's first example and write what it prints below it.

    python tools/readme.py          rewrites README.md
    python tools/readme.py --check  fails where README.md tells something else

The times in the line "effort" are those of one run; the check passes over them.
"""

import contextlib
import io
import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
_EXAMPLE = re.compile(
    r"```python\n(?P<code>.*?)```\n<!-- output:loss -->\n```text\n(?P<told>.*?)```", re.DOTALL
)
_TIME = re.compile(r"\d[\d.]* (?:min \d+ s|s|ms|µs)(?!\w)")


def printed(code: str) -> str:
    """What a piece of code prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip() + "\n"


def timeless(told: str) -> str:
    """The text with a sign for each time; where the lines on effort break depends on these."""
    before, effort, after = told.partition("\neffort")
    return before + " ".join((effort + _TIME.sub("⏱", after)).split())


def main() -> int:
    """Write or check; the exit code says whether README.md was right."""
    text = README.read_text()
    found = _EXAMPLE.search(text)
    assert found is not None, "README.md has the example"
    now = printed(found["code"])
    if "--check" in sys.argv:
        same = timeless(now) == timeless(found["told"])
        if not same:
            print(f"README.md tells\n{found['told']}\nbut the example prints\n{now}")
        return int(not same)
    start, end = found.span("told")
    README.write_text(text[:start] + now + text[end:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
