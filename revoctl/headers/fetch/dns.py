"""Name look-ups that no one has to wait for: each in a daemon thread of its own.

``getaddrinfo`` cannot be interrupted and may take half a minute. A pool's threads are joined when
the interpreter ends, which would let a mute name server hold the process past its deadline, so the
threads are bare ones of ``_thread``.
"""

from __future__ import annotations

import _thread
import socket
from collections.abc import Callable

Outcome = tuple[str, ...] | OSError


def look_up(host: str, port: int) -> Outcome:
    """All addresses of an ASCII name, without duplicates; an error is returned, not raised."""
    try:
        # Bytes, because for text Python would load its IDNA tables.
        found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    except OSError as error:
        return error
    except UnicodeError as error:
        return OSError(f"the name cannot be looked up ({error})")
    return tuple(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def start_look_up(host: str, port: int, done: Callable[[Outcome], None]) -> None:
    """Look up in the background; ``done`` is called in that thread."""
    _thread.start_new_thread(lambda: done(look_up(host, port)), ())
