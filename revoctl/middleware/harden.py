"""Everything that a policy asks of a service, mounted around its application in the right order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from revoctl.errors import PolicyError
from revoctl.middleware.asgi import App
from revoctl.middleware.cors import Cors
from revoctl.middleware.exchange import Hardened
from revoctl.middleware.headers import SecurityHeaders
from revoctl.middleware.limiter import Key, RateLimit
from revoctl.middleware.metrics import Metrics
from revoctl.middleware.observe import observed
from revoctl.middleware.page import MetricsPage
from revoctl.middleware.timing import Timing
from revoctl.policy.headers import HeadersPolicy
from revoctl.policy.timing import TimingPolicy

MODES = ("enforce", "observe")


def harden(
    app: App,
    policy: HeadersPolicy | Mapping[str, Any] | str | Path,
    mode: str = "enforce",
    *,
    trusted_proxies: Sequence[str] | None = None,
    key: Key | None = None,
    metrics: Metrics | None = None,
    clock: Callable[[], float] = time.time,
) -> Hardened:
    """Mount timing > security headers > CORS > rate limit > app, each as the policy has it.

    ``policy``: a policy, a profile's mapping, a shipped profile's name, or a file. ``mode``
    ``observe`` sends the CSP as report-only and a short HSTS, leaves isolation headers out, only
    counts what the limits would refuse, and lets preflights through that CORS would refuse.
    ``trusted_proxies`` replaces the policy's own. ``key`` is for limits by a custom key. The
    service's own figures go into ``metrics`` too. Raises :class:`~revoctl.errors.RevoctlError` for
    a policy that cannot be meant or found.
    """
    if mode not in MODES:
        raise PolicyError("mode", f"is {mode!r}", f"it must be one of {', '.join(MODES)}")
    found = read_policy(policy)
    if trusted_proxies is not None:
        found = replace(found, trusted_proxies=tuple(trusted_proxies))
    metrics = metrics or Metrics()
    observe = mode == "observe"
    limiter = _limiter(app, found, observe, key, metrics, clock)
    inner: App = limiter or _paged(app, found, metrics)
    cors = Cors(inner, found.cors, observe=observe) if found.cors else None
    sent = observed(found) if observe else found
    headers = SecurityHeaders(cors or inner, sent)
    trusted = found.trusted_proxies
    timing = Timing(headers, found.timing, metrics=metrics, trusted_proxies=trusted)
    return Hardened(found, sent, timing, headers, cors, limiter)


def read_policy(policy: HeadersPolicy | Mapping[str, Any] | str | Path) -> HeadersPolicy:
    """The policy behind a name, a path or a mapping. Raises RevoctlError with file and line."""
    if isinstance(policy, HeadersPolicy):
        return policy
    if isinstance(policy, Mapping):
        return HeadersPolicy.from_mapping(policy)
    from revoctl.profiles import load

    profile = load("headers", str(policy))
    try:
        return HeadersPolicy.from_mapping(profile.data)
    except PolicyError as error:
        raise profile.blame(error) from None


def _limiter(
    app: App,
    policy: HeadersPolicy,
    observe: bool,
    key: Key | None,
    metrics: Metrics,
    clock: Callable[[], float],
) -> RateLimit | None:
    limits, page = policy.rate_limit, (policy.timing or TimingPolicy()).metrics_path
    if limits is None:
        return None
    if page:
        limits = replace(limits, exempt=(*limits.exempt, page))
    return RateLimit(
        _paged(app, policy, metrics),
        limits,
        trusted_proxies=policy.trusted_proxies,
        key=key,
        metrics=metrics,
        clock=clock,
        observe=observe,
    )


def _paged(app: App, policy: HeadersPolicy, metrics: Metrics) -> App:
    path = (policy.timing or TimingPolicy()).metrics_path
    return MetricsPage(app, metrics, path) if path else app
