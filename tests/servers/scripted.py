"""A raw server on loopback: each connection is handed to a script, byte for byte."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType

Script = Callable[[socket.socket, bytes], None]


class Scripted:
    """Listens on a free port while its ``with`` block runs; ``requests`` holds what came in.

    The script gets the connection and the first request's head; the connection is closed after it.
    With a ``context`` it speaks TLS. A ``greedy`` server hands over before anything was sent.
    """

    def __init__(
        self,
        script: Script,
        context: ssl.SSLContext | None = None,
        greedy: bool = False,
        host: str = "127.0.0.1",
    ) -> None:
        self._script = script
        self._context = context
        self._greedy = greedy
        self._host = host
        self.requests: list[bytes] = []
        self.connections = 0

    def __enter__(self) -> Scripted:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._listener = socket.create_server((self._host, 0), family=family, backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def url(self) -> str:
        scheme = "https" if self._context else "http"
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{scheme}://{host}:{self.port}/"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            plain.settimeout(20)
            with self._secured(plain) as connection:
                self._answer(connection)

    def _secured(self, plain: socket.socket) -> socket.socket:
        return self._context.wrap_socket(plain, server_side=True) if self._context else plain

    def _answer(self, connection: socket.socket) -> None:
        request = b"" if self._greedy else read_head(connection)
        self.requests.append(request)
        self._script(connection, request)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        # Wait for the peer, so that closing does not discard what it has not read yet.
        connection.settimeout(2)
        while connection.recv(65536):
            pass


def read_head(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return data


def path_of(request: bytes) -> str:
    return request.split(b" ")[1].decode()


def header(request: bytes, name: str) -> str | None:
    for line in request.decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name.lower():
            return value.strip()
    return None


def sends(raw: bytes) -> Script:
    return lambda connection, request: connection.sendall(raw)


def routes(table: dict[str, bytes], other: bytes = b"HTTP/1.1 404 Not Found\r\n\r\n") -> Script:
    return lambda connection, request: connection.sendall(table.get(path_of(request), other))


def drips(parts: Iterable[bytes], pause: float) -> Script:
    def script(connection: socket.socket, request: bytes) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return script


def mute(connection: socket.socket, request: bytes) -> None:
    time.sleep(15)


def echoes(connection: socket.socket, request: bytes) -> None:
    """Everything that was asked, said again in the head and in the body."""
    lines = request.decode("latin-1").split("\r\n")[1:-2]
    again = "".join(f"X-Echo: {line}\r\n" for line in lines)
    body = "<p>" + "<br>".join(lines)
    raw = f"HTTP/1.1 200 OK\r\n{again}Content-Type: text/html\r\n\r\n{body}"
    connection.sendall(raw.encode("latin-1"))
