"""SARIF results: what was found, where, and how it is recognised again.

Code scanning takes relative locations only: it refuses a file whose ``uri`` has another scheme than
the checkout, and reads ``localhost:8000`` as a scheme. An address therefore stands as a relative
path of host and path; in full it is in the message and in the logical location.
"""

from __future__ import annotations

from typing import Any

from revoctl.render.items import encodable
from revoctl.report.model import Check, Evidence, Finding, Severity, Status
from revoctl.text import one_line, printable

_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning"}
_KINDS = {
    Status.PASS: "pass",
    Status.NOT_APPLICABLE: "notApplicable",
    Status.NOT_EVALUATED: "open",
}
_PATH_SAFE = "/!$&'()*+,;=@~"


def level(severity: Severity) -> str:
    """``error`` for critical and high, ``warning`` for medium, ``note`` for the rest."""
    return _LEVELS.get(severity, "note")


def result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    """A finding as a result; ``index`` gives each rule's place in the driver."""
    said = f"{finding.title}: {finding.detail}" if finding.detail else finding.title
    suppressed = {
        "suppressions": [
            {"kind": "external", "status": "accepted", "justification": one_line(finding.waived)}
        ]
    }
    return {
        "ruleId": one_line(finding.rule),
        "ruleIndex": index[finding.rule],
        "kind": "fail",
        "level": level(finding.severity),
        "message": {"text": _message(f"{said} ({finding.subject})")},
        "locations": _locations(finding),
        "partialFingerprints": {
            "revoctl/v1": encodable(finding.fingerprint),
            # what code scanning compares; without it, it hashes a file that is not there
            "primaryLocationLineHash": f"{encodable(finding.fingerprint)}:1",
        },
        "properties": {"severity": str(finding.severity), "kind": str(finding.kind)},
    } | (suppressed if finding.waived else {})


def check_result(check: Check, index: dict[str, int]) -> dict[str, Any]:
    """A check that did not fail as a result without a level."""
    said = check.reason or str(check.status)
    return {
        "ruleId": one_line(check.rule),
        "ruleIndex": index[check.rule],
        "kind": _KINDS[check.status],
        "level": "none",
        "message": {"text": _message(f"{said} ({check.subject})")},
        "locations": [_location(check.subject, check.subject, "")],
    }


def relative(source: str) -> str:
    """A file's path or an address as a relative URI reference (RFC 3986) that is never empty."""
    from urllib.parse import quote

    scheme, mark, path = source.partition("://")
    path = path.partition("?")[0].partition("#")[0] if mark else scheme
    parts = (part for part in path.split("/") if part not in ("", ".", ".."))
    return quote(encodable("/".join(parts)), safe=_PATH_SAFE) or "target"


def _locations(finding: Finding) -> list[dict[str, Any]]:
    seen = finding.evidence or (Evidence(finding.subject),)
    return [_location(e.source, finding.subject, e.excerpt) for e in seen]


def _location(source: str, subject: str, excerpt: str) -> dict[str, Any]:
    snippet = {"snippet": {"text": printable(excerpt, keep="\n")}} if excerpt else {}
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": relative(source)},
            "region": {"startLine": 1} | snippet,
        },
        "logicalLocations": [{"fullyQualifiedName": one_line(subject), "kind": "resource"}],
    }


def _message(text: str) -> str:
    """Text in which nothing reads as an embedded link (SARIF 3.11.6)."""
    flat = one_line(text)
    return flat.replace("[", "\\[").replace("]", "\\]") if "](" in flat else flat
