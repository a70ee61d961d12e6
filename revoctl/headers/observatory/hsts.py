"""Test ``strict-transport-security``.

Facts from mdn/mdn-http-observatory ``src/analyzer/tests/strict-transport-security.js``: the header
of the final response over https counts, six months are 180 days, a ``max-age`` that is no number is
not less than that, a comma means that the header was sent twice, and the preload list decides
before everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from revoctl.headers.observatory.result import Corrections, Outcome, once, quote
from revoctl.headers.observatory.session import session
from revoctl.headers.observatory.wire import header, parse_int, trim

if TYPE_CHECKING:
    from revoctl.headers.page import Page

HEADER = "strict-transport-security"
SIX_MONTHS = 15_552_000
_INVALID = "hsts-header-invalid"


class Sts(Struct, frozen=True):
    """The header as the Observatory reads it. ``given``: there is a max-age, perhaps no number."""

    max_age: int | None
    include_subdomains: bool
    preload: bool
    given: bool


@once
def judge(page: Page, corrections: Corrections) -> Outcome:
    """Grade how browsers are kept on https."""
    chains = session(page)
    hidden = "hsts-preload-hides-certificate" in corrections and not chains.verified
    listed = page.preloaded.lookup(chains.host) if page.preloaded else None
    if chains.https and listed and not hidden:
        said = f"The host is on the preload list of browsers, by the entry {listed.host}."
        return Outcome("hsts-preloaded", said)
    if not chains.https:
        said = "The site does not answer over https."
        return Outcome("hsts-not-implemented-no-https", said)
    if not chains.verified:
        said = "The certificate is not valid, so browsers ignore the header."
        return Outcome("hsts-invalid-cert", said)
    if not page.values(HEADER):
        return Outcome("hsts-not-implemented", "Strict-Transport-Security is not sent.")
    return _by_header(page, corrections)


def _by_header(page: Page, corrections: Corrections) -> Outcome:
    first = "hsts-first-line" in corrections
    text = page.values(HEADER)[0] if first else header(page, HEADER)
    if "hsts-grammar" in corrections:
        from revoctl.headers.syntax import hsts

        line = hsts.parse(text)
        if not line.valid:
            return Outcome(_INVALID, f"{quote(text)} breaks the grammar, so browsers ignore it.")
        return _by_age(line.max_age)
    if "," in text[:1024]:
        return Outcome(_INVALID, "Strict-Transport-Security is sent more than once.")
    sts = parse(text)
    if not sts.given:
        return Outcome(_INVALID, f"{quote(text)} has no max-age, so browsers ignore it.")
    return _by_age(sts.max_age)


def _by_age(seconds: int | None) -> Outcome:
    if seconds is None:
        said = "max-age is no number, which the Observatory takes for long enough."
        return Outcome("hsts-implemented-max-age-at-least-six-months", said)
    days = f"browsers keep to https for {seconds // 86_400:,} days"
    if seconds < SIX_MONTHS:
        said = f"max-age is too short: {days}, less than six months."
        return Outcome("hsts-implemented-max-age-less-than-six-months", said)
    return Outcome("hsts-implemented-max-age-at-least-six-months", f"{days[0].upper()}{days[1:]}.")


def parse(text: str) -> Sts:
    """Read a header value as the Observatory does; only its first 1,024 characters count."""
    found: int | None = None
    given = False
    parameters = [trim(part).lower() for part in text[:1024].split(";")]
    for parameter in parameters:
        if parameter.startswith("max-age="):
            given = True
            found = parse_int(parameter[8:128])
    return Sts(found, "includesubdomains" in parameters, "preload" in parameters, given)
