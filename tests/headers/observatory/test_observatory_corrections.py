"""What the scale owasp corrects: each defect of the Observatory by name, and browsers' verdicts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from observatory_vectors import DATA

from revoctl.headers.grade import grade, ungraded
from revoctl.headers.observatory import ALL, CORRECTIONS, NONE, TESTS, of_scale
from revoctl.headers.page import Page
from revoctl.headers.preload import parse_preload
from revoctl.headers.snapshot import Body, Ending, Field, Hop, Probe, Snapshot, Tls
from revoctl.policy.headers import HeadersPolicy

TRUTH = json.loads((DATA / "browser_truth.json").read_text())["vectors"]
CSP = "content-security-policy"
XFO = "x-frame-options"
NONE_POLICY = "default-src 'none'"


@dataclass
class Answer:
    """A response in short: its headers, body and surroundings."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    kind: str = "text/html"
    verified: bool = True
    probes: tuple[Probe, ...] = ()
    status: int = 200
    ending: Ending = Ending.FINAL
    preloaded: str = ""
    url: str = "https://example.com/"

    def page(self) -> Page:
        """The page that the answer makes."""
        sent = tuple(Field(n, v) for n, v in [("Content-Type", self.kind), *self.lines])
        tls = Tls("TLSv1.3", self.verified)
        hop = Hop(self.url, self.status, sent, tls=tls, body=Body(self.body))
        taken = datetime(2026, 11, 1, tzinfo=UTC)
        snapshot = Snapshot(self.url, taken, (hop,), ending=self.ending, probes=self.probes)
        return Page(snapshot, HeadersPolicy("t"), parse_preload(self.preloaded))


def cors(origin: str, *lines: tuple[str, str], kind: str = "cors-get") -> Probe:
    """What the site says to an origin."""
    sent = tuple(Field(name, value) for name, value in lines)
    return Probe(kind, origin, (Hop("https://example.com/", 200, sent),))


STRANGER = "https://foreign.example"
PREFLIGHT = cors(STRANGER, kind="cors-preflight")
TRUE = ("Access-Control-Allow-Credentials", "true")
META = '<meta http-equiv="Content-Security-Policy" content="{}">'
HSTS = "Strict-Transport-Security"
SRI = "subresource-integrity"

