"""Call an ASGI application in the process, and see what it sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

Headers = Iterable[tuple[str, str]]


class Answer:
    """Everything that an application sent for one request."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.error: Exception | None = None

    async def send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)

    @property
    def starts(self) -> list[dict[str, Any]]:
        return [m for m in self.messages if m["type"] == "http.response.start"]

    @property
    def status(self) -> int:
        return self.starts[-1]["status"]

    @property
    def fields(self) -> list[tuple[str, str]]:
        found = self.starts[-1].get("headers", ())
        return [(n.decode("latin-1"), v.decode("latin-1")) for n, v in found]

    def all(self, name: str) -> list[str]:
        return [v for n, v in self.fields if n.lower() == name]

    def one(self, name: str) -> str | None:
        found = self.all(name)
        assert len(found) < 2, f"{name} is there {len(found)} times"
        return found[0] if found else None

    @property
    def body(self) -> bytes:
        return b"".join(m.get("body", b"") for m in self.messages)


def scope(path: str = "/", headers: Headers = (), **more: Any) -> dict[str, Any]:
    """The scope of a request over https from 192.0.2.1."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "client": ("192.0.2.1", 1234),
        "server": ("127.0.0.1", 80),
        "headers": [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers],
        **more,
    }


async def call_async(app: Any, path: str = "/", headers: Headers = (), **more: Any) -> Answer:
    answer = Answer()
    asked = more.pop("scope", None) or scope(path, headers, **more)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    try:
        await app(asked, receive, answer.send)
    except Exception as error:
        answer.error = error
    return answer


def call(app: Any, path: str = "/", headers: Headers = (), **more: Any) -> Answer:
    """Call once, on a loop of its own."""
    return asyncio.run(call_async(app, path, headers, **more))


def service(
    fields: Headers = (("content-type", "text/html"),), body: bytes = b"hi", status: int = 200
) -> Any:
    """An application that always answers this."""
    raw = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in fields]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(raw)})
        await send({"type": "http.response.body", "body": body})

    return app
