"""What a service mounts: pure ASGI, no framework needed, and nothing heavy imported.

:func:`harden` mounts all that a policy asks for, in the right order; each class also stands alone.
The WSGI twin of :class:`SecurityHeaders` is in :mod:`revoctl.middleware.wsgi`.
"""

from __future__ import annotations

from revoctl.middleware.cors import Cors
from revoctl.middleware.exchange import Hardened
from revoctl.middleware.harden import harden, read_policy
from revoctl.middleware.headers import SecurityHeaders
from revoctl.middleware.limiter import RateLimit
from revoctl.middleware.metrics import Metrics
from revoctl.middleware.page import MetricsPage
from revoctl.middleware.timing import Timing

__all__ = [
    "Cors",
    "Hardened",
    "Metrics",
    "MetricsPage",
    "RateLimit",
    "SecurityHeaders",
    "Timing",
    "harden",
    "read_policy",
]
