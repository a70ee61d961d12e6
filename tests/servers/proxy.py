"""A real forward proxy on loopback: CONNECT tunnels and requests in absolute form."""

from __future__ import annotations

import contextlib
import select
import socket
from urllib.parse import urlsplit

from tests.servers.scripted import Script, header


def forwards(to: dict[str, int], authorization: str = "") -> Script:
    """A script that reaches ``host:port`` at the loopback port that ``to`` names for it."""

    def script(client: socket.socket, request: bytes) -> None:
        if authorization and header(request, "Proxy-Authorization") != authorization:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return
        method, place, _ = request.split(b" ", 2)
        tunnel = method == b"CONNECT"
        authority = place.decode() if tunnel else urlsplit(place.decode()).netloc
        if authority not in to:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", to[authority])) as server:
            if tunnel:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(request)
            _relay(client, server)

    return script


def _relay(client: socket.socket, server: socket.socket) -> None:
    pairs = {client: server, server: client}
    with contextlib.suppress(OSError):
        while True:
            ready, _, _ = select.select(list(pairs), [], [], 10)
            for end in ready:
                data = end.recv(65536)
                if not data:
                    return
                pairs[end].sendall(data)
