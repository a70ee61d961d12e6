"""Where the scale ``owasp`` differs from the Observatory's, each difference by name.

Without corrections the result is exactly the Observatory's. Every test takes the set of those that
are on. Sources: the issues and code of mdn/mdn-http-observatory at 94042bb, run side by side with
what browsers do (web-platform-tests) and what the standards named here say.
"""

from __future__ import annotations

from revoctl.headers.observatory.result import Corrections

CORRECTIONS: dict[str, str] = {
    "cookies-deleted": "The Observatory judges cookies that the response only deletes; we leave "
    "out what has expired when it arrives (RFC 6265 section 5.3).",
    "cors-credentials": "The Observatory sees a danger only where one foreign Origin comes back in "
    "a preflight, in whatever case Allow-Credentials is; we also count `null` and every other "
    "foreign origin that was tried, by GET too, and credentials only where a browser grants them "
    "(Fetch, CORS check).",
    "corp-case": "The Observatory accepts Cross-Origin-Resource-Policy in any case; browsers "
    "compare it byte by byte (Fetch, cross-origin resource policy check).",
    "csp-combination": "The Observatory calls a repeated directive or an empty list item invalid "
    "and mixes the sources of several policies; we let the first directive of a name win, skip "
    "empty policies, and count a danger that every policy leaves open (CSP 3 sections 2.2, 4.1).",
    "csp-meta-place": "The Observatory counts a policy in any meta element of a body whose type "
    "is spelled in lower case; we count those that a browser does: in head, outside noscript and "
    "template (HTML, pragma directives).",
    "framing-allow-from": "The Observatory passes X-Frame-Options ALLOW-FROM; no browser obeys it "
    "(HTML, the X-Frame-Options header).",
    "framing-in-meta": "The Observatory gives +5 for frame-ancestors in a meta element next to "
    "another directive; browsers ignore it there (CSP 3 section 3.3).",
    "framing-open": "The Observatory gives +5 for frame-ancestors whatever it allows; we give "
    "nothing where it allows every site, and X-Frame-Options then counts no more (CSP 3 section "
    "6.4.2).",
    "framing-values": "The Observatory calls X-Frame-Options invalid where it is sent twice; "
    "browsers take all values together (web-platform-tests x-frame-options/multiple.html).",
    "hsts-first-line": "The Observatory calls Strict-Transport-Security invalid where it is sent "
    "twice; browsers take the first line (RFC 6797 section 8.1).",
    "hsts-grammar": "The Observatory reads a max-age that is no number as long enough, and takes a "
    "repeated directive; browsers ignore such a line, and a quoted number is a number (RFC 6797 "
    "section 6.1).",
    "hsts-preload-hides-certificate": "The Observatory forgives a refused certificate to a host on "
    "the preload list; there browsers refuse the page all the more (RFC 6797 section 12.1).",
    "nosniff-first-item": "The Observatory calls X-Content-Type-Options invalid where it is sent "
    "twice; browsers take the first item (Fetch, determine nosniff).",
    "redirect-loop": "The Observatory grades the redirect at which it gives up; a page that no "
    "browser can show has no grade.",
    "redirect-without-location": "The Observatory follows a redirect without Location to "
    "/undefined; browsers show its body, so it is no redirect (Fetch, HTTP-redirect fetch).",
    "sri-address": "The Observatory takes `HTTPS://` and padded addresses for relative ones, any "
    "`//host` for insecure, ignores base, and takes sites under one private suffix for one site; "
    "we resolve addresses as browsers do (URL Standard; Public Suffix List).",
    "sri-insecure-same-site": "The Observatory finds a script of the same site loaded over plain "
    "http secure; anyone on the way can replace it (Mixed Content).",
}

NONE: Corrections = frozenset()
ALL: Corrections = frozenset(CORRECTIONS)


def of_scale(scale: str) -> Corrections:
    """The corrections that are on: none for ``mdn``, all for ``owasp``."""
    return NONE if scale == "mdn" else ALL
