"""Names of a request: its id, and its place in a distributed trace.

Sources: W3C Trace Context, section 3.2 (traceparent). An id from outside is kept if it is short and
plain, so that it can stand in a log; any other is replaced.
"""

from __future__ import annotations

import random

LONGEST_ID = 128
LENGTH = 55
"""A traceparent of version 00: two, 32, 16 and two lower-case hex digits, with hyphens."""

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:+/=@")
_HEX = frozenset(b"0123456789abcdef")


def request_id(given: bytes | None, trace: str = "") -> bytes:
    """The given id, if it is fit to stand in a log, else 32 hex digits, the trace's or new."""
    if given and len(given) <= LONGEST_ID and _PLAIN.issuperset(given):
        return given
    if trace:
        return trace[3:35].encode()
    return random.randbytes(16).hex().encode()  # noqa: S311 - names a request, guards nothing


def kept_trace(given: bytes | None) -> bytes | None:
    """The given traceparent, as this version writes it; None where it is absent or malformed.

    Higher versions are read as this one, as far as they begin alike.
    """
    if given is None or len(given) < LENGTH or given.startswith(b"ff"):
        return None
    longer = len(given) > LENGTH
    if longer and (given.startswith(b"00") or given[LENGTH : LENGTH + 1] != b"-"):
        return None
    parts = given[:LENGTH].split(b"-")
    if [len(part) for part in parts] != [2, 32, 16, 2]:
        return None
    if not all(map(_HEX.issuperset, parts)) or not parts[1].strip(b"0") or not parts[2].strip(b"0"):
        return None
    return given if given.startswith(b"00") and not longer else b"00" + given[2:LENGTH]


def new_trace() -> str:
    """A trace that begins here; not marked as sampled, because nobody decided that.

    Ids of zeros alone are not valid; that chance is 2 to the power of -64 and is taken.
    """
    figures = random.randbytes(24).hex()  # noqa: S311 - must be unique, not secret
    return f"00-{figures[:32]}-{figures[32:]}-00"
