"""Known endpoints that serve script of a visitor's choice, looked up by host pattern and path.

The facts stand in ``csp_bypass_hosts.txt`` beside this file, with their source; they are read when
the first policy names a host.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from revoctl.headers.syntax.csp_sources import Source


class Endpoint(NamedTuple):
    """``kind`` is jsonp, jsonp-eval (needs eval), angular or flash."""

    kind: str
    host: str
    path: str


def known(source: Source, kinds: frozenset[str]) -> Endpoint | None:
    """The first known endpoint of these kinds that a host source lets a page load, if any.

    A source's path is compared as CSP Level 3, 6.7.2.12 does: whole, or as a prefix ending in /.
    """
    for endpoint in _candidates(source.host):
        if endpoint.kind in kinds and _reaches(source.path, endpoint.path):
            return endpoint
    return None


def _candidates(host: str) -> Iterator[Endpoint]:
    host = host.removesuffix(".")
    exact, below = _index()
    yield from below.get(host[1:], ()) if host.startswith("*.") else exact.get(host, ())


def _reaches(allowed: str, path: str) -> bool:
    if allowed in ("", "/"):
        return True
    return path.startswith(allowed) if allowed.endswith("/") else path == allowed


Index = dict[str, list[Endpoint]]


@cache
def _index() -> tuple[Index, Index]:
    """Endpoints by host, and by each suffix of the host that starts with a dot."""
    exact: Index = {}
    below: Index = {}
    text = Path(__file__).with_name("csp_bypass_hosts.txt").read_text(encoding="ascii")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        endpoint = Endpoint(*line.split())
        exact.setdefault(endpoint.host, []).append(endpoint)
        labels = endpoint.host.split(".")
        for i in range(1, len(labels)):
            below.setdefault("." + ".".join(labels[i:]), []).append(endpoint)
    return exact, below
