"""The whole stack in one step: what its layers would do one around the other, for the common case.

Four layers are four wrappers of every message; measured, they cost several times what they do. So
an ordinary request is handled here by the layers' own parts, with one wrapper. Preflights, traced
requests and whatever is not http go through the layers themselves, and a test holds both equal.
"""

from __future__ import annotations

from collections.abc import Awaitable
from time import perf_counter

from revoctl.middleware.asgi import (
    BODY,
    START,
    App,
    Field,
    Message,
    Receive,
    Scope,
    Send,
    answer,
    fail,
    state,
)
from revoctl.middleware.cors import VARY, Cors
from revoctl.middleware.decision import FIELD_NAMES
from revoctl.middleware.headers import SecurityHeaders
from revoctl.middleware.limiter import TOO_MANY, RateLimit
from revoctl.middleware.nonce import STATE_KEY, fresh
from revoctl.middleware.plan import Edits
from revoctl.middleware.timing import Timing, with_id
from revoctl.policy.headers import HeadersPolicy

_ASKED = frozenset((b"origin", b"x-request-id", b"traceparent"))


class Hardened:
    """The mounted application, itself ASGI: timing > headers > CORS > rate limit > app.

    ``policy`` is what was asked for, ``sent`` what its mode makes of it; ``metrics`` takes the
    service's own figures too. ``layered`` is the same as nested classes.
    """

    def __init__(
        self,
        policy: HeadersPolicy,
        sent: HeadersPolicy,
        timing: Timing,
        headers: SecurityHeaders,
        cors: Cors | None,
        limiter: RateLimit | None,
    ) -> None:
        self.policy, self.metrics, self.layered = policy, timing.metrics, timing
        self._timing, self._headers, self._cors, self._limiter = timing, headers, cors, limiter
        self._app: App = (limiter or cors or headers).app
        self._plain = timing.tracing is None and not (cors and cors.observe)
        others = {b"x-request-id", *(FIELD_NAMES if limiter else ()), *(cors.sends if cors else ())}
        self._edits = Edits(sent, others)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, websocket or lifespan."""
        if scope["type"] != "http" or not self._plain or scope["method"] == "OPTIONS":
            await self.layered(scope, receive, send)
            return
        start = perf_counter()
        end = 0.0
        status = size = 0
        timing = self._timing
        asked: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _ASKED and name not in asked:
                asked[name] = value
        origin = asked.get(b"origin")
        named = timing.name(scope, asked.get(b"x-request-id"), asked.get(b"traceparent"))
        https, nonce, cors = self._headers.https(scope), "", self._cors
        if self._edits.nonce:
            nonce = state(scope)[STATE_KEY] = fresh()
        known = self._edits.known(https)
        allowed = cors is not None and origin is not None and cors.allows(origin)
        path = scope["path"]
        told: list[Field] = []

        def outward(message: Message) -> Awaitable[None]:
            nonlocal status, size, end
            kind = message["type"]
            if kind == BODY:
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    end = perf_counter()
            elif kind == START:
                status = message["status"]
                plan = known or self._edits.plan_of(message, https, path)
                headers = message.get("headers", ())
                if plan.leaves([field[0].lower() for field in headers]):
                    crossed = (VARY, *cors.granted(origin, allowed)) if cors else ()
                    headers = [*headers, *told, *crossed, *plan.fields(nonce), *named]
                else:
                    headers = [*headers, *told]
                    if cors:
                        headers = cors.mark(headers, origin, allowed)
                    headers = with_id(plan.edit(headers, nonce), named)
                if timing.server_timing:
                    headers = timing.mark(headers, [], start)
                return send({**message, "headers": headers})
            return send(message)

        timing.flight.value += 1
        try:
            if await self._admits(scope, outward, told):
                await self._app(scope, receive, outward)
        except Exception:
            if not status:
                told.clear()
                await fail(outward)
            raise
        finally:
            timing.flight.value -= 1
            timing.record(scope, status, (end or perf_counter()) - start, size)

    async def _admits(self, scope: Scope, send: Send, told: list[Field]) -> bool:
        """Whether the limits admit the request; if not it is answered. Fills what is told."""
        limiter = self._limiter
        if limiter is None:
            return True
        rule, key = limiter.asked(scope)
        if key is None:
            return True
        found = await limiter.shared(rule, key) if limiter.redis else limiter.decide(rule, key)
        refused, fields = limiter.judge(rule, found)
        if refused:
            await answer(send, 429, TOO_MANY, fields)
            return False
        told += fields
        return True
