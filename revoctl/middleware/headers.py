"""Security headers on every response of an ASGI application, as a policy has them."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from revoctl.middleware.asgi import START, App, Message, Receive, Scope, Send, fail, state
from revoctl.middleware.forwarded import Proxies
from revoctl.middleware.nonce import STATE_KEY, fresh
from revoctl.middleware.plan import Edits
from revoctl.policy.headers import HeadersPolicy


class SecurityHeaders:
    """Sets, appends, defaults and removes response headers; loses none of the application's.

    ``policy`` is a :class:`~revoctl.policy.headers.HeadersPolicy` or a profile's mapping.
    ``trusted_proxies``: whose ``X-Forwarded-Proto`` is believed; the policy's own, if not given.
    Where a value holds ``{nonce}``, every request has a new one, which templates find as
    ``request.state.csp_nonce`` (``scope["state"]``). An application that raises before it answers
    gets its 500 here, with all headers; the exception goes on to the server. Websockets and
    lifespan pass untouched. Raises :class:`~revoctl.errors.PolicyError` at construction only.
    """

    def __init__(
        self,
        app: App,
        policy: HeadersPolicy | Mapping[str, Any],
        *,
        trusted_proxies: Sequence[str] | None = None,
    ) -> None:
        if isinstance(policy, Mapping):
            policy = HeadersPolicy.from_mapping(policy)
        trusted = policy.trusted_proxies if trusted_proxies is None else trusted_proxies
        self.app = app
        self.https = Proxies(trusted or ()).https
        self.edits = Edits(policy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is not http."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        edits = self.edits
        https = self.https(scope)
        known = edits.known(https)
        nonce = ""
        if edits.nonce:
            nonce = state(scope)[STATE_KEY] = fresh()
        started = False

        def protected(message: Message) -> Awaitable[None]:
            # Not a coroutine function: handing on the server's awaitable saves a frame a message.
            nonlocal started
            if message["type"] == START:
                started = True
                plan = known or edits.plan_of(message, https, scope["path"])
                headers = plan.edit(message.get("headers", ()), nonce)
                return send({**message, "headers": headers})
            return send(message)

        try:
            await self.app(scope, receive, protected)
        except Exception:
            if not started:
                await fail(protected)
            raise
