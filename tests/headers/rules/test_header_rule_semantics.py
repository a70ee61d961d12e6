"""What the rules make of scope, hops, probes and of headers that stand in for each other."""

import pytest

from revoctl.headers import catalogue
from revoctl.headers.page import Page
from revoctl.headers.rules.rule import Skip
from revoctl.report.model import Severity
from tests.headers.rules.cases import (
    CSP,
    HSTS,
    HTTP,
    ORIGIN,
    PP,
    RP,
    XFO,
    YEAR,
    cookie,
    entrance,
    html,
)
from tests.headers.rules.pages import Probe, Status, hop, page

RULES = {
    one.rule.id: one
    for family, address in catalogue.FAMILIES.items()
    if not family.startswith("csp")
    for one in catalogue._load(address)
}


def judge(id: str, made: Page) -> list:
    verdict = RULES[id].judge(made)
    assert not isinstance(verdict, Skip), verdict
    return list(verdict)


def reason(id: str, made: Page) -> tuple[Status, str]:
    verdict = RULES[id].judge(made)
    assert isinstance(verdict, Skip), verdict
    return verdict.status, verdict.reason


def test_hsts_counts_at_the_host_that_was_asked() -> None:
    """A redirect to another host does not make up for the header of the first."""
    made = page(
        hop([], "https://example.com/", status=301),
        hop([(HSTS, YEAR)]),
        headers={HSTS: YEAR},
    )
    assert [p.key for p in judge("hsts-missing", made)] == [""]
    assert "example.com: no" in judge("hsts-missing", made)[0].detail


def test_hsts_of_a_redirect_counts_for_its_host() -> None:
    """The header on an earlier https answer of the same host is stored by browsers."""
    made = page(hop([(HSTS, YEAR)], status=302), hop([], ORIGIN + "/x"), headers={HSTS: YEAR})
    assert not judge("hsts-missing", made)


def test_hsts_does_not_apply_without_tls_or_a_name() -> None:
    """Over http, and for an IP address, its absence is no fault."""
    for url in (HTTP, "https://192.0.2.1/", "https://[2001:db8::1]/"):
        status, why = reason("hsts-missing", page(hop([], url), headers={HSTS: YEAR}))
        assert status is Status.NOT_APPLICABLE
        assert why


@pytest.mark.parametrize(
    ("setting", "url", "kind"),
    [
        ({"value": "x", "scope": "https"}, HTTP, "text/html"),
        ({"value": "x", "scope": "html"}, ORIGIN, "application/json"),
        ({"value": "x", "paths": ["/logout"]}, ORIGIN + "/login", "text/html"),
    ],
)
def test_the_policy_asks_within_its_scope(setting: dict, url: str, kind: str) -> None:
    """Outside of scheme, kind of document or path, a missing header does not apply, and says so."""
    made = page(hop([("Content-Type", kind)], url), headers={"X-Own": setting})
    assert reason("header-missing", made)[0] is Status.NOT_APPLICABLE


def test_a_path_is_judged_at_the_hop_that_has_it() -> None:
    """Signing out redirects; the header belongs on the answer that signs out."""
    wanted = {"Clear-Site-Data": {"value": '"cache"', "paths": ["/logout"]}}
    bare = page(hop([], ORIGIN + "/logout", status=302), hop([], ORIGIN + "/"), headers=wanted)
    good = page(
        hop([("Clear-Site-Data", '"cache"')], ORIGIN + "/logout", status=302),
        hop([], ORIGIN + "/"),
        headers=wanted,
    )
    assert judge("clear-site-data-missing", bare)
    assert not judge("clear-site-data-missing", good)


def test_a_default_leaves_the_value_to_the_application() -> None:
    """A header that the policy only fills in may say anything, and must be there."""
    setting = {RP: {"value": "no-referrer", "mode": "default"}}
    made = page(hop([(RP, "unsafe-url")]), headers=setting)
    assert reason("referrer-policy-deviates", made)[0] is Status.NOT_APPLICABLE
    assert judge("referrer-policy-missing", page(headers=setting))


def test_frame_ancestors_covers_x_frame_options() -> None:
    """A strict enough frame-ancestors makes up for the older header; a wide one does not."""
    for ancestors, covered in (("'none'", True), ("'self'", False), ("https:", False)):
        made = page(hop([(CSP, f"frame-ancestors {ancestors}")]), headers={XFO: "DENY"})
        verdict = RULES["x-frame-options-missing"].judge(made)
        assert isinstance(verdict, Skip) is covered


