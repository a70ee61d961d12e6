"""Cross-origin reads and preflights of an ASGI application, as a policy allows them.

Sources: Fetch Standard, "CORS protocol" and "CORS protocol and HTTP caches" (why Vary stands on
every answer, whoever asked); Private Network Access (WICG draft).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

from revoctl.middleware.asgi import START, App, Field, Message, Receive, Scope, Send, answer, fail
from revoctl.policy.cors import CorsPolicy

SAFELISTED = ("Accept", "Accept-Language", "Content-Language", "Content-Type")
ALLOW_ORIGIN = b"access-control-allow-origin"
ALLOW_CREDENTIALS = b"access-control-allow-credentials"
EXPOSE = b"access-control-expose-headers"
PREFLIGHT_VARY = (
    b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers, "
    b"Access-Control-Request-Private-Network"
)
LONGEST_ORIGIN = 300
"""A scheme, a host name of 253 characters and a port; longer ones are never matched."""

_SERIALISED = re.compile(r"[a-z][a-z0-9+.-]{0,30}://[^/\s?#\\@]+")
"""What a browser can send: no path, no userinfo. A pattern such as ``.*`` must not see more."""

VARY: Field = (b"vary", b"Origin")


class Cors:
    """Answers preflights, and marks answers that the asking origin may read.

    ``policy`` is a :class:`~revoctl.policy.cors.CorsPolicy` or its mapping; impossible settings
    raise :class:`~revoctl.errors.PolicyError` at construction. The policy decides: an
    ``Access-Control-Allow-Origin`` of the application does not widen it. With ``observe`` nothing
    is refused: preflights that the policy does not allow, and the application's own headers, pass.
    """

    def __init__(
        self, app: App, policy: CorsPolicy | Mapping[str, Any], *, observe: bool = False
    ) -> None:
        if not isinstance(policy, CorsPolicy):
            policy = CorsPolicy.from_mapping(policy)
        self.app = app
        self.observe = observe
        self._everyone = policy.everyone
        self._credentials = policy.allow_credentials
        self._private_network = policy.allow_private_network
        self._exact = {origin.encode() for origin in policy.allow_origins}
        self._patterns = tuple(re.compile(p) for p in policy.allow_origin_patterns)
        self._methods = frozenset(method.encode() for method in policy.methods)
        self._any_header = "*" in policy.allow_headers
        names = (*SAFELISTED, *policy.allow_headers)
        self._headers = frozenset(name.lower().encode() for name in names)
        self._granted = _granted(policy)
        decided = (ALLOW_ORIGIN, ALLOW_CREDENTIALS, *([EXPOSE] if policy.expose_headers else ()))
        self.decided = frozenset(decided)
        self.sends = frozenset((b"vary", *decided))
        self._preflight = _preflight(policy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is not http."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        origin = None
        for key, value in scope["headers"]:
            if key == b"origin":
                origin = value
                break
        if origin is not None and scope["method"] == "OPTIONS":
            asked = dict(scope["headers"])
            if b"access-control-request-method" in asked:
                allowed = self.allows(origin)
                refused = self._refusals(asked, allowed)
                if not (refused and self.observe):
                    await self._answer_preflight(send, asked, origin if allowed else b"", refused)
                    return
        await self._pass_on(scope, receive, send, origin)

    def allows(self, origin: bytes) -> bool:
        """Whether pages of an origin may read, by the bytes of its Origin header."""
        if self._everyone or origin in self._exact:
            return True
        if not self._patterns or len(origin) > LONGEST_ORIGIN:
            return False
        text = origin.decode("latin-1")
        if _SERIALISED.fullmatch(text) is None:
            return False
        return any(pattern.fullmatch(text) for pattern in self._patterns)

    async def _pass_on(
        self, scope: Scope, receive: Receive, send: Send, origin: bytes | None
    ) -> None:
        allowed = origin is not None and self.allows(origin)
        started = False

        def readable(message: Message) -> Awaitable[None]:
            nonlocal started
            if message["type"] == START:
                started = True
                headers = self.mark(message.get("headers", ()), origin, allowed)
                return send({**message, "headers": headers})
            return send(message)

        try:
            await self.app(scope, receive, readable)
        except Exception:
            if not started:
                await fail(readable)
            raise

    def mark(self, headers: Iterable[Field], origin: bytes | None, allowed: bool) -> list[Field]:
        """A response's headers as a page of the origin may read them, or may not."""
        if self.observe and not allowed:
            return varied(list(headers))
        kept = varied([field for field in headers if field[0].lower() not in self.decided])
        kept += self.granted(origin, allowed)
        return kept

    def granted(self, origin: bytes | None, allowed: bool) -> list[Field]:
        """What an answer to this origin carries, beside Vary."""
        if origin is None:
            return []
        if allowed and not self._everyone:
            return [*self._granted, (ALLOW_ORIGIN, origin)]
        return self._granted

    def _refusals(self, asked: Mapping[bytes, bytes], allowed: bool) -> list[str]:
        refused = [] if allowed else ["origin"]
        if asked[b"access-control-request-method"] not in self._methods:
            refused.append("method")
        names = asked.get(b"access-control-request-headers")
        if names is not None and not self._any_header:
            wanted = {name.strip() for name in names.lower().split(b",")}
            if not wanted <= self._headers:
                refused.append("headers")
        if b"access-control-request-private-network" in asked and not self._private_network:
            refused.append("private-network")
        return refused

    async def _answer_preflight(
        self, send: Send, asked: Mapping[bytes, bytes], origin: bytes, refused: list[str]
    ) -> None:
        headers = list(self._preflight)
        if origin and not self._everyone:
            headers.append((ALLOW_ORIGIN, origin))
        names = asked.get(b"access-control-request-headers")
        if self._any_header and names is not None:
            headers.append((b"access-control-allow-headers", names))
        if b"access-control-request-private-network" in asked and self._private_network:
            headers.append((b"access-control-allow-private-network", b"true"))
        if refused:
            await answer(send, 400, f"Disallowed CORS {', '.join(refused)}".encode(), headers)
        else:
            await answer(send, 200, b"OK", headers)


