"""The nonce of a response's Content-Security-Policy."""

from __future__ import annotations

import secrets

STATE_KEY = "csp_nonce"
"""Where it stands in the request's state, so that templates can write it into their scripts."""

_BYTES = 16
"""CSP Level 3 section 7.1 asks for at least 128 bits from a secure generator."""


def fresh() -> str:
    """A new nonce, in the base64url alphabet: it needs no escaping in HTML or in a header."""
    return secrets.token_urlsafe(_BYTES)
