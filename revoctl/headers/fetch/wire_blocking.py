"""The wire for one target: plain blocking sockets.

Its coroutines never suspend, so :func:`run` needs no event loop: importing asyncio would cost more
CPU than a whole scan.
"""

from __future__ import annotations

import _thread
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar

from revoctl.headers.fetch.deadline import Deadline

T = TypeVar("T")
READ = 65536


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends. Raises what it raises."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    coroutine.close()
    raise RuntimeError("a coroutine on the blocking wire suspended")


class BlockingStream:
    """A connected socket; each call sets the time that remains as its timeout."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    async def read(self, deadline: Deadline) -> bytes:
        """See :class:`~revoctl.headers.fetch.wire.Stream`."""
        self._socket.settimeout(deadline.left())
        return self._socket.recv(READ)

    async def write(self, data: bytes, deadline: Deadline) -> None:
        """See :class:`~revoctl.headers.fetch.wire.Stream`."""
        self._socket.settimeout(deadline.left())
        self._socket.sendall(data)

    def close(self) -> None:
        """See :class:`~revoctl.headers.fetch.wire.Stream`."""
        self._socket.close()


class BlockingWire:
    """See :class:`~revoctl.headers.fetch.wire.Wire`."""

    async def resolve(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        """Wait for a look-up in a daemon thread, no longer than the deadline."""
        from revoctl.headers.fetch.dns import Outcome, start_look_up

        found: list[Outcome] = []
        waiting = _thread.allocate_lock()
        waiting.acquire()

        def done(outcome: Outcome) -> None:
            found.append(outcome)
            waiting.release()

        start_look_up(host, port, done)
        if not waiting.acquire(timeout=deadline.left()):
            raise TimeoutError
        if isinstance(found[0], OSError):
            raise found[0]
        return found[0]

    async def connect(self, address: str, port: int, deadline: Deadline) -> BlockingStream:
        """Connect within the deadline."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(deadline.left())
            connection.connect((address, port))
        except BaseException:
            connection.close()
            raise
        return BlockingStream(connection)
