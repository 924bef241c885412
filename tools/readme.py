"""Run the README's first example and write what it prints below it.

    python tools/readme.py          rewrites README.md
    python tools/readme.py --check  fails where README.md tells something else

The line "effort" is left out: times differ from run to run.
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


def printed(code: str) -> str:
    """What a piece of code prints, without the lines on effort."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    if any(line.startswith("effort") for line in lines):
        lines = lines[: next(i for i, line in enumerate(lines) if line.startswith("effort"))]
    return "\n".join(lines).strip() + "\n"


def main() -> int:
    """Write or check; the exit code says whether README.md was right."""
    text = README.read_text()
    found = _EXAMPLE.search(text)
    assert found is not None, "README.md has the example"
    now = printed(found["code"])
    if "--check" in sys.argv:
        if now != found["told"]:
            print(f"README.md tells\n{found['told']}\nbut the example prints\n{now}")
        return int(now != found["told"])
    start, end = found.span("told")
    README.write_text(text[:start] + now + text[end:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
