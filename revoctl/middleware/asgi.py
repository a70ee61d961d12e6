"""The words of ASGI 3.0, and the one answer that a service gives when nothing else answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Field = tuple[bytes, bytes]

START = "http.response.start"
BODY = "http.response.body"
PLAIN = (b"content-type", b"text/plain; charset=utf-8")


async def answer(send: Send, status: int, body: bytes, headers: Iterable[Field] = ()) -> None:
    """Send a whole plain-text response."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": START, "status": status, "headers": [*headers, PLAIN, length]})
    await send({"type": BODY, "body": body})


async def fail(send: Send) -> None:
    """Answer for an application that raised before it answered: servers do so without headers."""
    await answer(send, 500, b"Internal Server Error")


def first(scope: Scope, name: bytes) -> bytes | None:
    """The first line of a request header, by lower-case name; ASGI servers lower the names."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


def lines(scope: Scope, name: bytes) -> str:
    """All lines of a request header, joined as one list (RFC 9110 section 5.3)."""
    return ", ".join(v.decode("latin-1") for k, v in scope["headers"] if k == name)


def below(path: str, prefix: str) -> bool:
    """Whether a path is a prefix or lies below it: ``/api`` covers ``/api/x`` and not ``/apis``."""
    return path == prefix or path.startswith(prefix if prefix.endswith("/") else f"{prefix}/")


def state(scope: Scope) -> dict[str, Any]:
    """The request's own state, where applications find what a middleware made for them."""
    found: dict[str, Any] = scope.setdefault("state", {})
    return found
