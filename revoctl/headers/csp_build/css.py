"""The addresses in a style sheet: imports, fonts and images.

Source: CSS Syntax Level 3 (comments, strings, ``url()``) as far as addresses go. Linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from revoctl.headers.csp_build.model import Reference

_TOKEN = re.compile(r"""/\*|@font-face|@import|[;{}"']|(?<![\w-])url\(""", re.I)
_URL = re.compile(
    r"""[ \t\n\f\r]{0,99}(?:"([^"\n]{0,4096})"|'([^'\n]{0,4096})'|([^ \t\n\f\r"'()]{0,4096}))"""
)
_STRING_END = {'"': re.compile(r'["\n]'), "'": re.compile(r"['\n]")}


def references(css: str, used_by: str = "style sheet") -> Iterator[Reference]:
    """What a style sheet, or the content of a style attribute, loads."""
    at, directive = 0, "img-src"
    while token := _TOKEN.search(css, at):
        word = token.group().lower()
        at = token.end()
        if word == "/*":
            at = css.find("*/", at) + 2
            if at < 2:
                return
        elif word in ("@font-face", "@import"):
            directive = "font-src" if word == "@font-face" else "style-src"
        elif word == "}" or (word == ";" and directive == "style-src"):
            directive = "img-src"
        elif word == "url(":
            found = _URL.match(css, at)
            address = (found[1] or found[2] or found[3] or "") if found else ""
            at = found.end() if found else at
            if address and not address.startswith("#"):
                yield Reference(directive, address, used_by)
        elif word in _STRING_END:
            end = _STRING_END[word].search(css, at)
            if end is None:
                return
            if directive == "style-src":
                yield Reference(directive, css[at : end.start()], used_by)
            at = end.end()
