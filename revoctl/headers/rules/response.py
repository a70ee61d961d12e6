"""Rules of answers that a strict client refuses: one row of a table for each kind of anomaly."""

from __future__ import annotations

from msgspec import Struct

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import quote
from revoctl.headers.rules.rule import HeaderRule, Judge, Problem, Verdict, rule
from revoctl.headers.snapshot import Anomaly, AnomalyKind, Hop
from revoctl.report.model import Evidence, Fix, Severity

_HTTP = "https://www.rfc-editor.org/rfc/rfc9110"
_MESSAGE = "https://www.rfc-editor.org/rfc/rfc9112"
_SMUGGLING = (
    "Two parties on the path read the message differently, which is what response splitting and "
    "cache poisoning live on."
)
_UNJUDGED = "Part of the answer could not be judged, so a fault there would go unnoticed."


class Odd(Struct, frozen=True):
    """A kind of anomaly with the words of its rule."""

    kind: AnomalyKind
    severity: Severity
    title: str
    why: str
    fix: str
    reference: str


TABLE = (
    Odd(
        AnomalyKind.STATUS_LINE,
        Severity.LOW,
        "The status line is malformed",
        "Clients differ in what they make of it: some show the answer, some retry, some fail.",
        "Send HTTP/1.1, a code between 100 and 599 and a reason.",
        f"{_MESSAGE}#section-4",
    ),
    Odd(
        AnomalyKind.MALFORMED_LINE,
        Severity.MEDIUM,
        "A header line is malformed",
        "Some clients lose this header, some all of them, and with them every protection.",
        "Write Name: value, without a space before the colon.",
        f"{_MESSAGE}#section-5.1",
    ),
    Odd(
        AnomalyKind.INVALID_NAME,
        Severity.MEDIUM,
        "A header's name holds characters that no name may have",
        "Some clients refuse the whole answer, others read the name differently.",
        "Use letters, digits and hyphens.",
        f"{_HTTP}#section-5.1",
    ),
    Odd(
        AnomalyKind.FOLDED_LINE,
        Severity.MEDIUM,
        "A header goes on in the next line",
        "Some clients cut the value at the fold, so half a policy is lost. " + _SMUGGLING,
        "Send each header on one line.",
        f"{_MESSAGE}#section-5.2",
    ),
    Odd(
        AnomalyKind.BARE_LINE_FEED,
        Severity.LOW,
        "Lines end without a carriage return",
        _SMUGGLING,
        "End header lines in CR LF.",
        f"{_MESSAGE}#section-2.2",
    ),
    Odd(
        AnomalyKind.CONTROL_CHARACTER,
        Severity.MEDIUM,
        "A header holds a control character",
        "Some clients refuse the answer, some cut the value there. " + _SMUGGLING,
        "Encode or refuse whatever reaches a header from a request.",
        f"{_HTTP}#section-5.5",
    ),
    Odd(
        AnomalyKind.NON_ASCII,
        Severity.LOW,
        "A header holds bytes outside ASCII",
        "Clients decode them differently; a typographic quote in a policy makes it void.",
        "Write ASCII; look for quotes that an editor made typographic.",
        f"{_HTTP}#section-5.5",
    ),
    Odd(
        AnomalyKind.HEADER_TOO_LARGE,
        Severity.MEDIUM,
        "A header is larger than clients accept",
        "Many clients and proxies refuse heads above 8 or 16 KiB, so the page fails for them. "
        + _UNJUDGED,
        "Shorten the header; a policy of that size can be written with nonces.",
        f"{_HTTP}#section-5.4",
    ),
    Odd(
        AnomalyKind.TOO_MANY_HEADERS,
        Severity.MEDIUM,
        "There are more headers than clients accept",
        "Many clients stop at 100 headers and fail. " + _UNJUDGED,
        "Send fewer headers; look for a loop that adds the same one.",
        f"{_HTTP}#section-5.4",
    ),
    Odd(
        AnomalyKind.TRUNCATED_HEAD,
        Severity.MEDIUM,
        "The connection ended inside the headers",
        "Headers that come last are lost, protections among them, and the client cannot tell. "
        + _UNJUDGED,
        "Look for a crash or a limit of a proxy while headers are written.",
        f"{_MESSAGE}#section-8",
    ),
    Odd(
        AnomalyKind.CONFLICTING_LENGTH,
        Severity.HIGH,
        "The length of the body is contradictory",
        _SMUGGLING,
        "Send one Content-Length, and none beside Transfer-Encoding.",
        f"{_MESSAGE}#section-6.3",
    ),
    Odd(
        AnomalyKind.BROKEN_CHUNKING,
        Severity.MEDIUM,
        "The body's chunks are malformed",
        _SMUGGLING,
        "Leave chunking to the server's library.",
        f"{_MESSAGE}#section-7.1",
    ),
    Odd(
        AnomalyKind.TRUNCATED_BODY,
        Severity.LOW,
        "The body ended before its announced length",
        "A cache or client may keep half a document. " + _UNJUDGED,
        "Look for a crash or a timeout while the body is written.",
        f"{_MESSAGE}#section-8",
    ),
    Odd(
        AnomalyKind.UNKNOWN_ENCODING,
        Severity.LOW,
        "The body is in a coding that was not asked for",
        "Clients cannot read it. " + _UNJUDGED,
        "Only use codings that Accept-Encoding names.",
        f"{_HTTP}#section-8.4",
    ),
    Odd(
        AnomalyKind.BROKEN_ENCODING,
        Severity.LOW,
        "The body is not what Content-Encoding says",
        "Clients cannot read it. " + _UNJUDGED,
        "Look for a proxy that compresses twice or not at all.",
        f"{_HTTP}#section-8.4",
    ),
    Odd(
        AnomalyKind.BODY_TOO_LARGE,
        Severity.INFO,
        "The body is larger than what is read of it",
        _UNJUDGED,
        "Scan a smaller page of the same application, or raise the limit.",
        f"{_HTTP}#section-8.6",
    ),
)

Found = tuple[Hop, Anomaly]


@per_page
def anomalies(page: Page) -> dict[str, list[Found]]:
    """The anomalies of all hops by kind."""
    found: dict[str, list[Found]] = {}
    for hop in page.snapshot.hops:
        for anomaly in hop.anomalies:
            found.setdefault(anomaly.kind, []).append((hop, anomaly))
    return found


def _problem(page: Page, found: list[Found], advice: str) -> Verdict:
    """All anomalies of one kind are one problem: their number changes, their cause does not."""
    words = "; ".join(dict.fromkeys(anomaly.detail for _, anomaly in found if anomaly.detail))
    evidence = tuple(
        Evidence(hop.url, quote(anomaly.detail), page.snapshot.taken) for hop, anomaly in found[:5]
    )
    fix = Fix("advise", note=advice)
    return (Problem(quote(words or f"seen at {found[0][0].url}"), "", evidence, fix),)


def _judge(kind: str, advice: str) -> Judge:
    def judge(page: Page) -> Verdict:
        found = anomalies(page).get(kind)
        return _problem(page, found, advice) if found else ()

    return judge


RULES: tuple[HeaderRule, ...] = tuple(
    rule(
        f"response-{odd.kind}",
        odd.title,
        odd.severity,
        why=odd.why,
        fix=odd.fix,
        references=(odd.reference,),
    )(_judge(odd.kind.value, odd.fix))
    for odd in TABLE
)
