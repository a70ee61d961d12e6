"""What a host's name says about it, without asking anyone."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit


def is_loopback(url: str) -> bool:
    """Whether an address means this very machine, which browsers trust without TLS.

    ``localhost`` and its subdomains, 127.0.0.0/8 and ``::1`` (Secure Contexts section 3.1).
    """
    host = host_of(url).rstrip(".")
    if host == "localhost" or host.endswith(".localhost") or host == "::1":
        return True
    return host.startswith("127.") and host.replace(".", "").isdigit()


@lru_cache(maxsize=64)
def host_of(url: str) -> str:
    """The host of an address in lower case, without port or brackets."""
    return (urlsplit(url).hostname or "").lower()


def shares(host: str, domain: str) -> bool:
    """Whether a host is the domain or below it (RFC 6265 section 5.1.3)."""
    return host == domain or host.endswith("." + domain)


def same_owner(host: str, other: str) -> bool:
    """Whether two hosts look like one party's: equal, one below the other, or siblings.

    Siblings share a parent that is not itself a registry's suffix as far as its shape tells
    (``co.uk``); a list of suffixes is not consulted.
    """
    if shares(host, other) or shares(other, host):
        return True
    parent = host.partition(".")[2]
    return parent == other.partition(".")[2] and _is_registrable(parent)


def _is_registrable(domain: str) -> bool:
    labels = domain.split(".")
    if len(labels) < 2:
        return False
    return len(labels) > 2 or not (len(labels[0]) <= 3 and len(labels[1]) == 2)
