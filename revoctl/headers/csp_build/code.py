"""What the text of a script says about itself: addresses that it names, and what no hash covers.

This reads words, it does not run code: an address that is put together at run time is not seen.
All repetitions are bounded, so the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from revoctl.headers.csp_build.model import Danger, Reference

LONGEST_QUOTE = 120
_S = r"\s{0,9}"
_LITERAL = r"""(?:"([^"\\\s$]{1,2000})"|'([^'\\\s$]{1,2000})'|`([^`\\\s$]{1,2000})`)"""
_ADDRESSES = (
    (
        "connect-src",
        re.compile(rf"\b(?:fetch|EventSource|WebSocket|sendBeacon){_S}\({_S}{_LITERAL}"),
    ),
    (
        "connect-src",
        re.compile(rf"""\.open{_S}\({_S}["'][A-Za-z]{{1,10}}["']{_S},{_S}{_LITERAL}"""),
    ),
    ("worker-src", re.compile(rf"\b(?:Shared)?Worker{_S}\({_S}{_LITERAL}")),
    ("worker-src", re.compile(rf"\bserviceWorker{_S}\.{_S}register{_S}\({_S}{_LITERAL}")),
    ("script-src", re.compile(rf"\bimport{_S}\(?{_S}{_LITERAL}")),
    ("script-src", re.compile(rf"\bfrom{_S}{_LITERAL}")),
)
_DANGERS = (
    ("eval", re.compile(rf"(?<![\w$])eval{_S}\(|(?<![\w$.])Function{_S}\(")),
    ("string-timer", re.compile(rf"""\bset(?:Timeout|Interval){_S}\({_S}["'`]""")),
    ("document-write", re.compile(rf"\bdocument{_S}\.{_S}write(?:ln)?{_S}\(")),
    ("set-handler", re.compile(rf"""\bsetAttribute{_S}\({_S}["']on[a-z]""")),
    ("javascript-url", re.compile(r"""["'`]javascript:""", re.I)),
    ("wasm", re.compile(rf"\bWebAssembly{_S}\.{_S}(?:compile|instantiate|Module)")),
)
_RELATIVE = ("/", "./", "../")


def references(script: str) -> Iterator[Reference]:
    """The addresses that a script names in full where it loads or asks."""
    for directive, expression in _ADDRESSES:
        for found in expression.finditer(script):
            address = found[1] or found[2] or found[3]
            # `import x from "react"` names a module for a bundler, not an address.
            if directive != "script-src" or "://" in address or address.startswith(_RELATIVE):
                yield Reference(directive, address, "inline script")


def dangers(script: str, where: str = "") -> Iterator[Danger]:
    """What in a script a policy without unsafe words blocks; ``where`` begins the excerpt."""
    for kind, expression in _DANGERS:
        for found in expression.finditer(script):
            start = max(0, found.start() - 20)
            excerpt = " ".join(script[start : start + LONGEST_QUOTE].split())
            yield Danger(kind, f"{where}: {excerpt}" if where else excerpt)
