"""Pages to judge: a response and what the policy asks, in as few words as a test wants."""

from datetime import UTC, datetime
from typing import Any

from revoctl.headers.page import Page
from revoctl.headers.snapshot import Body, Ending, Field, Hop, Probe, Snapshot, Tls
from revoctl.policy.headers import HeadersPolicy
from revoctl.report.model import Status

NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://www.example.com/"
HTML = ("Content-Type", "text/html; charset=utf-8")
Lines = list[tuple[str, str]]


def hop(lines: Lines | None = None, url: str = URL, **more: Any) -> Hop:
    """A hop with header lines; HTML over verified TLS 1.3 unless told otherwise."""
    found = [*(lines or [])]
    if not any(name.lower() == "content-type" for name, _ in found):
        found.insert(0, HTML)
    if url.startswith("https:"):
        more.setdefault("tls", Tls("TLSv1.3", verified=True))
    more.setdefault("status", 200)
    return Hop(url, fields=tuple(Field(*line) for line in found), **more)


def page(
    *hops: Hop,
    headers: dict[str, Any] | None = None,
    policy: HeadersPolicy | None = None,
    target: str = "",
    probes: tuple[Probe, ...] = (),
    probed: tuple[str, ...] = (),
    ending: Ending = Ending.FINAL,
    preloaded: Any = None,
    **settings: Any,
) -> Page:
    """A page of these hops under a policy of these headers."""
    if policy is None:
        policy = HeadersPolicy.from_mapping({"name": "t", "headers": headers or {}, **settings})
    chain = hops or (hop(),)
    snapshot = Snapshot(target or chain[0].url, NOW, chain, ending, "", probes, probed)
    return Page(snapshot, policy, preloaded)


def text(markup: str) -> Body:
    """A body of HTML."""
    return Body(markup, True, len(markup))


__all__ = ["HTML", "NOW", "URL", "Body", "Ending", "Probe", "Status", "Tls", "hop", "page", "text"]
