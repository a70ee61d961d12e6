"""The wire for many targets at once, on whatever event loop runs.

Plain sockets that the loop waits for, not its transports: those drop what has arrived when sending
fails, and a server that answers and hangs up without reading is just what must be heard.
"""

from __future__ import annotations

import asyncio
import socket

from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.fetch.dns import Outcome, start_look_up

READ = 65536


class AsyncioStream:
    """A connected non-blocking socket."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._loop = asyncio.get_running_loop()

    async def read(self, deadline: Deadline) -> bytes:
        """See :class:`~revoctl.headers.fetch.wire.Stream`."""
        async with asyncio.timeout(deadline.left()):
            return await self._loop.sock_recv(self._socket, READ)

    async def write(self, data: bytes, deadline: Deadline) -> None:
        """See :class:`~revoctl.headers.fetch.wire.Stream`."""
        async with asyncio.timeout(deadline.left()):
            await self._loop.sock_sendall(self._socket, data)

    def close(self) -> None:
        """See :class:`~revoctl.headers.fetch.wire.Stream`."""
        self._socket.close()


class AsyncioWire:
    """See :class:`~revoctl.headers.fetch.wire.Wire`."""

    async def resolve(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        """Wait for a look-up in a daemon thread, no longer than the deadline."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()

        def settle(outcome: Outcome) -> None:
            if not answer.done():
                answer.set_result(outcome)

        def done(outcome: Outcome) -> None:
            try:
                loop.call_soon_threadsafe(settle, outcome)
            except RuntimeError:
                return  # the loop has ended: no one waits for this name any more

        start_look_up(host, port, done)
        found = await asyncio.wait_for(answer, deadline.left())
        if isinstance(found, OSError):
            raise found
        return found

    async def connect(self, address: str, port: int, deadline: Deadline) -> AsyncioStream:
        """Connect within the deadline."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.setblocking(False)
            async with asyncio.timeout(deadline.left()):
                await asyncio.get_running_loop().sock_connect(connection, (address, port))
        except BaseException:
            connection.close()
            raise
        return AsyncioStream(connection)
