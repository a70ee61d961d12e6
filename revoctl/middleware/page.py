"""The page that Prometheus reads, in front of an ASGI application."""

from __future__ import annotations

from revoctl.middleware.asgi import BODY, START, App, Receive, Scope, Send
from revoctl.middleware.metrics import CONTENT_TYPE, Metrics


class MetricsPage:
    """Answers one path with the metrics, and passes on the rest. Keep the path from the public."""

    def __init__(self, app: App, metrics: Metrics, path: str) -> None:
        self.app, self.metrics, self.path = app, metrics, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] != self.path:
            await self.app(scope, receive, send)
            return
        page = self.metrics.page()
        length = (b"content-length", b"%d" % len(page))
        kept = (b"cache-control", b"no-store")
        headers = [(b"content-type", CONTENT_TYPE), length, kept]
        await send({"type": START, "status": 200, "headers": headers})
        await send({"type": BODY, "body": b"" if scope["method"] == "HEAD" else page})