def test_cookies_of_every_hop_are_judged_once_each() -> None:
    """A cookie of a redirect counts, and the same name on two hops is one problem."""
    made = page(
        hop([("Set-Cookie", "sid=1"), ("Set-Cookie", "gone=; Max-Age=0")], status=302),
        hop([("Set-Cookie", "sid=1; Path=/x")]),
    )
    found = judge("cookie-secure-missing", made)
    assert [(p.key, p.severity) for p in found] == [("sid", Severity.HIGH)]


@pytest.mark.parametrize(
    ("name", "session"),
    [
        ("PHPSESSID", True),
        ("connect.sid", True),
        ("sid", True),
        ("__Host-auth", True),
        ("remember_me", True),
        ("XSRF-TOKEN", False),
        ("csrftoken", False),
        ("heroku-session-affinity", False),
        ("side", False),
        ("theme", False),
    ],
)
def test_session_cookies_are_told_by_their_names(name: str, session: bool) -> None:
    """Tokens against forgery and load balancers' cookies are no sessions."""
    verdict = RULES["cookie-httponly-missing"].judge(cookie(f"{name}=x; Secure")())
    assert bool(not isinstance(verdict, Skip) and verdict) is session


def test_reflection_decides_over_its_special_cases() -> None:
    """Where any origin is echoed, one finding says it, and critical only with credentials."""
    origins = ("https://x.test", "https://www.example.com.x.test", "null")
    for credentials, severity in ((True, Severity.CRITICAL), (False, Severity.LOW)):
        lines = [("Access-Control-Allow-Credentials", "true")] * credentials
        probes = tuple(
            Probe("cors-get", o, (hop([("Access-Control-Allow-Origin", o), *lines]),))
            for o in origins
        )
        made = page(probes=probes, probed=("cors",))
        assert [p.severity for p in judge("cors-reflected-origin", made)] == [severity]
        assert reason("cors-suffix-origin", made)[0] is Status.NOT_APPLICABLE
        assert reason("cors-null-origin", made)[0] is Status.NOT_APPLICABLE


def test_what_was_not_probed_is_not_evaluated() -> None:
    """Without the probes, their rules say that they were not asked."""
    for id in ("cors-reflected-origin", "cors-vary-missing", "redirect-to-https-missing"):
        assert reason(id, page())[0] is Status.NOT_EVALUATED
    assert reason("sri-missing", page())[0] is Status.NOT_EVALUATED


def test_a_closed_http_port_is_fine_and_loopback_needs_no_tls() -> None:
    """Nothing over http, or this very machine, need no redirect."""
    closed = page(probes=(Probe("http", error="refused"),), probed=("http",))
    local = page(hop([], "http://127.0.0.1:8000/"))
    for made in (closed, local):
        assert reason("redirect-to-https-missing", made)[0] is Status.NOT_APPLICABLE


def test_a_refusal_over_http_is_worth_less() -> None:
    """An error over plain http shows no page, but still no way to https."""
    made = entrance(hop([], HTTP, status=404))()
    assert [p.severity for p in judge("redirect-to-https-missing", made)] == [Severity.LOW]


def test_scripts_are_resolved_as_browsers_do() -> None:
    """The base element, relative and padded addresses count; siblings of the host are its own."""
    made = html(
        '<base href="https://evil.test/"><script src=" x.js "></script>'
        '<script src="https://static.example.com/y.js"></script><script>1</script>'
    )()
    assert [p.key for p in judge("sri-missing", made)] == ["evil.test"]


def test_the_permissions_policy_reports_features_by_name() -> None:
    """Each wider allowlist is a problem of its own, what was left out is one together."""
    made = page(hop([(PP, "usb=*, hid=()")]), headers={PP: "usb=(), hid=(), midi=(), serial=()"})
    found = judge("permissions-policy-deviates", made)
    assert [p.key for p in found] == ["usb", "left-out"]
    assert "midi, serial" in found[1].detail


@pytest.mark.parametrize(
    ("lines", "fires"),
    [
        ([("Set-Cookie", "a=b")], True),
        ([("X-Auth-Token", "x"), ("Cache-Control", "s-maxage=9")], True),
        ([("Set-Cookie", "a=b"), ("Cache-Control", "max-age=0, must-revalidate")], False),
        ([("Set-Cookie", "a=b"), ("Cache-Control", "no-cache")], False),
        ([("Set-Cookie", "a=b"), ("Expires", "0")], False),
        ([("Set-Cookie", "a=; Max-Age=0")], False),
        ([("Cache-Control", "public")], False),
    ],
)
def test_personal_answers_stay_out_of_shared_caches(lines: list, fires: bool) -> None:
    """A cookie or token that a shared cache may keep is named, a deletion is not."""
    verdict = RULES["cache-sensitive-answer"].judge(page(hop(lines)))
    assert bool(not isinstance(verdict, Skip) and verdict) is fires
