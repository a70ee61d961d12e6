"""Rules of Cross-Origin-Opener-Policy, -Embedder-Policy and -Resource-Policy."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import ABSENT, Demand, Shortfall, Texts, pair, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Verdict, not_applicable, rule
from revoctl.headers.syntax import isolation
from revoctl.headers.syntax.isolation import Isolation
from revoctl.report.model import Fix, Severity

COOP = "cross-origin-opener-policy"
COEP = "cross-origin-embedder-policy"
CORP = "cross-origin-resource-policy"
_HTML = "https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-"
_FETCH = "https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header"


@per_page
def opener(page: Page) -> Isolation | None:
    """The opener policy of the final response, None where it is absent."""
    return _read(page, COOP)


@per_page
def embedder(page: Page) -> Isolation | None:
    """The embedder policy of the final response, None where it is absent."""
    return _read(page, COEP)


@per_page
def resource(page: Page) -> Isolation | None:
    """The resource policy of the final response, None where it is absent."""
    return _read(page, CORP)


def _read(page: Page, header: str) -> Isolation | None:
    lines = page.values(header)
    return isolation.parse(header, lines) if lines else None


def _weaker(page: Page, asked: Demand) -> Sequence[Shortfall]:
    name = asked.setting.name.lower()
    order = isolation.ORDERS[name]
    sent = isolation.parse(name, asked.lines).value
    wanted = isolation.parse(name, (asked.setting.value,)).value
    if order.get(sent, -1) >= order.get(wanted, 0):
        return ()
    return (("", f"{sent or 'no valid value'} is in force; the policy says {wanted}"),)


_COOP_TEXTS = Texts(
    "A page that opens this one, or is opened by it, keeps a handle on its window, for tab-nabbing "
    "and for reading memory through side channels.",
    "Send Cross-Origin-Opener-Policy: same-origin, or same-origin-allow-popups where sign-in "
    "windows need it.",
    (f"{_HTML}opener-policies",),
)
_COEP_TEXTS = Texts(
    "Foreign resources that never agreed to it share the page's process, where side channels "
    "(Spectre) can read them; without it the page is not cross-origin isolated.",
    "Send Cross-Origin-Embedder-Policy: require-corp, or credentialless where third parties do "
    "not answer with Cross-Origin-Resource-Policy.",
    ("https://html.spec.whatwg.org/multipage/browsers.html#coep",),
)
_CORP_TEXTS = Texts(
    "Any site can load this answer into its own process as an image or script, where side channels "
    "(Spectre) can read it.",
    "Send Cross-Origin-Resource-Policy: same-origin, same-site, or cross-origin for public assets.",
    (_FETCH,),
)
_LOW = (Severity.LOW, Severity.LOW)
_PAIRS = (
    *pair("Cross-Origin-Opener-Policy", "coop", _LOW, _COOP_TEXTS, _weaker),
    *pair("Cross-Origin-Embedder-Policy", "coep", _LOW, _COEP_TEXTS, _weaker),
    *pair("Cross-Origin-Resource-Policy", "corp", _LOW, _CORP_TEXTS, _weaker),
)


def _invalid(page: Page, name: str, found: Isolation | None, otherwise: str) -> Verdict:
    if found is None:
        return ABSENT
    if found.value:
        return ()
    header = name.lower()
    sent = ", ".join(page.values(header)) or "(empty)"
    detail = quote(f"{found.problem}; browsers act as if it were {otherwise}: {sent}")
    fix = page.policy_fix(name) or Fix(
        "set", name, "same-origin" if header != COEP else "require-corp"
    )
    return (Problem(detail, "", page.evidence(header), fix),)


@rule(
    "coop-invalid",
    "Cross-Origin-Opener-Policy is malformed and ignored",
    Severity.MEDIUM,
    why=f"A malformed value counts as unsafe-none. {_COOP_TEXTS.why}",
    fix="Send one bare word in lower case on one line: same-origin.",
    references=_COOP_TEXTS.references,
)
def coop_invalid(page: Page) -> Verdict:
    """The header is there and says nothing to a browser."""
    return _invalid(page, "Cross-Origin-Opener-Policy", opener(page), "unsafe-none")


@rule(
    "coep-invalid",
    "Cross-Origin-Embedder-Policy is malformed and ignored",
    Severity.MEDIUM,
    why=f"A malformed value counts as unsafe-none. {_COEP_TEXTS.why}",
    fix="Send one bare word in lower case on one line: require-corp.",
    references=_COEP_TEXTS.references,
)
def coep_invalid(page: Page) -> Verdict:
    """The header is there and says nothing to a browser."""
    return _invalid(page, "Cross-Origin-Embedder-Policy", embedder(page), "unsafe-none")


@rule(
    "corp-invalid",
    "Cross-Origin-Resource-Policy is malformed and ignored",
    Severity.MEDIUM,
    why=f"A malformed value counts as none. {_CORP_TEXTS.why}",
    fix="Send one word in lower case on one line: same-origin.",
    references=_CORP_TEXTS.references,
)
def corp_invalid(page: Page) -> Verdict:
    """The header is there and says nothing to a browser."""
    return _invalid(page, "Cross-Origin-Resource-Policy", resource(page), "absent")


@rule(
    "coep-without-coop",
    "Cross-Origin-Embedder-Policy does not isolate without an opener policy",
    Severity.INFO,
    why="A page is cross-origin isolated only with both: the embedder policy alone has its costs "
    "and leaves the window shared with other sites.",
    fix="Send Cross-Origin-Opener-Policy: same-origin beside it.",
    references=(
        "https://html.spec.whatwg.org/multipage/document-sequences.html#cross-origin-isolated",
    ),
)
def coep_without_coop(page: Page) -> Verdict:
    """The embedder policy is in force, the opener policy is not ``same-origin``."""
    found = embedder(page)
    if found is None or not isolation.COEP.get(found.value):
        return not_applicable("no embedder policy is in force")
    coop = opener(page)
    if coop is not None and coop.value == "same-origin":
        return ()
    fix = page.policy_fix("Cross-Origin-Opener-Policy") or Fix(
        "set", "Cross-Origin-Opener-Policy", "same-origin"
    )
    detail = f"the opener policy is {coop.value if coop and coop.value else 'not in force'}"
    return (Problem(detail, "", page.evidence(COOP, COEP), fix),)


RULES: tuple[HeaderRule, ...] = (
    *_PAIRS,
    coop_invalid,
    coep_invalid,
    corp_invalid,
    coep_without_coop,
)
