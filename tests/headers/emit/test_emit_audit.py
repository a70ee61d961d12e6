"""What is emitted, served by the real server, scanned and audited: no deviation from the policy."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from revoctl.cli.policies import headers_policy
from revoctl.headers.audit import audit
from revoctl.headers.emit import Snippet, of_policy, render
from revoctl.headers.fetch import Request, scan
from revoctl.policy.headers import HeadersPolicy
from revoctl.profiles import shipped
from revoctl.report.model import Finding, Kind, Tool
from tests.headers.emit.conftest import SITES
from tests.headers.emit.lab import Site, application

PATHS = ("/", "/own", "/data", "/api/x", "/missing")
NONCE = "c2FtcGxlIG9mIDEyOCBiaXQ"
GENERATED = 5
"""Policies for each of the servers: some forty in all."""


def served(server: str, policy: HeadersPolicy, folder: Path, pem: Path) -> list[str]:
    """The deviations of every path that the snippet's notes do not announce."""
    folder.mkdir()
    snippet = render(server, of_policy(policy))
    with (
        application() as upstream,
        SITES[server](folder, snippet.text.replace("{nonce}", NONCE), upstream, pem) as site,
    ):
        return [
            f"{path}: {finding.rule}: {finding.detail}"
            for path in PATHS
            for finding in deviations(policy, site, path)
            if not announced(finding, snippet)
        ]


def deviations(policy: HeadersPolicy, site: Site, path: str) -> list[Finding]:
    """What an audit of one path finds to differ from the policy, over TLS where there is any."""
    port, scheme = (site.tls, "https") if site.tls else (site.port, "http")
    request = Request(
        f"{scheme}://localhost:{port}{path}", resolve=(f"localhost:{port}:127.0.0.1",)
    )
    now = datetime.now(UTC)
    report = audit(scan(request), policy, tool=Tool("revoctl", "0"), finished=now)
    return [f for f in report.findings if f.kind is Kind.DEVIATION]


def announced(finding: Finding, snippet: Snippet) -> bool:
    """Whether a note says of the header at fault that this server cannot do it."""
    names = [e.excerpt.partition(":")[0].lower() for e in finding.evidence if e.excerpt]
    notes = " ".join(snippet.notes).lower()
    prefixes = [word.rstrip("*") for word in notes.split() if word.endswith("*")]
    known = (name in notes or any(name.startswith(p) for p in prefixes if p) for name in names)
    return bool(names) and finding.rule == "header-unwanted" and all(known)


@pytest.mark.parametrize("profile", shipped("headers"))
@pytest.mark.parametrize("server", SITES)
def test_a_shipped_policy_is_obeyed(server: str, profile: str, tmp_path: Path, pem: Path) -> None:
    """Pages, data and errors of a hostile application carry what the profile asks for."""
    policy, _ = headers_policy(profile)
    assert served(server, policy, tmp_path / server, pem) == []


SOURCES = st.lists(
    st.sampled_from(("'self'", "https://a.example", "*.b.example:8443", "data:", "'sha256-AAAA'")),
    min_size=1, max_size=3, unique=True,
)  # fmt: skip
CSP = st.dictionaries(
    st.sampled_from(("default-src", "script-src", "img-src", "style-src", "form-action")),
    SOURCES, min_size=1,
).map(lambda d: "; ".join(" ".join((name, *values)) for name, values in d.items()))  # fmt: skip
FEATURES = st.lists(
    st.sampled_from(("camera=()", "geolocation=(self)", 'usb=(self "https://a.example")')),
    min_size=1, unique=True,
).map(", ".join)  # fmt: skip
PLAIN = st.text("abc XYZ019'\"\\$%{}[]();:,&|`~!?*^+-@/.<>=#", min_size=1, max_size=30)
CUSTOM = PLAIN.map(lambda t: " ".join(t.split())).filter(bool)
VALUES = {
    "Content-Security-Policy": CSP,
    "Strict-Transport-Security": st.integers(1, 10**8).map(lambda n: f"max-age={n}"),
    "X-Frame-Options": st.sampled_from(("DENY", "SAMEORIGIN")),
    "X-Content-Type-Options": st.just("nosniff"),
    "Referrer-Policy": st.sampled_from(("no-referrer", "same-origin", "strict-origin")),
    "Permissions-Policy": FEATURES,
    "Cross-Origin-Opener-Policy": st.sampled_from(("same-origin", "same-origin-allow-popups")),
    "Cross-Origin-Embedder-Policy": st.sampled_from(("require-corp", "credentialless")),
    "Cross-Origin-Resource-Policy": st.sampled_from(("same-origin", "same-site")),
    "Cache-Control": st.sampled_from(("no-store", "no-cache", "private, max-age=60")),
    "Clear-Site-Data": st.just('"cache"'),
    "X-Custom": CUSTOM,
    "X-Other": CUSTOM,
}


@st.composite
def policies(draw: st.DrawFn) -> HeadersPolicy:
    """A policy of some headers, with scopes, modes and paths, and of names to remove."""
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, unique=True))
    headers = {}
    for name in names:
        entry = {"value": draw(VALUES[name])}
        if name == "Strict-Transport-Security":
            entry["scope"] = "https"
        elif draw(st.booleans()):
            entry["scope"] = draw(st.sampled_from(("always", "html")))
        if name in ("Cache-Control", "X-Custom"):
            entry["mode"] = draw(st.sampled_from(("replace", "default")))
        if name in ("Clear-Site-Data", "X-Other"):
            entry["paths"] = draw(st.sampled_from((["/api"], ["/own", "/data"])))
        headers[name] = entry
    gone = draw(st.lists(st.sampled_from(("X-Powered-By", "X-Gone", "X-Kong-A")), unique=True))
    return HeadersPolicy.from_mapping({"name": "made", "headers": headers, "remove": gone})


@pytest.mark.parametrize("server", SITES)
def test_a_generated_policy_is_obeyed(server: str, tmp_path: Path, pem: Path) -> None:
    """Whatever a policy asks for in values, scopes, modes and paths, the real server does it."""
    number = iter(range(GENERATED * 3))

    @seed(zlib.crc32(server.encode()))
    @settings(
        max_examples=GENERATED,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(policies())
    def obeyed(policy: HeadersPolicy) -> None:
        assert served(server, policy, tmp_path / f"{server}{next(number)}", pem) == []

    obeyed()


def test_the_application_alone_deviates(tmp_path: Path, pem: Path) -> None:
    """Without the snippet the same scan finds the same policy broken: else nothing is proven."""
    policy, _ = headers_policy("owasp")
    with application() as upstream, SITES["haproxy"](tmp_path, "", upstream, pem) as site:
        found = {finding.rule for finding in deviations(policy, site, "/")}
    assert {"csp-deviates", "hsts-missing", "header-unwanted"} <= found
