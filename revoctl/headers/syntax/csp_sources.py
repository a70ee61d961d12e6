"""Source expressions: what one value of a source list is, and which requests it covers.

Source: CSP Level 3, section 2.3.1 (grammar) and 6.7.2 (matching). Literals of that grammar match
in any case (RFC 5234, 2.3), so ``'NONCE-x'`` is a nonce; the nonce itself is case-sensitive. Where
browsers are laxer than the grammar we follow them: ``_`` in host names, and a query after a path
is not looked at.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

KEYWORD_LEVELS = {
    "'none'": 1,
    "'self'": 1,
    "'unsafe-inline'": 1,
    "'unsafe-eval'": 1,
    "'strict-dynamic'": 3,
    "'unsafe-hashes'": 3,
    "'report-sample'": 3,
    "'wasm-unsafe-eval'": 3,
    "'unsafe-allow-redirects'": 3,
    "'unsafe-webtransport-hashes'": 3,
    "'trusted-types-eval'": 3,
    "'inline-speculation-rules'": 3,
    "'report-sha256'": 3,
    "'report-sha384'": 3,
    "'report-sha512'": 3,
}
"""Each keyword with the level of CSP that introduced it."""

DIGESTS = {"sha256": 32, "sha384": 48, "sha512": 64}
"""The hash algorithms with the length of their digests in bytes."""


INVALID, KEYWORD, NONCE, HASH, TARGETED, SCHEME, HOST = range(7)
"""What a source expression is; from SCHEME on, it names places. (Enums cost more to compare.)

TARGETED is a hash of an address or of a text for ``eval``: it says nothing of inline scripts.
"""


class Source(msgspec.Struct, frozen=True):
    """One source expression. ``text`` has keywords and schemes in lower case, all else as sent.

    ``scheme`` is without colon; ``host`` is lower-case, ``*`` or ``*.``-prefixed; ``port`` is
    digits, ``*`` or empty; ``path`` is as sent, without a query.
    """

    text: str
    kind: int
    scheme: str = ""
    host: str = ""
    port: str = ""
    path: str = ""


_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_SCHEME_CHARS = _LETTERS | frozenset("0123456789+-.")
_HOST_CHARS = _LETTERS | frozenset("0123456789-_")
KEYWORDS = {text: Source(text, KEYWORD) for text in KEYWORD_LEVELS}
CACHED_LENGTH = 128


def read_source(text: str) -> Source:
    """Read one source expression; what does not fit the grammar is ``INVALID``."""
    if text[:1] == "'":
        return KEYWORDS.get(text) or _quoted(text)
    return _unquoted(text) if len(text) <= CACHED_LENGTH else _unquoted.__wrapped__(text)


def is_base64(text: str) -> bool:
    """Whether this is one or more base64 or base64url characters and at most two ``=``."""
    bare = text[:-2] + text[-2:].rstrip("=")
    return bool(bare) and _BASE64.issuperset(bare)


def _quoted(text: str) -> Source:
    lower = text.lower()
    if lower in KEYWORDS:
        return KEYWORDS[lower]
    if len(text) < 3 or text[-1] != "'":
        return Source(text, INVALID)
    head, _, value = lower[1:-1].partition("-")
    if head == "nonce" and is_base64(value):
        return Source(text, NONCE)
    if head in ("url", "eval"):
        head, _, value = value.partition("-")
        return Source(text, TARGETED if head in DIGESTS and is_base64(value) else INVALID)
    return Source(text, HASH if head in DIGESTS and is_base64(value) else INVALID)


@lru_cache(maxsize=2048)
def _unquoted(text: str) -> Source:
    if text == "*":
        return Source(text, HOST, host="*")
    lower = text.lower()
    if lower[-1:] == ":" and lower[:1] in _LETTERS and _SCHEME_CHARS.issuperset(lower[:-1]):
        return Source(lower, SCHEME, scheme=lower[:-1])
    scheme, mark, rest = lower.partition("://")
    if not mark:
        scheme, rest = "", lower
    elif scheme[:1] not in _LETTERS or not _SCHEME_CHARS.issuperset(scheme):
        return Source(text, INVALID)
    authority, slash, _ = rest.partition("/")
    path = text[len(text) - len(rest) + len(authority) :] if slash else ""
    host, colon, port = authority.partition(":")
    if not _valid_host(host) or (colon and not _valid_port(port)):
        return Source(text, INVALID)
    return Source(text, HOST, scheme, host, port, path.partition("?")[0].partition("#")[0])


def _valid_host(host: str) -> bool:
    if host == "*":
        return True
    labels = host.removeprefix("*.").removesuffix(".").split(".")
    return len(host) <= 255 and all(label and _HOST_CHARS.issuperset(label) for label in labels)


def _valid_port(port: str) -> bool:
    return port == "*" or (
        port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535
    )
