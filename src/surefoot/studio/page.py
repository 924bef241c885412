"""The HTML around the lab's one module, for the served page and for the exported file.

The module is built from `lab/` and ships with the package; it starts itself in the element
`#surefoot-lab`. Styles that the module needs it makes through constructable style sheets, which no
policy has to allow; the few rules here only keep the page from flashing before it runs.
"""

import base64
import hashlib
import re
from functools import cache
from html import escape
from importlib.resources import files

from surefoot.terms import SurefootError

STYLE = (
    ":root{color-scheme:light dark}body{margin:0;background:#f6f8fa;color:#1b1f24;"
    "font:15px/1.5 system-ui,sans-serif}@media(prefers-color-scheme:dark)"
    "{body{background:#0d1117;color:#e6edf3}}noscript{display:block;padding:1rem}"
)

_WITHOUT = "<noscript>This page draws with JavaScript, which is switched off here.</noscript>"


class NotBuiltError(SurefootError):
    """The lab's page is not part of this installation.

    A wheel carries it. A checkout holds it as `src/surefoot/studio/static/lab.js`; where it is
    missing, `npm ci && npm run build` in `lab/` makes it.
    """


@cache
def module_text() -> str:
    """The lab's module.

    Raises:
        NotBuiltError: it is not there.
    """
    found = files("surefoot.studio") / "static" / "lab.js"
    try:
        return found.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotBuiltError(
            "the lab's page (studio/static/lab.js) is missing from this installation; in a "
            "checkout `npm ci && npm run build` in the folder lab/ builds it"
        ) from None


def served_page() -> str:
    """The page of the local server; it holds no secret and no scenario."""
    return _page(
        "Surefoot lab",
        '<link rel="stylesheet" href="/page.css">\n<script type="module" src="/lab.js"></script>',
        f'<div id="surefoot-lab" data-host="server"></div>{_WITHOUT}',
    )


def file_page(title: str, scenario: str, proofs: str = "[]") -> str:
    """One self-contained page.

    Its own policy lets exactly its one script and its one style sheet run, by their hashes, and
    lets it connect to nothing.

    Args:
        title: of the browser's tab.
        scenario: JSON text. proofs: the same, a list of what is proved of its windows.
    """
    script = inline_module(module_text())
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(STYLE)}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return _page(
        title,
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<style>{STYLE}</style>',
        '<div id="surefoot-lab" data-host="file"></div>'
        f'<script type="application/json" id="scenario">{inline_json(scenario)}</script>\n'
        f'<script type="application/json" id="proofs">{inline_json(proofs)}</script>\n'
        f'<script type="module">{script}</script>{_WITHOUT}',
    )


def inline_json(text: str) -> str:
    """JSON text that cannot end the element it stands in: "<" as \\u003c."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def inline_module(text: str) -> str:
    """A module's text that cannot end the element it stands in.

    Inside string and regular-expression literals, the only places where these characters stand in
    a built module, a backslash in front of "/" or "!" changes nothing.
    """
    text = re.sub("</(?=script)", r"<\\/", text, flags=re.IGNORECASE)
    return text.replace("<!--", "<\\!--")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _page(title: str, head: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{head}\n"
        f'<title>{escape(title)}</title>\n<link rel="icon" href="data:,">\n'
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
