"""Limits on the requests of each client, route or key of an ASGI application."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from revoctl.errors import PolicyError, RevoctlError
from revoctl.middleware.asgi import START, App, Message, Receive, Scope, Send, answer, below
from revoctl.middleware.decision import Decision, Rule, Unavailable, decide, fields, rule_for, rules
from revoctl.middleware.forwarded import Proxies, counted
from revoctl.middleware.metrics import Metrics
from revoctl.policy.headers import UNWRITTEN
from revoctl.policy.limits import RateLimitPolicy

if TYPE_CHECKING:
    from revoctl.middleware.shared import Redis

Key = Callable[[Scope], str | None]
Clock = Callable[[], float]
TOO_MANY = b"Too Many Requests"
PAUSE = 1.0
"""Seconds that Redis is left alone after it failed; then one request tries it."""

_log = logging.getLogger("revoctl.rate_limit")


class RateLimit:
    """Admits a request where all of its limits have room, and answers 429 where one has not.

    ``policy`` is a :class:`~revoctl.policy.limits.RateLimitPolicy` or its mapping. Limits per
    client raise :class:`~revoctl.errors.PolicyError` unless ``trusted_proxies`` is given, even as
    ``[]``: behind an unnamed proxy all clients are one. ``key`` gives a custom key from the scope,
    None for a request that is not limited. ``clock`` gives seconds since the epoch. With
    ``observe``, or ``dry_run`` in the policy, requests are only counted. A Redis that fails is
    replaced by counters in the process until it answers again: a request never fails for it.
    """

    def __init__(
        self,
        app: App,
        policy: RateLimitPolicy | Mapping[str, Any],
        *,
        trusted_proxies: Sequence[str] | None = None,
        key: Key | None = None,
        metrics: Metrics | None = None,
        clock: Clock = time.time,
        observe: bool = False,
    ) -> None:
        if not isinstance(policy, RateLimitPolicy):
            policy = RateLimitPolicy.from_mapping(policy)
        if policy.per_client and trusted_proxies is None:
            raise PolicyError("trusted_proxies", *UNWRITTEN)
        if (policy.key == "custom") != (key is not None):
            why = "the policy's key is custom and a function is given, or neither"
            raise PolicyError("rate_limit.key", "does not fit the key function", why)
        self.app = app
        self._policy = policy
        self._counting = observe or policy.dry_run
        self._exempt = policy.exempt
        self._rules = rules(policy)
        self._only = self._rules[0] if len(self._rules) == 1 else None
        self._clock = clock
        self._proxies = Proxies(trusted_proxies or ())
        self._key = key or self._own_key
        self.redis = _redis(policy, clock)
        self._count(metrics or Metrics())

    def _count(self, metrics: Metrics) -> None:
        name = "revoctl_rate_limit_requests_total"
        outcomes = metrics.counter(name, "Requests by what the limits said.", ["outcome"])
        self._admitted = outcomes.labels("admitted")
        self._refused = outcomes.labels("would_refuse" if self._counting else "refused")
        self._local = metrics.counter(
            "revoctl_rate_limit_local_total", "Requests counted here because Redis was away."
        )
        self._up = metrics.gauge("revoctl_rate_limit_store_up", "Whether the counters' store is.")
        self._up.set(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is not http."""
        if scope["type"] != "http":
            await self._pass_on(scope, receive, send)
            return
        rule, key = self.asked(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        found = await self.shared(rule, key) if self.redis else self.decide(rule, key)
        refused, told = self.judge(rule, found)
        if refused:
            await answer(send, 429, TOO_MANY, told)
            return

        def informed(message: Message) -> Awaitable[None]:
            if message["type"] == START:
                return send({**message, "headers": [*message.get("headers", ()), *told]})
            return send(message)

        await self.app(scope, receive, informed if told else send)

    def asked(self, scope: Scope) -> tuple[Rule, str | None]:
        """The rule of a request and the key that it counts, None if it is not limited."""
        path = scope["path"]
        rule = self._only or rule_for(self._rules, path)
        if not rule.limits:
            return rule, None
        if self._exempt and any(below(path, prefix) for prefix in self._exempt):
            return rule, None
        return rule, self._key(scope)

    def decide(self, rule: Rule, key: str) -> Decision:
        """Decide of a request, and count it in this process."""
        return decide(rule.counters, key, self._clock())

    def judge(self, rule: Rule, found: Decision) -> tuple[bool, list[tuple[bytes, bytes]]]:
        """Whether to refuse a request, and what to tell of its limits."""
        if self._counting:
            (self._refused if found.wait else self._admitted).value += 1
            return False, []
        told = fields(rule, found) if self._policy.headers else []
        if not found.wait:
            self._admitted.value += 1
            return False, told
        self._refused.value += 1
        told.append((b"retry-after", b"%d" % math.ceil(found.wait)))
        return True, told

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Websockets and lifespan; the connections to Redis end with the application."""
        try:
            await self.app(scope, receive, send)
        finally:
            if scope["type"] == "lifespan" and self.redis is not None:
                await self.redis.close()

    def _own_key(self, scope: Scope) -> str:
        if not self._policy.per_client:
            return ""  # a rule has counters of its own, so that its route needs no further key
        peer = scope.get("client")
        client = self._proxies.client(scope) if self._proxies.any else peer[0] if peer else ""
        return counted(client) if ":" in client else client

    async def shared(self, rule: Rule, key: str) -> Decision:
        """Decide of a request, and count it in Redis; in this process while that is away."""
        redis = self.redis
        if redis is None or redis.resting():
            return self._decide_here(rule, key)
        since = redis.failures
        try:
            found = await redis.decide(rule, key)
        except Unavailable as error:
            if redis.rest(PAUSE):
                self._up.set(0)
                _log.warning("counting in this process: the rate limit store is away: %s", error)
            return self._decide_here(rule, key)
        if redis.woke(since):
            self._up.set(1)
            _log.warning("the rate limit store is back")
        return found

    def _decide_here(self, rule: Rule, key: str) -> Decision:
        self._local.inc()
        return self.decide(rule, key)


def _redis(policy: RateLimitPolicy, clock: Clock) -> Redis | None:
    store = policy.store
    if store.startswith("env:"):
        store = os.environ.get(store[4:], "")
        if not store:
            name = policy.store[4:]
            raise RevoctlError(
                "config.invalid",
                f"rate_limit.store names the variable {name}",
                "it is not set",
                f"set {name} to the address of a Redis, such as redis://localhost:6379/0",
            )
    if store == "memory":
        return None
    from revoctl.middleware.shared import Redis

    return Redis(store, policy.strategy, None if clock is time.time else clock)
