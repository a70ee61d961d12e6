"""The catalogue: complete, without doubles, obedient to the policy, and quick."""

import time
from pathlib import Path

import pytest

from revoctl.headers import catalogue
from revoctl.headers.page import Page
from revoctl.headers.rules.rule import HeaderRule, Problem, rule
from revoctl.policy.headers import HeadersPolicy
from revoctl.report.model import Severity, Status, fingerprint
from tests.headers.rules.pages import hop, page

FOLDER = Path(catalogue.__file__).parent / "rules"


def test_every_module_with_rules_is_in_the_table() -> None:
    """A file of rules that the table does not name would never be applied."""
    holders = {p.stem for p in FOLDER.glob("*.py") if "\nRULES" in p.read_text()}
    named = {address.rpartition(".")[2].removesuffix(":RULES") for address in _addresses()}
    assert named == holders


def _addresses() -> list[str]:
    return list(catalogue.FAMILIES.values())


def test_ids_are_unique_and_in_kebab_case() -> None:
    """An id names one rule, for good."""
    ids = [one.rule.id for one in catalogue.rules()]
    assert len(ids) == len(set(ids))
    assert all(id == id.lower() and id.replace("-", "").isalnum() for id in ids)


def test_every_rule_explains_itself() -> None:
    """Each says why, what to change, and where that is written."""
    for one in catalogue.rules():
        assert one.rule.title
        assert one.rule.why
        assert one.rule.fix
        assert one.rule.references, one.rule.id


def test_a_rule_is_found_by_its_id() -> None:
    """The id gives the rule, anything else nothing."""
    found = catalogue.find("hsts-missing")
    assert found is not None
    assert found.rule.severity is Severity.HIGH
    assert catalogue.find("no-such-rule") is None


def test_every_rule_gives_one_check() -> None:
    """Checks cover the catalogue; those that fail have findings, the others a reason or nothing."""
    made = page(hop([("X-Powered-By", "PHP")]), headers={"Referrer-Policy": "no-referrer"})
    checks, findings = catalogue.judge(made, "https://x.example")
    assert [c.rule for c in checks] == [one.rule.id for one in catalogue.rules()]
    failed = {c.rule for c in checks if c.status is Status.FAIL}
    assert failed == {f.rule for f in findings} >= {"technology-header", "referrer-policy-missing"}
    assert all(c.reason for c in checks if c.status not in (Status.PASS, Status.FAIL))


def test_a_finding_is_known_again_by_rule_subject_and_key() -> None:
    """The fingerprint holds no value that changes from one answer to the next."""
    lines = [[("Set-Cookie", f"sid={n}; Max-Age={n}")] for n in ("1", "2")]
    found = [catalogue.judge(page(hop(one)), "s")[1] for one in lines]
    marks = [{f.fingerprint for f in one} for one in found]
    assert marks[0] == marks[1]
    assert fingerprint("cookie-secure-missing", "s", "sid") in marks[0]


def test_the_policy_sets_severities_and_switches_rules_off() -> None:
    """Another severity replaces the rule's and the problem's own; off gives its reason."""
    made = page(
        hop([("Set-Cookie", "sid=1"), ("X-Powered-By", "PHP")]),
        rules={
            "cookie-secure-missing": "info",
            "technology-header": {"severity": "off", "reason": "known"},
        },
    )
    checks, findings = catalogue.judge(made, "s")
    severities = {f.rule: f.severity for f in findings}
    assert severities["cookie-secure-missing"] is Severity.INFO
    assert "technology-header" not in severities
    (off,) = [c for c in checks if c.rule == "technology-header"]
    assert (off.status, off.reason) == (Status.NOT_APPLICABLE, "off: known")


def test_quotations_are_cut() -> None:
    """A header of any length leaves a finding that a report can hold."""
    long = "x" * 60_000
    lines = [(name, long) for name in ("X-Frame-Options", "Permissions-Policy", "Set-Cookie")]
    _, findings = catalogue.judge(page(hop([*lines, ("X-Powered-By", long)])), "s")
    assert len(findings) >= 4
    for finding in findings:
        assert len(finding.detail) <= 300
        assert all(len(e.excerpt) <= 300 for e in finding.evidence)


def test_a_rule_that_raises_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not hidden in a check."""

    @rule("x-broken", "x", Severity.LOW, why="x", fix="x")
    def broken(page: Page) -> list[Problem]:
        raise ZeroDivisionError

    def plan() -> tuple[tuple[str, object, HeaderRule], ...]:
        return (("x-broken", broken.judge, broken),)

    monkeypatch.setattr(catalogue, "_plan", plan)
    with pytest.raises(ZeroDivisionError):
        catalogue.judge(page(), "s")


USUAL = [
    ("Date", "Mon, 23 Nov 2026 05:00:00 GMT"),
    ("Server", "nginx"),
    ("Set-Cookie", "sid=x; Path=/; HttpOnly; Secure; SameSite=Lax"),
    ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), usb=()"),
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Vary", "Accept-Encoding"),
]


def test_a_response_is_judged_in_a_blink() -> None:
    """All rules outside CSP together cost no more than about six thousand small calls."""
    judges = [
        one.judge
        for family, address in catalogue.FAMILIES.items()
        if not family.startswith("csp")
        for one in catalogue._load(address)
    ]
    snapshot, policy = page(hop(USUAL)).snapshot, HeadersPolicy.from_mapping({"name": "t"})

    def all_rules() -> None:
        made = Page(snapshot, policy)
        for judge in judges:
            judge(made)

    def small_calls() -> None:
        for number in range(6_000):
            str(number)

    assert _best(all_rules) < _best(small_calls)


def _best(work: object, rounds: int = 200) -> float:
    best = 1.0
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best
