"""Rules of TLS: whether the certificate was accepted, its time, and the protocol's version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from revoctl.headers.page import Page
from revoctl.headers.rules.demand import quote
from revoctl.headers.rules.hosts import host_of
from revoctl.headers.rules.rule import HeaderRule, Judge, Problem, Verdict, not_applicable, rule
from revoctl.headers.snapshot import Tls
from revoctl.report.model import Evidence, Fix, Severity

_NO_TLS = not_applicable("no answer came over https")
_OLD = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1")
NOTICE = timedelta(days=14)
"""How long before its end a certificate is reported."""

Test = Callable[[Page, Tls], str]


def _each(test: Test, advice: str) -> Judge:
    """A judge of the TLS sessions, one problem for each host; the asked host has an empty key."""

    def judge(page: Page) -> Verdict:
        sessions = [(hop, hop.tls) for hop in page.snapshot.hops if hop.tls is not None]
        if not sessions:
            return _NO_TLS
        problems: dict[str, Problem] = {}
        for hop, tls in sessions:
            words = test(page, tls)
            if words:
                host = host_of(hop.url)
                key = "" if host == host_of(page.snapshot.target) else host
                evidence = (Evidence(hop.url, quote(words), page.snapshot.taken),)
                fix = Fix("advise", note=advice)
                problems.setdefault(key, Problem(quote(f"{host}: {words}"), key, evidence, fix))
        return tuple(problems.values())

    return judge


def _unverified(page: Page, tls: Tls) -> str:
    return "" if tls.verified else f"the certificate was not accepted: {tls.error or 'unknown'}"


def _old(page: Page, tls: Tls) -> str:
    return f"{tls.version} was agreed on" if tls.version in _OLD else ""


def _expiring(page: Page, tls: Tls) -> str:
    if tls.not_after is None or not tls.verified:
        return ""
    left = tls.not_after - page.snapshot.taken
    return f"the certificate ends on {tls.not_after:%Y-%m-%d}" if left < NOTICE else ""


RULES: tuple[HeaderRule, ...] = (
    rule(
        "tls-certificate-invalid",
        "The certificate is not accepted",
        Severity.HIGH,
        why="Visitors cannot tell this host from an impostor on the path, and browsers neither "
        "show the page nor keep its HSTS.",
        fix="Install a certificate for this name from a public authority, with its chain.",
        references=("https://www.rfc-editor.org/rfc/rfc9525",),
    )(_each(_unverified, "install a valid certificate with its chain")),
    rule(
        "tls-protocol-old",
        "An old version of TLS was agreed on",
        Severity.MEDIUM,
        why="The versions before 1.2 have known attacks, by which traffic can be read or changed.",
        fix="Offer TLS 1.2 and 1.3 only.",
        references=("https://www.rfc-editor.org/rfc/rfc8996",),
    )(_each(_old, "offer TLS 1.2 and 1.3 only")),
    rule(
        "tls-certificate-expiring",
        "The certificate ends within two weeks",
        Severity.LOW,
        why="After that day browsers refuse the page, and visitors learn to click warnings away, "
        "which is what an impostor needs.",
        fix="Renew it, and let renewal run by itself.",
        references=("https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",),
    )(_each(_expiring, "renew the certificate")),
)
