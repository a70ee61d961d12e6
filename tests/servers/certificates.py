"""An authority and the certificates that a server may wrongly show."""

from __future__ import annotations

import ssl
import warnings
from datetime import UTC, datetime
from pathlib import Path

import trustme


class Certificates:
    """Server contexts of one authority; ``ca_file`` is the file that a client must trust."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.ca_file = str(folder / "ca.pem")
        self._authority.cert_pem.write_to_path(self.ca_file)

    def good(self) -> ssl.SSLContext:
        return self._context(self._authority, "localhost", "127.0.0.1", "::1", "good.example")

    def expired(self) -> ssl.SSLContext:
        past = datetime(2020, 1, 1, tzinfo=UTC)
        return self._context(self._authority, "localhost", "127.0.0.1", not_after=past)

    def wrong_host(self) -> ssl.SSLContext:
        return self._context(self._authority, "another.example")

    def unknown_authority(self) -> ssl.SSLContext:
        return self._context(trustme.CA(), "localhost", "127.0.0.1")

    def old_protocol(self) -> ssl.SSLContext:
        context = self.good()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.options |= ssl.OP_NO_TLSv1_2 | ssl.OP_NO_TLSv1_3
        return context

    def _context(
        self, authority: trustme.CA, *names: str, not_after: datetime | None = None
    ) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names, not_after=not_after).configure_cert(context)
        return context
