"""Sources that stand for too many places, or for places that nobody can vouch for.

Source: CSP Level 3, section 6.7.2 (matching). Which sources lead to script execution in which
directives follows the checks of Google's CSP Evaluator 1.1.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.rules.csp_delivery import csp_rule
from revoctl.headers.rules.csp_posture import Flaw, Governor, Posture, distinct, quote, removal
from revoctl.headers.syntax.csp import SOURCE_LISTS
from revoctl.headers.syntax.csp_edit import replacing
from revoctl.headers.syntax.csp_sources import HOST, SCHEME, Source, read_source
from revoctl.report.model import Severity

SPEC = "https://www.w3.org/TR/CSP3/"
MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"
STRICT = "https://web.dev/articles/strict-csp"

XSS_SCHEMES = {
    "data": None,
    "http": None,
    "https": None,
    "blob": Severity.LOW,  # a script must already run to make one
    "filesystem": Severity.LOW,
}
INSECURE = ("http://", "ws://", "ftp://")
DANGEROUS = ("object-src", "base-uri")
OPEN_ROLES = {
    "style-src": Severity.LOW,
    "connect-src": Severity.LOW,
    "frame-src": Severity.LOW,
    "worker-src": Severity.LOW,
    "form-action": Severity.LOW,
    "frame-ancestors": Severity.MEDIUM,
}
"""Roles in which an open source runs no script by itself, with what it is worth there."""


def _places(posture: Posture) -> Iterator[tuple[Governor, Source, bool]]:
    """The places in effect, per governing list, and whether script could come from them."""
    dangerous = [*posture.scripts, *posture.governors(DANGEROUS)]
    for governors, runs in ((dangerous, True), (posture.governors(tuple(OPEN_ROLES)), False)):
        for governor in governors:
            for source in governor.listing.sources:
                if source.kind >= SCHEME and posture.tolerated(governor, source):
                    yield governor, source, runs


@csp_rule(
    "csp-wildcard-source",
    "A source stands for every host",
    Severity.HIGH,
    why="The attacker's own server is an allowed source: injected elements load script, frames or "
    "styles from it, or send data to it.",
    fix="Name the hosts that are needed, or use nonces with 'strict-dynamic' for scripts.",
    references=(f"{SPEC}#match-url-to-source-expression", STRICT),
)
def wildcard_source(posture: Posture) -> Sequence[Flaw]:
    """A host of ``*`` where that matters."""
    if "*" not in posture.places:
        return ()
    return distinct(
        _open(g, s, None if runs else OPEN_ROLES[g.role], "allows every host")
        for g, s, runs in _places(posture)
        if s.kind == HOST and s.host == "*"
    )


@csp_rule(
    "csp-plain-scheme",
    "A source stands for a whole scheme",
    Severity.HIGH,
    why="A scheme alone lets in every server that speaks it, and data: lets in whatever the "
    "attacker writes into the address.",
    fix="Name the hosts that are needed, or use nonces with 'strict-dynamic' for scripts.",
    references=(f"{SPEC}#match-url-to-source-expression", f"{MDN}/script-src", STRICT),
)
def plain_scheme(posture: Posture) -> Sequence[Flaw]:
    """``https:``, ``http:``, ``data:`` and the like where script may come of it."""
    if ": " not in posture.places:
        return ()
    return distinct(
        _open(g, s, XSS_SCHEMES[s.scheme], "allows every address of the scheme")
        if runs
        else _open(g, s, OPEN_ROLES[g.role], "allows every server that speaks the scheme")
        for g, s, runs in _places(posture)
        if s.kind == SCHEME and (s.scheme in XSS_SCHEMES if runs else s.scheme in ("http", "https"))
    )


def _open(governor: Governor, source: Source, severity: Severity | None, text: str) -> Flaw:
    name, value = governor.name, source.text
    edit = removal(name, value)
    return Flaw(name, f"{name} {quote(value)} {text}", value, severity, governor.policy, edit)


@csp_rule(
    "csp-insecure-source",
    "A source is loaded without TLS",
    Severity.MEDIUM,
    why="Whoever sits on the network path changes what such a host answers, or reads the reports "
    "that are sent there.",
    fix="Write the source with https: (wss: for sockets).",
    references=(f"{SPEC}#match-schemes", "https://www.w3.org/TR/mixed-content/"),
    anywhere=True,
)
def insecure_source(posture: Posture) -> Sequence[Flaw]:
    """``http://`` in any directive; ``ws://`` and ``ftp://`` in source lists weigh less."""
    if not any(scheme in posture.places for scheme in INSECURE):
        return ()
    return distinct(
        _insecure(i, directive.name, value)
        for i, directive in posture.directives()
        for value in directive.values
        if value.lower().startswith(INSECURE) and _in_effect(posture, i, directive.name, value)
    )


def _insecure(index: int, name: str, value: str) -> Flaw:
    scheme = value.partition(":")[0].lower()
    secure = ("wss" if scheme == "ws" else "https") + value[len(scheme) :]
    what = "reports go to" if name == "report-uri" else "allows"
    return Flaw(
        name,
        f"{name} {what} {quote(value)}, unprotected on the way",
        value,
        None if scheme == "http" else Severity.LOW,
        index,
        replacing(name, value, secure),
    )


def _in_effect(posture: Posture, index: int, name: str, value: str) -> bool:
    """Whether no other policy forbids this source; what is no source list always counts."""
    if len(posture.policies) == 1 or name not in SOURCE_LISTS:
        return True
    listing = posture.readings[index].listing(name)
    if listing is None:
        return True
    return posture.tolerated(Governor(index, name, listing), read_source(value))


@csp_rule(
    "csp-ip-source",
    "A source is an IP address",
    Severity.INFO,
    why="Browsers match no address but 127.0.0.1, so the source has no effect, or it is left over "
    "from development.",
    fix="Name the host, or take the source out.",
    references=(f"{SPEC}#match-hosts",),
    anywhere=True,
)
def ip_source(posture: Posture) -> Sequence[Flaw]:
    """An IPv4 or bracketed IPv6 address as a host, in any directive."""
    if not any(w.count(".") >= 3 or "[" in w for w in posture.unquoted):
        return ()
    return distinct(
        Flaw(
            directive.name,
            f"{directive.name} names the address {quote(value)}",
            value,
            policy=i,
            edit=removal(directive.name, value),
        )
        for i, directive in posture.directives()
        for value in directive.values
        if _is_address(value)
    )


def _is_address(value: str) -> bool:
    rest = value.partition("://")[2] or value
    if rest.startswith("["):
        return "]" in rest
    parts = rest.partition("/")[0].partition(":")[0].split(".")
    return len(parts) == 4 and all(p.isascii() and p.isdigit() and len(p) <= 3 for p in parts)


RULES = (wildcard_source, plain_scheme, insecure_source, ip_source)
