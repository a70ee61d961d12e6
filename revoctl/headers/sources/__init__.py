"""Answers that were recorded elsewhere, as snapshots: no network is touched.

:func:`read` tells the formats apart by their content: a head dump of ``curl -D`` or ``curl -i``, a
browser's HAR archive, and our own saved snapshots. Whatever the bytes are, the only error is
:class:`~revoctl.errors.RevoctlError` ``source.unreadable`` or ``source.format``.
"""

from __future__ import annotations

from revoctl.headers.sources.curl import from_curl
from revoctl.headers.sources.har import from_har
from revoctl.headers.sources.read import read
from revoctl.headers.sources.saved import from_saved, save

__all__ = ["from_curl", "from_har", "from_saved", "read", "save"]
