"""The section ``rate_limit``: how many requests a client or a route may make in a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from revoctl.errors import PolicyError
from revoctl.policy.check import (
    flag,
    known,
    mapping,
    one_of,
    path_prefix,
    paths,
    text,
    texts,
    whole,
)

PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
STRATEGIES = ("sliding-window-counter", "fixed-window", "moving-window")
KEYS = ("client", "route", "client-route", "custom")
STORES = ("memory", "redis://", "rediss://", "env:")
_WRITTEN = re.compile(r"(\d{1,9}) ?(?:/|per) ?(?:(\d{1,6}) )?(second|minute|hour|day)s?")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests (``amount``) in so many seconds (``period``)."""

    amount: int
    period: int

    @classmethod
    def parse(cls, written: str, key: str = "limit") -> Limit:
        """Read ``5/second``, ``100 per minute`` or ``2/10 seconds``; raises PolicyError."""
        match = _WRITTEN.fullmatch(written.strip().lower())
        if match is None or int(match[1]) < 1 or match[2] == "0":
            raise PolicyError(key, f"is {written!r}", "a limit is such as 5/second or 2/10 seconds")
        return cls(int(match[1]), int(match[2] or 1) * PERIODS[match[3]])


@dataclass(frozen=True, slots=True)
class RateLimitPolicy:
    """Limits, all of which a request must meet, and whom they count.

    ``routes`` gives the requests under a path prefix limits of their own instead. ``key``: count by
    ``client`` (address, an IPv6 one by its /64), by ``route`` (the prefix of ``routes``), by both,
    or by a ``custom`` function that the service hands over. ``store``: ``memory``, a ``redis://``
    address, or ``env:NAME`` for an address that holds a password. ``max_clients``: so many keys are
    counted exactly in the process, later ones share counters. ``dry_run`` only counts. ``exempt``:
    paths, with all below them, that are not limited.
    """

    limits: tuple[Limit, ...]
    routes: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    key: str = "client"
    strategy: str = "sliding-window-counter"
    store: str = "memory"
    exempt: tuple[str, ...] = ()
    headers: bool = True
    dry_run: bool = False
    max_clients: int = 65_536

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other or say nothing."""
        if not self.limits and not self.routes:
            raise PolicyError("rate_limit.limits", "is empty", "a limiter needs a limit")
        for key, limits in (("limits", self.limits), *self.routes.items()):
            _check_together(limits, f"rate_limit.{key}")

    @property
    def per_client(self) -> bool:
        """Whether the client's address counts, so that proxies matter."""
        return self.key in ("client", "client-route")

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> RateLimitPolicy:
        """Validate the section; raises :class:`~revoctl.errors.PolicyError` naming the key."""
        known(data, [field.name for field in fields(cls)], "rate_limit.")
        return cls(
            limits=_limits(data.get("limits", ()), "rate_limit.limits"),
            routes={
                path_prefix(str(path), f"rate_limit.routes.{path}"): _limits(
                    entry, f"rate_limit.routes.{path}"
                )
                for path, entry in mapping(data.get("routes", {}), "rate_limit.routes").items()
            },
            key=one_of(data.get("key", "client"), KEYS, "rate_limit.key"),
            strategy=one_of(data.get("strategy", STRATEGIES[0]), STRATEGIES, "rate_limit.strategy"),
            store=_store(data.get("store", "memory")),
            exempt=paths(data.get("exempt", ()), "rate_limit.exempt"),
            headers=flag(data.get("headers", True), "rate_limit.headers"),
            dry_run=flag(data.get("dry_run", False), "rate_limit.dry_run"),
            max_clients=whole(
                data.get("max_clients", 65_536), "rate_limit.max_clients", 1, 10_000_000
            ),
        )


def _limits(value: object, key: str) -> tuple[Limit, ...]:
    written = (value,) if isinstance(value, str) else texts(value, key)
    return tuple(Limit.parse(one, f"{key}[{i}]") for i, one in enumerate(written))


def _store(value: object) -> str:
    store = text(value, "rate_limit.store")
    if store != "memory" and not store.startswith(STORES[1:]):
        raise PolicyError("rate_limit.store", f"is {store!r}", "it is memory, redis:// or env:NAME")
    if "@" in store:
        raise PolicyError(
            "rate_limit.store",
            "holds a password",
            "a profile is read by many",
            "put the address into an environment variable and write env:NAME",
        )
    return store


def _check_together(limits: tuple[Limit, ...], key: str) -> None:
    if len({limit.period for limit in limits}) < len(limits):
        raise PolicyError(key, "has two limits for one period", "the larger one never counts")