# correction, test, answer, the Observatory's result, ours
CASES = [
    (
        "cookies-deleted",
        "cookies",
        Answer([("Set-Cookie", "session=; Max-Age=0")]),
        "cookies-session-without-secure-flag",
        "cookies-not-found",
    ),
    (
        "cookies-deleted",
        "cookies",
        Answer([("Set-Cookie", "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=x")]),
        "cookies-samesite-flag-invalid",
        "cookies-not-found",
    ),
    (
        "cors-credentials",
        "cross-origin-resource-sharing",
        Answer(probes=(PREFLIGHT, cors("null", ("Access-Control-Allow-Origin", "null"), TRUE))),
        "cross-origin-resource-sharing-not-implemented",
        "cross-origin-resource-sharing-implemented-with-universal-access",
    ),
    (
        "cors-credentials",
        "cross-origin-resource-sharing",
        Answer(
            probes=(
                PREFLIGHT,
                cors(
                    "https://example.com.evil.example",
                    ("Access-Control-Allow-Origin", "https://example.com.evil.example"),
                    TRUE,
                ),
            )
        ),
        "cross-origin-resource-sharing-not-implemented",
        "cross-origin-resource-sharing-implemented-with-universal-access",
    ),
    (
        "corp-case",
        "cross-origin-resource-policy",
        Answer([("Cross-Origin-Resource-Policy", "Same-Origin")]),
        "corp-implemented-with-same-origin",
        "corp-header-invalid",
    ),
    (
        "csp-combination",
        CSP,
        Answer([(CSP, "default-src 'none'; default-src *")]),
        "csp-header-invalid",
        "csp-implemented-with-no-unsafe-default-src-none",
    ),
    (
        "csp-combination",
        CSP,
        Answer([(CSP, "style-src 'self'"), (CSP, "script-src 'unsafe-inline'; object-src 'none'")]),
        "csp-implemented-with-no-unsafe",
        "csp-implemented-with-unsafe-inline",
    ),
    (
        "csp-combination",
        CSP,
        Answer([(CSP, "script-src *; object-src 'none'"), (CSP, "default-src 'self'")]),
        "csp-implemented-with-unsafe-inline",
        "csp-implemented-with-no-unsafe",
    ),
    (
        "csp-combination",
        CSP,
        Answer([(CSP, "default-src 'self',")]),
        "csp-header-invalid",
        "csp-implemented-with-no-unsafe",
    ),
    (
        "csp-meta-place",
        CSP,
        Answer(body="<noscript>" + META.format(NONE_POLICY) + "</noscript>"),
        "csp-implemented-with-no-unsafe-default-src-none",
        "csp-not-implemented",
    ),
    (
        "csp-meta-place",
        CSP,
        Answer(body="<body>" + META.format(NONE_POLICY)),
        "csp-implemented-with-no-unsafe-default-src-none",
        "csp-not-implemented",
    ),
    (
        "csp-meta-place",
        CSP,
        Answer(body=META.format(NONE_POLICY), kind="Text/HTML"),
        "csp-not-implemented",
        "csp-implemented-with-no-unsafe-default-src-none",
    ),
    (
        "framing-allow-from",
        XFO,
        Answer([(XFO, "ALLOW-FROM https://a.example")]),
        "x-frame-options-allow-from-origin",
        "x-frame-options-header-invalid",
    ),
    (
        "framing-in-meta",
        XFO,
        Answer(body=META.format("default-src 'self'; frame-ancestors 'none'")),
        "x-frame-options-implemented-via-csp",
        "x-frame-options-not-implemented",
    ),
    (
        "framing-open",
        XFO,
        Answer([(CSP, "frame-ancestors *"), (XFO, "DENY")]),
        "x-frame-options-implemented-via-csp",
        "x-frame-options-not-implemented",
    ),
    (
        "framing-values",
        XFO,
        Answer([(XFO, "SAMEORIGIN"), (XFO, "SAMEORIGIN")]),
        "x-frame-options-header-invalid",
        "x-frame-options-sameorigin-or-deny",
    ),
    (
        "hsts-first-line",
        "strict-transport-security",
        Answer([(HSTS, "max-age=31536000"), (HSTS, "max-age=0")]),
        "hsts-header-invalid",
        "hsts-implemented-max-age-at-least-six-months",
    ),
    (
        "hsts-grammar",
        "strict-transport-security",
        Answer([(HSTS, "max-age=abc")]),
        "hsts-implemented-max-age-at-least-six-months",
        "hsts-header-invalid",
    ),
    (
        "hsts-grammar",
        "strict-transport-security",
        Answer([(HSTS, 'max-age="300"')]),
        "hsts-implemented-max-age-at-least-six-months",
        "hsts-implemented-max-age-less-than-six-months",
    ),
    (
        "hsts-preload-hides-certificate",
        "strict-transport-security",
        Answer(verified=False, preloaded="example.com"),
        "hsts-preloaded",
        "hsts-invalid-cert",
    ),
    (
        "nosniff-first-item",
        "x-content-type-options",
        Answer([("X-Content-Type-Options", "nosniff"), ("X-Content-Type-Options", "nosniff")]),
        "x-content-type-options-header-invalid",
        "x-content-type-options-nosniff",
    ),
    (
        "redirect-without-location",
        "redirection",
        Answer(
            probes=(Probe("http", hops=(Hop("http://example.com/", 301, (Field("A", "b"),)),)),)
        ),
        "redirection-not-to-https",
        "redirection-missing",
    ),
    (
        "sri-address",
        SRI,
        Answer(body="<script src=HTTPS://cdn.example.org/a.js></script>"),
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin",
        "sri-not-implemented-but-external-scripts-loaded-securely",
    ),
    (
        "sri-address",
        SRI,
        Answer(body="<script src=' https://cdn.example.org/a.js'></script>"),
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin",
        "sri-not-implemented-but-external-scripts-loaded-securely",
    ),
    (
        "sri-address",
        SRI,
        Answer(body="<script src='//example.com/a.js'></script>"),
        "sri-not-implemented-and-external-scripts-not-loaded-securely",
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin",
    ),
    (
        "sri-address",
        SRI,
        Answer(body="<base href='https://cdn.example.org/'><script src=a.js></script>"),
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin",
        "sri-not-implemented-but-external-scripts-loaded-securely",
    ),
    (
        "sri-address",
        SRI,
        Answer(url="https://a.github.io/", body="<script src=https://b.github.io/a.js></script>"),
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin",
        "sri-not-implemented-but-external-scripts-loaded-securely",
    ),
    (
        "sri-insecure-same-site",
        SRI,
        Answer(body="<script src=http://example.com/a.js></script>"),
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin",
        "sri-not-implemented-and-external-scripts-not-loaded-securely",
    ),
]


@pytest.mark.parametrize(("correction", "test", "answer", "theirs", "ours"), CASES)
def test_a_correction_changes_one_verdict(
    correction: str, test: str, answer: Answer, theirs: str, ours: str
) -> None:
    """Without corrections the Observatory's verdict stands; its own correction alone changes it."""
    judge = TESTS[test]
    assert judge(answer.page(), NONE).result == theirs
    assert judge(answer.page(), frozenset({correction})).result == ours
    assert judge(answer.page(), ALL).result == ours


