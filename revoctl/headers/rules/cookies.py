"""Rules of Set-Cookie, at every hop. The cookie's name is the key of a problem."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import quote
from revoctl.headers.rules.hosts import host_of, is_loopback, shares
from revoctl.headers.rules.rule import HeaderRule, Judge, Problem, Verdict, not_applicable, rule
from revoctl.headers.snapshot import Hop
from revoctl.headers.syntax import cookies
from revoctl.headers.syntax.cookies import Cookie
from revoctl.report.model import Evidence, Fix, Severity

RFC = "https://www.rfc-editor.org/rfc/rfc6265"
BIS = "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis"
_NONE = not_applicable("no cookie is set")
_NO_SESSION = not_applicable("no cookie that looks like a session is set")

_SESSION = (
    r"sess|auth|login|logon|token|jwt|sso|remember|saml|oidc|identity"
    r"|(?:^|[^a-z])(?:sid|uid|cfid|ssid|psid)(?:$|[^a-z])"
)
_NO_SESSION_NAME = r"csrf|xsrf|affinity|^awsalb|^__cf_bm"


class Received(Struct, frozen=True):
    """A cookie that a hop set, with its line, and whether its name is one of a session."""

    cookie: Cookie
    hop: Hop
    line: str
    session: bool


def is_session(name: str) -> bool:
    """Whether a cookie's name looks like a session or sign-in.

    A token against request forgery is none: scripts have to read it.
    """
    lower = name.lower()
    return bool(re.search(_SESSION, lower)) and not re.search(_NO_SESSION_NAME, lower)


@per_page
def received(page: Page) -> tuple[Received, ...]:
    """The cookies that all hops set, those left out that only delete one."""
    return tuple(_received(page))


def _received(page: Page) -> Iterator[Received]:
    now = page.snapshot.taken
    for hop in page.snapshot.hops:
        lines = page.values("set-cookie") if hop is page.hop else hop.values("set-cookie")
        for line in lines:
            cookie = cookies.parse(line)
            if not cookie.deletes(now):
                yield Received(cookie, hop, line, is_session(cookie.name))


Found = tuple[str, Severity | None]
Test = Callable[[Received], Found | None]


def _each(test: Test, advice: str, *, sessions: bool = False) -> Judge:
    """A judge that tests each cookie, and reports a name once, however often it is set."""

    def judge(page: Page) -> Verdict:
        seen = received(page)
        if not seen:
            return _NONE
        if sessions:
            seen = tuple(one for one in seen if one.session)
            if not seen:
                return _NO_SESSION
        problems: dict[str, Problem] = {}
        for one in seen:
            found = test(one)
            if found and one.cookie.name not in problems:
                problems[one.cookie.name] = _problem(page, one, found, advice)
        return tuple(problems.values())

    return judge


def _problem(page: Page, one: Received, found: Found, advice: str) -> Problem:
    name = quote(one.cookie.name) or "(without a name)"
    evidence = Evidence(one.hop.url, f"set-cookie: {one.line}", page.snapshot.taken)
    fix = Fix("advise", "Set-Cookie", note=advice)
    return Problem(quote(f"{name}: {found[0]}"), one.cookie.name[:80], (evidence,), fix, found[1])


def _insecure(one: Received) -> Found | None:
    if one.cookie.secure:
        return None
    over = "" if one.hop.url.startswith("https:") else ", and was set over plain http"
    return f"no Secure attribute{over}", Severity.HIGH if one.session else None


def _readable(one: Received) -> Found | None:
    return None if one.cookie.http_only else ("no HttpOnly attribute", None)


def _no_same_site(one: Received) -> Found | None:
    if one.cookie.same_site is not None:
        return None
    severity = Severity.MEDIUM if one.session else None
    return "no SameSite attribute, so the browser's default decides", severity


def _bad_same_site(one: Received) -> Found | None:
    value = one.cookie.same_site
    if value is None or value in cookies.SAME_SITE:
        return None
    return f"SameSite={value or '(empty)'} is as if there were none", None


def _none_without_secure(one: Received) -> Found | None:
    if one.cookie.same_site != "none" or one.cookie.secure:
        return None
    return "SameSite=None without Secure: browsers drop the cookie", None


def _cross_site(one: Received) -> Found | None:
    if one.cookie.same_site != "none" or not one.cookie.secure or one.cookie.partitioned:
        return None
    return "SameSite=None sends it with requests that other sites make", None


def _broken_prefix(one: Received) -> Found | None:
    lacks = one.cookie.broken_promises()
    if not lacks:
        return None
    return f"the name promises {', '.join(lacks)}; browsers drop the cookie", None


def _broad(one: Received) -> Found | None:
    domain = one.cookie.domain
    if not domain or not shares(host_of(one.hop.url), domain):
        return None
    return f"Domain={domain} shares it with every host below {domain}", None


def _dropped(one: Received) -> Found | None:
    host, domain = host_of(one.hop.url), one.cookie.domain
    if domain and not shares(host, domain):
        return f"Domain={domain} does not belong to {host}", None
    plain = not one.hop.url.startswith("https:") and not is_loopback(one.hop.url)
    if one.cookie.secure and plain:
        return "Secure, but set over plain http", None
    if not one.cookie.name and not one.cookie.value:
        return "neither a name nor a value", None
    if not one.line.isprintable() and any(ord(c) < 32 and c != "\t" for c in one.line):
        return "a control character in the line", None
    return None


RULES: tuple[HeaderRule, ...] = (
    rule(
        "cookie-secure-missing",
        "Cookie without Secure",
        Severity.MEDIUM,
        why="The browser sends it over plain http too, where anyone on the path can read it and "
        "take over the session.",
        fix="Add Secure to every cookie.",
        references=(f"{RFC}#section-4.1.2.5",),
    )(_each(_insecure, "add Secure")),
    rule(
        "cookie-httponly-missing",
        "Session cookie without HttpOnly",
        Severity.MEDIUM,
        why="A script that was injected into the page can read the session and send it away.",
        fix="Add HttpOnly to every cookie that no script of yours reads.",
        references=(f"{RFC}#section-4.1.2.6",),
    )(_each(_readable, "add HttpOnly", sessions=True)),
    rule(
        "cookie-samesite-missing",
        "Cookie without SameSite",
        Severity.LOW,
        why="Some browsers then send it with requests that other sites make, which is what request "
        "forgery needs.",
        fix="Add SameSite=Lax, or Strict where no link from outside must find the visitor signed "
        "in.",
        references=(f"{BIS}#section-5.6.7",),
    )(_each(_no_same_site, "add SameSite=Lax or Strict")),
    rule(
        "cookie-samesite-invalid",
        "Cookie with an unknown SameSite",
        Severity.MEDIUM,
        why="Browsers treat an unknown value as none given, so the protection that was meant is "
        "not there.",
        fix="Write SameSite=Strict, Lax or None.",
        references=(f"{BIS}#section-5.6.7",),
    )(_each(_bad_same_site, "write SameSite=Strict, Lax or None")),
    rule(
        "cookie-samesite-none-insecure",
        "Cookie with SameSite=None but without Secure",
        Severity.MEDIUM,
        why="Browsers drop it, so whatever relies on it fails; those that do not drop it send it "
        "everywhere in the clear.",
        fix="Add Secure.",
        references=(f"{BIS}#section-5.7",),
    )(_each(_none_without_secure, "add Secure")),
    rule(
        "cookie-samesite-none",
        "Session cookie that other sites' requests carry",
        Severity.LOW,
        why="Any site can make requests in the visitor's name (request forgery) unless the "
        "application defends itself.",
        fix="Use SameSite=Lax, or Partitioned where the page is embedded, or check a token.",
        references=(f"{BIS}#section-5.6.7",),
    )(_each(_cross_site, "use SameSite=Lax unless other sites embed the page", sessions=True)),
    rule(
        "cookie-prefix-broken",
        "Cookie that breaks the promise of its name",
        Severity.MEDIUM,
        why="Browsers drop a __Host- or __Secure- cookie without the attributes that its name "
        "promises; those that do not know the prefix keep it unprotected.",
        fix="Add the attributes that are missing, or rename the cookie.",
        references=(f"{BIS}#section-4.1.3",),
    )(_each(_broken_prefix, "give it the attributes that its prefix demands")),
    rule(
        "cookie-domain-broad",
        "Session cookie for every subdomain",
        Severity.LOW,
        why="Whoever holds any subdomain, a forgotten one for example, receives the session and "
        "can overwrite it.",
        fix="Leave Domain out, and name the cookie __Host-.",
        references=(f"{RFC}#section-8.6",),
    )(_each(_broad, "leave out Domain", sessions=True)),
    rule(
        "cookie-rejected",
        "Cookie that browsers do not accept",
        Severity.LOW,
        why="The cookie never arrives, so a sign-in or a protection that relies on it fails "
        "silently.",
        fix="Set it from its own host, over https.",
        references=(f"{RFC}#section-5.3",),
    )(_each(_dropped, "set it from its own host, over https")),
)
