"""The fetch engine: one request of an operator in, one snapshot of a target out.

The engine is written once, as coroutines over a small :class:`~revoctl.headers.fetch.wire.Wire`,
and runs on blocking sockets for one target (:func:`scan`) or on asyncio for many
(:func:`scan_async`), with the same results. Each wire is imported only when it is used.
"""

from __future__ import annotations

from revoctl.headers.fetch.engine import scan, scan_async
from revoctl.headers.fetch.request import PROBES, Request

__all__ = ["PROBES", "Request", "scan", "scan_async"]