def test_every_correction_is_shown() -> None:
    """The table has no line without a case; the loop is shown below."""
    assert {case[0] for case in CASES} | {"redirect-loop"} == set(CORRECTIONS)
    assert of_scale("mdn") == NONE
    assert of_scale("owasp") == ALL


@pytest.mark.parametrize("ending", [Ending.LOOP, Ending.TOO_MANY])
def test_a_redirect_loop_has_no_grade(ending: Ending) -> None:
    """The Observatory grades the redirect where it gave up; owasp says that there is no page."""
    page = Answer(status=302, ending=ending).page()
    assert grade(page, "mdn") is not None
    assert grade(page, "owasp") is None
    assert "no page" in ungraded(page, "owasp")


@pytest.mark.parametrize("ending", [e for e in Ending if e is not Ending.FINAL])
def test_an_unfinished_chain_says_why_it_has_no_grade(ending: Ending) -> None:
    """Whatever cut the chain short is named."""
    page = Answer(ending=ending).page()
    assert grade(page, "owasp") is None
    assert ungraded(page, "owasp")


@pytest.mark.parametrize("row", [r for r in TRUTH if r["header"] == "X-Frame-Options"], ids=str)
def test_framing_is_what_browsers_do(row: dict) -> None:
    """Where another site may frame the page the test fails, else it passes."""
    page = Answer([("X-Frame-Options", line) for line in row["lines"]]).page()
    protected = TESTS[XFO](page, ALL).result == "x-frame-options-sameorigin-or-deny"
    assert protected is not row["cross_origin_framing_allowed"]


@pytest.mark.parametrize("row", [r for r in TRUTH if "nosniff" in r], ids=str)
def test_nosniff_is_what_browsers_do(row: dict) -> None:
    """The first item decides."""
    page = Answer([("X-Content-Type-Options", line) for line in row["lines"]]).page()
    found = TESTS["x-content-type-options"](page, ALL).result == "x-content-type-options-nosniff"
    assert found is row["nosniff"]


@pytest.mark.parametrize("row", [r for r in TRUTH if "Opener" in r["header"]], ids=str)
def test_the_opener_policy_is_what_browsers_do(row: dict) -> None:
    """Only a structured token in lower case counts, on both scales."""
    page = Answer([(row["header"], line.strip(" \t")) for line in row["lines"]]).page()
    for corrections in (NONE, ALL):
        result = TESTS["cross-origin-opener-policy"](page, corrections).result
        assert (result == "coop-implemented-with-same-origin") is row["is_same_origin"]


@pytest.mark.parametrize("row", [r for r in TRUTH if "Embedder" in r["header"]], ids=str)
def test_the_embedder_policy_is_what_browsers_do(row: dict) -> None:
    """Only a structured token in lower case counts, on both scales."""
    page = Answer([(row["header"], line.strip(" \t")) for line in row["lines"]]).page()
    for corrections in (NONE, ALL):
        result = TESTS["cross-origin-embedder-policy"](page, corrections).result
        assert (result == "coep-implemented-with-require-corp") is row["enforced"]


def test_what_was_not_asked_is_not_passed() -> None:
    """Without probes and body three tests stay open: no gain, no loss, and not passed."""
    hop = Hop("https://example.com/", 200, (Field("Content-Type", "text/html"),))
    snapshot = Snapshot(hop.url, datetime(2026, 11, 1, tzinfo=UTC), (hop,))
    graded = grade(Page(snapshot, HeadersPolicy("t")), "owasp")
    assert graded is not None
    open_tests = [p for p in graded.parts if p.result.endswith("-not-evaluated")]
    assert len(open_tests) == 3
    assert not any(p.passed or p.modifier for p in open_tests)


def test_a_plain_http_chain_is_its_own_entrance() -> None:
    """A target that only speaks http is judged by its own chain: no https, no redirect."""
    hop = Hop("http://localhost:8080/", 200, (Field("Content-Type", "text/html"),))
    page = Page(Snapshot(hop.url, datetime(2026, 11, 1, tzinfo=UTC), (hop,)), HeadersPolicy("t"))
    assert TESTS["redirection"](page, ALL).result == "redirection-missing"
    hsts = TESTS["strict-transport-security"](page, ALL).result
    assert hsts == "hsts-not-implemented-no-https"


def test_an_entrance_with_a_bad_certificate_is_said() -> None:
    """A refused certificate on the way from http fails the redirection."""
    hops = (
        Hop("http://example.com/", 301),
        Hop("https://example.com/", 200, tls=Tls("TLSv1.3", verified=False, error="expired")),
    )
    page = Answer(probes=(Probe("http", hops=hops),)).page()
    assert TESTS["redirection"](page, ALL).result == "redirection-invalid-cert"
