"""One JSON line for each request, on the logger ``revoctl.access``.

The path goes without its query, which may hold tokens; JSON escapes whatever a client put in.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from revoctl.middleware.asgi import Scope
from revoctl.middleware.forwarded import Proxies

_log = logging.getLogger("revoctl.access")
_encode = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make one a line
LONGEST = 1000


def write(
    scope: Scope, proxies: Proxies, status: int, seconds: float, size: int, names: dict[str, str]
) -> None:
    """Write the line of a finished request: ``seconds`` it took, ``size`` bytes of its body."""
    if not _log.isEnabledFor(logging.INFO):
        return
    line: dict[str, Any] = {
        "method": scope["method"],
        "path": scope["path"][:LONGEST],
        "status": status,
        "ms": round(seconds * 1000, 3),
        "bytes": size,
        "client": proxies.client(scope),
        **names,
    }
    _log.info("%s", _encode(line))
