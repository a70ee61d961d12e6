"""Reports to render: every severity and state, and text that tries to break out of every format."""

from datetime import UTC, datetime, timedelta

from revoctl.report.model import (
    Check,
    Evidence,
    Failure,
    Finding,
    Fix,
    Kind,
    ProfileRef,
    Report,
    Rule,
    Score,
    ScorePart,
    Severity,
    Status,
    Subject,
    Tool,
    fingerprint,
)

HOSTILE = (
    "\x1b[31mred\x1b[0m\x9b2J \x07 \x00 \x7f "
    "</script><script>document.title='pwned'</script></style></textarea>"
    '"><img src=x onerror="document.title=\'pwned\'"> <svg onload=alert(1)> '
    "a\nb\r\nc\td\u2028e \ud800 \udfff \ufffe \u202eevil\u2066 \u200b \U000e0041 "
    "| pipe | `tick` ```fence *b* _i_ ~~s~~ [l](https://evil.example) ![i](x) @team #1 <b> "
    "https://evil.example www.evil.example %0A::error::x ##[error] {{ 7*7 }}{% raw %} "
    "\\ &amp; ]]> <!-- -- > \x85 \xa0 日本語 é "
)
FORMULA = "=cmd|'/c calc'!A1"
AT = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
SHOP = "https://shop.example.com/login"
API = "https://api.example.com:8443/v1?token=x#top"
DOWN = "https://down.example.com/"


def rule(id: str, title: str, severity: Severity, kind: Kind, text: str = "") -> Rule:
    why = text or f"Why {title.lower()} matters."
    return Rule(id, title, severity, kind, why, f"Fix {id}", ("https://www.w3.org/TR/CSP3/",))


RULES = (
    rule(
        "cors-origin-reflected-with-credentials",
        "CORS answers any origin with credentials",
        Severity.CRITICAL,
        Kind.WEAKNESS,
    ),
    rule("csp-script-unsafe-inline", "Scripts may be inline", Severity.HIGH, Kind.WEAKNESS),
    rule("hsts-missing", "No Strict-Transport-Security", Severity.MEDIUM, Kind.DEVIATION),
    rule("server-version-leaked", "The server tells its version", Severity.LOW, Kind.DEVIATION),
    rule("x-xss-protection-set", "X-XSS-Protection is set", Severity.INFO, Kind.DEVIATION),
    rule("cookie-secure", "A cookie is not Secure", Severity.HIGH, Kind.WEAKNESS),
)
_RULE = {r.id: r for r in RULES}
_CSP = "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.example.com"


def finding(
    id: str, subject: str, detail: str, excerpt: str, fix: Fix | None, waived: str = ""
) -> Finding:
    known = _RULE[id]
    evidence = (Evidence(subject, excerpt, AT),) if excerpt else ()
    mark = fingerprint(id, subject)
    said = (known.severity, known.kind, subject, known.title, detail, mark, evidence, fix, waived)
    return Finding(id, *said)


def findings(subject: str) -> tuple[Finding, ...]:
    strict = "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'strict-dynamic'"
    return (
        finding(
            "server-version-leaked",
            subject,
            "Server says nginx/1.18.0",
            "server: nginx/1.18.0",
            Fix("remove", "Server"),
        ),
        finding(
            "csp-script-unsafe-inline",
            subject,
            "script-src holds 'unsafe-inline' and neither a nonce nor a hash",
            f"content-security-policy: {_CSP}",
            Fix("set", "Content-Security-Policy", strict, "give each response a nonce of its own"),
        ),
        finding(
            "hsts-missing",
            subject,
            "The response over https has no Strict-Transport-Security",
            "",
            Fix("set", "Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
        ),
        finding(
            "cors-origin-reflected-with-credentials",
            subject,
            "Origin https://probe.example was answered with itself",
            "access-control-allow-origin: https://probe.example\n"
            "access-control-allow-credentials: true",
            Fix("advise", note="answer only the origins that you know"),
        ),
        finding(
            "x-xss-protection-set",
            subject,
            "X-XSS-Protection: 1; mode=block",
            "x-xss-protection: 1; mode=block",
            Fix("remove", "X-XSS-Protection"),
            "accepted by the web team until 2027-01-31: old kiosk browsers",
        ),
    )


def checks(subject: str) -> tuple[Check, ...]:
    failed = tuple(
        Check(f.rule, subject, Status.WAIVED if f.waived else Status.FAIL, f.waived)
        for f in findings(subject)
    )
    return (
        *failed,
        Check("cookie-secure", subject, Status.PASS),
        Check("nel-report", subject, Status.NOT_APPLICABLE, "no NEL header"),
        Check("cors-null-origin", subject, Status.NOT_EVALUATED, "CORS was not probed"),
    )


PARTS = (
    ScorePart("content-security-policy", "csp-unsafe-inline", -20, False, "'unsafe-inline'"),
    ScorePart("strict-transport-security", "hsts-not-implemented", -20, False, "No header"),
    ScorePart("x-content-type-options", "nosniff", 0, True),
    ScorePart("referrer-policy", "referrer-policy-private", 5, True, "no-referrer"),
)


def report(
    subject: str = SHOP,
    grade: str = "C+",
    value: int = 60,
    found: tuple[Finding, ...] | None = None,
    errors: tuple[Failure, ...] = (),
) -> Report:
    return Report(
        schema="revoctl.headers/v1",
        tool=Tool("revoctl", "0.1.0"),
        started=AT,
        finished=AT + timedelta(seconds=0.41),
        profile=ProfileRef("owasp", "sha256:a1b2c3d4e5f60718"),
        subjects=(
            Subject(
                subject,
                Score(value, grade, "owasp", PARTS),
                (("Final URL", subject), ("Status", "200 OK")),
            ),
        ),
        rules=RULES,
        checks=checks(subject),
        findings=findings(subject) if found is None else found,
        errors=errors,
    )


FAILURE = Failure(
    DOWN,
    "target.unreachable",
    "https://down.example.com/ could not be reached",
    "connection refused on 203.0.113.7:443",
    "check that the service listens",
)
ONE = report()
TWO = (ONE, report(API, "F", 15, errors=(FAILURE,)))


def saying(text: str, cut: int = 6000) -> Report:
    """A report that says ``text`` wherever text from outside can stand."""
    said = text[:cut]
    spoken = Finding(
        said,
        Severity.HIGH,
        Kind.WEAKNESS,
        said,
        said,
        said,
        "0123456789abcdef0123",
        (Evidence(said, said, AT), Evidence(SHOP, said)),
        Fix("set", said, said, said),
    )
    waived = Finding(
        "b", Severity.LOW, Kind.DEVIATION, said, said, said, "f2", (), Fix("advise"), said or "w"
    )
    return Report(
        schema="revoctl.headers/v1",
        tool=Tool("revoctl", "0.1.0"),
        started=AT,
        finished=AT,
        profile=ProfileRef(said, said),
        subjects=(
            Subject(
                said,
                Score(55, said, said, (ScorePart(said, said, -5, False, said),)),
                ((said, said),),
            ),
        ),
        rules=(Rule("a", said, Severity.HIGH, Kind.WEAKNESS, said, said, (said,)),),
        checks=(
            Check("a", said, Status.PASS),
            Check("c", said, Status.NOT_APPLICABLE, said),
            Check(said, said, Status.NOT_EVALUATED, said),
        ),
        findings=(spoken, waived),
        errors=(Failure(said, said, said, said, said),),
    )


NASTY = saying(HOSTILE + "X" * 5000)
