"""Rules of Permissions-Policy."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import ABSENT, Demand, Shortfall, Texts, pair, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Verdict, rule
from revoctl.headers.syntax import permissions
from revoctl.report.model import Fix, Severity

HEADER = "permissions-policy"
SPEC = "https://www.w3.org/TR/permissions-policy/#permissions-policy-http-header-field"
FIELDS = "https://www.rfc-editor.org/rfc/rfc9651#section-3.2"
_WHY = (
    "Injected or embedded code can ask for the camera, the whereabouts or a payment in the name of "
    "this site."
)


@per_page
def policy(page: Page) -> permissions.PermissionsPolicy | None:
    """The Permissions-Policy of the final response, None where it is absent."""
    lines = page.values(HEADER)
    return permissions.parse(lines) if lines else None


def _weaker(page: Page, asked: Demand) -> Sequence[Shortfall]:
    """Features with a wider allowlist, each by itself, and those left out, together."""
    sent = permissions.parse(asked.lines)
    if sent.invalid:
        return (("", "the header is malformed and ignored, so the policy is not in force"),)
    wanted = permissions.parse((asked.setting.value,)).allowlists
    less = [
        (feature, f"{feature}={sent.allowlists[feature]} is wider than the policy's {allowed}")
        for feature, allowed in wanted.items()
        if feature in sent.allowlists and not sent.allowlists[feature].within(allowed)
    ]
    left_out = [
        name for name, who in wanted.items() if name not in sent.allowlists and not who.everyone
    ]
    return [*less, ("left-out", f"not restricted: {', '.join(left_out)}")] if left_out else less


_PAIR = pair(
    "Permissions-Policy",
    HEADER,
    (Severity.LOW, Severity.LOW),
    Texts(_WHY, "Send the policy's allowlists or narrower ones.", (SPEC,)),
    _weaker,
)


def _problem(page: Page, key: str, detail: str) -> Problem:
    fix = page.policy_fix("Permissions-Policy") or Fix(
        "advise", "Permissions-Policy", note='write feature=(), feature=(self "https://origin")'
    )
    return Problem(quote(detail), key, page.evidence(HEADER), fix)


@rule(
    "permissions-policy-invalid",
    "Permissions-Policy is malformed and ignored",
    Severity.MEDIUM,
    why=f"One wrong character makes browsers ignore the whole header. {_WHY}",
    fix='Write it as a structured field: camera=(), geolocation=(self "https://maps.example"). '
    "The syntax of Feature-Policy is not valid here.",
    references=(FIELDS, SPEC),
)
def invalid(page: Page) -> Verdict:
    """The header is not a structured dictionary."""
    found = policy(page)
    if found is None:
        return ABSENT
    if not found.invalid:
        return ()
    text = ", ".join(page.values(HEADER))
    at = found.invalid.position
    near = text[max(0, at - 20) : at + 20]
    hint = _feature_policy_hint(text)
    return (_problem(page, "", f"{found.invalid.reason} at character {at}, near {near!r}{hint}"),)


def _feature_policy_hint(text: str) -> str:
    old = "'self'" in text or "'none'" in text or "'src'" in text
    return ". This is the syntax of the old Feature-Policy" if old else ""


@rule(
    "permissions-policy-ignored-entry",
    "An allowlist of Permissions-Policy holds words that browsers ignore",
    Severity.LOW,
    why="The entry looks as if it named an origin or a restriction, and does nothing.",
    fix="Put origins into double quotes, and keep self and * without quotes.",
    references=(SPEC,),
)
def ignored_entry(page: Page) -> Verdict:
    """An origin without quotes, a quoted ``self``, or a word of another syntax."""
    found = policy(page)
    if found is None:
        return ABSENT
    return [
        _problem(page, feature, f"{feature}: browsers ignore {word}{_why_ignored(word)}")
        for feature, word in found.ignored
    ]


def _why_ignored(word: str) -> str:
    if "://" in word:
        return ", because origins must stand in double quotes"
    return ", because keywords stand without quotes" if word.startswith('"') else ""


@rule(
    "permissions-policy-semicolon",
    "Permissions-Policy separates features by semicolons",
    Severity.MEDIUM,
    why=f"What follows a semicolon is a parameter of the feature before it, not a feature. {_WHY}",
    fix="Separate features by commas.",
    references=(FIELDS, SPEC),
)
def semicolon(page: Page) -> Verdict:
    """A feature became a parameter of the one before it."""
    found = policy(page)
    if found is None:
        return ABSENT
    return [
        _problem(page, name, f"{name} is read as a parameter of {feature} and has no effect")
        for feature, name in found.swallowed
    ]


@rule(
    "permissions-policy-duplicate-feature",
    "Permissions-Policy names a feature twice",
    Severity.LOW,
    why="Only the last entry counts, so an earlier, stricter one is lost without notice.",
    fix="Name each feature once; look for a proxy that adds a second line.",
    references=(FIELDS,),
)
def duplicate_feature(page: Page) -> Verdict:
    """The same feature stands in two entries or on two lines."""
    found = policy(page)
    if found is None:
        return ABSENT
    return [
        _problem(page, name, f"{name} is given twice; {name}={found.allowlists[name]} counts")
        for name in found.repeated
    ]


@rule(
    "permissions-policy-wildcard",
    "Permissions-Policy grants a sensitive feature to everyone",
    Severity.MEDIUM,
    why="Any embedded page, an advertisement for one, can ask for the feature in this site's name.",
    fix="Name the origins that need it, or none: camera=().",
    references=(SPEC,),
)
def wildcard(page: Page) -> Verdict:
    """A feature that reaches devices, whereabouts, money or credentials has the allowlist ``*``."""
    found = policy(page)
    if found is None:
        return ABSENT
    return [
        _problem(page, name, f"{name}=* lets every embedded page ask for it") for name in found.open
    ]


@rule(
    "permissions-policy-unknown-feature",
    "Permissions-Policy names features that no browser knows",
    Severity.INFO,
    why="An unknown name is harmless by itself, but a misspelt one restricts nothing.",
    fix="Correct the name, or leave the feature out.",
    references=("https://github.com/w3c/webappsec-permissions-policy/blob/main/features.md",),
)
def unknown_feature(page: Page) -> Verdict:
    """A name that is in no list of features, past or present."""
    found = policy(page)
    if found is None:
        return ABSENT
    if not found.unknown:
        return ()
    return (_problem(page, "", f"ignored by browsers: {', '.join(found.unknown)}"),)


RULES: tuple[HeaderRule, ...] = (
    *_PAIR,
    invalid,
    ignored_entry,
    semicolon,
    duplicate_feature,
    wildcard,
    unknown_feature,
)