def varied(headers: list[Field]) -> list[Field]:
    """The headers with ``Vary`` naming Origin once, beside whatever the application varies by."""
    mine = [value for name, value in headers if name.lower() == b"vary"]
    if not mine:
        headers.append(VARY)
        return headers
    named = {item.strip().lower() for line in mine for item in line.split(b",")}
    if b"*" in named or b"origin" in named:
        return headers
    kept = [field for field in headers if field[0].lower() != b"vary"]
    kept.append((b"vary", b", ".join([*mine, b"Origin"])))
    return kept


def _granted(policy: CorsPolicy) -> list[Field]:
    """What every answer to a cross-origin request carries, beside the origin itself."""
    fields: list[Field] = []
    if policy.everyone:
        fields.append((ALLOW_ORIGIN, b"*"))
    if policy.allow_credentials:
        fields.append((ALLOW_CREDENTIALS, b"true"))
    if policy.expose_headers:
        fields.append((EXPOSE, ", ".join(policy.expose_headers).encode()))
    return fields


def _preflight(policy: CorsPolicy) -> list[Field]:
    fields: list[Field] = [(b"vary", PREFLIGHT_VARY)]
    if policy.everyone:
        fields.append((ALLOW_ORIGIN, b"*"))
    if policy.allow_credentials:
        fields.append((ALLOW_CREDENTIALS, b"true"))
    fields.append((b"access-control-allow-methods", ", ".join(policy.methods).encode()))
    fields.append((b"access-control-max-age", str(policy.max_age).encode()))
    if "*" not in policy.allow_headers:
        names = sorted({*SAFELISTED, *policy.allow_headers})
        fields.append((b"access-control-allow-headers", ", ".join(names).encode()))
    return fields
