"""Rules of Cache-Control, above all of answers that belong to one person."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import ABSENT, Demand, Shortfall, Texts, pair, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Verdict, not_applicable, rule
from revoctl.headers.syntax import caching
from revoctl.headers.syntax.caching import CacheControl
from revoctl.report.model import Fix, Severity

HEADER = "cache-control"
RFC = "https://www.rfc-editor.org/rfc/rfc9111"
_WHY = (
    "An answer that a cache keeps can reach the next person who asks, on a shared computer or "
    "through a proxy or content delivery network."
)
_STORABLE = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
"""Status codes that caches may keep without being told (RFC 9110 section 15.1)."""
_TOKENS = ("authorization", "authentication-info", "x-auth-token", "x-api-key", "x-access-token")


@per_page
def control(page: Page) -> CacheControl:
    """Cache-Control of the final response; without the header it has no directives."""
    return caching.parse(page.values(HEADER))


def _weaker(page: Page, asked: Demand) -> Sequence[Shortfall]:
    sent, wanted = caching.parse(asked.lines), caching.parse((asked.setting.value,))
    if "no-store" in sent and "no-store" in wanted:
        return ()
    less = [name for name in wanted.directives if not _as_strict(name, sent, wanted)]
    return (
        (("", f"lacks {', '.join(less)}; the policy says {asked.setting.value}"),) if less else ()
    )


def _as_strict(name: str, sent: CacheControl, wanted: CacheControl) -> bool:
    if name not in sent:
        return False
    if name in ("max-age", "s-maxage"):
        return (sent.seconds(name) or 0) <= (wanted.seconds(name) or 0)
    return True


_PAIR = pair(
    "Cache-Control",
    HEADER,
    (Severity.LOW, Severity.LOW),
    Texts(_WHY, "Send the policy's Cache-Control on answers that are not public.", (RFC,)),
    _weaker,
)


@rule(
    "cache-sensitive-answer",
    "A shared cache may keep an answer that belongs to one person",
    Severity.MEDIUM,
    why="A cache may store Set-Cookie and tokens with the answer and hand them to the next "
    "visitor, who is then signed in as somebody else.",
    fix="Send Cache-Control: no-store, or private, with every answer that sets a cookie or carries "
    "a token.",
    references=(f"{RFC}#section-7.3", f"{RFC}#section-3"),
)
def sensitive_answer(page: Page) -> Verdict:
    """The answer sets a cookie or carries a token, and shared caches may store it."""
    secret = _secret(page)
    if not secret:
        return not_applicable("the answer sets no cookie and carries no token")
    found = control(page)
    if not found.shared_storage or _forbidden(page):
        return ()
    explicit = _allowed(page, found)
    if not explicit and page.hop.status not in _STORABLE:
        return ()
    fix = page.policy_fix("Cache-Control") or Fix("set", "Cache-Control", "no-store")
    how = f"shared caches may keep it ({explicit or 'nothing forbids it'})"
    severity = None if explicit else Severity.LOW
    evidence = page.evidence(HEADER, "expires", secret)
    return (Problem(f"the answer has {secret}, and {how}", "", evidence, fix, severity),)


def _secret(page: Page) -> str:
    """The header that makes the answer personal, empty if none does."""
    for name in _TOKENS:
        if page.values(name):
            return name
    if not page.values("set-cookie"):
        return ""
    from revoctl.headers.rules.cookies import received

    here = any(seen.hop is page.hop for seen in received(page))
    return "set-cookie" if here else ""


def _forbidden(page: Page) -> bool:
    """An HTTP/1.0 way to say it, or a Vary that no request matches again."""
    old = not page.values(HEADER) and "no-cache" in ", ".join(page.values("pragma")).lower()
    return old or "*" in page.values("vary") or _expired(page)


def _expired(page: Page) -> bool:
    """Expires without max-age: a date that is no date, or is past, means already stale."""
    lines = page.values("expires")
    if not lines or page.values(HEADER):
        return False
    from revoctl.headers.syntax.dates import parse

    moment = parse(lines[0])
    return moment is None or moment <= page.snapshot.taken


def _allowed(page: Page, found: CacheControl) -> str:
    if "public" in found:
        return "public"
    for name in ("s-maxage", "max-age"):
        age = found.seconds(name)
        if age is not None:
            return f"{name}={age}" if age else ""
    return "Expires" if page.values("expires") else ""


@rule(
    "cache-control-conflict",
    "Cache-Control contradicts itself",
    Severity.LOW,
    why="Caches resolve a contradiction in their own ways, and one of them keeps what another "
    f"does not. {_WHY}",
    fix="Send one Cache-Control with one meaning; look for a proxy that adds a second line.",
    references=(f"{RFC}#section-5.2.2",),
)
def conflict(page: Page) -> Verdict:
    """The answer is declared public and private, or storable and not to be stored."""
    if not page.values(HEADER):
        return ABSENT
    found = control(page)
    against = [word for word in ("no-store", "private") if word in found]
    if not against or "public" not in found:
        return ()
    fix = page.policy_fix("Cache-Control") or Fix("set", "Cache-Control", against[0])
    detail = quote(f"public stands beside {' and '.join(against)}")
    return (Problem(detail, "", page.evidence(HEADER), fix),)


RULES: tuple[HeaderRule, ...] = (*_PAIR, sensitive_answer, conflict)
