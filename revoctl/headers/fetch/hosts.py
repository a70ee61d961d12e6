"""Host names in their one canonical form: lower case, ASCII, IPv4 addresses in four decimals."""

from __future__ import annotations

import socket

_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
_HEXADECIMAL = frozenset("0123456789abcdef")
_DEVIATIONS = frozenset("ßς\u200c\u200d")
"""Letters that UTS 46 keeps and Python's IDNA 2003 tables would replace."""


class BadHost(ValueError):
    """The text is no host; the message says why."""


def canonical_host(text: str) -> str:
    """The ASCII form of a host name or IPv4 address. Raises :class:`BadHost`.

    ``127.1``, ``0x7f.1``, ``2130706433`` and full-width digits become ``127.0.0.1``, as in browsers
    (WHATWG URL, section 3.5); other names keep one trailing dot.
    """
    host = text.lower() if text.isascii() else _to_ascii(text)
    if not host:
        raise BadHost("it has no host")
    if not _HOST.issuperset(host):
        raise BadHost("its host holds a character that no host name has")
    name = host.removesuffix(".")
    labels = name.split(".")
    if any(not label for label in labels):
        raise BadHost("its host has an empty label")
    if _is_number(labels[-1]):
        return _ipv4(name)
    if len(name) > 253 or any(len(label) > 63 for label in labels):
        raise BadHost("its host is longer than DNS allows")
    return host


def _is_number(label: str) -> bool:
    """Whether a last label makes its host an IPv4 address, or nothing."""
    if label.startswith("0x"):
        return _HEXADECIMAL.issuperset(label[2:])
    return label.isdigit()


def _ipv4(name: str) -> str:
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        raise BadHost("its host ends in a number and is no IPv4 address") from None


def _to_ascii(text: str) -> str:
    """IDNA: NFKC and lower case label by label, the four deviation letters kept as UTS 46 does."""
    import unicodedata

    if len(text) > 1024:
        raise BadHost("its host is longer than DNS allows")
    dots = str.maketrans("\u3002\uff0e\uff61", "...")
    name = unicodedata.normalize("NFKC", text.translate(dots)).lower()
    return ".".join(_label(label) for label in name.translate(dots).split("."))


def _label(label: str) -> str:
    if label.isascii():
        return label
    try:
        if _DEVIATIONS & set(label):
            return "xn--" + label.encode("punycode").decode("ascii")
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadHost("its host is no internationalised name") from None
