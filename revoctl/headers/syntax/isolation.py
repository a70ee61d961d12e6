"""Cross-Origin-Opener-Policy, -Embedder-Policy and -Resource-Policy.

The first two are structured field items whose token is case-sensitive (HTML standard, "obtain a
cross-origin opener policy" and "... embedder policy"): a second line, quotes, a trailing semicolon
or a capital letter make the browser fall back to ``unsafe-none``. The third is compared as plain
text (Fetch, "cross-origin resource policy check"); two lines are no value either.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from revoctl.headers.syntax.structured_fields import Invalid, Token, parse_item
from revoctl.headers.syntax.tokens import OWS, combine

COOP = {
    "unsafe-none": 0,
    "same-origin-allow-popups": 1,
    "noopener-allow-popups": 2,
    "same-origin": 3,
}
COEP = {"unsafe-none": 0, "credentialless": 1, "require-corp": 2}
CORP = {"cross-origin": 0, "same-site": 1, "same-origin": 2}
ORDERS = {
    "cross-origin-opener-policy": COOP,
    "cross-origin-embedder-policy": COEP,
    "cross-origin-resource-policy": CORP,
}


class Isolation(Struct, frozen=True):
    """The value in force, empty where the header says nothing; ``problem`` tells why."""

    value: str
    problem: str = ""
    report_to: str = ""


def parse(name: str, lines: Sequence[str]) -> Isolation:
    """Read all lines of the header of that lower-case name, one of :data:`ORDERS`."""
    known = ORDERS[name]
    if len(lines) == 1 and lines[0] in known:
        return Isolation(lines[0])
    if name == "cross-origin-resource-policy":
        return _known(combine(lines).strip(OWS) if lines else "", known)
    item = parse_item([line.strip(OWS) for line in lines])
    if isinstance(item, Invalid):
        lone = len(lines) < 2
        return Isolation("", item.reason if lone else "sent on several lines, which is a list")
    if not isinstance(item.value, Token):
        return Isolation("", "the value must be a bare word, without quotes")
    found = _known(str(item.value), known)
    endpoint = item.params.get("report-to")
    return Isolation(found.value, found.problem, endpoint if isinstance(endpoint, str) else "")


def _known(value: str, known: dict[str, int]) -> Isolation:
    if value in known:
        return Isolation(value)
    if value.lower() in known:
        return Isolation("", "the value is case-sensitive and must be in lower case")
    return Isolation("", f"browsers know {', '.join(known)} only")
